package calendar

import (
	"encoding"
	"strings"
	"testing"
)

// value is what every type of the config file offers.
type value interface {
	encoding.TextUnmarshaler
	String() string
}

// forms gives one empty value of every type.
func forms() map[string]func() value {
	return map[string]func() value{
		"limit":  func() value { return new(Limit) },
		"offset": func() value { return new(Offset) },
		"date":   func() value { return new(Date) },
		"time":   func() value { return new(TimeOfDay) },
		"period": func() value { return new(Period) },
	}
}

func TestTextForms(t *testing.T) {
	tests := []struct{ kind, in, want string }{
		{"limit", "1 work_day", "1 work_day"},
		{"limit", " 4  work_hour ", "4 work_hour"},
		{"limit", "24 urgent_hour", "24 urgent_hour"},
		{"limit", "3 natural_day", "3 natural_day"},
		{"limit", "same_day", "same_day"},
		{"limit", "", ""},
		{"offset", "-2 work_hour", "-2 work_hour"},
		{"offset", "+1 work_day", "+1 work_day"},
		{"offset", "1 work_day", "+1 work_day"},
		{"offset", "0", "0"},
		{"offset", "0 work_day", "0"},
		{"offset", "next_day 09:00", "next_day 09:00"},
		{"offset", " next_day  9:00 ", "next_day 09:00"},
		{"offset", "next_day 00:00", "next_day 00:00"},
		{"offset", "next_day 24:00", "next_day 24:00"},
		{"date", "2026-01-31", "2026-01-31"},
		{"date", "", ""},
		{"time", "8:30", "08:30"},
		{"time", "24:00", "24:00"},
		{"time", "00:00", "00:00"},
		{"period", "08:30-12:00", "08:30-12:00"},
		{"period", "21:30-07:30", "21:30-07:30"},
		{"period", "20:00-24:00", "20:00-24:00"},
	}
	for _, tt := range tests {
		v := forms()[tt.kind]()
		if err := v.UnmarshalText([]byte(tt.in)); err != nil || v.String() != tt.want {
			t.Errorf("%s %q = %q, %v, want %q", tt.kind, tt.in, v, err, tt.want)
		}
	}
}

func TestTextFormsRefused(t *testing.T) {
	tests := []struct{ kind, in, want string }{
		{"limit", "1", "看不懂“1”"},
		{"limit", "work_day", "看不懂“work_day”"},
		{"limit", "0 work_day", "时限至少是 1"},
		{"limit", "-1 work_day", "时限至少是 1"},
		{"limit", "1 workday", "没有“workday”这种计时方式"},
		{"limit", "一 work_day", "“一”不是整数"},
		{"limit", "10000 work_day", "太大"},
		{"limit", "1 same_day", "前面不写数字"},
		{"limit", "next_day 09:00", "“next_day”不是整数"},
		{"limit", "1 next_day", "没有“next_day”这种计时方式"},
		{"offset", "2", "看不懂“2”"},
		{"offset", "+1 same_day", "前面不写数字"},
		{"offset", "2", "或“next_day 09:00”"},
		{"offset", "next_day", "next_day 后面写一个时间"},
		{"offset", "next_day 09:00 10:00", "next_day 后面写一个时间"},
		{"offset", "next_day 9", "“9”不是时间"},
		{"offset", "next_day 24:01", "“24:01”不是时间"},
		{"offset", "+1 next_day", "没有“next_day”这种计时方式"},
		{"date", "2026-02-30", "不是日期"},
		{"date", "2026/01/01", "不是日期"},
		{"time", "24:01", "不是时间"},
		{"time", "8", "不是时间"},
		{"time", "8:3", "不是时间"},
		{"time", "+8:30", "不是时间"},
		{"time", "08:60", "不是时间"},
		{"period", "08:30", "不是时段"},
		{"period", "08:30-08:30", "起止相同"},
		{"period", "08:30-25:00", "不是时间"},
	}
	for _, tt := range tests {
		err := forms()[tt.kind]().UnmarshalText([]byte(tt.in))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %q: %v, want …%s…", tt.kind, tt.in, err, tt.want)
		}
	}
}

func TestLimitText(t *testing.T) {
	tests := map[string]string{
		"1 work_day": "1个工作日", "4 work_hour": "4个工作时", "24 urgent_hour": "24小时", "3 natural_day": "3天", "same_day": "当日", "": "",
	}
	for in, want := range tests {
		if got := limit(t, in).Text(); got != want {
			t.Errorf("%q.Text() = %q, want %q", in, got, want)
		}
	}
}

// Whatever is accepted is written back in a form that is accepted again and means the same.
func FuzzTextForms(f *testing.F) {
	for _, seed := range []string{"1 work_day", "same_day", "-2 work_hour", "0", "2026-01-31", "24:00", "21:30-07:30", "", "٣ work_day", "next_day 09:00", "next_day", "next_day 24:00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for kind, empty := range forms() {
			v := empty()
			if v.UnmarshalText([]byte(s)) != nil {
				continue
			}
			again := empty()
			if err := again.UnmarshalText([]byte(v.String())); err != nil || again.String() != v.String() {
				t.Errorf("%s: %q was read as %q, which reads as %q, %v", kind, s, v, again, err)
			}
		}
	})
}
