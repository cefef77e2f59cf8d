package calendar

import "testing"

// crossing is a limit that runs over days that are not like others.
type crossing struct{ start, limit, want string }

func checkCrossings(t *testing.T, c *Calendar, wantKnown bool, tests []crossing) {
	t.Helper()
	for _, tt := range tests {
		due, known := c.Due(at(t, tt.start).UTC(), limit(t, tt.limit))
		if !due.Equal(at(t, tt.want)) || known != wantKnown {
			t.Errorf("%s from %s is due %s, known %v, want %s, %v", tt.limit, tt.start, due.Format("2006-01-02 15:04"), known, tt.want, wantKnown)
		}
	}
}

// The Spring Festival of 2026 is off from Sunday 02-15 to Monday 02-23; people work on the Saturdays 02-14 and 02-28.
func TestOverSpringFestival(t *testing.T) {
	checkCrossings(t, newCalendar(t, nil), true, []crossing{
		{"2026-02-12 09:00", "1 work_day", "2026-02-13 18:00"},
		{"2026-02-13 09:00", "1 work_day", "2026-02-14 18:00"}, // the make-up Saturday counts
		{"2026-02-13 17:00", "2 work_hour", "2026-02-14 09:00"},
		{"2026-02-13 17:00", "9 work_hour", "2026-02-14 18:00"},
		{"2026-02-13 17:00", "10 work_hour", "2026-02-24 09:00"},
		{"2026-02-14 09:00", "1 work_day", "2026-02-24 18:00"},
		{"2026-02-14 18:00", "1 work_hour", "2026-02-24 09:00"},
		{"2026-02-17 10:00", "1 work_hour", "2026-02-24 09:00"}, // reported on New Year's Day itself
		{"2026-02-17 10:00", "1 work_day", "2026-02-24 18:00"},
		{"2026-02-17 10:00", "4 work_day", "2026-02-27 18:00"},
		{"2026-02-17 10:00", "5 work_day", "2026-02-28 18:00"}, // the second make-up Saturday
		{"2026-02-17 10:00", "6 work_day", "2026-03-02 18:00"},
		{"2026-02-27 17:00", "3 work_hour", "2026-02-28 10:00"},
		{"2026-02-16 16:00", "same_day", "2026-02-17 00:00"}, // what is urgent does not wait for the festival to end
		{"2026-02-16 21:00", "same_day", "2026-02-17 12:00"},
		{"2026-02-14 17:00", "24 urgent_hour", "2026-02-15 17:00"},
		{"2026-02-13 10:00", "7 natural_day", "2026-02-20 10:00"},
	})
}

// Around the National Day of 2026: off from Thursday 10-01 to Wednesday 10-07 and, for 中秋, from Friday 09-25; people work on
// Sunday 09-20 and Saturday 10-10.
func TestOverNationalDay(t *testing.T) {
	checkCrossings(t, newCalendar(t, nil), true, []crossing{
		{"2026-09-18 17:30", "1 work_hour", "2026-09-20 08:30"}, // Friday → make-up Sunday
		{"2026-09-18 10:00", "1 work_day", "2026-09-20 18:00"},
		{"2026-09-19 10:00", "2 work_day", "2026-09-21 18:00"},
		{"2026-09-24 17:00", "2 work_hour", "2026-09-28 09:00"},
		{"2026-09-24 17:00", "3 work_day", "2026-09-30 18:00"},
		{"2026-09-30 17:00", "2 work_hour", "2026-10-08 09:00"},
		{"2026-09-30 17:00", "1 work_day", "2026-10-08 18:00"},
		{"2026-10-03 08:00", "3 work_day", "2026-10-10 18:00"},
		{"2026-10-03 08:00", "4 work_day", "2026-10-12 18:00"},
		{"2026-10-09 16:00", "4 work_hour", "2026-10-10 10:00"},
		{"2026-10-10 16:00", "4 work_hour", "2026-10-12 10:00"},
		{"2026-10-01 00:00", "same_day", "2026-10-02 00:00"},
		{"2026-09-30 23:00", "same_day", "2026-10-01 12:00"},
	})
	hours8 := newCalendar(t, func(s *Settings) { s.WorkDay = ModeHours8 })
	checkCrossings(t, hours8, true, []crossing{
		{"2026-09-30 15:00", "1 work_day", "2026-10-08 15:00"},
		{"2026-10-09 15:00", "1 work_day", "2026-10-10 15:00"},
		{"2026-10-10 15:00", "2 work_day", "2026-10-13 15:00"},
	})
}

