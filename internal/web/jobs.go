package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"duban/internal/issue"
	"duban/internal/store"
)

// shownRuns is how many of a job's last runs a page shows.
const shownRuns = 5

type jobsView struct{ Jobs []jobView }

type jobView struct {
	Plan
	Runs []runView
}

type runView struct {
	store.JobRun
	Word  string // the result
	Why   string // the cause, in words
	Again string // where it can be run again; "" if it cannot
}

// runWords are the results for people.
var runWords = map[string]string{store.RunDone: "完成", store.RunMissed: "错过", store.RunFailed: "失败", store.RunChanged: "改了时间"}

// jobs lists every job with its last runs.
func (v *visit) jobs() error {
	var page jobsView
	err := v.read(func(tx *store.Tx) error {
		for _, p := range v.s.Lent.Plans() {
			runs, err := tx.JobRuns(p.Name, shownRuns)
			if err != nil {
				return err
			}
			page.Jobs = append(page.Jobs, v.jobView(p, runs))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "jobs", "定时任务", page)
}

func (v *visit) jobView(p Plan, runs []store.JobRun) jobView {
	loc := v.now.Location()
	if !p.Next.IsZero() {
		p.Next = p.Next.In(loc)
	}
	out := jobView{Plan: p}
	for _, r := range runs {
		r.Slot, r.At = r.Slot.In(loc), r.At.In(loc)
		run := runView{JobRun: r, Word: runWords[r.Result], Why: r.Note}
		if r.Result == store.RunFailed {
			run.Why = causeOfRun(r.Note)
		}
		if r.Lost() && p.Again {
			run.Again = "/jobs/" + p.Name + "/" + strconv.FormatInt(r.Slot.Unix(), 10) + "/again"
		}
		out.Runs = append(out.Runs, run)
	}
	return out
}

// causes are parts of errors and what they mean to people. The first that fits counts.
var causes = []struct{ part, word string }{
	{"database or disk is full", "磁盘满了"},
	{"no space left", "磁盘满了"},
	{"disk I/O error", "磁盘读写出错"},
	{"database is locked", "数据库被别的程序占用"},
	{"context canceled", "程序正在退出"},
	{"context deadline exceeded", "超过了时间"},
	{"permission denied", "没有读写权限"},
	{"panic:", "程序内部出错"},
}

// causeOfRun puts the cause of a failed run into words.
func causeOfRun(note string) string {
	for _, c := range causes {
		if strings.Contains(note, c.part) {
			return c.word
		}
	}
	if first, _ := utf8.DecodeRuneInString(note); unicode.Is(unicode.Han, first) {
		return note // it is in words already
	}
	return "没有做完，详情在日志里"
}

// lostRun is the run that the address of a page names.
func (v *visit) lostRun() (p Plan, slot time.Time, err error) {
	seconds, err := strconv.ParseInt(v.r.PathValue("slot"), 10, 64)
	if err != nil {
		return p, slot, notFound("没有这一次任务")
	}
	for _, p := range v.s.Lent.Plans() {
		if p.Name == v.r.PathValue("job") && p.Again {
			return p, time.Unix(seconds, 0).In(v.now.Location()), nil
		}
	}
	return p, slot, notFound("没有这个定时任务，或它不用重跑")
}

// askAgain asks before anything is sent to anybody.
func (v *visit) askAgain() error {
	p, slot, err := v.lostRun()
	if err != nil {
		return err
	}
	what := "把 " + format(slot, "01-02 15:04") + " 的" + p.Title + "再做一次。"
	if p.Tells != "" {
		what += "结果会发到：" + p.Tells + "。"
	}
	return v.confirm("重跑"+p.Title, question{
		Text: what, Notes: []string{"同一次只会做一次，重复点也不会发两遍。"},
		Do: "重跑", Back: "/jobs",
	})
}

// again runs a slot again.
func (v *visit) again() error {
	p, slot, err := v.lostRun()
	if err != nil {
		return err
	}
	return v.act("/jobs", func() (outcome, error) {
		err := v.write(func(tx *store.Tx) error {
			if err := v.s.Lent.Again(tx, p.Name, slot, v.who.ID); err != nil {
				return err
			}
			return tx.Audit(v.who.ID, "run_again", p.Title+" "+format(slot, "01-02 15:04"))
		})
		if _, refused := issue.AsError(err); err != nil && !refused {
			v.s.Log.Error("job run by hand failed", "job", p.Name, "slot", slot, "err", err)
			return outcome{said: p.Title + "没有做完：" + causeOfRun(err.Error())}, nil
		}
		v.s.Lent.Poke()
		return outcome{said: "已重跑：" + p.Title + "（" + format(slot, "01-02 15:04") + "）"}, err
	})
}

// question is what a page asks before something is done that cannot be taken back.
type question struct {
	Text  string
	Notes []string
	Do    string // the button
	Back  string // where to go instead
	Field struct{ Name, Value string }
}

// confirm asks. The answer is sent to the page's own address.
func (v *visit) confirm(title string, q question) error {
	return v.render(http.StatusOK, "confirm", title, q)
}
