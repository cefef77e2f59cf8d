package understand

import (
	"strings"
	"time"

	"duban/internal/calendar"
)

// When is a deadline that somebody said.
type When struct {
	At         time.Time // the deadline
	Text       string    // the words, folded: 明天下午5点前
	Start, End int       // where the words stand, in bytes of the folded text
	Known      bool      // false if the holidays on the way are not published yet
}

// FindWhen finds a deadline in a folded text, seen from now: a date (今天, 明天下午5点前, 周五前, 12月1日前, 月底前, 国庆节前), a time of
// day (17:00前, 下班前), a duration (3天内, 半小时内, 三个工作日内) or 立即/马上. Dates go before durations. Words about the state of things
// are no deadline (两个多月没人修, 今早, 24小时营业, 周边150米内): there must be 前, 内, a word like 完成 or 整改, or the date must close the
// text. A day without an hour means the end of work on that day, today means 24:00. A deadline that has passed is not
// found, nor is one more than a year ahead, which is a slip of the pen.
func FindWhen(folded string, now time.Time, cal *calendar.Calendar) (When, bool) {
	return newFinder(folded, now, cal).find()
}

// unread gives, after nothing was found, the words that ask for something by a time that cannot be a deadline, because it has
// passed, is more than a year ahead or is no time at all: 上午8点前处理 said at noon, 2月30日前完成. It is "" for words that tell of
// something instead.
func (f *finder) unread() string {
	if f.refused != "" {
		return f.refused
	}
	for _, g := range timeLike.FindAllStringSubmatchIndex(f.s, -1) {
		if before := f.s[:g[0]]; !continuesNumber(before) && !pastBefore.MatchString(before) && demands(f.s[g[1]:]) {
			return f.s[g[0]:g[1]]
		}
	}
	return ""
}

// timeLike is what looks like a time up to which something is to be done. A bare 30号 is left out, which may be a house.
var timeLike = compile(`(?:\d{4}年|` + partWords + `)?(?:(?:\d{1,3}|[零一二两三四五六七八九十]{1,3})(?:月份?(?:(?:\d{1,3}|[一二三四五六七八九十]{1,3})[日号])?|点钟?半?|时))(?:之前|以前|前)`)

// demands says whether an action that is still to be done follows.
func demands(rest string) bool {
	n := len(action.FindString(rest))
	return n > 0 && !notDone.MatchString(rest[n:])
}

func newFinder(folded string, now time.Time, cal *calendar.Calendar) *finder {
	now = now.In(cal.Location())
	return &finder{s: folded, cal: cal, now: now, today: calendar.DateOf(now)}
}

// find looks for a deadline, and notes the words that would be one at another time.
func (f *finder) find() (When, bool) {
	for _, pass := range []struct {
		read   func(int) (moment, bool)
		begins string // the characters with which such words begin; most of a text is skipped by them
	}{
		{f.absolute, "0123456789零一二两三四五六七八九十今明后大当本这个下周星礼月年元春清五劳端中国早凌上正午傍晚夜半深"},
		{f.duration, "0123456789一二两三四五六七八九十半"},
		{f.atOnce, "立马即"},
	} {
		whole := 0 // up to here the text is one expression, whose pieces mean nothing alone: 8点 of 上午8点
		for i, r := range f.s {
			if i < whole || !strings.ContainsRune(pass.begins, r) {
				continue
			}
			m, ok := pass.read(i)
			if !ok {
				continue
			}
			if w, valid := f.accept(i, m); valid {
				return w, true
			}
			if !f.reachable(m.at) || pastBefore.MatchString(f.s[:i]) {
				whole = m.end
			}
		}
	}
	return When{}, false
}

// maxAhead is how far ahead a deadline may be.
const maxAhead = 366 * 24 * time.Hour

func (f *finder) reachable(at time.Time) bool { return at.After(f.now) && at.Sub(f.now) <= maxAhead }

// finder looks for one deadline.
type finder struct {
	s     string
	now   time.Time
	today calendar.Date
	cal   *calendar.Calendar
	until bool // 到 or 至 stands before: 3日 is the third of the month, not three days

	refused string // words that ask for something by a time that has passed or is too far ahead
}

// moment is a time expression before it is clear whether it is a deadline.
type moment struct {
	at    time.Time
	end   int  // of the expression itself
	known bool // as in When
	kind  momentKind
}

type momentKind int

const (
	kindDay      momentKind = iota // a certain day: 今天, 周五, 12月1日, 月底
	kindWeak                       // a number or an hour alone: 30号, 8点
	kindBefore                     // complete only with 前: 下班, 国庆节
	kindDuration                   // 3天
	kindAtOnce                     // 立即
)

