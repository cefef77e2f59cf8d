// Package calendar counts time as offices do: working hours, working days with the statutory holidays and make-up working
// days, and the campaign's own exceptions (domain.md §2.1, §5.3). It knows no current time; every instant is an argument.
package calendar

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// How a limit of working days is counted (domain.md §5.3); the value of the config key calendar.work_day.
const (
	ModeEndOfDay = "end_of_day" // until the end of work of the Nth working day after the start
	ModeHours8   = "hours8"     // N times eight working hours
)

// Settings are the calendar's rules. Zero fields other than Location get the defaults of design.md §4.
type Settings struct {
	Location      *time.Location
	WorkHours     []Period  // in the order of the day; default 08:30-12:00 and 14:00-17:30
	WorkDay       string    // ModeEndOfDay (default) or ModeHours8
	SameDayCutoff TimeOfDay // same_day limits that start later run until noon of the next day; default 20:00
	DaysOff       []Date    // days off on top of the statutory ones
	Workdays      []Date    // working days on top of the statutory ones, for example campaign weekends (S13)
	QuietHours    Period    // when nothing that is not urgent is sent; zero for never
}

// Calendar answers questions about working time. It is immutable and safe for concurrent use.
type Calendar struct {
	loc      *time.Location
	hours    []Period
	mode     string
	cutoff   TimeOfDay
	quiet    Period
	holidays []holiday
	days     map[Date]bool // days that differ from the rule of weekends: true for a working day
	years    map[int]bool  // years whose notice is known
}

// New makes a calendar. It fails with a sentence in Chinese on settings that contradict themselves.
func New(s Settings) (*Calendar, error) {
	s = withDefaults(s)
	if err := s.check(); err != nil {
		return nil, err
	}
	c := &Calendar{
		loc: s.Location, hours: slices.Clone(s.WorkHours), mode: s.WorkDay, cutoff: s.SameDayCutoff, quiet: s.QuietHours,
		holidays: statutory(), days: map[Date]bool{}, years: map[int]bool{},
	}
	for _, h := range c.holidays {
		c.years[h.first.Year] = true
		for d := h.first; !h.last.Before(d); d = d.AddDays(1) {
			c.days[d] = false
		}
		for _, d := range h.work {
			c.days[d] = true
		}
	}
	c.addOwn(s.DaysOff, s.Workdays)
	return c, nil
}

func withDefaults(s Settings) Settings {
	if len(s.WorkHours) == 0 {
		s.WorkHours = []Period{{From: 8*60 + 30, To: 12 * 60}, {From: 14 * 60, To: 17*60 + 30}}
	}
	if s.WorkDay == "" {
		s.WorkDay = ModeEndOfDay
	}
	if s.SameDayCutoff == 0 {
		s.SameDayCutoff = 20 * 60
	}
	return s
}

func (s Settings) check() error {
	if s.Location == nil {
		return errors.New("没有时区")
	}
	if s.WorkDay != ModeEndOfDay && s.WorkDay != ModeHours8 {
		return fmt.Errorf("工作日的算法“%s”不对，应是 %s 或 %s", s.WorkDay, ModeEndOfDay, ModeHours8)
	}
	if s.SameDayCutoff < 0 || s.SameDayCutoff > endOfDay {
		return fmt.Errorf("事不过夜的截止时间 %d 分不在一天之内", int(s.SameDayCutoff))
	}
	last := TimeOfDay(0)
	for _, p := range s.WorkHours {
		if p.From >= p.To || p.From < 0 || p.To > endOfDay {
			return fmt.Errorf("工作时段 %s 的起止不对", p)
		}
		if p.From < last {
			return fmt.Errorf("工作时段 %s 与前一个时段重叠或顺序不对", p)
		}
		last = p.To
	}
	for _, d := range s.DaysOff {
		if slices.Contains(s.Workdays, d) {
			return fmt.Errorf("%s 既是休息日又是工作日", d)
		}
	}
	return nil
}

