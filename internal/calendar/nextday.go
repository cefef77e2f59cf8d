package calendar

import "time"

// WorkdayAfter gives the first working day after the day of t, from midnight to midnight.
func (c *Calendar) WorkdayAfter(t time.Time) (from, to time.Time) {
	d := c.NextWorkday(DateOf(t.In(c.loc)))
	return d.In(c.loc), d.AddDays(1).In(c.loc)
}
