package bench

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/photo"
)

// check looks whether everything that the day asked for has happened, once.
func (d *day) check() {
	d.b.Helper()
	d.checkAnswers()
	d.checkIssues()
	d.checkJobs()
	d.checkReminders()
}

// checkAnswers: every command was answered once, chatter is nowhere, nothing waits that is due, and nothing was sent twice.
func (d *day) checkAnswers() {
	d.b.Helper()
	if len(d.delays) != d.asked || len(d.surprises) > 0 {
		d.b.Errorf("%d answers to %d commands; besides, %d messages that nobody asked for:\n%s",
			len(d.delays), d.asked, len(d.surprises), strings.Join(d.surprises[:min(5, len(d.surprises))], "\n"))
	}
	for id, times := range d.sent {
		if times > 1 {
			d.b.Errorf("%s was sent %d times", id, times)
		}
	}
	d.same("arrivals", d.count("SELECT 'done', COUNT(*) FROM inbox WHERE message_id LIKE 'day/%' AND done_at > 0 AND failure = '' GROUP BY 1"), map[string]int{"done": d.kept})
	now := d.bot.Now().UnixMicro()
	d.same("what is left", d.count(`SELECT 'arrivals', COUNT(*) FROM inbox WHERE done_at = 0 UNION ALL
		SELECT 'outbox', COUNT(*) FROM outbox WHERE state NOT IN ('queued', 'sent') OR state = 'queued' AND due_at <= ?`, now), map[string]int{"arrivals": 0, "outbox": 0})
}

// actions are the words of people for the actions of the history.
var actions = map[string]string{"report": "上报", "sign": "签收", "submit": "完成", "pass": "通过", "return": "退回", "ask_extend": "延期", "extend": "同意"}

// checkIssues: what was confirmed is in the history once, every issue stands where people left it, and photos are where they belong.
func (d *day) checkIssues() {
	d.b.Helper()
	did, status := map[string]int{}, map[string]int{}
	for _, m := range d.agenda.matters {
		for verb, times := range m.did {
			did[verb] += times
		}
		status[m.status]++
	}
	happened := map[string]int{}
	for action, times := range d.count("SELECT action, COUNT(*) FROM events WHERE issue_id > ? GROUP BY 1", d.past) {
		if verb := actions[action]; verb != "" {
			happened[verb] = times
		}
	}
	d.same("moves", happened, did)
	d.same("issues", d.count("SELECT status, COUNT(*) FROM issues WHERE id > ? GROUP BY 1", d.past), status)
	d.same("photos", d.count("SELECT CASE WHEN issue_id > 0 THEN 'of issues' ELSE 'loose' END, COUNT(*) FROM photos WHERE at >= ? GROUP BY 1", d.start.UnixMicro()),
		map[string]int{"of issues": d.agenda.photos, "loose": d.agenda.loose})
}

// slots are when the jobs of a Monday run; reminders and the backup besides.
var slots = []string{
	"23 08:30 unowned", "23 09:00 bulletin", "23 09:00 look_back", "23 09:00 ranking_week", "23 17:30 ranking_draft", "23 18:00 ranking", "23 18:00 summary", "24 03:30 retention",
}

// checkJobs: every slot ran, none ran twice, and what they publish is there once.
func (d *day) checkJobs() {
	d.b.Helper()
	var ran []string
	for run, times := range d.count("SELECT slot || ' ' || job || ' ' || result, 1 FROM job_runs WHERE job <> 'reminders'") {
		var at int64
		var job, result string
		if _, err := fmt.Sscan(run, &at, &job, &result); err != nil || result != "done" || times != 1 {
			d.b.Errorf("job %s: %v", run, err)
		}
		ran = append(ran, time.UnixMicro(at).In(d.cfg.Location()).Format("02 15:04 ")+job)
	}
	slices.Sort(ran)
	if diff := cmp.Diff(slots, ran); diff != "" {
		d.b.Errorf("jobs (-slots +runs)\n%s", diff)
	}
	d.same("publications", d.count("SELECT kind || ' ' || state, COUNT(*) FROM snapshots GROUP BY 1"), map[string]int{
		"bulletin held": 1, "look_back published": 1, "ranking published": 1, "ranking_week held": 1, "totals published": 1,
	})
	if backups, err := os.ReadDir(d.cfg.Backup.Folder); err != nil || len(backups) == 0 {
		d.b.Errorf("no backup: %v", err)
	}
}

