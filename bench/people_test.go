package bench

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"

	"duban/internal/chat"
)

// said is a message of the day.
type said struct {
	who, where string // where is a group; "": in private
	text       string
	quotes     string // of the bot; "": nothing
	pictures   int
	want       string             // what the answer looks like; "": there is none
	then       func(found string) // what is done with the answer's first group
}

// turn is what is said in one breath, in one conversation. It is made when its time has come: by then the numbers are known.
type turn func() []said

// matter is an issue as people know it: who deals with it.
type matter struct {
	unit   int
	number int64
	status string
	did    map[string]int // by action, as it was confirmed
}

// agenda is who says what in each minute of the day, and in which group; the last one is for what is said in private or in the office's.
type agenda struct {
	*rand.Rand
	minutes [24 * 60][units + 1][]turn
	matters []*matter
	planned int // messages
	photos  int
	loose   int              // photos for nothing
	hands   map[string][]int // when somebody sends photos: what follows within minutes would be taken for their next one
}

// dawn is the hour at which the day begins, so that the backup of its night comes after the work.
const dawn = 4

// busy says how much of a day is said in which hour; the rest of the night is quiet.
var busy = map[int]int{6: 5, 7: 20, 8: 80, 9: 130, 10: 120, 11: 90, 12: 40, 13: 30, 14: 90, 15: 110, 16: 100, 17: 80, 18: 40, 19: 30, 20: 20, 21: 10, 22: 4, 23: 1}

// evening is the minute from which nobody works any more.
const evening = (22 - dawn) * 60

// newAgenda plans so many messages: every eleventh begins a matter, which takes five or six in all, a quarter are questions and asides, and
// the rest is what people say to each other.
func newAgenda(messages int) *agenda {
	a := &agenda{Rand: rand.New(rand.NewPCG(7, 23)), hands: map[string][]int{}}
	for range messages / 11 {
		a.matter()
	}
	for range messages / 4 {
		a.aside()
	}
	for a.planned < messages {
		a.chatter()
	}
	return a
}

// minute is one of the day's, more likely one of its busy hours.
func (a *agenda) minute() int {
	n := a.IntN(1000)
	for hour := range 24 {
		if n -= busy[hour]; n < 0 {
			return (hour-dawn)*60 + a.IntN(60)
		}
	}
	return (9-dawn)*60 + a.IntN(60)
}

// at puts a turn of so many messages into a minute.
func (a *agenda) at(minute, group, messages int, t turn) {
	a.planned += messages
	a.minutes[minute][group] = append(a.minutes[minute][group], t)
}

// someone is a person of a unit, one of each five an inspector.
func (a *agenda) someone(unit int, inspects bool) string {
	for {
		p := a.IntN(people)
		if inspector := (1+unit*people+p)%5 == 4; inspector == inspects {
			return fmt.Sprintf("u%dp%d", unit, p)
		}
	}
}

// handler is one of those who answer for a unit: its liaison, its leads and its deputy.
func (a *agenda) handler(unit int) string {
	return fmt.Sprintf("u%dp%d", unit, []int{0, 1, 2, 4}[a.IntN(4)])
}

// photographer is somebody whose photo can only be for what they say with it, and the first minute in which there is one.
func (a *agenda) photographer(minute int, someone func() string) (who string, at int) {
	for tries := 1; ; tries++ {
		who, at = someone(), minute+tries/10
		if !slices.ContainsFunc(a.hands[who], func(m int) bool { return max(m-at, at-m) <= 6 }) {
			a.hands[who] = append(a.hands[who], at)
			return who, at
		}
	}
}

// matter plans the life of an issue: somebody reports it in a group, the unit signs for it and completes it with a photo, an inspector of
// another unit looks, and sends some back. One of ten stays undone, and one of twenty gets a later deadline.
func (a *agenda) matter() {
	minute, from := a.minute(), a.IntN(units)
	m := &matter{unit: (from + 1 + a.IntN(units-1)) % units, did: map[string]int{}}
	a.matters = append(a.matters, m)
	minute = a.report(m, minute, from)
	if a.IntN(10) == 0 {
		return
	}
	minute += 3 + a.IntN(60)
	who := a.handler(m.unit)
	if minute >= evening {
		return
	}
	a.at(minute, m.unit, 1, func() []said { return m.step(who, m.group(), "签收", "%d", "", "#%d .*已签收", "working") })
	if a.IntN(20) == 0 {
		minute += 5 + a.IntN(20)
		a.later(m, minute)
		minute += 30
	}
	for again := true; again; {
		if minute += 15 + a.IntN(240); minute >= evening {
			return
		}
		minute = a.complete(m, minute)
		if minute += 2 + a.IntN(90); minute >= evening {
			return
		}
		again = a.IntN(7) == 0
		a.judge(m, minute, again)
	}
}

