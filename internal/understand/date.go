package understand

import (
	"strings"
	"time"

	"duban/internal/calendar"
)

// absolute reads a date, a weekday, a time of day or a festival at i, with the time of day that follows a date.
func (f *finder) absolute(i int) (moment, bool) {
	rest := f.s[i:]
	if !strings.HasPrefix(rest, "下班") {
		if m, ok := f.beforeFestival(i); ok {
			return m, true
		}
	}
	for _, read := range []func(int) (day, bool){f.fullDate, f.relativeDay, f.weekday, f.period, f.bareDay} {
		if d, ok := read(i); ok {
			return f.withClock(d)
		}
	}
	if !f.until && (strings.HasPrefix(rest, "明年") || strings.HasPrefix(rest, "下")) {
		if m, ok := f.laterDate(i); ok {
			return m, true
		}
	}
	if d, ok := strings.CutSuffix(f.s[:i], "日"); ok && continuesNumber(d) {
		return moment{}, false // an hour of a day that could not be read is none of today's
	}
	if strings.HasPrefix(rest, "下班") {
		return moment{at: f.cal.EndOfDay(f.today), end: i + len("下班"), known: true, kind: kindBefore}, true
	}
	return f.clockOnly(i)
}

// day is a day that was read, up to end.
type day struct {
	date  calendar.Date
	end   int
	kind  momentKind
	today bool   // an hour that has passed may mean the evening
	late  bool   // without an hour it lasts until 24:00: 今天
	part  string // the part of the day that the words already hold: 今晚
	known bool
}

// withClock adds the time of day after a date, or the end of work without one.
func (f *finder) withClock(d day) (moment, bool) {
	c, n := readClock(f.s[d.end:], d.part)
	m := moment{end: d.end + n, known: d.known, kind: d.kind}
	switch {
	case c.hour >= 0:
		m.at = f.instant(d.date, c, d.today)
	case c.part != "":
		m.at = f.endOfPart(d.date, c.part)
	case strings.HasPrefix(f.s[m.end:], "下班"):
		m.at, m.end, m.kind = f.cal.EndOfDay(d.date), m.end+len("下班"), kindBefore
	case d.late:
		m.at = d.date.AddDays(1).In(f.cal.Location())
	default:
		m.at = f.cal.EndOfDay(d.date)
	}
	return m, true
}

// instant gives the moment of a clock reading on a day. A named half of the day always holds: 晚上12点 is midnight, 晚上2点 the
// hour after it. 5点 without one is in the afternoon, and so is an hour of today that has already passed in the morning; 零点
// of today is the midnight to come.
func (f *finder) instant(d calendar.Date, c clock, today bool) time.Time {
	hour := c.hour
	switch {
	case c.part == "凌晨" && hour == 12:
		hour = 0
	case c.part == "晚上" && (hour == 12 || hour < 5):
		hour = hour%12 + 24
	case isAfternoon(c.part) && hour < 12:
		hour += 12
	case c.part == "中午" && hour < 3:
		hour += 12
	case c.part == "" && !c.exact && hour >= 1 && hour <= 6:
		hour += 12
	}
	at := d.At(calendar.TimeOfDay(hour*60+c.minute), f.cal.Location())
	if !today || c.part != "" || at.After(f.now) {
		return at
	}
	switch {
	case hour == 0:
		at = d.At(calendar.TimeOfDay(24*60+c.minute), f.cal.Location())
	case !c.exact && hour < 12:
		at = d.At(calendar.TimeOfDay((hour+12)*60+c.minute), f.cal.Location())
	}
	return at
}

func isAfternoon(part string) bool { return part == "下午" || part == "傍晚" || part == "晚上" }

// endOfPart gives when a part of the day is over.
func (f *finder) endOfPart(d calendar.Date, part string) time.Time {
	switch part {
	case "凌晨":
		return d.At(6*60, f.cal.Location())
	case "早上":
		return d.At(9*60, f.cal.Location())
	case "上午", "中午":
		return d.At(12*60, f.cal.Location())
	case "傍晚":
		return d.At(19*60, f.cal.Location())
	case "晚上":
		return d.AddDays(1).In(f.cal.Location())
	}
	return f.cal.EndOfDay(d) // 下午
}

