package jobs

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

// mail collects what a tick has to say: one message per destination, in the order in which they came up. A destination is a
// work group, and there each unit for itself, so that its message names one person.
type mail struct{ letters []*letter }

type letter struct {
	to       destination
	parts    []string
	mentions []string
}

type destination struct {
	chat string
	unit string
	held time.Time // the end of the quiet hours, for what is no matter of the night; zero: at once
}

// add puts a part into the message to each of the groups.
func (m *mail) add(chats []string, unit string, held time.Time, part string, mentions ...string) {
	for _, chat := range chats {
		to := destination{chat, unit, held}
		n := slices.IndexFunc(m.letters, func(l *letter) bool { return l.to == to })
		if n < 0 {
			n = len(m.letters)
			m.letters = append(m.letters, &letter{to: to})
		}
		l := m.letters[n]
		l.parts = append(l.parts, part)
		for _, id := range mentions {
			if id != "" && !slices.Contains(l.mentions, id) {
				l.mentions = append(l.mentions, id)
			}
		}
	}
}

// text is all messages one after the other.
func (m *mail) text() string {
	var out []string
	for _, l := range m.letters {
		out = append(out, l.parts...)
	}
	return strings.Join(out, "\n")
}

// send queues the messages of a job's slot, each once for all times.
func (m *mail) send(tx *store.Tx, job string, slot time.Time) error {
	for _, l := range m.letters {
		key := job + "/" + strconv.FormatInt(slot.Unix(), 10) + "/" + l.to.chat + "/" + l.to.unit
		if !l.to.held.IsZero() {
			key += "/held"
		}
		out := store.Out{To: store.ToChat(l.to.chat), Text: strings.Join(l.parts, "\n"), Mentions: l.mentions, HeldUntil: l.to.held, Dedup: key}
		if err := tx.Send(out); err != nil {
			return err
		}
	}
	return nil
}

// tell says everything that was taken.
func (t *tick) tell() error {
	for _, unit := range t.units() {
		t.tellUnit(unit)
	}
	t.tellLeaders()
	t.tellOffice()
	t.tellInspectors()
	return t.mail.send(t.tx, "remind", t.slot)
}

// units are those that hear something, in order: the owners, those that answer for an issue until it is signed for (S76), and
// the supporting ones.
func (t *tick) units() []string {
	var out []string
	add := func(unit string) {
		if unit != "" && !slices.Contains(out, unit) {
			out = append(out, unit)
		}
	}
	for _, s := range t.said {
		add(s.Unit)
	}
	for _, s := range t.said {
		add(s.First)
		add(t.support(s))
	}
	return out
}

// support is the unit that supports the issue's place, if the rung names it.
func (t *tick) support(s said) string {
	if p, _ := t.Reg.Place(s.Place); s.names(issue.ToPlaceSupport) && p.Support != s.Unit {
		return p.Support
	}
	return ""
}

// unitDuties are the duties that a unit is told of, the heaviest first.
var unitDuties = []issue.Duty{issue.DutyReply, issue.DutyOpinion, issue.DutyTell, issue.DutySign}

