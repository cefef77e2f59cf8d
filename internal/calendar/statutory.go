package calendar

import "slices"

import "time"

// holiday is one festival of a year's notice of the State Council 国务院办公厅关于部分节假日安排的通知.
type holiday struct {
	names       []string
	first, last Date
	work        []Date // make-up working days 调休上班
}

// day makes the table below readable.
func day(y int, m time.Month, d int) Date { return Date{Year: y, Month: m, Day: d} }

// statutory gives the festivals of the years whose notice is known. The notice for a year comes out in the November
// before it; the one for 2027 was not out when this table was made, so that year is entered by the administrators
// (days_off and workdays of the config) or by a new release.
func statutory() []holiday {
	return []holiday{
		{[]string{"元旦"}, day(2024, 1, 1), day(2024, 1, 1), nil},
		{[]string{"春节"}, day(2024, 2, 10), day(2024, 2, 17), []Date{day(2024, 2, 4), day(2024, 2, 18)}},
		{[]string{"清明"}, day(2024, 4, 4), day(2024, 4, 6), []Date{day(2024, 4, 7)}},
		{[]string{"劳动", "五一"}, day(2024, 5, 1), day(2024, 5, 5), []Date{day(2024, 4, 28), day(2024, 5, 11)}},
		{[]string{"端午"}, day(2024, 6, 8), day(2024, 6, 10), nil},
		{[]string{"中秋"}, day(2024, 9, 15), day(2024, 9, 17), []Date{day(2024, 9, 14)}},
		{[]string{"国庆", "十一"}, day(2024, 10, 1), day(2024, 10, 7), []Date{day(2024, 9, 29), day(2024, 10, 12)}},

		{[]string{"元旦"}, day(2025, 1, 1), day(2025, 1, 1), nil},
		{[]string{"春节"}, day(2025, 1, 28), day(2025, 2, 4), []Date{day(2025, 1, 26), day(2025, 2, 8)}},
		{[]string{"清明"}, day(2025, 4, 4), day(2025, 4, 6), nil},
		{[]string{"劳动", "五一"}, day(2025, 5, 1), day(2025, 5, 5), []Date{day(2025, 4, 27)}},
		{[]string{"端午"}, day(2025, 5, 31), day(2025, 6, 2), nil},
		{[]string{"国庆", "十一", "中秋"}, day(2025, 10, 1), day(2025, 10, 8), []Date{day(2025, 9, 28), day(2025, 10, 11)}},

		{[]string{"元旦"}, day(2026, 1, 1), day(2026, 1, 3), []Date{day(2026, 1, 4)}},
		{[]string{"春节"}, day(2026, 2, 15), day(2026, 2, 23), []Date{day(2026, 2, 14), day(2026, 2, 28)}},
		{[]string{"清明"}, day(2026, 4, 4), day(2026, 4, 6), nil},
		{[]string{"劳动", "五一"}, day(2026, 5, 1), day(2026, 5, 5), []Date{day(2026, 5, 9)}},
		{[]string{"端午"}, day(2026, 6, 19), day(2026, 6, 21), nil},
		{[]string{"中秋"}, day(2026, 9, 25), day(2026, 9, 27), nil},
		{[]string{"国庆", "十一"}, day(2026, 10, 1), day(2026, 10, 7), []Date{day(2026, 9, 20), day(2026, 10, 10)}},
	}
}

// fixed gives the festivals that fall on the same day every year, whatever the notice says.
func fixed(name string, year int) (Date, bool) {
	switch name {
	case "元旦":
		return day(year, 1, 1), true
	case "劳动", "五一":
		return day(year, 5, 1), true
	case "国庆", "十一":
		return day(year, 10, 1), true
	}
	return Date{}, false
}

// Holiday gives the first day off of a festival (元旦, 春节, 清明, 劳动, 五一, 端午, 中秋, 国庆, 十一) of a year. The answer is false
// where the year's notice is not in the table, except for the festivals with a fixed date.
func (c *Calendar) Holiday(name string, year int) (first Date, ok bool) {
	for _, h := range c.holidays {
		if h.first.Year != year {
			continue
		}
		if slices.Contains(h.names, name) {
			return h.first, true
		}
	}
	return fixed(name, year)
}
