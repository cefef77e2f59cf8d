package understand

import (
	"strings"
	"time"
	"unicode/utf8"

	"duban/internal/calendar"
)

// Until is a new deadline that somebody asks for with an extension 延期 or a suspension 挂账.
type Until struct {
	At     time.Time // the new deadline; a date that was said may lie in the past
	Text   string    // the words that say it, folded
	Length bool      // it counts from the present deadline instead of being a date of its own
	Known  bool      // false if the holidays on the way are not published yet
}

// Until reads a new deadline at the start of a text. A length (2天, 两个工作日, 4小时, 半天, 一周) counts from the present
// deadline: days by the calendar, 工作日 and 工作时 in working time, each keeping the time of day, and half of a working day
// being four working hours (domain.md §2.1); 2天内 and 2天后 count from now. A date (到周五, 11月28日, 12-05, 月底前, 到明年3月) is
// seen from now and read as in reports; without an hour it is the end of work on that day, 今天 is 24:00. A day without a
// year that is more than a month past is the next year's. rest is the reason that follows, in the writer's own characters,
// without 原因, 因 or 由于. ok is false if the text does not start with a deadline; then rest is text.
func (r *Reader) Until(text string, from, now time.Time) (u Until, rest string, ok bool) {
	f := foldText(text)
	start := len(untilLead.FindString(f.s))
	words := finder{s: f.s[start:], cal: r.cal, now: now.In(r.cal.Location()), until: towards.MatchString(f.s[:start])}
	words.today = calendar.DateOf(words.now)
	m, ok := words.untilDate()
	if !ok {
		if m, u.Length, ok = words.untilLength(from.In(r.cal.Location())); !ok {
			return Until{}, text, false
		}
	}
	end := start + m.end
	u.At, u.Known, u.Text = m.at, m.known, strings.TrimSpace(f.s[start:end])
	return u, reason(f, text, end), true
}

var (
	// untilLead are the words before a new deadline that say nothing about it.
	untilLead = compile(`^(?:[\s,。;:、!.—-]|申请|恳请|请求|请|希望|但是?|只能?|仅|最多|最迟|最晚|可以|需要?|还|要|想|再|给|宽限|延长|延期|延后|延迟|延|推迟|推后|顺延|暂缓|挂账|改|截止|时限|期限|为|到|至|约)*`)
	// towards ends them before a date.
	towards = compile(`[到至][\s:]*$`)
	// notMark goes on with 内 or 后 to another word: 2天内部协调.
	notMark = compile(`^(?:部|容|外|侧|勤|续|面|方|门|台)`)
	// fromNow follows a length that counts from now.
	fromNow = compile(`^\s*(?:之内|以内|内|之后|以后|后)`)
	// lengthTail follows a length and adds nothing.
	lengthTail = compile(`^\s*(?:的?时间|左右)`)
	// notLength goes on with the unit of a length to another word: 2天桥, 一周边.
	notLength = compile(`^(?:桥|津|井|沟|然气|窗|花板|边|围|期|常|光|饼|季)`)
	// unitText is a unit of time after a number.
	unitText = compile(`^\s*(?:个|天|小时|钟头|分钟|工作|周|星期|礼拜|月|年)`)
	// laterText says from which month or year a date is seen.
	laterText = compile(`^(?:(明年)|(下个?月)|本月|这个?月|当月)的?\s*`)
	// monthText is a month without a day.
	monthText = compile(`^(\d{1,2}|[一二三四五六七八九十]{1,2})月份?`)
	// notMonth follows a month that is not meant as a whole: 2月30日, 3月前.
	notMonth = compile(`^\s*(?:[\d一二三四五六七八九十]|之前|以前|前)`)
)

// untilDate reads a date at the start, with 前 or 内 after it.
func (f *finder) untilDate() (moment, bool) {
	m, ok := f.absolute(0)
	if ok && f.isNoDate(m) {
		return moment{}, false
	}
	if !ok {
		m, ok = f.laterDate(0)
	}
	if !ok {
		m, ok = f.wholeMonth()
	}
	if !ok {
		return moment{}, false
	}
	for _, mark := range []*pattern{beforeMark, insideMark} {
		n := len(mark.FindString(f.s[m.end:]))
		if n > 0 && !notBefore.MatchString(f.s[m.end+n:]) && !notMark.MatchString(f.s[m.end+n:]) {
			m.end += n
			break
		}
	}
	d := calendar.DateOf(m.at)
	if !saysYear.MatchString(f.s) && d.AddDays(31).Before(f.today) {
		next := addMonths(d, 12)
		m.at = next.At(calendar.TimeOfDay(m.at.Hour()*60+m.at.Minute()), f.cal.Location())
	}
	return m, true
}

// isNoDate says whether what was read goes on to something else: 1.5天, 3号楼.
func (f *finder) isNoDate(m moment) bool {
	if m.kind != kindWeak {
		return false
	}
	next, _ := utf8.DecodeRuneInString(f.s[m.end:])
	return unitText.MatchString(f.s[m.end:]) || strings.HasSuffix(f.s[:m.end], "号") && strings.ContainsRune(houseRunes, next)
}

// saysYear is a date that begins with its year.
var saysYear = compile(`^\d{4}`)