// tellUnit makes the unit's one message. It names one person: who handles the issue, or, from 督办 on, who answers for the unit
// (domain.md §5.5).
func (t *tick) tellUnit(unit string) {
	var parts []string
	var all []said
	add := func(part string, list []said) {
		parts = append(parts, part)
		all = append(all, list...)
	}
	mine := pick(t.said, func(s said) bool { return s.Unit == unit || s.First == unit })
	if list := pick(mine, func(s said) bool {
		return s.names(issue.ToAssignee, issue.ToLiaison, issue.ToUnitLead, issue.ToUnitHead)
	}); len(list) > 0 {
		add(t.Words.Reminder(unit, reached(list), t.tx.Now()), list)
	}
	for _, d := range unitDuties {
		owers := mine
		if d == issue.DutySign { // a first unit goes on answering, but it is not the one that has to sign
			owers = pick(mine, func(s said) bool { return s.Unit == unit })
		}
		if list, owed := owing(owers, d); len(list) > 0 {
			add(t.Words.Duty(d, unit, owed, t.tx.Now()), list)
		}
	}
	if list := pick(mine, func(s said) bool { return s.resumed }); len(list) > 0 {
		add(t.Words.Resumed(unit, issues(list), t.tx.Now()), list)
	}
	person := t.responsible(unit, all)
	if list := pick(t.said, func(s said) bool { return t.support(s) == unit }); len(list) > 0 {
		add(t.Words.Supported(unit, issues(list), t.tx.Now()), list)
		person = cmp.Or(person, t.Reg.Receiver(unit))
	}
	if len(parts) > 0 {
		t.mail.add(t.unitChats(unit, all), unit, atOnce, strings.Join(parts, "\n"), person)
	}
}

// responsible is the one person of the unit whom its message names: for the gravest of the issues.
func (t *tick) responsible(unit string, list []said) string {
	u, _ := t.Reg.Unit(unit)
	person, most := "", -1
	for _, s := range list {
		who, weight := s.Assignee, 0
		if s.Unit != unit {
			who = t.Reg.Receiver(unit)
		}
		_, reply := s.owes(issue.DutyReply)
		if s.level >= issue.LevelSupervise || reply {
			who, weight = cmp.Or(u.Lead, u.Head, who), 1
		}
		if s.names(issue.ToUnitHead) {
			who, weight = cmp.Or(u.Head, u.Lead, who), 2
		}
		if weight > most {
			person, most = cmp.Or(who, t.Reg.Receiver(unit)), weight
		}
	}
	return person
}

// unitChats are the groups in which a unit hears of any of the issues.
func (t *tick) unitChats(unit string, list []said) []string {
	var out []string
	for _, s := range list {
		for _, chat := range chatIDs(t.Reg.ChatsAbout(unit, s.Issue)) {
			if !slices.Contains(out, chat) {
				out = append(out, chat)
			}
		}
	}
	return out
}

// atOnce is when the tick speaks: at night only what is urgent was taken.
var atOnce time.Time

// morning is when lists go out: nobody writes a bulletin at night.
func (t *tick) morning() time.Time {
	until, _ := t.Cal.Quiet(t.tx.Now())
	return until
}

// tellLeaders tells the leaders of the places that they guarantee, of those whose names are on the list of talks, and of what
// they have not decided.
func (t *tick) tellLeaders() {
	chats := chatIDs(t.Reg.ChatsOf(issue.RoleLeader))
	leader := func(s said) string {
		p, _ := t.Reg.Place(s.Place)
		return p.Leader
	}
	if list := pick(t.said, func(s said) bool { return s.names(issue.ToPlaceLeader) && leader(s) != "" }); len(list) > 0 {
		var concerned []string
		for _, s := range list {
			concerned = append(concerned, leader(s))
		}
		t.mail.add(chats, "", atOnce, t.Words.Guaranteed(issues(list), t.tx.Now()), concerned...)
	}
	if list := pick(t.said, func(s said) bool { return s.names(issue.ToTalkList) }); len(list) > 0 {
		t.mail.add(chats, "", t.morning(), t.Words.TalkList("新列入 ", issues(list)))
	}
	t.tellUndecided(issue.RoleLeader)
}

func (t *tick) tellUndecided(role issue.Role) {
	list := pick(t.said, func(s said) bool { return s.Request.Decider == role })
	if list, owed := owing(list, issue.DutyDecide); len(list) > 0 {
		t.mail.add(chatIDs(t.Reg.ChatsOf(role)), "", atOnce, t.Words.Duty(issue.DutyDecide, "", owed, t.tx.Now()))
	}
}

