package understand

import (
	"strconv"
	"strings"
	"time"

	"duban/internal/calendar"
)

// Term is a time for doing something, as a field of a form states it: a length or an instant.
type Term struct {
	Limit calendar.Limit // zero if At is given
	At    time.Time
	Known bool // of At: false if the holidays on the way are not published yet
}

// IsZero says whether no time is given.
func (t Term) IsZero() bool { return t == Term{} }

// Term reads a field that holds a deadline and nothing else: 5个工作日, 3天内, 48小时, 当日, 立行立改, 2026年12月1日前, 2026-12-1, 12月10日
// 17:00, 月底前, 下周五. A day without an hour means the end of work on that day. If it cannot be read or cannot be, fault says why, in
// Chinese: 看不懂, 没有这一天, 已经过了, 超过一年.
func (r *Reader) Term(text string, now time.Time) (t Term, fault string) {
	s := termEnd.ReplaceAllString(strings.Join(strings.Fields(Fold(text)), " "), "")
	if l, ok := lengthOf(s); ok {
		return Term{Limit: l, Known: true}, ""
	}
	if atOnceTerm.MatchString(s) {
		return Term{Limit: calendar.Limit{N: 1, Kind: calendar.SameDay}, Known: true}, ""
	}
	at, known, fault := r.termDate(s, now)
	switch {
	case fault != "":
	case !at.After(now):
		fault = "已经过了"
	case at.Sub(now) > maxAhead:
		fault = "超过一年"
	default:
		return Term{At: at, Known: known}, ""
	}
	return Term{}, fault
}

var (
	termEnd    = compile(`(?:[之以]?[前内])?(?:整改|办理)?(?:完成|到位|办结|完毕)?(?:整改|销号)?[。;,]?$`)
	lengthText = compile(`^(?:限期?)?(\d{1,3}|[一二两三四五六七八九十]{1,3}) ?个? ?(工作日|工作时|小时|钟头|自然日|天|日|周|星期|礼拜|月)$`)
	atOnceTerm = compile(`^(?:当[日天场]|即日|今[日天]|立即|马上|即时|立行立改|即知即改|立整立改|事不过夜)$`)
	// A day without a year is not read from 12.1: a spreadsheet keeps 12.10 as that number.
	dayText = compile(`^(?:(\d{4})[-/.年]|(\d{2,4})年)?(\d{1,2})([-/.月])(\d{1,2})[日号]?(?: ?(\d{1,2}):(\d{2})(?::\d{2})?)?$`)
)

// lengthOf reads a length of time: hours run day and night, days are days of the calendar unless they are 工作日.
func lengthOf(s string) (calendar.Limit, bool) {
	g := lengthText.FindStringSubmatch(s)
	if g == nil {
		return calendar.Limit{}, false
	}
	n, kind := amount(g[1]), calendar.NaturalDay
	switch g[2] {
	case "工作日":
		kind = calendar.WorkDay
	case "工作时":
		kind = calendar.WorkHour
	case "小时", "钟头":
		kind = calendar.UrgentHour
	case "周", "星期", "礼拜":
		n *= 7
	case "月":
		n *= 30
	}
	return calendar.Limit{N: n, Kind: kind}, n > 0 && n <= 366
}

func (r *Reader) termDate(s string, now time.Time) (at time.Time, known bool, fault string) {
	if d, clock, ok := writtenDay(s, now.In(r.cal.Location())); ok {
		switch {
		case d.IsZero():
			return at, false, "没有这一天"
		case clock == 0:
			return r.cal.EndOfDay(d), true, ""
		}
		return d.At(clock, r.cal.Location()), true, ""
	}

	if dayText.MatchString(s) { // 12.10 of a spreadsheet
		return at, false, "看不懂"
	}
	if w, ok := FindWhen(s+"前", now, r.cal); ok && w.Start == 0 && w.End >= len(s) {
		return w.At, w.Known, ""
	}
	return at, false, "看不懂"
}

// Day reads a field that holds a day: 2026-11-20, 2026年11月20日, 11月20日, with or without an hour. It is not ok for other words, and
// zero for a day that does not exist. Without a year it is the nearest such day that has not to come.
func (r *Reader) Day(text string, now time.Time) (d calendar.Date, ok bool) {
	now = now.In(r.cal.Location())
	d, _, ok = writtenDay(strings.Join(strings.Fields(Fold(text)), " "), now)
	if g := dayText.FindStringSubmatch(strings.Join(strings.Fields(Fold(text)), " ")); ok && g[1]+g[2] == "" && calendar.DateOf(now).Before(d) {
		d.Year--
	}
	return d, ok
}

// writtenDay reads a day written in numbers. Without a year it is of this year, or of the next if it has been over for half a year.
func writtenDay(s string, now time.Time) (d calendar.Date, clock calendar.TimeOfDay, ok bool) {
	g := dayText.FindStringSubmatch(s)
	if g == nil || g[1]+g[2] == "" && g[4] == "." {
		return d, 0, false
	}
	year := number(g[1] + g[2])
	if year > 0 && year < 100 {
		year += 2000
	}
	guessed := year == 0
	if guessed {
		year = now.Year()
	}
	t := time.Date(year, time.Month(number(g[3])), number(g[5]), 0, 0, 0, 0, now.Location())
	if guessed && now.Sub(t) > maxAhead/2 {
		t = t.AddDate(1, 0, 0)
	}
	hour, minute := number(g[6]), number(g[7])
	if int(t.Month()) != number(g[3]) || t.Day() != number(g[5]) || hour > 24 || minute > 59 || year < 2000 || year > 2200 {
		return calendar.Date{}, 0, true
	}
	return calendar.DateOf(t), calendar.TimeOfDay(hour*60 + minute), true
}

// number reads digits that a pattern has found; 0 for none.
func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// SourceNamed gives the source that words name, and nothing else: 省模拟测评, 上级反馈, 群众. It is upper, media, public, leader, self
// or inspection, as issue.Source has them.
func SourceNamed(words string) (source string, ok bool) {
	source = sourceOf(strings.TrimSpace(Fold(words)))
	return source, source != ""
}
