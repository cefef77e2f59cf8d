package publish

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
	"duban/internal/store/storetest"
	"duban/internal/understand"
)

// office is a desk over a fresh database: two streets and a department, two groups that read rankings, the leaders and the office.
type office struct {
	testing.TB
	Desk
	db *store.Store
	p  issue.Policy
}

func newOffice(t testing.TB) *office {
	t.Helper()
	p := storetest.County(t)
	p.Reg.Units = append(p.Reg.Units, issue.Unit{ID: "linhu", Name: "临湖街道", Group: "street", Liaison: "wang_lei"})
	p.Reg.People = append(p.Reg.People, issue.Person{ID: "wang_lei", Name: "王磊", Unit: "linhu"})
	p.Reg.Chats = []issue.Chat{
		{ID: "inspect", For: []issue.Purpose{issue.ForRanking}},
		{ID: "streets", For: []issue.Purpose{issue.ForRanking}},
		{ID: "leaders", For: []issue.Purpose{issue.ForSummary}},
		{ID: "office", For: []issue.Purpose{issue.ForDrafts}},
	}
	p.Reg.Campaign.Name = "兴安县创城"
	return &office{TB: t, Desk: Desk{Reg: p.Reg, Cal: p.Cal, Words: report.Words{Reg: p.Reg, Cal: p.Cal}}, db: storetest.Open(t), p: p}
}

func (o *office) at(s string) time.Time { return storetest.At(o, s) }

func (o *office) read(now string, fn func(*store.Tx) error) { storetest.Read(o, o.db, o.at(now), fn) }

func (o *office) write(now string, fn func(*store.Tx) error) { storetest.Write(o, o.db, o.at(now), fn) }

// file files an issue for a unit, due at an instant.
func (o *office) file(now, unit, due string) int64 {
	o.Helper()
	return storetest.Issue(o, o.db, o.p, o.at(now), issue.Change{
		Text: "楼道堆物", Reporter: "zhang_min", Place: "金水湾小区", Unit: unit, Assignee: o.Reg.Receiver(unit), Due: o.at(due), Said: true,
	}).ID
}

// act makes a move on an issue.
func (o *office) act(now string, id int64, a issue.Action, by string) {
	o.Helper()
	o.do(now, id, issue.Act{Action: a, By: by, Note: "情况属实"})
}

func (o *office) do(now string, id int64, a issue.Act) {
	o.Helper()
	a.At = o.at(now)
	storetest.Move(o, o.db, o.p, id, a)
}

// done submits an issue of 昭阳街道 and has it pass.
func (o *office) done(now string, id int64) {
	o.Helper()
	o.act(now, id, issue.Submit, "li_qiang")
	o.act(now, id, issue.Pass, "zhang_min")
}

// drafted makes a draft by hand and gives what the office reads.
func (o *office) drafted(now, name, period string) (string, error) {
	o.Helper()
	k, _ := Named(name)
	var p understand.Period
	if period != "" {
		p, _ = understand.ReadPeriod(period, o.at(now))
	}
	return o.keep(now, func(tx *store.Tx) (store.Snapshot, error) { return o.Make(tx, k, p, tx.Now().In(storetest.Zone())) })
}

// keep drafts a snapshot and gives what the office reads.
func (o *office) keep(now string, drawn func(*store.Tx) (store.Snapshot, error)) (text string, err error) {
	o.Helper()
	werr := o.db.Write(o.Context(), o.at(now), func(tx *store.Tx) error {
		s, err := drawn(tx)
		if err != nil {
			return err
		}
		outs, err := o.Draft(tx, &s, time.Time{})
		if err == nil {
			text = outs[0].Text
		}
		return err
	})
	return text, werr
}

// publish publishes the draft that waits.
func (o *office) publish(now, kind string) (r Release, err error) {
	o.Helper()
	err = o.db.Write(o.Context(), o.at(now), func(tx *store.Tx) error {
		s, found, err := tx.Draft(kind)
		if err != nil || !found {
			return fmt.Errorf("no draft: %w", err)
		}
		r, err = o.Publish(tx, s, Hand{Person: "chen_jing"})
		return err
	})
	return r, err
}

// out drafts and publishes.
func (o *office) out(now, name, period string) Release {
	o.Helper()
	k, _ := Named(name)
	_, err := o.drafted(now, name, period)
	if err != nil {
		o.Fatal(err)
	}
	r, err := o.publish(now, k.ID)
	if err != nil {
		o.Fatal(err)
	}
	return r
}

// corrected drafts the correction of the day's ranking that is out.
func (o *office) corrected(now string) (string, error) {
	o.Helper()
	k, _ := Named("排名")
	return o.keep(now, func(tx *store.Tx) (store.Snapshot, error) {
		old, _, err := o.Last(tx, k, tx.Now())
		if err != nil {
			return old, err
		}
		return o.Correct(tx, old)
	})
}

// same compares lines of a text; the draft's own first line is left out.
func body(text string) string {
	_, rest, _ := strings.Cut(text, "\n")
	return rest
}

// refused is what people read of an error that says no; it fails the test if there is none.
func (o *office) refused(err error) string {
	o.Helper()
	e, ok := issue.AsError(err)
	if !ok {
		o.Fatalf("not refused: %v", err)
	}
	return e.Text
}
