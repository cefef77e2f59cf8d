package calendar

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// anyCalendar draws work periods, mode and own days.
func anyCalendar(loc *time.Location) *rapid.Generator[*Calendar] {
	return rapid.Custom(func(t *rapid.T) *Calendar {
		s := Settings{Location: loc, WorkDay: rapid.SampledFrom([]string{ModeEndOfDay, ModeHours8}).Draw(t, "mode")}
		from := 0
		for range rapid.IntRange(1, 3).Draw(t, "periods") {
			from = rapid.IntRange(from, from+300).Draw(t, "from")
			to := rapid.IntRange(from+1, from+180).Draw(t, "to")
			s.WorkHours = append(s.WorkHours, Period{TimeOfDay(from), TimeOfDay(to)})
			from = to
		}
		s.DaysOff = []Date{day(2026, 6, rapid.IntRange(1, 15).Draw(t, "off"))}
		s.Workdays = []Date{day(2026, 6, rapid.IntRange(16, 30).Draw(t, "on"))}
		c, err := New(s)
		if err != nil {
			t.Skip(err) // periods that run over the end of the day
		}
		return c
	})
}

func anyInstant(loc *time.Location) *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		base := time.Date(2023, 12, 20, 0, 0, 0, 0, loc)
		if rapid.Bool().Draw(t, "round") {
			return base.Add(time.Duration(rapid.IntRange(0, 4*365*24).Draw(t, "hours")) * time.Hour)
		}
		return base.Add(time.Duration(rapid.Int64Range(0, 4*365*86400).Draw(t, "seconds")) * time.Second)
	})
}

// anyOffset draws a way forward from a deadline.
func anyOffset() *rapid.Generator[Offset] {
	return rapid.Custom(func(t *rapid.T) Offset {
		if rapid.Bool().Draw(t, "next day") {
			return Offset{rapid.IntRange(0, int(endOfDay)).Draw(t, "at"), NextDay}
		}
		k := rapid.SampledFrom([]Kind{UrgentHour, WorkHour, WorkDay, NaturalDay}).Draw(t, "kind")
		return Offset{rapid.IntRange(0, 40).Draw(t, "n"), k}
	})
}

func anyLimit() *rapid.Generator[Limit] {
	return rapid.Custom(func(t *rapid.T) Limit {
		k := rapid.SampledFrom(Kinds()).Draw(t, "kind")
		if k == SameDay {
			return Limit{1, SameDay}
		}
		return Limit{rapid.IntRange(1, 40).Draw(t, "n"), k}
	})
}

func TestDueProperties(t *testing.T) {
	loc := shanghai(t)
	rapid.Check(t, func(t *rapid.T) {
		c, start, l := anyCalendar(loc).Draw(t, "c"), anyInstant(loc).Draw(t, "start"), anyLimit().Draw(t, "l")
		due, known := c.Due(start, l)
		if !due.After(start) {
			t.Fatalf("due %s is not after %s", due, start)
		}
		if !known && c.Known(start.Year()) && c.Known(due.Year()) && due.Year()-start.Year() < 2 {
			t.Fatalf("%s … %s lies in known years", start, due)
		}
		if l.Kind != SameDay {
			more, _ := c.Due(start, Limit{l.N + 1, l.Kind})
			if !more.After(due) {
				t.Fatalf("one more gives %s, which is not after %s", more, due)
			}
		}
		later := start.Add(time.Duration(rapid.IntRange(0, 1e6).Draw(t, "later")) * time.Second)
		if next, _ := c.Due(later, l); next.Before(due) {
			t.Fatalf("starting later, at %s, is due earlier: %s before %s", later, next, due)
		}
	})
}

// Where the same day is counted, a later start may leave more time, though it is never due earlier: what comes one minute
// after the cut-off has until noon of the next day, because nobody is to work all night for it (domain.md §5.3). Neither is it
// monotonic in N, which it does not have. For the kinds that measure time nothing of the kind may happen.
func TestTimeLeftProperties(t *testing.T) {
	c := newCalendar(t, nil)
	before, _ := c.Due(at(t, "2026-11-27 20:00"), Limit{1, SameDay})
	after, _ := c.Due(at(t, "2026-11-27 20:01"), Limit{1, SameDay})
	if left, more := before.Sub(at(t, "2026-11-27 20:00")), after.Sub(at(t, "2026-11-27 20:01")); more <= left {
		t.Errorf("%s are left at the cut-off and %s after it", left, more)
	}
	loc := shanghai(t)
	rapid.Check(t, func(t *rapid.T) {
		c, start := anyCalendar(loc).Draw(t, "c"), anyInstant(loc).Draw(t, "start")
		n := rapid.IntRange(1, 40).Draw(t, "n")
		if due, _ := c.Due(start, Limit{n, SameDay}); !due.After(start) || due.Sub(start) > 24*time.Hour {
			t.Fatalf("the same day of %s ends %s", start, due)
		}
		if due, _ := c.Due(start, Limit{n, UrgentHour}); due.Sub(start) != time.Duration(n)*time.Hour {
			t.Fatalf("%d hours from %s end %s", n, start, due)
		}
		due, _ := c.Due(start, Limit{n, NaturalDay})
		if days := due.Sub(start); days != time.Duration(n)*24*time.Hour {
			t.Fatalf("%d days from %s are %s", n, start, days)
		}
	})
}