// checkReminders: nobody was pressed twice for the same, and what had to be said before the night was said.
func (d *day) checkReminders() {
	d.b.Helper()
	told := map[string]int{}
	for event := range d.count("SELECT issue_id || ' ' || seq || ' ' || details, 1 FROM events WHERE action = 'remind' AND issue_id <= ?", d.past) {
		issue, rest, _ := strings.Cut(event, " ")
		_, details, _ := strings.Cut(rest, " ")
		var said struct{ Told []string }
		if err := json.Unmarshal([]byte(details), &said); err != nil {
			d.b.Error(err)
		}
		for _, mark := range said.Told {
			told[issue+" "+mark]++
		}
	}
	if len(told) == 0 || slices.Max(slices.Collect(maps.Values(told))) > 1 {
		d.b.Errorf("%d reminders, at most %d times the same", len(told), slices.Max(slices.Collect(maps.Values(told))))
	}
	last := d.start.Add((21-dawn)*time.Hour + 20*time.Minute) // the last slot before quiet hours
	d.same("reminders", d.count("SELECT 'not said', COUNT(*) FROM issues WHERE next_alarm > 0 AND next_alarm <= ?", last.UnixMicro()), map[string]int{"not said": 0})
}

// count gives the numbers of a query by their names.
func (d *day) count(query string, args ...any) map[string]int {
	d.b.Helper()
	rows, err := d.db.QueryContext(d.b.Context(), query, args...)
	if err != nil {
		d.b.Fatal(err)
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			d.b.Fatal(err)
		}
		out[name] += n
	}
	if err := rows.Err(); err != nil {
		d.b.Fatal(err)
	}
	return out
}

func (d *day) same(what string, got, want map[string]int) {
	d.b.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		d.b.Errorf("%s (-wanted +got)\n%s", what, diff)
	}
}

// The size to which WeChat shrinks photos, and that of the day's, which are so small that the benchmark ends in its time.
const (
	wide, high           = 1080, 1440
	smallWide, smallHigh = 200, 150
)

// dearer is how much more processor time a photo takes that is as large as they are on WeChat.
func dearer(b *testing.B) time.Duration {
	b.Helper()
	const tries = 4
	look := func(width, height int) time.Duration {
		var all [][]byte
		for n := range tries {
			all = append(all, draw(b, n, width, height))
		}
		began := cpu()
		for _, data := range all {
			if _, _, err := photo.Examine(data, time.UTC); err != nil {
				b.Fatal(err)
			}
		}
		return (cpu() - began) / tries
	}
	return look(wide, high) - look(smallWide, smallHigh)
}

// report says what the day took. The processor time of the photos is reckoned as if all were as large as on WeChat.
func (d *day) report() {
	b := d.b
	slices.Sort(d.delays)
	at := func(share float64) float64 {
		return float64(d.delays[int(share*float64(len(d.delays)-1))].Microseconds()) / 1000
	}
	photos := time.Duration(d.shown) * dearer(b)
	all := d.used + photos
	within(b, all.Seconds(), "cpu-s", mostCPU)
	b.ReportMetric(photos.Seconds(), "cpu-s-of-large-photos")
	b.ReportMetric(all.Hours()/24*1000, "permille-of-a-core")
	within(b, at(1), "ms-slowest-answer", mostAnswer)
	b.ReportMetric(at(0.5), "ms-p50")
	b.ReportMetric(at(0.99), "ms-p99")
	within(b, (float64(d.heap[1])-float64(d.heap[0]))/(1<<20), "MB-heap", mostLeft)
	within(b, float64(d.bytes[1]-d.bytes[0])/(1<<20), "MB-database", mostGrown)
	b.ReportMetric(float64(d.asked), "commands")
	b.ReportMetric(float64(len(d.sent)), "sent")
	b.ReportMetric(d.behind(), "minutes-behind-at-20-a-minute")
	b.ReportMetric(float64(d.count("SELECT 'runs', COUNT(*) FROM job_runs")["runs"]), "job-runs")
	alone(b)
}

// behind is how many minutes after its time the last message would have come in the busiest hour over an account of personal WeChat, by the
// pace that is the default there.
func (d *day) behind() (most float64) {
	const pace = 20 // a minute
	waiting := 0
	for _, n := range d.minutes {
		waiting = max(0, waiting+n-pace)
		most = max(most, float64(waiting)/pace)
	}
	return most
}