// laterDate reads 明年3月1日, 明年3月, 明年底, 下月5号, 本月28日 at i.
func (f *finder) laterDate(i int) (moment, bool) {
	g := laterText.FindStringSubmatch(f.s[i:])
	if g == nil {
		return moment{}, false
	}
	n, first := i+len(g[0]), f.today
	switch {
	case g[1] != "":
		first = calendar.Date{Year: f.today.Year + 1, Month: time.January, Day: 1}
		if strings.IndexAny(f.s[n:], "底末内") == 0 {
			n = i + len("明") // what remains is 年底
		}
	case g[2] != "":
		first = addMonths(calendar.Date{Year: f.today.Year, Month: f.today.Month, Day: 1}, 1)
	}
	then := finder{s: f.s[n:], cal: f.cal, now: first.In(f.cal.Location()), today: first, until: true}
	var m moment
	var ok bool
	if g[1] != "" {
		if m, ok = then.absolute(0); !ok {
			m, ok = then.wholeMonth()
		}
		if !ok {
			m, ok = then.beforeMonth()
		}
	} else if d, read := then.bareDay(0); read {
		m, ok = then.withClock(d)
	}
	m.end += n
	m.kind = kindDay // a number alone may be anything, 下月5号 cannot
	return m, ok
}

// beforeMonth reads 1月前 after a year as the last day before January: who means its end says 1月底.
func (f *finder) beforeMonth() (moment, bool) {
	g := monthText.FindStringSubmatch(f.s)
	if g == nil || !beforeMark.MatchString(f.s[len(g[0]):]) {
		return moment{}, false
	}
	n := amount(g[1])
	if n < 1 || n > 12 {
		return moment{}, false
	}
	d := calendar.Date{Year: f.today.Year, Month: time.Month(n), Day: 1}.AddDays(-1)
	return moment{at: f.cal.EndOfDay(d), end: len(g[0]), known: true}, true
}

// wholeMonth reads 到3月 as the end of March. Without 到 or a year before it the month may as well be a number of months.
func (f *finder) wholeMonth() (moment, bool) {
	g := monthText.FindStringSubmatch(f.s)
	if g == nil || !f.until || notMonth.MatchString(f.s[len(g[0]):]) {
		return moment{}, false
	}
	n := amount(g[1])
	if n < 1 || n > 12 {
		return moment{}, false
	}
	d := calendar.Date{Year: f.today.Year, Month: time.Month(n), Day: daysIn(f.today.Year, time.Month(n))}
	return moment{at: f.cal.EndOfDay(d), end: len(g[0]), known: true}, true
}

// untilLength reads a length at the start and gives the instant that far from the present deadline, or from now.
func (f *finder) untilLength(from time.Time) (m moment, fromDeadline, ok bool) {
	g := durationText.FindStringSubmatch(f.s)
	if g == nil || g[3] == "月" && !strings.ContainsAny(g[0], "个半两") {
		return moment{}, false, false
	}
	n, half, ok := durationCount(g)
	m.end = len(g[0])
	if !ok || half && g[3] == "工作时" || notLength.MatchString(f.s[m.end:]) || beforeMark.MatchString(f.s[m.end:]) {
		return moment{}, false, false
	}
	m.end += len(lengthTail.FindString(f.s[m.end:]))
	if k := len(fromNow.FindString(f.s[m.end:])); k > 0 && !notMark.MatchString(f.s[m.end+k:]) {
		m.end += k
		m.at, m.known = f.durationEnd(n, half, g[3])
		return m, false, true
	}
	m.at, m.known = f.extended(from, n, half, g[3])
	return m, true, true
}

// extended gives the instant at a length from a deadline. Working time is shifted, so that a deadline in the morning stays
// one; the rest counts as in reports.
func (f *finder) extended(from time.Time, n int, half bool, unit string) (at time.Time, known bool) {
	switch unit {
	case "工作时":
		return f.cal.Shift(from, calendar.Offset{N: n, Kind: calendar.WorkHour})
	case "工作日":
		at, known = f.cal.Shift(from, calendar.Offset{N: n, Kind: calendar.WorkDay})
		if half {
			more, ok := f.cal.Shift(at, calendar.Offset{N: 4, Kind: calendar.WorkHour})
			return more, known && ok
		}
		return at, known
	}
	seen := finder{cal: f.cal, now: from, today: calendar.DateOf(from)}
	return seen.durationEnd(n, half, unit)
}

var (
	// done says between the deadline and the reason what will have happened.
	done = compile(`^\s*(?:(?:整改|处理|办理)?(?:完成|完毕|办结|结束|到位)(?:整改|处理)?)`)
	// doneEnds follows it.
	doneEnds = compile(`^(?:[\s,。;:、!(]|因|由于|原因|理由|$)`)
	// reasonLead goes before a reason.
	reasonLead = compile(`^[\s,。;:、!.—-]*(?:(?:原因|理由|事由|说明|备注)(?:是|为)?[\s:]+|(?:原因|理由)[是为]|因为|由于|因)?[\s,:、]*`)
	// inBrackets is a reason that stands in brackets.
	inBrackets = compile(`^[（(]([^（()）]*)[)）]$`)
)

// reason gives what stands after the deadline in the original.
func reason(f folded, text string, end int) string {
	if n := len(done.FindString(f.s[end:])); n > 0 && doneEnds.MatchString(f.s[end+n:]) {
		end += n
	}
	end += len(reasonLead.FindString(f.s[end:]))
	rest := strings.TrimSpace(text[f.at(end):])
	if g := inBrackets.FindStringSubmatch(rest); g != nil {
		rest = strings.TrimSpace(g[1])
	}
	return rest
}
