package publish

import (
	"fmt"
	"slices"
	"time"

	"duban/internal/picture"
	"duban/internal/score"
	"duban/internal/store"
	"duban/internal/understand"
)

// trendDays is how many days a trend shows where nobody says otherwise.
const trendDays = 7

// Trend is what the leaders' digests of a time said, day by day: filed, closed, overdue. today is added as the last day, where
// it has no digest yet; nil: it is not. The trend is nil if there is less than two days to compare.
func (d Desk) Trend(tx *store.Tx, p understand.Period, today *score.Day) (*picture.Trend, error) {
	list, err := tx.Published(store.SnapshotTotals, p.From, p.To, 0)
	if err != nil {
		return nil, err
	}
	t := picture.Trend{Title: p.Name + "创城走势", Note: "每日立案、销号和超期未整改件数，以当日日报为准"}
	slices.Reverse(list)
	for _, s := range list {
		var totals score.DayTotals
		if err := s.Decode(&totals); err != nil {
			return nil, err
		}
		if last := s.To().Add(-time.Second); !last.Before(p.From) && last.Before(p.To) {
			t.Days = addDay(t.Days, d.trendDay(s.To(), totals))
		}
	}
	if today != nil {
		t.Days = addDay(t.Days, d.trendDay(today.To, score.DayTotals{Filed: today.Filed, Closed: today.Closed, Overdue: today.Overdue}))
	}
	if len(t.Days) < 2 {
		return nil, nil
	}
	return &t, nil
}

// addDay adds a day. What a second digest of it tells comes after the first: what was filed and closed adds up, and overdue is what
// is so in the end.
func addDay(days []picture.TrendDay, day picture.TrendDay) []picture.TrendDay {
	if len(days) == 0 || days[len(days)-1].Label != day.Label {
		return append(days, day)
	}
	last := &days[len(days)-1]
	last.Filed, last.Closed, last.Overdue = last.Filed+day.Filed, last.Closed+day.Closed, day.Overdue
	return days
}

func (d Desk) trendDay(to time.Time, t score.DayTotals) picture.TrendDay {
	at := to.Add(-time.Second).In(d.Cal.Location())
	return picture.TrendDay{Label: fmt.Sprintf("%d/%d", at.Month(), at.Day()), Filed: t.Filed, Closed: t.Closed, Overdue: t.Overdue}
}

// LastDays is the time that a trend shows at an instant where nobody says otherwise.
func LastDays(now time.Time) understand.Period {
	p, _ := understand.ReadPeriod(fmt.Sprintf("近%d天", trendDays), now)
	return p
}