// A limit of working time holds just that much working time, ends inside working time and is undone by going back.
func TestWorkTimeProperties(t *testing.T) {
	loc := shanghai(t)
	rapid.Check(t, func(t *rapid.T) {
		c, start := anyCalendar(loc).Draw(t, "c"), anyInstant(loc).Draw(t, "start")
		n := rapid.IntRange(1, 60).Draw(t, "n")
		due, _ := c.Due(start, Limit{n, WorkHour})
		if got := c.WorkTimeBetween(start, due); got != time.Duration(n)*time.Hour {
			t.Fatalf("%d working hours from %s to %s hold %s", n, start, due, got)
		}
		back, _ := c.Shift(due, Offset{-n, WorkHour})
		if got := c.WorkTimeBetween(back, due); got != time.Duration(n)*time.Hour || back.Before(start) {
			t.Fatalf("back to %s holds %s", back, got)
		}
		mid := start.Add(due.Sub(start) / 3)
		if c.WorkTimeBetween(start, mid)+c.WorkTimeBetween(mid, due) != time.Duration(n)*time.Hour {
			t.Fatalf("working time does not add up at %s", mid)
		}
	})
}

// A limit in working days ends on a working day, with exactly as many working days after the day of the start.
func TestWorkDayProperties(t *testing.T) {
	loc := shanghai(t)
	rapid.Check(t, func(t *rapid.T) {
		c := anyCalendar(loc).Filter(func(c *Calendar) bool { return c.mode == ModeEndOfDay }).Draw(t, "c")
		start, n := anyInstant(loc).Draw(t, "start"), rapid.IntRange(1, 40).Draw(t, "n")
		due, _ := c.Due(start, Limit{n, WorkDay})
		count := 0
		last, _ := c.split(due)
		for d := DateOf(start).AddDays(1); !last.Before(d); d = d.AddDays(1) {
			if work, _ := c.Workday(d); work {
				count++
			}
		}
		if work, _ := c.Workday(last); !work || count != n || !due.Equal(c.EndOfDay(last)) {
			t.Fatalf("%d working days from %s end on %s: %d counted", n, start, due, count)
		}
	})
}

func TestShiftProperties(t *testing.T) {
	loc := shanghai(t)
	rapid.Check(t, func(t *rapid.T) {
		c, start, l := anyCalendar(loc).Draw(t, "c"), anyInstant(loc).Draw(t, "start"), anyLimit().Draw(t, "l")
		if forward, _ := c.Shift(start, Offset(l)); forward.Before(start) {
			t.Fatalf("forward to %s", forward)
		}
		o := anyOffset().Draw(t, "o")
		from, _ := c.Shift(start, o)
		if from.Before(start) {
			t.Fatalf("%s from %s leads back to %s", o, start, from)
		}
		if further, _ := c.Shift(start, Offset{o.N + 1, o.Kind}); further.Before(from) {
			t.Fatalf("%s from %s is %s, and one more %s", o, start, from, further)
		}
		if back, _ := c.Shift(start, Offset{-l.N, l.Kind}); back.After(start) {
			t.Fatalf("back to %s", back)
		}
		if until, quiet := c.Quiet(start); quiet && !until.After(start) {
			t.Fatalf("quiet until %s", until)
		}
	})
}

// A later deadline has no earlier rung. Working days to the end of the day are left out, because they keep the time of day:
// one working day after Saturday 18:00 is Monday 18:00, and after Sunday 10:00 it is Monday 10:00. Among the instants of
// working days they agree as well.
func TestShiftIsMonotonic(t *testing.T) {
	c := newCalendar(t, nil)
	saturday, _ := c.Shift(at(t, "2026-11-28 18:00"), Offset{1, WorkDay})
	sunday, _ := c.Shift(at(t, "2026-11-29 10:00"), Offset{1, WorkDay})
	if !saturday.Equal(at(t, "2026-11-30 18:00")) || !sunday.Equal(at(t, "2026-11-30 10:00")) {
		t.Errorf("a working day from the weekend ends %s and %s", saturday, sunday)
	}
	loc := shanghai(t)
	rapid.Check(t, func(t *rapid.T) {
		c, o := anyCalendar(loc).Draw(t, "c"), anyOffset().Draw(t, "o")
		start := anyInstant(loc).Draw(t, "start")
		later := start.Add(time.Duration(rapid.IntRange(0, 1e6).Draw(t, "later")) * time.Second)
		if o.Kind == WorkDay && c.mode == ModeEndOfDay && (!worksAt(c, start) || !worksAt(c, later)) {
			t.Skip("not on a working day")
		}
		a, _ := c.Shift(start, o)
		if b, _ := c.Shift(later, o); b.Before(a) {
			t.Fatalf("%s from %s is %s, from the later %s it is %s", o, start, a, later, b)
		}
	})
}

func worksAt(c *Calendar, t time.Time) bool {
	d, _ := c.split(t)
	work, _ := c.Workday(d)
	return work
}

// The next day is the day after, at that time, and the same for all instants of one day, its end included.
func TestNextDayProperties(t *testing.T) {
	loc := shanghai(t)
	c := newCalendar(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		d := DateOf(anyInstant(loc).Draw(t, "start"))
		start := d.In(loc).Add(time.Duration(rapid.IntRange(1, 24*3600).Draw(t, "seconds")) * time.Second)
		minute := TimeOfDay(rapid.IntRange(0, int(endOfDay)).Draw(t, "at"))
		got, known := c.Shift(start, Offset{int(minute), NextDay})
		if want := d.AddDays(1).At(minute, loc); !got.Equal(want) || !known {
			t.Fatalf("%s of the day after %s is %s, known %v", minute, start, got, known)
		}
	})
}
