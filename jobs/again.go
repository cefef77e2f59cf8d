package jobs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
)

// Plan is a job as people see it.
type Plan struct {
	Name  string
	Title string
	// Tells is who hears of a run, for people; "" if nobody does.
	Tells string
	// Again says that a slot which failed or was missed can be made up for by hand. What is sparse, and what works outside of a
	// transaction, needs no such thing: its next slot does all that an earlier one would have done.
	Again bool
	Next  time.Time // its next slot; zero if it has none
}

// Plans lists the jobs of the schedule.
func (t *Timetable) Plans(after time.Time) []Plan {
	var out []Plan
	for _, j := range t.jobs {
		out = append(out, Plan{Name: j.Name, Title: j.Title, Tells: j.Tells, Again: !j.Sparse && j.Work == nil, Next: j.schedule.Next(after.In(t.zone()))})
	}
	return out
}

// Again makes up for a slot of a job that failed or was missed 重跑, in the transaction of whoever asks for it, so that it is done
// together with their answer or not at all. The ledger keeps it from being done twice.
func (t *Timetable) Again(tx *store.Tx, job string, slot time.Time, by string) (err error) {
	n := slices.IndexFunc(t.jobs, func(j scheduled) bool { return j.Name == job })
	if n < 0 {
		return issue.Fail(issue.CodeUnknown, "没有这个定时任务", "")
	}
	j := t.jobs[n]
	local := slot.In(t.zone())
	what := local.Format("01-02 15:04") + " 的" + j.Title
	switch {
	case j.Sparse:
		return issue.Fail(issue.CodeState, j.Title+"不用重跑", "下一次会把没说的都补上")
	case j.Work != nil:
		return issue.Fail(issue.CodeState, j.Title+"不用重跑", strings.TrimSuffix("下一次会把没做的都补上；"+j.AtOnce, "；"))
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("run %s again: panic: %v", job, p)
		}
	}()
	e := t.env
	// What a draft says of its publication is about the next one that comes.
	e.slot = func(job string, _ time.Time) time.Time { return t.slotAfter(job, tx.Now()) }
	note := "重跑"
	if name := e.Reg.PersonName(by); name != "" {
		note = name + "重跑"
	}
	won, err := tx.RetakeRun(job, slot, note)
	if err != nil {
		return err
	}
	if !won {
		return issue.Fail(issue.CodeState, what+"没有失败或错过，不用重跑", "")
	}
	commit, err := j.Prepare(e, tx, local)
	if err != nil || commit == nil {
		return err
	}
	return commit(tx)
}
