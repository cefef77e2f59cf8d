package calendar

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Date is a day of the calendar without a time zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf gives the day on which t falls in t's own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{Year: y, Month: m, Day: d}
}

// In gives the first instant of the day in loc.
func (d Date) In(loc *time.Location) time.Time { return d.At(0, loc) }

// At gives the instant of the day at the time of day at; 24:00 is the first instant of the next day.
func (d Date) At(at TimeOfDay, loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, int(at)/60, int(at)%60, 0, 0, loc)
}

// Weekday gives the day of the week.
func (d Date) Weekday() time.Weekday { return d.In(time.UTC).Weekday() }

// AddDays gives the day n days later, or earlier if n is negative.
func (d Date) AddDays(n int) Date {
	return DateOf(time.Date(d.Year, d.Month, d.Day+n, 0, 0, 0, 0, time.UTC))
}

// Before says whether d is earlier than e.
func (d Date) Before(e Date) bool {
	if d.Year != e.Year {
		return d.Year < e.Year
	}
	if d.Month != e.Month {
		return d.Month < e.Month
	}
	return d.Day < e.Day
}

// IsZero says whether no day is given.
func (d Date) IsZero() bool { return d == Date{} }

// String is the form of the config file: 2026-01-31, or "" for no day.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// MarshalText gives the form of the config file.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads 2026-01-31 and refuses days that do not exist. The empty text is no day. Errors are in Chinese.
func (d *Date) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	if s == "" {
		*d = Date{}
		return nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return fmt.Errorf("“%s”不是日期，应写成 2026-01-31 这样", s)
	}
	*d = DateOf(t)
	return nil
}

// TimeOfDay is a time of day in minutes since midnight; 1440 is 24:00, the end of the day.
type TimeOfDay int

const endOfDay TimeOfDay = 24 * 60

// String is the form of the config file: 08:30.
func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", int(t)/60, int(t)%60) }

// MarshalText gives the form of the config file.
func (t TimeOfDay) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads 8:30, 08:30 or 24:00. Errors are in Chinese.
func (t *TimeOfDay) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	h, m, ok := strings.Cut(s, ":")
	hours, err1 := digits(h)
	minutes, err2 := digits(m)
	if !ok || len(m) != 2 || err1 != nil || err2 != nil || minutes > 59 || hours*60+minutes > int(endOfDay) {
		return fmt.Errorf("“%s”不是时间，应写成 08:30 这样", s)
	}
	*t = TimeOfDay(hours*60 + minutes)
	return nil
}

// digits reads one or two decimal digits; signs and blanks are refused.
func digits(s string) (int, error) {
	if len(s) < 1 || len(s) > 2 || s[0] < '0' || s[0] > '9' {
		return 0, fmt.Errorf("not a number of one or two digits: %q", s)
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fmt.Errorf("not a number: %w", err)
	}
	return n, nil
}

// Period is a part of the day, from From (inclusive) to To (exclusive). A period whose To is before From crosses
// midnight, which only quiet hours may do. The zero value is no period.
type Period struct{ From, To TimeOfDay }

// IsZero says whether the period is empty.
func (p Period) IsZero() bool { return p.From == p.To }

// String is the form of the config file: 08:30-12:00, or "" for no period.
func (p Period) String() string {
	if p.IsZero() {
		return ""
	}
	return p.From.String() + "-" + p.To.String()
}

// MarshalText gives the form of the config file.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads 08:30-12:00. The empty text is no period. Errors are in Chinese.
func (p *Period) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	if s == "" {
		*p = Period{}
		return nil
	}
	from, to, ok := strings.Cut(s, "-")
	if !ok {
		return fmt.Errorf("“%s”不是时段，应写成 08:30-12:00 这样", s)
	}
	var q Period
	if err := q.From.UnmarshalText([]byte(from)); err != nil {
		return err
	}
	if err := q.To.UnmarshalText([]byte(to)); err != nil {
		return err
	}
	if q.From == q.To {
		return fmt.Errorf("时段“%s”的起止相同", s)
	}
	*p = q
	return nil
}