// addOwn puts the administrators' days over the statutory ones. They also stand for a whole year's notice once both ends of
// the festival year are there, New Year's Day and the National Day: single campaign days do not make a year known.
func (c *Calendar) addOwn(off, work []Date) {
	for _, d := range off {
		c.days[d] = false
		if slices.Contains(off, day(d.Year, 1, 1)) && slices.Contains(off, day(d.Year, 10, 1)) {
			c.years[d.Year] = true
		}
	}
	for _, d := range work {
		c.days[d] = true
	}
}

// Location is the campaign's time zone.
func (c *Calendar) Location() *time.Location { return c.loc }

// Known says whether the year's notice about holidays is in the table or was entered by the administrators: both its
// New Year's Day and its National Day are among Settings.DaysOff.
func (c *Calendar) Known(year int) bool { return c.years[year] }

// Workday says whether people work on d. Where the year's notice is not known and the administrators did not name the day
// itself, the answer follows the rule of weekends and known is false.
func (c *Calendar) Workday(d Date) (work, known bool) {
	if work, ok := c.days[d]; ok {
		return work, true
	}
	weekday := d.Weekday()
	return weekday != time.Saturday && weekday != time.Sunday, c.years[d.Year]
}

// NextWorkday gives the first working day after d.
func (c *Calendar) NextWorkday(d Date) Date {
	n, _ := c.step(d, 1)
	return n
}

// PrevWorkday gives the last working day before d.
func (c *Calendar) PrevWorkday(d Date) Date {
	n, _ := c.step(d, -1)
	return n
}

// step gives the nearest working day in the direction, and whether all days on the way were known.
func (c *Calendar) step(d Date, direction int) (Date, bool) {
	all := true
	for {
		d = d.AddDays(direction)
		work, known := c.Workday(d)
		all = all && known
		if work {
			return d, all
		}
	}
}

// EndOfDay gives the end of the last work period of d, whether or not people work on d.
func (c *Calendar) EndOfDay(d Date) time.Time {
	return d.At(c.hours[len(c.hours)-1].To, c.loc)
}

// Quiet says whether t lies in the quiet hours, and until when they last.
func (c *Calendar) Quiet(t time.Time) (until time.Time, quiet bool) {
	if c.quiet.IsZero() {
		return time.Time{}, false
	}
	today := DateOf(t.In(c.loc))
	for _, d := range []Date{today.AddDays(-1), today} {
		to := d
		if c.quiet.To < c.quiet.From {
			to = d.AddDays(1)
		}
		until = to.At(c.quiet.To, c.loc)
		if !t.Before(d.At(c.quiet.From, c.loc)) && t.Before(until) {
			return until, true
		}
	}
	return time.Time{}, false
}

// Text is an instant as replies show it, seen from now: 今日 17:30, 今日 24:00, 11-26 17:30, 2027-01-04 17:30. Tomorrow has its
// date: a message may be read tomorrow.
// Midnight is shown as 24:00 of the day that it ends, because that is how a limit of the day is understood.
func (c *Calendar) Text(t, now time.Time) string {
	d, at := c.split(t)
	today := DateOf(now.In(c.loc))
	switch {
	case d == today:
		return "今日 " + at.String()
	case d.Year == today.Year:
		return fmt.Sprintf("%02d-%02d %s", d.Month, d.Day, at)
	}
	return d.String() + " " + at.String()
}

// split gives the day and the time of day of t, in whole minutes. Midnight belongs to the day that it ends.
func (c *Calendar) split(t time.Time) (Date, TimeOfDay) {
	t = t.In(c.loc)
	d := DateOf(t)
	if at := TimeOfDay(t.Hour()*60 + t.Minute()); at > 0 || t.Second() > 0 || t.Nanosecond() > 0 {
		return d, at
	}
	return d.AddDays(-1), endOfDay
}
