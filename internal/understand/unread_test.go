package understand

import (
	"os"
	"strings"
	"testing"
	"time"

	"duban/internal/calendar"
)

// unreadWhen are reports and the words in them that look like a deadline and are none; what has none of them is told.
var unreadWhen = `
2月30日前完成|2月30日前
垃圾满溢，2月30日前处理|2月30日前
明年2月30日前完成|2月30日前
13月1日前整改|13月1日前
25点前处理|25点前
12月前完成整改|12月前
上午8点前清理|上午8点前
今天上午8点前必须清理|今天上午8点前
2099年1月1日前完成|2099年1月1日前
400天内完成|400天内
明天下午5点前清理|
上午8点前占道经营|
早上8点前后经常堵车|
昨天下午5点前清理|
上周五前完成|
解放路30号前清理的垃圾堆着|
6号楼前处理|
11月20日前已完成|
三天没清|
`

func unreadIn(text string, now time.Time, cal *calendar.Calendar) string {
	f := newFinder(Fold(text), now, cal)
	if _, ok := f.find(); ok {
		return ""
	}
	return f.unread()
}

func TestUnreadWhen(t *testing.T) {
	cal := testCalendar(t)
	now := at(t, cal, "11-23 10:00")
	for line := range strings.Lines(strings.TrimSpace(unreadWhen)) {
		text, want, _ := strings.Cut(strings.TrimSpace(line), "|")
		if got := unreadIn(text, now, cal); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// No report of the samples and no chatter in them names a time that is not understood.
func TestUnreadWhenOnSamples(t *testing.T) {
	cal := testCalendar(t)
	now := at(t, cal, "11-23 10:00")
	for _, name := range []string{"reports_sample.tsv", "more_reports.tsv", "blind_reports.tsv", "phrases.tsv", "chatter_sample.txt"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			if got := unreadIn(line, now, cal); got != "" {
				t.Errorf("%s: %q in %s", name, got, line)
			}
		}
	}
}
