package chat

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// BotName is the name that the bot bears in scripts, in the console and in the demo.
const BotName = "督办"

// Step is one entry of a script, the text form of a conversation (design.md §10). Scripts drive the console, the demo and
// the transcript tests:
//
//	at 2026-11-23 09:05                    moves the clock; also: at 18:00 (the next such instant), at +2h, at +1d
//	张敏@inspect: 上报 南门菜场污水横流     a person, by name or id, in a work group
//	  第二行                               further lines of one message begin with two spaces
//	张敏@inspect: 完成 17 [图 a.jpg]        pictures, as many as wanted
//	王建@office: [文件 反馈.xlsx]            files likewise; on networks a file and words are two messages
//	张敏@inspect: [引 督办：#17 …] 完成      an answer to a quoted message
//	张敏@inspect: @督办 排名                a mention of the bot
//	张敏@~: 我是谁                          a private chat with the bot; a chat id before ~ is ignored
//	陌生人?@inspect: 完成 1                 somebody whom nobody has bound
//	督办@inspect> 已立案 #1 …               what the bot is expected to say, also with further lines
//	# …                                    a comment, as is an empty line; also at the end of a line after two blanks
//
// Full-width ： ＠ ？ ～ ＞ count as their half-width forms.
type Step struct {
	Kind StepKind
	Line int // the first line of the entry, from 1
	Last int // its last line
	At   Moment

	Person    string // as written: a name or an id
	Chat      string // as written; for an expectation in a private chat the person's id
	Private   bool
	Stranger  bool
	Text      string // without mention, quote, pictures and files; lines end in \n
	Mentioned bool
	Quote     *Quote
	Pictures  []string
	Files     []string
}

// StepKind tells the three kinds of entries apart.
type StepKind int

// The kinds of entries.
const (
	StepAt     StepKind = iota + 1 // the clock moves to Step.At
	StepSay                        // a person writes
	StepExpect                     // the bot is expected to write
)

// Moment is a point in time as a script names it: a date, a time of day or a distance.
type Moment struct {
	date  time.Time     // a wall clock reading, kept in UTC; zero for the other forms
	clock time.Duration // time of day since midnight
	add   time.Duration
	days  int
	form  momentForm
}

type momentForm int

const (
	formDate momentForm = iota + 1
	formClock
	formAdd
)

// After is the instant that the moment means when it is now, in now's time zone. A time of day is the next such instant,
// never now itself.
func (m Moment) After(now time.Time) time.Time {
	switch m.form {
	case formDate:
		d := m.date
		return time.Date(d.Year(), d.Month(), d.Day(), d.Hour(), d.Minute(), d.Second(), 0, now.Location())
	case formClock:
		if t := onDay(now, 0, m.clock); t.After(now) {
			return t
		}
		return onDay(now, 1, m.clock)
	case formAdd:
		return now.AddDate(0, 0, m.days).Add(m.add)
	}
	return now
}

// onDay is a time of day some days after now. Hours and minutes are set on the calendar, so that a change of the clocks
// in between does not move them.
func onDay(now time.Time, days int, clock time.Duration) time.Time {
	h, m, s := int(clock/time.Hour), int(clock/time.Minute)%60, int(clock/time.Second)%60
	return time.Date(now.Year(), now.Month(), now.Day()+days, h, m, s, 0, now.Location())
}

// ParseMoment reads a moment: "2026-11-23 09:05", with or without seconds, "2026-11-23" (its first instant), "18:00",
// "+2h30m" or "+1d". The error is a Chinese sentence.
func ParseMoment(s string) (Moment, error) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "：", ":"))
	if rest, ok := strings.CutPrefix(s, "+"); ok {
		return parseDistance(s, rest)
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil && t.Nanosecond() == 0 {
			return Moment{date: t, form: formDate}, nil
		}
	}
	for _, layout := range []string{"15:04:05", "15:04"} {
		if t, err := time.Parse(layout, s); err == nil && t.Nanosecond() == 0 {
			clock := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second
			return Moment{clock: clock, form: formClock}, nil
		}
	}
	return Moment{}, fmt.Errorf("时间“%s”看不懂，要写成 2026-11-23 09:05、18:00、+2h 或 +1d", short(s))
}

// longestMove is the furthest that one step may move the clock: a slip of the finger must not run years of jobs.
const longestMove = 366

func parseDistance(whole, rest string) (Moment, error) {
	bad := fmt.Errorf("时间“%s”看不懂，要写成 +2h、+30m 或 +1d", short(whole))
	m := Moment{form: formAdd}
	if days, hours, ok := strings.Cut(rest, "d"); ok {
		if _, err := fmt.Sscanf(days, "%d", &m.days); err != nil || fmt.Sprint(m.days) != days {
			return Moment{}, bad
		}
		rest = hours
	}
	if rest != "" {
		d, err := time.ParseDuration(rest)
		if err != nil {
			return Moment{}, bad
		}
		m.add = d
	}
	if m.days < 0 || m.add < 0 || (m.days == 0 && m.add == 0) {
		return Moment{}, bad
	}
	if m.days > longestMove || m.add > longestMove*24*time.Hour {
		return Moment{}, fmt.Errorf("一次最多前进 %d 天", longestMove)
	}
	return m, nil
}

// FormatOutgoing writes a message of the bot as a script line: "督办@inspect> …", or "督办@zhang_min~> …" in that person's
// private chat. Further lines begin with two spaces; an attachment is a line of its own, "[图 排名.png]" or
// "[文件 台账.xlsx]". There is no line end after the last line.
func FormatOutgoing(out Outgoing) string {
	text := strings.Map(printable, WithMentions(out))
	if a := out.Attachment; a != nil {
		kind := "文件"
		if a.Picture {
			kind = "图"
		}
		text = strings.TrimPrefix(text+"\n["+kind+" "+a.Name+"]", "\n")
	}
	where := out.Conversation
	if person, ok := strings.CutPrefix(where, "~"); ok {
		if stranger, ok := strings.CutPrefix(person, "?"); ok {
			person = stranger + "?"
		}
		where = person + "~"
	}
	return strings.TrimRight(BotName+"@"+where+"> "+strings.ReplaceAll(text, "\n", "\n  "), " \n")
}

// WithMentions is a message's text with the names of the people whom it mentions: those whom the text does not name yet
// come first, as "@李强 ". It is for channels that cannot ring a phone.
func WithMentions(out Outgoing) string {
	var missing strings.Builder
	for _, m := range out.Mentions {
		if !strings.Contains(out.Text, m.Name) {
			missing.WriteString("@" + m.Name + " ")
		}
	}
	return missing.String() + out.Text
}

// printable drops control characters, so that an echoed text cannot command a terminal.
func printable(r rune) rune {
	if r != '\n' && r != '\t' && unicode.IsControl(r) {
		return -1
	}
	return r
}

// short cuts what an error sentence repeats to a length that can be read.
func short(s string) string {
	r := []rune(s)
	if len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