// accept decides by the words around whether the expression at start is a deadline in the future.
func (f *finder) accept(start int, m moment) (When, bool) {
	if m.at.IsZero() {
		return When{}, false
	}
	before, after := f.s[:start], f.s[m.end:]
	labelled := label.MatchString(before)
	if pastBefore.MatchString(before) {
		return When{}, false
	}
	end, ok := f.marked(m, after)
	if !f.reachable(m.at) {
		if ok && f.refused == "" && end > m.end && demands(f.s[end:]) {
			f.refused = f.s[start:end]
		}
		return When{}, false
	}
	switch {
	case ok:
	case labelled && m.kind != kindAtOnce:
		end = m.end
	case m.kind == kindDay && closes.MatchString(after) && standsAlone.MatchString(before):
		end = m.end
	default:
		return When{}, false
	}
	return When{At: m.at, Text: f.s[start:end], Start: start, End: end, Known: m.known}, true
}

var (
	// label is what may stand directly before a deadline and makes it one.
	label = compile(`(?:时限|期限|限期|限时|限|截止(?:时间|日期)?|截至|不得?晚于|不得?迟于|务必于|务必在)[:为是到在于]?\s*$`)
	// pastBefore tells that the expression speaks of the past or of a habit.
	pastBefore = compile(`(?:上|每个?|近|最近|过去|前|连续|长达|已|已经|昨[天晚]?|从|自|至今|截至目前|超过|多达|营业至|开到)$`)
	// standsAlone is what may stand before a date that closes the text.
	standsAlone = compile(`(?:^|[\s,。;:!()、-])(?:请|于|在)?$`)
	// closes is what may follow a date that closes the text.
	closes = compile(`^[\s,。;!.)\]]*(?:谢谢!?|@\S+\s*)*$`)
	// beforeMark follows a date; the characters in notBefore continue it to another word.
	beforeMark = compile(`^\s*(?:之前|以前|前|截止|为止|止)`)
	notBefore  = compile(`^(?:后|面|门|方|排|侧|台|院|往|夕|期|来|去|述|段)`)
	insideMark = compile(`^\s*(?:之内|以内|内)`)
	// stateAfter follows 前 or 内 where something is told instead of asked for.
	stateAfter = compile(`^[\s,]*(?:就|都|居然|竟|却)*(?:还|仍|一直|始终|没|未|无人|无法|不|已|曾|又|有|反映|投诉|发生|出现|连续|多次|接到|施工|经常|总|堆|因|被|[一两二三四五六七八九十\d]+(?:次|起|回|处|家|个|米))`)
	// action is the fixing that is asked for, with the small words that may stand before it.
	action = compile(`^[\s,]*(?:必须|务必|一定|需要?|应当?|要求?|请|得|全部|限期|将|把|都|能|就|抓紧|尽快|尽量|派人|安排人员?|安排|组织|集中|统一|现场|负责|给我?|再|去|来|可以|要|予以|进行|争取|到场|落实人员)*` +
		`(?:完成|处理|整改|清理|解决|修复|修好|清除|清运|清扫|整治|到位|办结|落实|拆除|更换|恢复|补齐|补上|补种|搬走|移除|清走|清完|清掉|销号|回复|反馈|答复|维修|修缮|疏通|规范|劝离|拖离|覆盖|处置|办好|办完|做好|弄好|搞定|改完|改好)`)
	// notDone after an action turns it into a report of what happened.
	notDone = compile(`^(?:了|过|的|时|中|后|发现|情况|不|未|没|工作)`)
	// durationAction is the stricter form for a duration without 内.
	durationAction = compile(`^(?:时间)?(?:必须|务必|要|需|全部)*(?:完成|整改到位|整改完|处理完|办结|清理完|解决|修好)`)
)

// marked looks for the word that makes the moment a deadline and gives the end of the words that belong to it.
func (f *finder) marked(m moment, after string) (end int, ok bool) {
	if n := len(beforeMark.FindString(after)); n > 0 && m.kind != kindDuration && m.kind != kindAtOnce {
		rest := after[n:]
		if notBefore.MatchString(rest) || stateAfter.MatchString(rest) {
			return 0, false
		}
		return m.end + n, m.kind != kindWeak || f.asks(rest)
	}
	if n := len(insideMark.FindString(after)); n > 0 && (m.kind == kindDuration || m.kind == kindDay) {
		return m.end + n, !stateAfter.MatchString(after[n:])
	}
	switch m.kind {
	case kindDay, kindAtOnce:
		return m.end, f.asks(after) && (m.kind == kindDay && action.MatchString(after) || m.kind == kindAtOnce)
	case kindDuration:
		n := len(durationAction.FindString(after))
		return m.end, n > 0 && !notDone.MatchString(after[n:])
	}
	return 0, false
}