// clockOnly reads 17:00, 下午5点 or 5点半 without a day: today. 凌晨2点 is the coming one, and so is 半夜2点 after midnight.
func (f *finder) clockOnly(i int) (moment, bool) {
	if continuesNumber(f.s[:i]) {
		return moment{}, false
	}
	c, n := readClock(f.s[i:], "")
	if n == 0 || c.hour < 0 && c.part != "中午" && c.part != "晚上" {
		return moment{}, false
	}
	at := f.endOfPart(f.today, c.part)
	if c.hour >= 0 {
		at = f.instant(f.today, c, true)
		if c.part == "凌晨" && !at.After(f.now) {
			at = f.instant(f.today.AddDays(1), c, false)
		}
		if earlier := at.AddDate(0, 0, -1); c.part == "晚上" && earlier.After(f.now) {
			at = earlier
		}
	}
	return moment{at: at, end: i + n, known: true, kind: kindWeak}, true
}

// clock is a time of day as said.
type clock struct {
	part         string // 上午, 下午 … or ""
	hour, minute int    // hour is -1 if none was said
	exact        bool   // in the form 17:00, which needs no 下午
}

// partWords are the words for a part of the day.
const partWords = `凌晨|清晨|早上|早晨|一早|上午|中午|正午|午后|下午|傍晚|晚上|晚间|夜里|夜间|半夜|深夜|午夜`

var (
	partText  = compile(`^\s*(` + partWords + `)`)
	exactText = compile(`^\s*(\d{1,2}):(\d{2})(?:\D|$)`)
	hourText  = compile(`^\s*(\d{1,2}|零|[一二两三四五六七八九十]{1,3})(?:点钟?|时)(半|一刻|三刻|整|(?:\d{1,2}|[一二三四五]?十[一二三四五六七八九]?)分?)?`)
)

// readClock reads a time of day at the start of s. n is the length of what was read, part is what is already known.
func readClock(s, part string) (c clock, n int) {
	c = clock{part: part, hour: -1}
	if g := partText.FindStringSubmatch(s); g != nil && part == "" {
		c.part, n = partOf(g[1]), len(g[0])
	}
	if g := exactText.FindStringSubmatchIndex(s[n:]); g != nil {
		h, m := amount(s[n+g[2]:n+g[3]]), amount(s[n+g[4]:n+g[5]])
		if h <= 24 && m <= 59 && h*60+m <= 24*60 {
			c.hour, c.minute, c.exact = h, m, c.part == ""
			return c, n + g[5]
		}
	}
	if g := hourText.FindStringSubmatch(s[n:]); g != nil {
		if h := amount(g[1]); h >= 0 && h <= 24 {
			c.hour, c.minute = h, minuteOf(g[2])
			return c, n + len(g[0])
		}
	}
	return c, n
}

func minuteOf(s string) int {
	switch s {
	case "", "整":
		return 0
	case "半":
		return 30
	case "一刻":
		return 15
	case "三刻":
		return 45
	}
	if m := amount(strings.TrimSuffix(s, "分")); m >= 0 && m < 60 {
		return m
	}
	return 0
}

// partOf brings the words for a part of the day to one each.
func partOf(s string) string {
	switch s {
	case "清晨", "早晨", "一早", "早":
		return "早上"
	case "正午":
		return "中午"
	case "午后":
		return "下午"
	case "晚间", "夜里", "夜间", "半夜", "深夜", "午夜", "晚":
		return "晚上"
	}
	return s
}

var fullDateText = compile(`^(?:(\d{4})[年./-])?(\d{1,2}|[一二三四五六七八九十]{1,2})([月./-])(\d{1,2}|[一二三四五六七八九十]{1,3})([日号]?)`)

