package calendar

import "slices"

import "time"

// hoursPerDay is how many working hours make a working day in the mode hours8 (domain.md §2.1: 1工作日 = 8工作时).
const hoursPerDay = 8

// Due gives the deadline of a limit that starts to run at start, by the rules of domain.md §5.3; it is never before start.
// A limit of working time skips nights, weekends and holidays. known is false if a day on the way lies in a year whose
// holidays are not published, so that the deadline may still move. Without a limit the answer is start itself.
func (c *Calendar) Due(start time.Time, l Limit) (due time.Time, known bool) {
	start = start.In(c.loc)
	switch l.Kind {
	case SameDay:
		return c.sameDay(start), true
	case WorkDay:
		if c.mode == ModeEndOfDay {
			return c.endOfWorkday(start, l.N)
		}
	}
	if l.N <= 0 {
		return start, true
	}
	return c.Shift(start, Offset(l))
}

// sameDay gives the end of the day, or noon of the next day for what came after the cut-off.
func (c *Calendar) sameDay(start time.Time) time.Time {
	d := DateOf(start)
	if start.After(d.At(c.cutoff, c.loc)) {
		return d.AddDays(1).At(12*60, c.loc)
	}
	return d.At(endOfDay, c.loc)
}

// endOfWorkday gives the end of work of the nth working day after the day of start.
func (c *Calendar) endOfWorkday(start time.Time, n int) (time.Time, bool) {
	if n <= 0 {
		return start, true
	}
	d, known := DateOf(start), true
	for range n {
		next, ok := c.step(d, 1)
		d, known = next, known && ok
	}
	return c.EndOfDay(d), known
}

// Shift moves an instant by an offset in either direction. Working hours are counted inside the work periods. Working days
// keep the time of day (in the mode hours8 they are eight working hours each), natural days too, and midnight counts as the
// end of its day. NextDay is a time of day on the day after t's, whether or not people work then: what is urgent does not
// wait for Monday. known is as for Due.
func (c *Calendar) Shift(t time.Time, o Offset) (at time.Time, known bool) {
	t = t.In(c.loc)
	switch o.Kind {
	case UrgentHour:
		return t.Add(time.Duration(o.N) * time.Hour), true
	case NaturalDay:
		return c.onDay(t, DateOf(t).AddDays(o.N)), true
	case WorkHour:
		return c.workTime(t, time.Duration(o.N)*time.Hour)
	case WorkDay:
		if c.mode == ModeHours8 {
			return c.workTime(t, time.Duration(o.N)*hoursPerDay*time.Hour)
		}
		return c.workDays(t, o.N)
	case NextDay:
		d, _ := c.split(t)
		return d.AddDays(1).At(TimeOfDay(o.N), c.loc), true
	}
	return t, true
}

// onDay gives t's time of day on the day d.
func (c *Calendar) onDay(t time.Time, d Date) time.Time {
	return time.Date(d.Year, d.Month, d.Day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), c.loc)
}

// workDays moves t by whole working days. A deadline at 24:00 on a Friday belongs to the Friday, not to the Saturday.
func (c *Calendar) workDays(t time.Time, n int) (time.Time, bool) {
	if n == 0 {
		return t, true
	}
	d, at := c.split(t)
	known, direction := true, 1
	if n < 0 {
		n, direction = -n, -1
	}
	for range n {
		next, ok := c.step(d, direction)
		d, known = next, known && ok
	}
	if at == endOfDay {
		return d.At(endOfDay, c.loc), known
	}
	return c.onDay(t, d), known
}

// span is a stretch of working time.
type span struct{ from, to time.Time }

// spans gives the work periods of d as instants; none on a day off.
func (c *Calendar) spans(d Date) (spans []span, known bool) {
	work, known := c.Workday(d)
	if !work {
		return nil, known
	}
	for _, p := range c.hours {
		spans = append(spans, span{d.At(p.From, c.loc), d.At(p.To, c.loc)})
	}
	return spans, known
}

// workTime moves t by an amount of working time, backwards if it is negative.
func (c *Calendar) workTime(t time.Time, amount time.Duration) (time.Time, bool) {
	if amount == 0 {
		return t, true
	}
	if amount < 0 {
		return c.workTimeBack(t, -amount)
	}
	known := true
	for d := DateOf(t); ; d = d.AddDays(1) {
		spans, ok := c.spans(d)
		known = known && ok
		for _, s := range spans {
			from := later(s.from, t)
			if length := s.to.Sub(from); length >= amount {
				return from.Add(amount), known
			} else if length > 0 {
				amount -= length
			}
		}
	}
}

func (c *Calendar) workTimeBack(t time.Time, amount time.Duration) (time.Time, bool) {
	known := true
	for d := DateOf(t); ; d = d.AddDays(-1) {
		spans, ok := c.spans(d)
		known = known && ok
		for _, span := range slices.Backward(spans) {
			to := earlier(span.to, t)
			if length := to.Sub(span.from); length >= amount {
				return to.Add(-amount), known
			} else if length > 0 {
				amount -= length
			}
		}
	}
}

// WorkTimeBetween gives how much working time lies in [a, b); zero if b is not after a.
func (c *Calendar) WorkTimeBetween(a, b time.Time) time.Duration {
	var sum time.Duration
	last := DateOf(b.In(c.loc))
	for d := DateOf(a.In(c.loc)); !last.Before(d); d = d.AddDays(1) {
		spans, _ := c.spans(d)
		for _, s := range spans {
			if length := earlier(s.to, b).Sub(later(s.from, a)); length > 0 {
				sum += length
			}
		}
	}
	return sum
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
