package handlers

import (
	"slices"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/publish"
	"duban/internal/store"
	"duban/internal/understand"
)

// Jobs is what commands ask of what happens by the clock.
type Jobs struct {
	// List gives the jobs of the schedule.
	List []Job
	// Again makes up for a slot that failed or was missed, in the given transaction.
	Again func(tx *store.Tx, job string, slot time.Time, by string) error
}

// Job is something that happens at its times.
type Job struct {
	Name, Title string
	Again       bool // it can be made up for
}

// lookedAt is how many of a job's last runs are looked through for one that failed or was missed.
const lookedAt = 60

func jobCommands() []*Command {
	return []*Command{{
		Name: "重跑", Aliases: []string{"补跑"}, Shape: Words | Question, Roles: []issue.Role{issue.RoleOffice, issue.RoleAdmin}, Section: publishing, Args: "任务 [日期]",
		Help: "没完成的定时任务再做一次；只发「重跑」看有哪些。例：重跑 日报 昨天", Run: (*Request).runAgain,
	}}
}

// runAgain makes up for the newest slot of a job that failed or was missed, or for that of a day. Without a job it lists what can
// be made up for.
func (r *Request) runAgain() (Reply, error) {
	if r.Jobs.Again == nil {
		return Reply{}, issue.Fail(issue.CodeState, "这里没有定时任务", "")
	}
	if r.Args == "" {
		return r.lostRuns()
	}
	job, when, err := r.jobAndPeriod()
	if err != nil {
		return Reply{}, err
	}
	if !job.Again {
		return Reply{}, r.Jobs.Again(r.Tx, job.Name, r.Now, r.From.ID) // which says why not
	}
	runs, err := r.Tx.JobRuns(job.Name, lookedAt)
	if err != nil {
		return Reply{}, err
	}
	n := slices.IndexFunc(runs, func(run store.JobRun) bool {
		return run.Lost() && (when.Name == "" || !run.Slot.Before(when.From) && run.Slot.Before(when.To))
	})
	if n < 0 {
		what := job.Title
		if when.Name != "" {
			what = when.Name + "的" + what
		}
		return Reply{}, issue.Fail(issue.CodeState, what+"没有失败或错过，不用重跑", instead(job))
	}
	if err := r.Jobs.Again(r.Tx, job.Name, runs[n].Slot, r.From.ID); err != nil {
		return Reply{}, err
	}
	if err := r.Tx.Audit(r.From.ID, "run_again", job.Title+" "+r.slot(runs[n])); err != nil {
		return Reply{}, err
	}
	return Reply{Text: "已重跑：" + job.Title + "（" + r.slot(runs[n]) + "）"}, nil
}

// instead says what else there is to do about a job that was done; "" if there is nothing.
func instead(job Job) string {
	for _, k := range publish.Kinds() {
		switch job.Title {
		case k.Name:
			return "发布过的要再发一次，请发「补发 " + k.Name + "」"
		case k.Name + "草稿":
			return "要重新计算，请发「" + k.Ask + "」"
		}
	}
	if job.Title == "日报" {
		return "要再看，请发「日报」"
	}
	return ""
}

// slot is when a run was due, in words.
func (r *Request) slot(run store.JobRun) string {
	return run.Slot.In(r.Now.Location()).Format("01-02 15:04")
}

func (r *Request) jobAndPeriod() (job Job, when understand.Period, err error) {
	for field := range strings.FieldsSeq(r.Args) {
		found, named := r.jobNamed(understand.Fold(field))
		p, timed := understand.ReadPeriod(field, r.Now)
		switch {
		case named && job.Name == "":
			job = found
		case timed && when.Name == "":
			when = p
		default:
			return job, when, issue.Fail(issue.CodeInput, "没有叫“"+field+"”的定时任务，也不是日期", "任务有："+r.jobTitles())
		}
	}
	if job.Name == "" {
		return job, when, issue.Fail(issue.CodeInput, "请写明任务："+r.jobTitles(), "例如「重跑 日报」")
	}
	return job, when, nil
}

// jobNamed finds a job by its title, or by the one title that begins like it: 周排名 is 周排名草稿.
func (r *Request) jobNamed(title string) (Job, bool) {
	var near []Job
	for _, j := range r.Jobs.List {
		if j.Title == title {
			return j, true
		}
		if strings.HasPrefix(j.Title, title) {
			near = append(near, j)
		}
	}
	if len(near) != 1 {
		return Job{}, false
	}
	return near[0], true
}

func (r *Request) jobTitles() string {
	var titles []string
	for _, j := range r.Jobs.List {
		if j.Again {
			titles = append(titles, j.Title)
		}
	}
	return strings.Join(titles, "、")
}

// lostRuns lists the newest run of each job that can be made up for.
func (r *Request) lostRuns() (Reply, error) {
	var lines []string
	for _, j := range r.Jobs.List {
		if !j.Again {
			continue
		}
		runs, err := r.Tx.JobRuns(j.Name, lookedAt)
		if err != nil {
			return Reply{}, err
		}
		if n := slices.IndexFunc(runs, store.JobRun.Lost); n >= 0 {
			word := "失败"
			if runs[n].Result == store.RunMissed {
				word = "错过"
			}
			lines = append(lines, r.slot(runs[n])+" "+j.Title+"（"+word+"）")
		}
	}
	if len(lines) == 0 {
		return Reply{Text: "定时任务都完成了，没有要重跑的"}, nil
	}
	return Reply{Text: "没有完成的定时任务：\n" + strings.Join(lines, "\n") + "\n再做一次请发「重跑 任务 日期」"}, nil
}
