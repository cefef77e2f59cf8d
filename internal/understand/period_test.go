package understand

import (
	"testing"
	"time"
)

func TestReadPeriod(t *testing.T) {
	loc, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, loc) // a Wednesday
	for _, tt := range []struct{ text, from, to, name string }{
		{"今天", "2026-11-25", "2026-11-26", "11月25日"},
		{"昨日", "2026-11-24", "2026-11-25", "11月24日"},
		{"本周", "2026-11-23", "2026-11-30", "11月23日至29日"},
		{"上周", "2026-11-16", "2026-11-23", "11月16日至22日"},
		{"本月", "2026-11-01", "2026-12-01", "11月"},
		{"上个月", "2026-10-01", "2026-11-01", "10月"},
		{"今年", "2026-01-01", "2027-01-01", "2026年"},
		{"去年", "2025-01-01", "2026-01-01", "2025年"},
		{"2025年", "2025-01-01", "2026-01-01", "2025年"},
		{"近7天", "2026-11-19", "2026-11-26", "11月19日至25日"},
		{"近１天", "2026-11-25", "2026-11-26", "11月25日"},
		{"近30日", "2026-10-27", "2026-11-26", "10月27日至11月25日"},
		{"11月", "2026-11-01", "2026-12-01", "11月"},
		{"12月", "2025-12-01", "2026-01-01", "2025年12月"},
		{"2025年3月份", "2025-03-01", "2025-04-01", "2025年3月"},
		{"11-23", "2026-11-23", "2026-11-24", "11月23日"},
		{"11月23日", "2026-11-23", "2026-11-24", "11月23日"},
		{"2025-12-31", "2025-12-31", "2026-01-01", "2025年12月31日"},
		{"12-31", "2025-12-31", "2026-01-01", "2025年12月31日"},
		{"11月16日至22日", "2026-11-16", "2026-11-23", "11月16日至22日"},
		{"11-16到11-22", "2026-11-16", "2026-11-23", "11月16日至22日"},
		{"10月26日~11月1日", "2026-10-26", "2026-11-02", "10月26日至11月1日"},
		{"11-24至12-3", "2026-11-24", "2026-12-04", "11月24日至12月3日"},
		{"去年12月", "2025-12-01", "2026-01-01", "2025年12月"},
		{"去年11月16日至22日", "2025-11-16", "2025-11-23", "2025年11月16日至22日"},
		{"2024-02-29", "2024-02-29", "2024-03-01", "2024年2月29日"},
		{"2028年2月29日", "2028-02-29", "2028-03-01", "2028年2月29日"},
		{"2025-11-30至2025-12-06", "2025-11-30", "2025-12-07", "2025年11月30日至12月6日"},
		{"2025-11-20至2025-12-06", "2025-11-20", "2025-12-07", "2025年11月20日至12月6日"},
		{"2025年3月1日至4月2日", "2025-03-01", "2025-04-03", "2025年3月1日至4月2日"},
		{"11.20-11.23", "2026-11-20", "2026-11-24", "11月20日至23日"},
		{"11月20日-23日", "2026-11-20", "2026-11-24", "11月20日至23日"},
		{"2026/11-23", "2026-11-23", "2026-11-24", "11月23日"},
		{"2025-12-30至2026-01-02", "2025-12-30", "2026-01-03", "2025年12月30日至2026年1月2日"},
	} {
		p, ok := ReadPeriod(tt.text, now)
		if !ok || p.From.Format(time.DateOnly) != tt.from || p.To.Format(time.DateOnly) != tt.to || p.Name != tt.name {
			t.Errorf("%s: %v – %v %q %v", tt.text, p.From, p.To, p.Name, ok)
		}
	}
	for _, text := range []string{"", "昭阳", "13月", "2-30", "11-23至11-20", "近0天", "32日", "11月16日至31日", "0000年", "下周", "明天", "3.5件"} {
		if p, ok := ReadPeriod(text, now); ok {
			t.Errorf("%q was read as %+v", text, p)
		}
	}
}

// TestReadPeriodAcrossTheYear: a week that begins in the old year may be named before it is over.
func TestReadPeriodAcrossTheYear(t *testing.T) {
	now := time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC)
	for text, name := range map[string]string{
		"12-28至1-3": "2026年12月28日至2027年1月3日", "12-31": "12月31日", "12月": "12月", "去年": "2026年", "本周": "2026年12月28日至2027年1月3日",
	} {
		p, ok := ReadPeriod(text, now)
		if again, _ := ReadPeriod(p.Name, now); !ok || p.Name != name || again != p {
			t.Errorf("%s: %q %v, and that is read as %+v", text, p.Name, ok, again)
		}
	}
	if p, ok := ReadPeriod("6-1至1-3", now); ok {
		t.Errorf("a slip was read as %+v", p)
	}
}

func TestUpTo(t *testing.T) {
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	if p := UpTo(Week(now), now); p.Name != "11月23日至25日" || p.To != Day(now).To {
		t.Errorf("%+v", p)
	}
	for _, p := range []Period{Day(now), Week(now.AddDate(0, 0, -7))} {
		if got := UpTo(p, now); got != p {
			t.Errorf("%+v became %+v", p, got)
		}
	}
}

// FuzzReadPeriod: whatever is said, a period begins before it ends.
func FuzzReadPeriod(f *testing.F) {
	for _, s := range []string{"今天", "上周", "近7天", "11-16到11-22", "2026年2月", "2月29日"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.FixedZone("CST", 8*3600))
	f.Fuzz(func(t *testing.T, s string) {
		p, ok := ReadPeriod(s, now)
		if ok && (!p.From.Before(p.To) || p.Name == "") {
			t.Errorf("%q: %+v", s, p)
		}
		if again, said := ReadPeriod(p.Name, now); ok && (!said || again != p) {
			t.Errorf("%q is called %q, which is read as %+v", s, p.Name, again)
		}
	})
}