func (m *matter) group() string { return fmt.Sprint("g", m.unit) }

// step is a command about the matter, and what becomes of it when it was confirmed. Half of the people write the number first.
func (m *matter) step(who, where, verb, form, rest, want, status string) []said {
	text := verb + " " + fmt.Sprintf(form, m.number)
	if m.number%2 == 0 {
		text = fmt.Sprintf("#"+form, m.number) + verb
	}
	return []said{{who: who, where: where, text: text + rest, want: fmt.Sprintf("^"+want, m.number), then: func(string) { m.status = status; m.did[verb]++ }}}
}

// report files the matter, often with a photo before, and says when.
func (a *agenda) report(m *matter, minute, from int) (at int) {
	site, building, what := place(m.unit, a.IntN(places)), 1+a.IntN(200), troubles[a.IntN(len(troubles))]
	who, minute := a.photographer(minute, func() string { return a.someone(from, false) })
	s := said{who: who, where: fmt.Sprint("g", from), text: fmt.Sprintf("上报 %s%d栋%s", site, building, what), want: `^已立案 #(\d+) `}
	s.then = func(number string) {
		m.number, _ = strconv.ParseInt(number, 10, 64) // only digits
		m.status = "assigned"
		m.did["上报"]++
	}
	all := []said{s}
	if a.IntN(5) < 3 {
		all = []said{{who: who, where: s.where, pictures: 1}, s}
		a.photos++
	}
	a.at(minute, from, len(all), func() []said { return all })
	return minute
}

// later is a deadline that is put off: the unit asks, the office agrees.
func (a *agenda) later(m *matter, minute int) {
	who := fmt.Sprintf("u%dp1", m.unit)
	a.at(minute, m.unit, 1, func() []said {
		return m.step(who, m.group(), "延期", "%d", " 2个工作日 等材料", "#%d 已申请延期", "working")
	})
	a.at(minute+15, units, 1, func() []said {
		return m.step(office, "office", "同意", "%d", "", "#%d 延期已同意", "working")
	})
}

// complete says that the work is done, with a photo that comes behind, before, or along with words that quote the bot.
func (a *agenda) complete(m *matter, minute int) (at int) {
	way := a.IntN(3)
	a.photos++
	who, minute := a.photographer(minute, func() string { return a.handler(m.unit) })
	a.at(minute, m.unit, 2, func() []said {
		photo := said{who: who, where: m.group(), pictures: 1}
		done := m.step(who, m.group(), "完成", "%d", " 已清理干净", "#%d 已提交完成", "submitted")[0]
		switch way {
		case 0:
			photo.want, photo.then = done.want, done.then
			done.want, done.then = fmt.Sprintf("^#%d 请在5分钟内发整改后照片", m.number), nil
			return []said{done, photo}
		case 1:
			return []said{photo, done}
		}
		done.quotes, done.text = fmt.Sprintf("#%d 已签收", m.number), "完成 已清理干净"
		done.pictures = 1
		return []said{{who: who, where: m.group(), text: "都弄好了，马上发照片"}, done}
	})
	return minute
}

// judge is an inspector's look at a completion, who belongs to another unit.
func (a *agenda) judge(m *matter, minute int, bad bool) {
	unit := (m.unit + 1 + a.IntN(units-1)) % units
	who, where := a.someone(unit, true), fmt.Sprint("g", unit)
	a.at(minute, unit, 1, func() []said {
		if bad {
			return m.step(who, where, "退回", "%d", " 墙角还有", "#%d 已退回", "working")
		}
		return m.step(who, where, "通过", "%d", "", "#%d 核查通过，已销号", "closed")
	})
}

// some is a matter that somebody may ask about; nil if there is none yet.
func (a *agenda) some() *matter {
	for range 20 {
		if m := a.matters[a.IntN(len(a.matters))]; m.number != 0 {
			return m
		}
	}
	return nil
}

