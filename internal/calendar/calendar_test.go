package calendar

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// shanghai is the zone of all campaigns.
func shanghai(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// newCalendar makes a calendar with the work periods of domain.md §5.3.
func newCalendar(t testing.TB, change func(*Settings)) *Calendar {
	t.Helper()
	s := Settings{Location: shanghai(t), WorkHours: []Period{{8 * 60, 12 * 60}, {14 * 60, 18 * 60}}}
	if change != nil {
		change(&s)
	}
	c, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", s, shanghai(t))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func limit(t testing.TB, s string) Limit {
	t.Helper()
	var l Limit
	if err := l.UnmarshalText([]byte(s)); err != nil {
		t.Fatal(err)
	}
	return l
}

func offset(t testing.TB, s string) Offset {
	t.Helper()
	var o Offset
	if err := o.UnmarshalText([]byte(s)); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestWorkday(t *testing.T) {
	c := newCalendar(t, func(s *Settings) {
		s.DaysOff = []Date{day(2026, 11, 25), day(2027, 2, 8)}
		s.Workdays = []Date{day(2026, 11, 28), day(2026, 10, 2)}
	})
	tests := []struct {
		day         string
		work, known bool
	}{
		{"2026-11-23", true, true},  // a Monday
		{"2026-11-22", false, true}, // a Sunday
		{"2026-11-25", false, true}, // a day off of the county
		{"2026-11-28", true, true},  // a campaign Saturday
		{"2026-01-01", false, true},
		{"2026-01-04", true, true}, // make-up Sunday
		{"2026-02-14", true, true},
		{"2026-02-15", false, true},
		{"2026-02-23", false, true},
		{"2026-02-24", true, true},
		{"2026-02-28", true, true},
		{"2026-05-09", true, true},
		{"2026-09-20", true, true},
		{"2026-09-25", false, true},
		{"2026-10-02", true, true}, // the campaign's own day goes before the statutory one
		{"2026-10-07", false, true},
		{"2026-10-10", true, true},
		{"2025-10-08", false, true},
		{"2025-10-11", true, true},
		{"2024-02-18", true, true},
		{"2024-09-17", false, true},
		{"2027-02-07", false, false}, // 2027 is not published
		{"2027-02-08", false, true},
		{"2027-02-09", true, false},
		{"2023-06-01", true, false},
	}
	for _, tt := range tests {
		var d Date
		if err := d.UnmarshalText([]byte(tt.day)); err != nil {
			t.Fatal(err)
		}
		work, known := c.Workday(d)
		if work != tt.work || known != tt.known {
			t.Errorf("Workday(%s) = %v, %v, want %v, %v", tt.day, work, known, tt.work, tt.known)
		}
	}
}

// The number of days off on weekdays and of make-up days per year is what the State Council's notices say.
func TestStatutoryTable(t *testing.T) {
	c := newCalendar(t, nil)
	want := map[int][2]int{2024: {30, 8}, 2025: {28, 5}, 2026: {33, 6}}
	for year, w := range want {
		var off, makeUp int
		for d := day(year, 1, 1); d.Year == year; d = d.AddDays(1) {
			if work, listed := c.days[d]; listed && work {
				makeUp++
			} else if listed {
				off++
			}
		}
		if diff := cmp.Diff(w, [2]int{off, makeUp}); diff != "" {
			t.Errorf("%d: days off and make-up days (-want +got):\n%s", year, diff)
		}
	}
	for _, h := range statutory() {
		if h.last.Before(h.first) || h.first.Year != h.last.Year {
			t.Errorf("%v runs backwards or over the year's end", h)
		}
		for _, d := range h.work {
			if w := d.Weekday(); w != time.Saturday && w != time.Sunday {
				t.Errorf("make-up day %s is a %s", d, w)
			}
		}
	}
}

func TestKnown(t *testing.T) {
	c := newCalendar(t, func(s *Settings) {
		s.DaysOff = []Date{day(2027, 1, 1), day(2027, 2, 8), day(2027, 10, 1), day(2028, 1, 1)}
	})
	want := map[int]bool{2023: false, 2024: true, 2025: true, 2026: true, 2027: true, 2028: false}
	for year, known := range want {
		if c.Known(year) != known {
			t.Errorf("Known(%d) = %v", year, !known)
		}
	}
}

func TestDue(t *testing.T) {
	hours8 := func(s *Settings) { s.WorkDay = ModeHours8 }
	tests := []struct {
		name       string
		change     func(*Settings)
		start      string
		limit      string
		want       string
		wantUnsure bool
	}{
		// The worked examples of domain.md §5.3. 2026-11-27 is a Friday.
		{"work hours over a weekend", nil, "2026-11-27 17:00", "5 work_hour", "2026-11-30 12:00", false},
		{"urgent hours run always", nil, "2026-11-27 17:00", "4 urgent_hour", "2026-11-27 21:00", false},
		{"a working day as eight hours", hours8, "2026-11-27 15:00", "1 work_day", "2026-11-30 15:00", false},
		{"a working day to its end", nil, "2026-11-27 15:00", "1 work_day", "2026-11-30 18:00", false},
		{"same day", nil, "2026-11-27 16:00", "same_day", "2026-11-28 00:00", false},
		{"same day after the cut-off", nil, "2026-11-27 20:30", "same_day", "2026-11-28 12:00", false},
		{"complaint, opinion", nil, "2026-11-26 16:00", "same_day", "2026-11-27 00:00", false},
		{"complaint, result", nil, "2026-11-26 16:00", "3 work_day", "2026-12-01 18:00", false},

		{"at the cut-off it is still today", nil, "2026-11-27 20:00", "same_day", "2026-11-28 00:00", false},
		{"cut-off on the last day of a year", nil, "2026-12-31 20:01", "same_day", "2027-01-01 12:00", false},
		{"work hours that fill a period end with it", nil, "2026-11-23 08:00", "4 work_hour", "2026-11-23 12:00", false},
		{"work hours over noon", nil, "2026-11-23 11:30", "1 work_hour", "2026-11-23 14:30", false},
		{"work hours from the night", nil, "2026-11-23 03:00", "2 work_hour", "2026-11-23 10:00", false},
		{"work hours from a Sunday", nil, "2026-11-22 10:00", "2 work_hour", "2026-11-23 10:00", false},
		{"a working day from a Saturday", nil, "2026-11-28 10:00", "1 work_day", "2026-11-30 18:00", false},
		{"Spring Festival", nil, "2026-02-13 10:00", "2 work_day", "2026-02-24 18:00", false},
		{"work hours into the Spring Festival", nil, "2026-02-14 17:00", "2 work_hour", "2026-02-24 09:00", false},
		{"National Day", nil, "2026-09-30 10:00", "3 work_day", "2026-10-10 18:00", false},
		{"natural days over a month's end", nil, "2026-01-30 10:00", "3 natural_day", "2026-02-02 10:00", false},
		{"natural days into a leap day", nil, "2024-02-28 10:00", "1 natural_day", "2024-02-29 10:00", false},
		{"into a year that is not published", nil, "2026-12-31 10:00", "1 work_day", "2027-01-01 18:00", true},
		{"work hours into that year", nil, "2026-12-31 17:30", "1 work_hour", "2027-01-01 08:30", true},
		{"natural days do not ask the calendar", nil, "2026-12-31 10:00", "3 natural_day", "2027-01-03 10:00", false},
		{"no limit", nil, "2026-11-27 15:00", "", "2026-11-27 15:00", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCalendar(t, tt.change)
			due, known := c.Due(at(t, tt.start), limit(t, tt.limit))
			if !due.Equal(at(t, tt.want)) || known == tt.wantUnsure {
				t.Errorf("Due = %s, known %v, want %s, known %v", due.Format("2006-01-02 15:04"), known, tt.want, !tt.wantUnsure)
			}
		})
	}
}

func TestShift(t *testing.T) {
	tests := []struct{ start, offset, want string }{
		{"2026-11-23 18:00", "-2 work_hour", "2026-11-23 16:00"},
		{"2026-11-23 09:00", "-2 work_hour", "2026-11-20 17:00"},
		{"2026-11-23 14:00", "-1 work_hour", "2026-11-23 11:00"},
		{"2026-11-28 00:00", "-2 work_hour", "2026-11-27 16:00"},
		{"2026-11-27 18:00", "+1 work_day", "2026-11-30 18:00"},
		{"2026-11-28 00:00", "+1 work_day", "2026-12-01 00:00"}, // 24:00 of a Friday → 24:00 of the Monday
		{"2026-11-30 18:00", "-1 work_day", "2026-11-27 18:00"},
		{"2026-11-27 18:00", "+3 work_day", "2026-12-02 18:00"},
		{"2026-11-27 18:00", "0", "2026-11-27 18:00"},
		{"2026-11-27 18:00", "-24 urgent_hour", "2026-11-26 18:00"},
		{"2026-03-01 18:00", "-1 natural_day", "2026-02-28 18:00"},
		{"2026-10-08 18:00", "-1 work_day", "2026-09-30 18:00"},
		{"2026-11-23 18:00", "next_day 09:00", "2026-11-24 09:00"},
		{"2026-11-23 08:00", "next_day 09:00", "2026-11-24 09:00"},
		{"2026-11-24 00:00", "next_day 09:00", "2026-11-24 09:00"}, // 24:00 of the Monday → Tuesday
		{"2026-11-24 00:01", "next_day 09:00", "2026-11-25 09:00"},
		{"2026-11-28 00:00", "next_day 09:00", "2026-11-28 09:00"}, // a Saturday: the urgent does not wait
		{"2026-11-28 12:00", "next_day 09:00", "2026-11-29 09:00"}, // same_day after the cut-off
		{"2026-12-31 21:00", "next_day 24:00", "2027-01-02 00:00"},
		{"2026-11-24 00:00", "next_day 00:00", "2026-11-24 00:00"},
	}
	c := newCalendar(t, nil)
	for _, tt := range tests {
		got, known := c.Shift(at(t, tt.start).UTC(), offset(t, tt.offset))
		if !got.Equal(at(t, tt.want)) || !known {
			t.Errorf("Shift(%s, %s) = %s, known %v, want %s", tt.start, tt.offset, got.Format("2006-01-02 15:04"), known, tt.want)
		}
	}
}

func TestNeighbours(t *testing.T) {
	c := newCalendar(t, nil)
	if got := c.NextWorkday(day(2026, 9, 30)); got != day(2026, 10, 8) {
		t.Errorf("NextWorkday over the National Day = %s", got)
	}
	if got := c.PrevWorkday(day(2026, 2, 24)); got != day(2026, 2, 14) {
		t.Errorf("PrevWorkday over the Spring Festival = %s", got)
	}
	if got := c.EndOfDay(day(2026, 11, 22)); !got.Equal(at(t, "2026-11-22 18:00")) {
		t.Errorf("EndOfDay = %s", got)
	}
}

func TestWorkdayAfter(t *testing.T) {
	from, to := newCalendar(t, nil).WorkdayAfter(at(t, "2026-09-30 23:30").UTC())
	if !from.Equal(at(t, "2026-10-08 00:00")) || !to.Equal(at(t, "2026-10-09 00:00")) {
		t.Errorf("WorkdayAfter = %s … %s", from, to)
	}
}

func TestWorkTimeBetween(t *testing.T) {
	tests := []struct {
		a, b string
		want time.Duration
	}{
		{"2026-11-23 08:00", "2026-11-24 08:00", 8 * time.Hour},
		{"2026-11-23 11:00", "2026-11-23 15:00", 2 * time.Hour},
		{"2026-11-27 17:00", "2026-11-30 09:00", 2 * time.Hour},
		{"2026-11-28 00:00", "2026-11-30 00:00", 0},
		{"2026-11-30 09:00", "2026-11-27 17:00", 0},
		{"2026-02-14 08:00", "2026-02-25 08:00", 16 * time.Hour},
	}
	c := newCalendar(t, nil)
	for _, tt := range tests {
		if got := c.WorkTimeBetween(at(t, tt.a), at(t, tt.b)); got != tt.want {
			t.Errorf("WorkTimeBetween(%s, %s) = %s, want %s", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestQuiet(t *testing.T) {
	night := newCalendar(t, func(s *Settings) { s.QuietHours = Period{21*60 + 30, 7*60 + 30} })
	noon := newCalendar(t, func(s *Settings) { s.QuietHours = Period{12 * 60, 14 * 60} })
	never := newCalendar(t, nil)
	tests := []struct {
		c        *Calendar
		at, want string
	}{
		{night, "2026-11-23 21:29", ""},
		{night, "2026-11-23 21:30", "2026-11-24 07:30"},
		{night, "2026-11-24 03:00", "2026-11-24 07:30"},
		{night, "2026-11-24 07:30", ""},
		{night, "2026-12-31 23:59", "2027-01-01 07:30"},
		{noon, "2026-11-23 13:00", "2026-11-23 14:00"},
		{noon, "2026-11-23 14:00", ""},
		{never, "2026-11-23 03:00", ""},
	}
	for _, tt := range tests {
		until, quiet := tt.c.Quiet(at(t, tt.at))
		got := ""
		if quiet {
			got = until.Format("2006-01-02 15:04")
		}
		if got != tt.want {
			t.Errorf("Quiet(%s) = %q, want %q", tt.at, got, tt.want)
		}
	}
}

func TestTextOfInstant(t *testing.T) {
	tests := []struct{ t, now, want string }{
		{"2026-11-23 17:30", "2026-11-23 09:00", "今日 17:30"},
		{"2026-11-24 00:00", "2026-11-23 09:00", "今日 24:00"},
		{"2026-11-24 17:30", "2026-11-23 09:00", "11-24 17:30"},
		{"2026-11-25 00:00", "2026-11-23 09:00", "11-24 24:00"},
		{"2026-11-26 17:30", "2026-11-23 09:00", "11-26 17:30"},
		{"2027-01-04 17:30", "2026-11-23 09:00", "2027-01-04 17:30"},
		{"2027-01-01 00:00", "2026-12-31 09:00", "今日 24:00"},
		{"2026-11-20 08:05", "2026-11-23 09:00", "11-20 08:05"},
	}
	c := newCalendar(t, nil)
	for _, tt := range tests {
		if got := c.Text(at(t, tt.t).UTC(), at(t, tt.now).UTC()); got != tt.want {
			t.Errorf("Text(%s) = %q, want %q", tt.t, got, tt.want)
		}
	}
}

func TestHoliday(t *testing.T) {
	c := newCalendar(t, nil)
	if d, ok := c.Holiday("中秋", 2026); !ok || d != day(2026, 9, 25) {
		t.Errorf("中秋 2026 = %s, %v", d, ok)
	}
	if d, ok := c.Holiday("国庆", 2027); !ok || d != day(2027, 10, 1) {
		t.Errorf("国庆 2027 = %s, %v", d, ok)
	}
	if d, ok := c.Holiday("春节", 2027); ok {
		t.Errorf("春节 2027 = %s although it is not published", d)
	}
}

func TestNewRefuses(t *testing.T) {
	loc := shanghai(t)
	tests := []struct {
		s    Settings
		want string
	}{
		{Settings{}, "没有时区"},
		{Settings{Location: loc, WorkDay: "hours9"}, "工作日的算法"},
		{Settings{Location: loc, WorkHours: []Period{{12 * 60, 8 * 60}}}, "起止不对"},
		{Settings{Location: loc, WorkHours: []Period{{8 * 60, 12 * 60}, {11 * 60, 18 * 60}}}, "重叠或顺序不对"},
		{Settings{Location: loc, SameDayCutoff: 1500}, "不在一天之内"},
		{Settings{Location: loc, DaysOff: []Date{day(2026, 3, 2)}, Workdays: []Date{day(2026, 3, 2)}}, "2026-03-02 既是休息日又是工作日"},
	}
	for _, tt := range tests {
		_, err := New(tt.s)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("New(%+v) = %v, want …%s…", tt.s, err, tt.want)
		}
	}
}