// fullDate reads 12月1日, 十二月一日, 2026-12-01, 12.1. Without a year it is the nearest such day that is not long past.
func (f *finder) fullDate(i int) (day, bool) {
	if continuesNumber(f.s[:i]) {
		return day{}, false
	}
	g := fullDateText.FindStringSubmatch(f.s[i:])
	if g == nil {
		return day{}, false
	}
	end := i + len(g[0])
	month, d := amount(g[2]), amount(g[4])
	if month < 1 || month > 12 || d < 1 || g[5] == "" && (g[3] == "月" || end < len(f.s) && isDigit(rune(f.s[end]))) {
		return day{}, false
	}
	kind := kindDay
	year := f.today.Year
	if g[1] != "" {
		year = amount(g[1])
	} else {
		if g[3] != "月" {
			kind = kindWeak // 12.1 may as well be a measure
		}
		if month+6 < int(f.today.Month) {
			year++
		}
	}
	if year < 2000 || year > 9999 || d > daysIn(year, time.Month(month)) {
		return day{}, false
	}
	date := calendar.Date{Year: year, Month: time.Month(month), Day: d}
	return day{date: date, end: end, kind: kind, today: date == f.today, known: true}, true
}

var relativeText = compile(`^(?:(大后天|后天|后日|明天|明日|今天|今日|当天|当日|本日)|(今|明|后)(晚上?|早上?|晨))`)

// relativeDay reads 今天, 明天, 后天, and 今晚, 明早.
func (f *finder) relativeDay(i int) (day, bool) {
	g := relativeText.FindStringSubmatch(f.s[i:])
	if g == nil {
		return day{}, false
	}
	days := 0
	switch {
	case g[1] == "大后天":
		days = 3
	case strings.HasPrefix(g[1]+g[2], "后"):
		days = 2
	case strings.HasPrefix(g[1]+g[2], "明"):
		days = 1
	}
	d := day{date: f.today.AddDays(days), end: i + len(g[0]), today: days == 0, late: days == 0, known: true}
	switch {
	case strings.HasPrefix(g[3], "晚"):
		d.part = "晚上"
	case g[3] != "":
		d.part = "早上"
	}
	return d, true
}

var weekdayText = compile(`^(下下个?|下个?|本|这个?)?(?:周|星期|礼拜)([一二三四五六日天末])`)

// weekday reads 周五, 本周五, 下周一, 周末. Weeks begin on Monday; a bare weekday that has passed is next week's.
func (f *finder) weekday(i int) (day, bool) {
	g := weekdayText.FindStringSubmatch(f.s[i:])
	if g == nil {
		return day{}, false
	}
	index := hanDigit(g[2])
	if index < 0 {
		index = 7 // 日, 天, and 周末 ends with the Sunday
	}
	monday := f.monday()
	switch {
	case strings.HasPrefix(g[1], "下下"):
		monday = monday.AddDays(14)
	case strings.HasPrefix(g[1], "下"):
		monday = monday.AddDays(7)
	case g[1] == "" && monday.AddDays(index-1).Before(f.today):
		monday = monday.AddDays(7)
	}
	date := monday.AddDays(index - 1)
	if g[2] == "末" && beforeMark.MatchString(f.s[i+len(g[0]):]) {
		date = monday.AddDays(4) // before the weekend
	}
	return day{date: date, end: i + len(g[0]), today: date == f.today, known: true}, true
}

// monday is the first day of this week.
func (f *finder) monday() calendar.Date {
	return f.today.AddDays(-(int(f.today.Weekday()) + 6) % 7)
}

var periodText = compile(`^(?:(下个?|本|这个?)(周)(?:之?内|以内)?|(周)内|(?:(下个?|本|这个?|当)?月|(\d{1,2}|[一二三四五六七八九十]{1,2})月份?)(底|末|上旬|中旬|下旬)|(本|这个?|当)?(月)(?:之?内|以内)|(?:本|今)?(年)(?:底|末|之?内|以内))`)

// period reads 本周内, 月底, 12月底, 下月中旬, 本月内, 年底.
func (f *finder) period(i int) (day, bool) {
	if continuesNumber(f.s[:i]) || strings.HasSuffix(f.s[:i], "半") || strings.HasSuffix(f.s[:i], "个") {
		return day{}, false
	}
	g := periodText.FindStringSubmatch(f.s[i:])
	if g == nil {
		return day{}, false
	}
	d := day{end: i + len(g[0]), known: true, kind: kindDay}
	switch {
	case g[2]+g[3] != "":
		d.date, d.known = f.endOfWeek(strings.HasPrefix(g[1], "下"))
	case g[9] != "":
		d.date = calendar.Date{Year: f.today.Year, Month: time.December, Day: 31}
	default:
		d.date = f.partOfMonth(g[4], g[5], g[6])
	}
	if strings.HasSuffix(g[0], "内") {
		d.end -= len("内") // the mark 内 is looked for afterwards
		d.end = i + len(strings.TrimRight(f.s[i:d.end], "之以"))
	}
	return d, true
}

