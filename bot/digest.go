package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/internal/calendar"
	"duban/internal/store"
)

// atNight holds a message to another conversation until the quiet hours are over, unless it is urgent (design.md §5). What is
// read tomorrow must not say 今日 of today.
func atNight(o store.Out, cal *calendar.Calendar, now time.Time) store.Out {
	if o.NotBefore.After(now) {
		now = o.NotBefore
	}
	until, quiet := cal.Quiet(now)
	if !quiet || o.Urgent {
		return o
	}
	o.HeldUntil = until
	today := calendar.DateOf(now.In(cal.Location()))
	if calendar.DateOf(until.In(cal.Location())) != today {
		o.Text = strings.ReplaceAll(o.Text, "今日 ", fmt.Sprintf("%02d-%02d ", today.Month, today.Day))
	}
	return o
}

// digestTitle heads what waited for one target together.
const digestTitle = "【夜间汇总】"

// digest joins messages that were held for one target into the first of them. What is added at the end changes nothing
// before it, so that parts which were sent already stay what they were.
func digest(rows []store.Outgoing) (store.Outgoing, []string, error) {
	joined := rows[0]
	var lines, mentions []string
	for _, row := range rows {
		ids, err := row.MentionIDs()
		if err != nil {
			return joined, nil, err
		}
		for _, id := range ids {
			if !slices.Contains(mentions, id) {
				mentions = append(mentions, id)
			}
		}
		for line := range strings.SplitSeq(row.Text, "\n") {
			if strings.TrimSpace(line) != "" {
				lines = append(lines, line)
			}
		}
	}
	if len(rows) > 1 {
		joined.Text = digestTitle + "\n" + strings.Join(lines, "\n")
	}
	return joined, mentions, nil
}