func TestOverMonthEnds(t *testing.T) {
	checkCrossings(t, newCalendar(t, nil), true, []crossing{
		{"2026-01-30 17:00", "2 work_hour", "2026-02-02 09:00"},
		{"2026-01-30 09:00", "1 work_day", "2026-02-02 18:00"},
		{"2026-02-28 16:00", "3 work_hour", "2026-03-02 09:00"},
		{"2024-02-29 17:30", "1 work_hour", "2024-03-01 08:30"},
		{"2026-03-31 20:00", "same_day", "2026-04-01 00:00"},
		{"2026-03-31 20:01", "same_day", "2026-04-01 12:00"},
		{"2026-03-31 22:00", "4 urgent_hour", "2026-04-01 02:00"},
		{"2026-08-31 10:00", "30 natural_day", "2026-09-30 10:00"},
		{"2025-12-31 17:00", "2 work_hour", "2026-01-04 09:00"}, // make-up Sunday after New Year's Day
		{"2025-12-31 17:00", "1 work_day", "2026-01-04 18:00"},
	})
}

// In a year whose notice is not out, weekends are all that is known, and the deadline says that it may move.
func TestOverUnknownYears(t *testing.T) {
	c := newCalendar(t, nil)
	checkCrossings(t, c, false, []crossing{
		{"2026-12-30 10:00", "2 work_day", "2027-01-01 18:00"}, // a holiday by all likelihood, but nobody has said so
		{"2027-01-01 17:00", "2 work_hour", "2027-01-04 09:00"},
		{"2027-02-05 10:00", "1 work_day", "2027-02-08 18:00"},
		{"2028-02-28 10:00", "2 work_day", "2028-03-01 18:00"}, // with its leap day
		{"2030-06-07 17:00", "9 work_hour", "2030-06-10 18:00"},
	})
	checkCrossings(t, c, true, []crossing{
		{"2026-12-31 08:00", "8 work_hour", "2026-12-31 18:00"}, // the last hour of the year that is known
		{"2027-02-06 10:00", "same_day", "2027-02-07 00:00"},
		{"2027-02-06 10:00", "48 urgent_hour", "2027-02-08 10:00"},
		{"2027-02-06 10:00", "3 natural_day", "2027-02-09 10:00"},
	})
}

// The campaign works on Saturday 11-28 and rests on Monday 11-30 (S13).
func TestOverCampaignWeekend(t *testing.T) {
	c := newCalendar(t, func(s *Settings) {
		s.Workdays, s.DaysOff = []Date{day(2026, 11, 28)}, []Date{day(2026, 11, 30)}
	})
	checkCrossings(t, c, true, []crossing{
		{"2026-11-27 17:00", "5 work_hour", "2026-11-28 12:00"},
		{"2026-11-27 15:00", "1 work_day", "2026-11-28 18:00"},
		{"2026-11-28 15:00", "1 work_day", "2026-12-01 18:00"},
		{"2026-11-28 17:00", "2 work_hour", "2026-12-01 09:00"},
		{"2026-11-29 10:00", "1 work_hour", "2026-12-01 09:00"},
		{"2026-11-26 16:00", "3 work_day", "2026-12-01 18:00"},
	})
	back, _ := c.Shift(at(t, "2026-12-01 09:00"), offset(t, "-2 work_hour"))
	if !back.Equal(at(t, "2026-11-28 17:00")) {
		t.Errorf("two working hours before Tuesday 09:00 is %s", back)
	}
}