// questions are what people ask, how many of a hundred asides, and what the answer looks like. The rest of the asides is about an issue.
var questions = []struct {
	share      int
	text, want string
	private    bool
}{
	{17, "我的", "^(待您|没有待您|您)", false},
	{20, "我的", "^(待您|没有待您|您)", true},
	{8, "待核查", "^(待核查 |没有待核查)", false},
	{3, "逾期", "^(超期未整改|没有超期)", false},
	{1, "排名", "^【[^】]*排名】", false},
	{1, "热点", "热点|重复", true},
	{2, "帮助", "帮助|可以", true},
	{2, "@谢谢大家", "没看懂", false},
	{6, "查 第3街道5号小区", "第3街道5号小区", false},
}

// aside is a question, a note, or something that is not allowed.
func (a *agenda) aside() {
	unit, n := a.IntN(units), a.IntN(100)
	minute, who, where := a.minute(), a.someone(unit, a.IntN(4) == 0), fmt.Sprint("g", unit)
	for _, q := range questions {
		if n -= q.share; n >= 0 {
			continue
		}
		s := said{who: who, where: where, text: q.text, want: q.want}
		group := unit
		if q.private {
			s.where, group = "", units
		}
		a.at(minute, group, 1, func() []said { return []said{s} })
		return
	}
	a.at(minute, unit, 1, func() []said { return a.about(unit, where, n) })
}

// about is an aside about an issue: a question, a note, pressing, or something that is not allowed.
func (a *agenda) about(unit int, where string, n int) []said {
	m, s := a.some(), said{who: a.someone(unit, n%2 == 0), where: where}
	switch {
	case m == nil:
		s.text, s.want = "查 1", "^#1 "
	case n < 18:
		s.text, s.want = fmt.Sprintf("查 %d", m.number), fmt.Sprintf("^#%d (待|整改|已销号)", m.number)
	case n < 24 && m.unit == unit:
		s.text, s.want = fmt.Sprintf("进展 %d 正在办", m.number), fmt.Sprintf("^#%d ", m.number)
	case n < 30:
		s.who = a.someone(unit, true)
		s.text, s.want = fmt.Sprintf("催办 %d", m.number), fmt.Sprintf("^(?:【催办】)?#%d ", m.number)
	default: // not theirs
		s.who = a.someone((m.unit+1)%units, false)
		s.text, s.want = fmt.Sprintf("签收 %d", m.number), fmt.Sprintf("^#%d .*不能签收", m.number)
	}
	return []said{s}
}

// talk is what people say to each other: nobody's business.
var talk = []string{
	"收到，马上安排人去看", "好的", "大家辛苦了", "12号开会，别忘了", "完成了，等会发照片", "同意", "今天督查组要来，大家抓紧", "1", "通过大家努力，变化很大", "👍👍👍",
	"上报的问题请大家及时处理", "3个小区都跑完了", "排名出来了吗", "退回去重做",
}

// chatter is talk, at times with a picture or about what the bot has said.
func (a *agenda) chatter() {
	unit, minute := a.IntN(units), a.minute()
	s := said{who: a.someone(unit, false), where: fmt.Sprint("g", unit), text: talk[a.IntN(len(talk))]}
	switch a.IntN(30) {
	case 0:
		s.text, s.pictures = "", 1
		a.loose++
		s.who, minute = a.photographer(minute, func() string { return a.someone(unit, false) })
	case 1:
		s.quotes, s.text = "#1 已签收", "我们下午去看"
	}
	a.at(minute, unit, 1, func() []said { return []said{s} })
}

// message is what is said as it comes from the network.
func (s said) message(k, photo int) chat.Message {
	m := chat.Message{
		Channel: "bench", ID: "day/" + strconv.Itoa(k), Conversation: chat.Conversation{Key: s.where}, From: chat.Sender{Key: s.who}, Text: s.text,
	}
	if s.where == "" {
		m.Conversation = chat.Conversation{Key: chat.PrivateKey(s.who), Private: true}
	}
	if m.Text != "" && m.Text[0] == '@' {
		m.Text, m.Mentioned = m.Text[1:], true
	}
	if s.quotes != "" {
		m.Quote = &chat.Quote{Author: chat.BotName, Text: s.quotes, FromBot: true}
	}
	for n := range s.pictures {
		m.Pictures = append(m.Pictures, chat.Picture{Ref: strconv.Itoa(photo + n)})
	}
	return m
}
