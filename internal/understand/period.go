package understand

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Period is a time that somebody asks about: [From, To).
type Period struct {
	From, To time.Time
	Name     string // as a title says it: 11月23日, 11月16日至22日, 11月, 2026年
}

// Day is the day that holds an instant.
func Day(t time.Time) Period {
	from := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	return days(from, from)
}

// Week is the calendar week, from Monday to Sunday, that holds an instant.
func Week(t time.Time) Period {
	monday := Day(t).From.AddDate(0, 0, -(int(t.Weekday())+6)%7)
	return days(monday, monday.AddDate(0, 0, 6))
}

// Month is the calendar month that holds an instant.
func Month(t time.Time) Period {
	from := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, t.Location())
	return Period{from, from.AddDate(0, 1, 0), fmt.Sprintf("%d月", from.Month())}
}

// Year is the calendar year that holds an instant.
func Year(t time.Time) Period {
	from := time.Date(t.Year(), time.January, 1, 0, 0, 0, 0, t.Location())
	return Period{from, from.AddDate(1, 0, 0), fmt.Sprintf("%d年", from.Year())}
}

// UpTo is the part of a time that is over by the end of the day that holds an instant.
func UpTo(p Period, now time.Time) Period {
	today := Day(now)
	if !p.To.After(today.To) {
		return p
	}
	return days(p.From, today.From)
}

// days is from one day to another, both included.
func days(first, last time.Time) Period {
	name := fmt.Sprintf("%d月%d日", first.Month(), first.Day())
	switch {
	case first.Equal(last):
	case first.Year() == last.Year() && first.Month() == last.Month():
		name += fmt.Sprintf("至%d日", last.Day())
	case first.Year() == last.Year():
		name += fmt.Sprintf("至%d月%d日", last.Month(), last.Day())
	default:
		name = fmt.Sprintf("%d年%s至%d年%d月%d日", first.Year(), name, last.Year(), last.Month(), last.Day())
	}
	return Period{first, last.AddDate(0, 0, 1), name}
}

var (
	lastDays = compile(`^(?:近|最近|过去)(\d{1,3})[天日]$`)
	oneMonth = compile(`^(?:(\d{4})年)?(\d{1,2})月份?$`)
	oneYear  = compile(`^(\d{4})年$`)
	oneDay   = compile(`^(?:(\d{4})[年./-])?(\d{1,2})[月./-](\d{1,2})[日号]?$`)
	dayAlone = compile(`^(\d{1,2})[日号]$`)
	dash     = regexp.MustCompile(`至|到|~|—|–`)
	hyphened = compile(`^[^-]*[月./][^-]*-[^-]+$`) // 11.20-11.23, 11月20日-23日
)

// ReadPeriod reads a time in the past that is said as one word: 今天, 上周, 本月, 近30天, 11月, 去年12月, 11-23, 11月16日至22日. A date
// without a year is the latest one that has begun. Where its name alone would be read as another time, or is of long ago, it says the year, too.
func ReadPeriod(text string, now time.Time) (Period, bool) {
	text = strings.ReplaceAll(Fold(text), " ", "")
	for word, year := range map[string]int{"去年": now.Year() - 1, "今年": now.Year()} {
		if rest, ok := strings.CutPrefix(text, word); ok && rest != "" {
			text = fmt.Sprintf("%d年%s", year, rest)
		}
	}
	p, ok := readPeriod(text, now)
	again, said := readPeriod(p.Name, now)
	longAgo := p.From.Year() != now.Year() && now.Sub(p.To) > longestAhead
	if ok && (!said || again != p || longAgo) && !strings.Contains(p.Name, "年") {
		p.Name = fmt.Sprintf("%d年%s", p.From.Year(), p.Name)
	}
	return p, ok
}