// asks says whether what follows asks for something: it is the end of the clause, or an action not yet done.
func (f *finder) asks(rest string) bool {
	if rest == "" || strings.ContainsAny(rest[:1], ",;!.)") || strings.HasPrefix(rest, "。") {
		return true
	}
	n := len(action.FindString(rest))
	if n == 0 {
		return strings.HasPrefix(strings.TrimLeft(rest, " "), "把") || strings.HasPrefix(strings.TrimLeft(rest, " "), "将") || strings.TrimSpace(rest) == ""
	}
	return !notDone.MatchString(rest[n:])
}

// duration reads 3天, 半小时, 两个工作日 and the like at i.
func (f *finder) duration(i int) (moment, bool) {
	if continuesNumber(f.s[:i]) {
		return moment{}, false
	}
	g := durationText.FindStringSubmatch(f.s[i:])
	if g == nil {
		return moment{}, false
	}
	n, half, ok := durationCount(g)
	if !ok {
		return moment{}, false
	}
	at, known := f.durationEnd(n, half, g[3])
	return moment{at: at, end: i + len(g[0]), known: known, kind: kindDuration}, true
}

// durationCount gives the number of a match of durationText, and whether half a unit comes on top.
func durationCount(g []string) (n int, half, ok bool) {
	n, half = amount(g[1]), g[2] != "" || g[4] != "" || strings.HasSuffix(g[1], ".5")
	if g[1] == "半" {
		n, half = 0, true
	}
	return n, half, n > 0 && n <= 999 || n == 0 && half
}

// durationText reads a number, perhaps 半, and a unit: 一个半小时, 3天, 半个月, 1.5小时.
var durationText = compile(`^(\d{1,3}(?:\.5)?|半|[一二两三四五六七八九十]{1,3})\s*个?(半)?\s*(工作日|工作时|小时|钟头|分钟|天|日|周|星期|礼拜|月)(半)?`)

func (f *finder) durationEnd(n int, half bool, unit string) (time.Time, bool) {
	switch unit {
	case "工作日":
		return f.cal.Due(f.now, calendar.Limit{N: max(n, 1), Kind: calendar.WorkDay})
	case "工作时":
		return f.cal.Due(f.now, calendar.Limit{N: max(n, 1), Kind: calendar.WorkHour})
	case "小时", "钟头":
		return f.now.Add(time.Duration(n)*time.Hour + halfOf(half, time.Hour)), true
	case "分钟":
		return f.now.Add(time.Duration(n)*time.Minute + halfOf(half, time.Minute)), true
	case "天", "日":
		at, _ := f.cal.Shift(f.now, calendar.Offset{N: n, Kind: calendar.NaturalDay})
		return at.Add(halfOf(half, 24*time.Hour)), true
	case "周", "星期", "礼拜":
		at, _ := f.cal.Shift(f.now, calendar.Offset{N: 7 * n, Kind: calendar.NaturalDay})
		return at.Add(halfOf(half, 7*24*time.Hour)), true
	}
	days := 0
	if half {
		days = 15
	}
	d := addMonths(f.today, n).AddDays(days)
	return d.At(calendar.TimeOfDay(f.now.Hour()*60+f.now.Minute()), f.cal.Location()), true
}

func halfOf(half bool, d time.Duration) time.Duration {
	if half {
		return d / 2
	}
	return 0
}

// addMonths moves a day by months and stays inside the month: a month after 31 January is the end of February.
func addMonths(d calendar.Date, n int) calendar.Date {
	first := calendar.DateOf(time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC))
	first.Day = min(d.Day, daysIn(first.Year, first.Month))
	return first
}

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

var atOnceText = compile(`^(?:立即|立刻|马上|即刻|即行)`)

// atOnce reads 立即, which the rule 事不过夜 turns into the end of the day (S21, S22).
func (f *finder) atOnce(i int) (moment, bool) {
	n := len(atOnceText.FindString(f.s[i:]))
	if n == 0 {
		return moment{}, false
	}
	before := f.s[:i]
	for _, no := range []string{"未", "没", "没有", "不", "不能", "未能", "无法", "没人", "无人"} {
		if strings.HasSuffix(before, no) {
			return moment{}, false
		}
	}
	at, known := f.cal.Due(f.now, calendar.Limit{N: 1, Kind: calendar.SameDay})
	return moment{at: at, end: i + n, known: known, kind: kindAtOnce}, true
}