func (f *finder) partOfMonth(which, number, part string) calendar.Date {
	first := calendar.Date{Year: f.today.Year, Month: f.today.Month, Day: 1}
	switch {
	case strings.HasPrefix(which, "下"):
		first = addMonths(first, 1)
	case number != "":
		first.Month = time.Month(min(max(amount(number), 1), 12))
		if int(first.Month)+6 < int(f.today.Month) {
			first.Year++
		}
	}
	switch part {
	case "上旬":
		first.Day = 10
	case "中旬":
		first.Day = 20
	default:
		first.Day = daysIn(first.Year, first.Month)
	}
	return first
}

// endOfWeek gives the last working day of this or the next week that has not passed, or the Sunday if there is none.
func (f *finder) endOfWeek(next bool) (calendar.Date, bool) {
	monday := f.monday()
	if next {
		monday = monday.AddDays(7)
	}
	known := true
	for n := 6; n >= 0; n-- {
		d := monday.AddDays(n)
		work, ok := f.cal.Workday(d)
		known = known && ok
		if work && !d.Before(f.today) {
			return d, known
		}
	}
	return monday.AddDays(6), known
}

var bareDayText = compile(`^(\d{1,2}|[一二三四五六七八九十]{1,3})(号|日)`)

// bareBefore is what may stand before a bare day of the month, so that 中山路30号 is not taken for one.
var bareBefore = compile(`(?:^|[\s,。;:!()、]|请|请在|请于|于|在|限|务必|须|需|应|要求|本月|这个月|当月)$`)

// endsDay says whether 前 follows a day of the month, perhaps after an hour: 25日前, 25日17时前, 25日下班前.
func endsDay(rest string) bool {
	_, n := readClock(rest, "")
	return beforeMark.MatchString(strings.TrimPrefix(rest[n:], "下班"))
}

// bareDay reads 30号 or 30日, in this month or, if that day has passed, in the next.
func (f *finder) bareDay(i int) (day, bool) {
	if continuesNumber(f.s[:i]) {
		return day{}, false
	}
	g := bareDayText.FindStringSubmatch(f.s[i:])
	if g == nil || !bareBefore.MatchString(f.s[:i]) {
		return day{}, false
	}
	end := i + len(g[0])
	if g[2] == "日" && (!f.until || insideMark.MatchString(f.s[end:])) && !endsDay(f.s[end:]) {
		return day{}, false // 3日内 is a duration
	}
	d := calendar.Date{Year: f.today.Year, Month: f.today.Month, Day: amount(g[1])}
	if d.Day < f.today.Day {
		d = calendar.DateOf(time.Date(d.Year, d.Month+1, 1, 0, 0, 0, 0, time.UTC))
		d.Day = amount(g[1])
	}
	if d.Day < 1 || d.Day > daysIn(d.Year, d.Month) {
		return day{}, false
	}
	return day{date: d, end: end, kind: kindWeak, today: d == f.today, known: true}, true
}

var festivalText = compile(`^(元旦|春节|清明|五一|劳动|端午|中秋|国庆|十一)(?:小?长假|节?假期|节?放假|节日|节)?`)

// beforeFestival reads 国庆节前: the end of the last working day before the festival's days off.
func (f *finder) beforeFestival(i int) (moment, bool) {
	g := festivalText.FindStringSubmatch(f.s[i:])
	if g == nil || !beforeMark.MatchString(f.s[i+len(g[0]):]) {
		return moment{}, false
	}
	for year := f.today.Year; year <= f.today.Year+1; year++ {
		first, ok := f.cal.Holiday(g[1], year)
		if !ok || !f.today.Before(first) {
			continue
		}
		last := f.cal.PrevWorkday(first)
		return moment{at: f.cal.EndOfDay(last), end: i + len(g[0]), known: f.cal.Known(year), kind: kindBefore}, true
	}
	return moment{}, false
}