func readPeriod(text string, now time.Time) (Period, bool) {
	if p, ok := namedPeriod(text, now); ok {
		return p, true
	}
	if m := lastDays.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1]) // at most three digits
		today := Day(now).From
		return days(today.AddDate(0, 0, 1-n), today), n > 0
	}
	if m := oneYear.FindStringSubmatch(text); m != nil {
		year, _ := strconv.Atoi(m[1])
		return Year(time.Date(year, time.June, 1, 0, 0, 0, 0, now.Location())), year >= firstYear
	}
	if m := oneMonth.FindStringSubmatch(text); m != nil {
		first, ok := pastDate(m[1], m[2], "1", now)
		return Month(first), ok
	}
	return dayOrDays(text, now)
}

func namedPeriod(text string, now time.Time) (Period, bool) {
	switch text {
	case "今天", "今日", "本日", "当天":
		return Day(now), true
	case "昨天", "昨日":
		return Day(Day(now).From.AddDate(0, 0, -1)), true
	case "前天":
		return Day(Day(now).From.AddDate(0, 0, -2)), true
	case "本周", "这周", "这一周", "本星期", "这星期":
		return Week(now), true
	case "上周", "上一周", "上星期":
		return Week(Week(now).From.AddDate(0, 0, -7)), true
	case "本月", "这个月", "当月":
		return Month(now), true
	case "上月", "上个月":
		return Month(Month(now).From.AddDate(0, -1, 0)), true
	case "今年", "本年", "本年度":
		return Year(now), true
	case "去年", "上年":
		return Year(Year(now).From.AddDate(-1, 0, 0)), true
	}
	return Period{}, false
}

// firstYear is the first year that is said with four digits.
const firstYear = 1000

// longestAhead bounds periods that go on in the next year without saying so: 11-23至11-20 is a slip.
const longestAhead = 183 * 24 * time.Hour

func dayOrDays(text string, now time.Time) (Period, bool) {
	parts := dash.Split(text, 2)
	if _, oneDay := readDay(text, now); !oneDay && hyphened.MatchString(text) {
		parts = strings.SplitN(text, "-", 2)
	}
	first, ok := readDay(parts[0], now)
	if !ok || len(parts) == 1 {
		return days(first, first), ok
	}
	last, ok := readEnd(parts[1], first, now)
	if m := dayAlone.FindStringSubmatch(parts[1]); m != nil { // 11月16日至22日
		n, _ := strconv.Atoi(m[1])
		last = time.Date(first.Year(), first.Month(), n, 0, 0, 0, 0, now.Location())
		ok = last.Day() == n
	}
	return days(first, last), ok && !last.Before(first)
}

// readEnd reads the last day of a period: without a year it is the next such day after the first one.
func readEnd(text string, first, now time.Time) (time.Time, bool) {
	m := oneDay.FindStringSubmatch(text)
	if m == nil || m[1] != "" {
		return readDay(text, now)
	}
	last, ok := pastDate(strconv.Itoa(first.Year()), m[2], m[3], now)
	if ok && !last.Before(first) {
		return last, true
	}
	last, ok = pastDate(strconv.Itoa(first.Year()+1), m[2], m[3], now)
	return last, ok && last.Sub(first) < longestAhead
}

func readDay(text string, now time.Time) (time.Time, bool) {
	m := oneDay.FindStringSubmatch(text)
	if m == nil {
		return time.Time{}, false
	}
	return pastDate(m[1], m[2], m[3], now)
}

// pastDate is a date; without a year the latest one that has begun.
func pastDate(year, month, day string, now time.Time) (time.Time, bool) {
	y, err := strconv.Atoi(year)
	if err != nil {
		y = now.Year()
	}
	m, _ := strconv.Atoi(month) // digits, by the patterns
	d, _ := strconv.Atoi(day)
	at := time.Date(y, time.Month(m), d, 0, 0, 0, 0, now.Location())
	if year == "" && at.After(now) {
		at = time.Date(y-1, time.Month(m), d, 0, 0, 0, 0, now.Location())
	}
	return at, y >= firstYear && at.Month() == time.Month(m) && at.Day() == d
}
