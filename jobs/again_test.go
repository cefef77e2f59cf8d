package jobs

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// again runs a slot again, as somebody of the office.
func (c *county) again(job, slot string) error {
	c.Helper()
	return c.env.Store.Write(c.Context(), c.now, func(tx *store.Tx) error {
		return c.runner.timetable().Again(tx, job, storetest.At(c, slot), "chen_jing")
	})
}

// TestAgain: what failed or was missed is made up for once; what was done is not done twice.
func TestAgain(t *testing.T) {
	c := newCounty(t, "2026-11-23 17:55", daily)
	c.until("2026-11-23 18:05")
	c.now = storetest.At(t, "2026-11-25 09:00") // the program was down for a day and a half
	if err := c.runner.CatchUp(t.Context(), c.now); err != nil {
		t.Fatal(err)
	}
	c.fresh()
	if err := c.again("summary", "2026-11-23 18:00"); code(err) != issue.CodeState || strings.Contains(err.Error(), "补发") {
		t.Errorf("what was done: %v", err)
	}
	if err := c.again("summary", "2026-11-24 18:00"); err != nil {
		t.Fatal(err)
	}
	same(t, []string{"11-25 09:00 leaders: 【创城日报】11月24日（截至 18:00）"}, c.fresh())
	same(t, []string{"11-23 18:00 done", "11-24 18:00 done 陈静重跑"}, c.ledger("summary"))
	if err := c.again("summary", "2026-11-24 18:00"); code(err) != issue.CodeState {
		t.Errorf("the second time: %v", err)
	}
	for job, want := range map[string]issue.Code{"reminders": issue.CodeState, "no_such_job": issue.CodeUnknown} {
		if err := c.again(job, "2026-11-24 18:00"); code(err) != want {
			t.Errorf("%s: %v", job, err)
		}
	}
	same(t, nil, c.fresh())
}

func code(err error) issue.Code {
	e, _ := issue.AsError(err)
	if e == nil {
		return ""
	}
	return e.Code
}

// TestWorkIsNotRunAgain: what works outside of a transaction is not taken for done by hand.
func TestWorkIsNotRunAgain(t *testing.T) {
	c := newCounty(t, "2026-11-24 09:00", nil)
	for _, j := range all() {
		if j.Work == nil {
			continue
		}
		c.runner.timetable().jobs = []scheduled{{Job: j, schedule: mustParse(t, "0 3 * * *")}}
		storetest.Write(t, c.env.Store, c.now, func(tx *store.Tx) error {
			_, err := tx.ClaimRun(j.Name, storetest.At(t, "2026-11-24 03:00"), store.RunFailed, "before")
			return err
		})
		if err := c.again(j.Name, "2026-11-24 03:00"); code(err) != issue.CodeState || strings.Contains(err.Error(), "duban backup") != (j.Name == "backup") {
			t.Errorf("%s: %v", j.Name, err)
		}
		same(t, []string{"11-24 03:00 failed before"}, c.ledger(j.Name))
		if p := c.runner.timetable().Plans(c.now); len(p) != 1 || p[0].Again {
			t.Errorf("%s is offered: %+v", j.Name, p)
		}
	}
}

func mustParse(t *testing.T, spec string) cron.Schedule {
	t.Helper()
	s, err := cron.ParseStandard(spec)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAgainFails: nothing of a run that fails by hand is kept, and its slot can be run again.
func TestAgainFails(t *testing.T) {
	for name, broken := range map[string]func() error{
		"error": func() error { return errors.New("disk on fire") }, "panic": func() error { panic("disk on fire") },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCounty(t, "2026-11-24 09:00", nil)
			healthy := false
			j := Job{Name: "fragile", Title: "备份", Prepare: func(Env, *store.Tx, time.Time) (Commit, error) {
				return func(tx *store.Tx) error {
					if err := tx.Send(store.Out{To: store.ToChat("office"), Text: "好了"}); err != nil || healthy {
						return err
					}
					return broken()
				}, nil
			}}
			table := c.runner.timetable()
			table.jobs = []scheduled{{Job: j}}
			storetest.Write(t, c.env.Store, c.now, func(tx *store.Tx) error {
				_, err := tx.ClaimRun("fragile", storetest.At(t, "2026-11-23 18:00"), store.RunFailed, "before")
				return err
			})
			if err := c.again("fragile", "2026-11-23 18:00"); err == nil || code(err) != "" {
				t.Errorf("error: %v", err)
			}
			same(t, nil, c.fresh())
			same(t, []string{"11-23 18:00 failed before"}, c.ledger("fragile"))
			healthy = true
			if err := c.again("fragile", "2026-11-23 18:00"); err != nil {
				t.Fatal(err)
			}
			same(t, []string{"11-24 09:00 office: 好了"}, c.fresh())
		})
	}
}
