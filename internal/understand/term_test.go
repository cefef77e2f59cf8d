package understand

import (
	"cmp"
	"strings"
	"testing"

	"duban/internal/issue"
)

// terms stand on Monday 2026-11-23 at 10:00: the field, and the limit, the instant or the fault.
const terms = `
5个工作日|5个工作日
五个工作日内|5个工作日
３个工作日内完成整改|3个工作日
10 个 工作日|10个工作日
限3天|3天
3日内|3天
一周内|7天
48小时|48小时
4个工作时|4个工作时
当日|当日
当天完成|当日
立行立改|当日
立即整改|当日
2026-12-01|2026-12-01 17:30
2026/12/1|2026-12-01 17:30
2026.12.10|2026-12-10 17:30
2026年12月1日前|2026-12-01 17:30
26年12月1日|2026-12-01 17:30
12月1日前完成|2026-12-01 17:30
12月1日|2026-12-01 17:30
12-1|2026-12-01 17:30
1月10日|2027-01-10 17:30
2026-12-01 17:00|2026-12-01 17:00
2026-12-01 17:00:00|2026-12-01 17:00
月底|2026-11-30 17:30
月底前|2026-11-30 17:30
下周五前|2026-12-04 17:30
12月1日下午5点|2026-12-01 17:00
2026-11-01|已经过了
11月1日|已经过了
2028-01-01|超过一年
2月30日|没有这一天
2026-13-45|没有这一天
2026-11-31|没有这一天
12.1|看不懂
12.10|看不懂
5|看不懂
尽快|看不懂
待定|看不懂
长期坚持|看不懂
12月1日王芳|看不懂
|看不懂
`

func TestTerm(t *testing.T) {
	cal := testCalendar(t)
	r := New(&issue.Register{}, cal)
	now := at(t, cal, whenNow)
	for row := range strings.SplitSeq(strings.Trim(terms, "\n"), "\n") {
		text, want, _ := strings.Cut(row, "|")
		term, fault := r.Term(text, now)
		got := fault + term.Limit.Text()
		if !term.At.IsZero() {
			got = term.At.In(cal.Location()).Format("2006-01-02 15:04")
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if fault == "" && term.IsZero() {
			t.Errorf("%q: neither a term nor a fault", text)
		}
	}
}

func TestDay(t *testing.T) {
	cal := testCalendar(t)
	r := New(&issue.Register{}, cal)
	now := at(t, cal, whenNow)
	for text, want := range map[string]string{
		"2026-11-20": "2026-11-20", "2026年11月20日": "2026-11-20", "11月20日": "2026-11-20", "２０２６．１１．２０": "2026-11-20",
		"12月30日": "2025-12-30", "2026-11-20 09:30": "2026-11-20", "2月30日": "none", "2027-01-01": "2027-01-01", "上周": "", "11.20": "",
	} {
		d, ok := r.Day(text, now)
		got := ""
		if ok {
			got = cmp.Or(d.String(), "none")
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestSourceNamed(t *testing.T) {
	for words, want := range map[string]string{
		"省模拟测评": "upper", "市文明办模拟测评反馈意见": "upper", "中央文明办反馈": "upper", "国家测评": "upper", "上级反馈": "upper", "省级实地测评": "upper",
		"督查": "inspection", "实地测评": "inspection", "群众": "public", "领导": "leader", "自查": "self", "媒体曝光": "media", "隔壁老王": "", "": "",
	} {
		if got, ok := SourceNamed(words); got != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", words, got, ok, want)
		}
	}
}

// FuzzTerm: whatever stands in a field, it is a term that can be or a fault, and a deadline lies ahead.
func FuzzTerm(f *testing.F) {
	for row := range strings.SplitSeq(terms, "\n") {
		text, _, _ := strings.Cut(row, "|")
		f.Add(text)
	}
	cal := testCalendar(f)
	r := New(&issue.Register{}, cal)
	now := at(f, cal, whenNow)
	f.Fuzz(func(t *testing.T, text string) {
		term, fault := r.Term(text, now)
		if (fault == "") == term.IsZero() {
			t.Fatalf("%q: %+v, fault %q", text, term, fault)
		}
		if !term.At.IsZero() && (!term.At.After(now) || term.At.Sub(now) > maxAhead) {
			t.Fatalf("%q: %v", text, term.At)
		}
		r.Day(text, now)
	})
}
