package publish

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
	"duban/internal/understand"
)

// errBack ends a try: nothing of it is kept.
var errBack = errors.New("back")

// TestEveryIssueEntersOneRanking: whatever is drafted, held, published early or late, for yesterday or again, corrected or
// forgotten in some weeks, the published days follow each other, and together they count what the whole time counts.
func TestEveryIssueEntersOneRanking(t *testing.T) {
	o := newOffice(t)
	start := o.at("2026-11-02 00:00")
	storetest.Lives(t, o.db, o.p, start, 40, 11)
	rapid.Check(t, func(t *rapid.T) {
		err := o.db.Write(o.Context(), start.AddDate(0, 3, 0), func(tx *store.Tx) error {
			w := weeks{office: o, tx: tx, t: t, now: start.Add(8 * time.Hour)}
			w.publishNow()
			w.begin = w.now.AddDate(0, 0, -1)
			for range rapid.IntRange(1, 15).Draw(t, "steps") {
				w.step()
			}
			w.now = w.now.AddDate(0, 0, 1)
			w.publishNow()
			w.compare()
			return errBack
		})
		if !errors.Is(err, errBack) {
			t.Fatal(err)
		}
	})
}

// weeks are some weeks of the office's work.
type weeks struct {
	*office
	tx  *store.Tx
	t   *rapid.T
	now time.Time

	begin time.Time // of the first ranking; nobody has counted what was before
}

// ok lets pass what people are told; anything else fails the test.
func (w *weeks) ok(err error) bool {
	if _, told := issue.AsError(err); err != nil && !told {
		w.t.Fatal(err)
	}
	return err == nil
}

// step is something that the office or a job does after a while, which may be days.
func (w *weeks) step() {
	w.now = w.now.Add(time.Duration(rapid.IntRange(0, 48).Draw(w.t, "hours"))*time.Hour + time.Duration(rapid.IntRange(0, 59).Draw(w.t, "minutes"))*time.Minute)
	draft, found, err := w.tx.Draft(store.SnapshotRanking)
	w.ok(err)
	switch rapid.SampledFrom([]string{"draft", "draft", "publish", "publish", "hold", "now", "past", "correct", "again", "sleep"}).Draw(w.t, "what") {
	case "draft":
		w.draftOf(understand.Period{}, w.now.Add(time.Hour))
	case "past":
		day := understand.Day(w.now.AddDate(0, 0, -rapid.IntRange(1, 5).Draw(w.t, "days")))
		w.draftOf(day, time.Time{})
	case "publish":
		if found {
			_, err := w.Publish(w.tx, draft, Hand{Person: "chen_jing"})
			w.ok(err)
		}
	case "hold":
		if found {
			_, err := w.tx.MoveSnapshot(draft.ID, store.SnapshotHeld, "chen_jing")
			w.ok(err)
		}
	case "now":
		w.publishNow()
	case "correct":
		w.correct()
	case "again":
		if last, found, err := w.Last(w.tx, Rankings()[0], w.now); w.ok(err) && found {
			_, err := w.Again(w.tx, last)
			w.ok(err)
		}
	}
}

func (w *weeks) draftOf(p understand.Period, auto time.Time) {
	if s, err := w.Make(w.tx, Rankings()[0], p, w.now); w.ok(err) {
		_, err := w.Draft(w.tx, &s, auto)
		w.ok(err)
	}
}

func (w *weeks) publishNow() {
	s, err := w.Daily(w.tx, w.now)
	w.ok(err)
	_, err = w.PublishNow(w.tx, &s)
	w.ok(err)
}

// correct puts the last ranking beside itself, as a correction does.
func (w *weeks) correct() {
	old, found, err := w.Last(w.tx, Rankings()[0], w.now)
	if !w.ok(err) || !found {
		return
	}
	var r Ranking
	w.ok(old.Decode(&r))
	s, err := store.NewSnapshot(store.SnapshotCorrection, old.From(), old.To(), old.Version, Correction{Of: Kind{ID: old.Kind}, Ranking: r}, old.Text)
	w.ok(err)
	s.Corrects = old.ID
	_, err = w.Draft(w.tx, &s, time.Time{})
	w.ok(err)
	_, err = w.Publish(w.tx, s, Hand{Person: "chen_jing"})
	w.ok(err)
}

// compare adds up what was published, of a corrected ranking the correction, and compares it with the whole time.
func (w *weeks) compare() {
	list, err := w.tx.Published(store.SnapshotRanking, w.now.AddDate(-1, 0, 0), w.now.AddDate(1, 0, 0), 0)
	w.ok(err)
	if !list[0].To().Equal(w.now) {
		w.t.Fatalf("the last ranking is until %s, not %s", list[0].To(), w.now)
	}
	entering := map[string]int{}
	var from, next time.Time
	for _, s := range list {
		if s.From().Equal(from) || !s.To().After(w.begin) {
			continue
		}
		if !next.IsZero() && !s.To().Equal(next) {
			w.t.Fatalf("a ranking until %s, the next one from %s", s.To(), next)
		}
		from, next = s.From(), s.From()
		var r Ranking
		w.ok(s.Decode(&r))
		for _, score := range r.Scores {
			entering[score.Unit] += score.Entering
		}
	}
	whole, err := w.tx.Ranking(w.Reg, w.Reg.Scoring, from, list[0].To())
	w.ok(err)
	for _, a := range whole {
		if entering[a.Unit] != a.Entering {
			w.t.Fatalf("%s: %d day by day, %d in the whole time", a.Unit, entering[a.Unit], a.Entering)
		}
	}
}

// TestNoRankingWithin: a draft of a past day is refused where a later ranking has counted it, and so are the same day and week again.
func TestNoRankingWithin(t *testing.T) {
	o := newOffice(t)
	o.out("2026-11-23 17:30", "排名", "")
	o.out("2026-11-24 17:30", "排名", "")
	if _, err := o.drafted("2026-11-25 09:00", "排名", "11-23"); err == nil {
		t.Error("11-23 until midnight was counted on 11-24")
	}
	if _, err := o.drafted("2026-11-25 09:00", "排名", "11-24"); err == nil {
		t.Error("the rest of 11-24 would be a second ranking of that day")
	}
	o.out("2026-11-25 09:00", "周排名", "上周")
	_, err := o.drafted("2026-11-25 09:10", "周排名", "上周")
	if got := o.refused(err); got != "周排名已发布到 11-22 24:00，同一段时间不能再发布一次" {
		t.Error(got)
	}
	o.out("2026-11-25 09:00", "周排名", "11-9至11-15")
}

// TestLongHolidays: a hold before ten days of holidays loses nothing.
func TestLongHolidays(t *testing.T) {
	o := newOffice(t)
	last := o.out("2026-11-10 17:30", "排名", "").Snapshot
	if s := o.out("2026-11-23 17:30", "排名", "").Snapshot; !s.From().Equal(last.To()) {
		t.Errorf("from %s on", s.From())
	}
}
