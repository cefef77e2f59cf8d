package config

import (
	"reflect"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Off is the value of a job's key that keeps the job from running, and of web.listen without a dashboard.
const Off = "off"

// Schedule gives each job of the program its times, as five-field cron expressions in the campaign's time zone, or Off.
type Schedule struct {
	Reminders    string `yaml:"reminders"`
	Unowned      string `yaml:"unowned"`
	RankingDraft string `yaml:"ranking_draft"`
	Ranking      string `yaml:"ranking"`
	RankingWeek  string `yaml:"ranking_week"`
	RankingMonth string `yaml:"ranking_month"`
	Summary      string `yaml:"summary"`
	Bulletin     string `yaml:"bulletin"`
	LookBack     string `yaml:"look_back"`
	Backup       string `yaml:"backup"`
	Retention    string `yaml:"retention"`
}

// Job is a job and its times.
type Job struct {
	Name string // the key in the file, for example ranking_draft
	Spec string // a cron expression that cron.ParseStandard reads
}

// Jobs lists the jobs that run, in the order of the file's description; those that are Off are left out.
func (s Schedule) Jobs() []Job {
	var jobs []Job
	v := reflect.ValueOf(s)
	for i, name := range keysOf(v.Type()) {
		if spec := v.Field(i).String(); spec != Off {
			jobs = append(jobs, Job{Name: name, Spec: spec})
		}
	}
	return jobs
}

// cronForm says how times are written.
const cronForm = "要写“分 时 日 月 星期”五项，例如 0 18 * * *（每天 18:00）、30 8 * * 1-5（周一至周五 8:30）；不需要就写 off"

// checkSpec gives what is wrong with a job's times, or "". Whether a job ever runs is tried from a fixed instant, so that
// the answer does not depend on the day.
func checkSpec(spec string, loc *time.Location) string {
	upper := strings.ToUpper(spec)
	switch {
	case spec == Off:
		return ""
	case strings.HasPrefix(upper, "TZ=") || strings.HasPrefix(upper, "CRON_TZ="):
		return "不能在这里写时区，时区写在 campaign.timezone"
	case everyTooOften(spec):
		return "间隔不能短于一分钟，请写 @every 1m 以上"
	}
	schedule, err := cron.ParseStandard(spec)
	if err != nil {
		return "时间写法不对，" + cronForm + cronHint(spec)
	}
	if schedule.Next(time.Date(2026, time.January, 1, 0, 0, 0, 0, loc)).IsZero() {
		return "这个时间永远不会到（没有这样的日期），" + cronForm
	}
	return ""
}

func everyTooOften(spec string) bool {
	interval, found := strings.CutPrefix(spec, "@every ")
	d, err := time.ParseDuration(strings.TrimSpace(interval))
	return found && err == nil && d < time.Minute
}

// cronHint names the usual mistakes.
func cronHint(spec string) string {
	fields := strings.Fields(spec)
	switch {
	case len(fields) == 6:
		return "；这里写了六项，没有“秒”这一项"
	case len(fields) == 5 && strings.Contains(fields[4], "7"):
		return "；星期日写 0，不写 7"
	}
	return ""
}