// tellOffice copies to the office what it has to know or see to.
func (t *tick) tellOffice() {
	chats := chatIDs(t.Reg.ChatsFor(issue.ForAdmin))
	if list := pick(t.said, func(s said) bool { return s.names(issue.ToOffice) }); len(list) > 0 {
		t.mail.add(chats, "", atOnce, t.Words.OfficeCopy(reached(list), t.tx.Now()))
	}
	if list := pick(t.said, func(s said) bool { return s.names(issue.ToBulletin) }); len(list) > 0 {
		t.mail.add(chatIDs(t.Reg.ChatsFor(issue.ForDrafts)), "", t.morning(), t.Words.Listed(issues(list), t.tx.Now()))
	}
	for _, d := range []issue.Duty{issue.DutyReply, issue.DutyOpinion, issue.DutyTell} {
		late := pick(t.said, func(s said) bool { a, ok := s.owes(d); return ok && !a.Soon })
		if list, owed := owing(late, d); len(list) > 0 {
			t.mail.add(chats, "", atOnce, t.Words.Duty(d, "", owed, t.tx.Now()))
		}
	}
	if list := pick(t.said, func(s said) bool { return s.resumed }); len(list) > 0 {
		t.mail.add(chats, "", atOnce, t.Words.Resumed("", issues(list), t.tx.Now()))
	}
	t.tellUndecided(issue.RoleOffice)
}

// tellInspectors reminds the inspectors of what is theirs, in their own groups: that they are late is not the unit's matter.
func (t *tick) tellInspectors() {
	for _, d := range []issue.Duty{issue.DutyReview, issue.DutyLookBack} {
		list, _ := owing(t.said, d)
		for _, chat := range inspectorChats(t.Env, issues(list)) {
			here := pick(list, func(s said) bool { return slices.Contains(chatIDs(t.Reg.ChatsOfInspectors(s.Issue)), chat) })
			_, owed := owing(here, d)
			var who []string
			for _, s := range here {
				who = append(who, t.inspector(s, d))
			}
			t.mail.add([]string{chat}, "", atOnce, t.Words.Duty(d, "", owed, t.tx.Now()), who...)
		}
	}
}

// inspector is who is late: whom the plan names, or else the inspector who reported, if they may review.
func (t *tick) inspector(s said, d issue.Duty) string {
	if d == issue.DutyLookBack {
		return s.LookBackBy
	}
	if t.Policy.Check(s.Issue, issue.Act{Action: issue.Return, By: s.Reporter, At: t.tx.Now()}) != nil {
		return ""
	}
	return s.Reporter
}

// inspectorChats are the groups in which inspectors hear of any of the issues.
func inspectorChats(e Env, list []issue.Issue) []string {
	var out []string
	for _, i := range list {
		for _, chat := range chatIDs(e.Reg.ChatsOfInspectors(i)) {
			if !slices.Contains(out, chat) {
				out = append(out, chat)
			}
		}
	}
	return out
}

func chatIDs(chats []issue.Chat) []string {
	var out []string
	for _, c := range chats {
		out = append(out, c.ID)
	}
	return out
}

func pick(list []said, is func(said) bool) []said {
	var out []said
	for _, s := range list {
		if is(s) {
			out = append(out, s)
		}
	}
	return out
}

// owing picks the issues of which a duty is said.
func owing(list []said, d issue.Duty) ([]said, []report.Owed) {
	var owed []report.Owed
	picked := pick(list, func(s said) bool {
		a, ok := s.owes(d)
		if ok {
			owed = append(owed, report.Owed{Issue: s.Issue, By: a.Due})
		}
		return ok
	})
	return picked, owed
}

func issues(list []said) []issue.Issue {
	var out []issue.Issue
	for _, s := range list {
		out = append(out, s.Issue)
	}
	return out
}

func reached(list []said) []report.Reached {
	var out []report.Reached
	for _, s := range list {
		out = append(out, report.Reached{Issue: s.Issue, Level: s.level})
	}
	return out
}
