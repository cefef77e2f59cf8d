package handlers

import (
	"fmt"
	"slices"
	"strings"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

// tellUnits tells each unit what is newly theirs, one message per unit: as the lead or as one that assists.
func (r *Request) tellUnits(filed []report.Filing) []store.Out {
	var out []store.Out
	for _, share := range report.Shares(filed) {
		unit, list := share.Unit, share.Issues
		text := fmt.Sprintf("【新派单】%s %d 件\n%s\n", r.Reg.UnitName(unit), len(list), r.Words.Lines(list, listed, r.Now))
		if n := slices.IndexFunc(list, func(i issue.Issue) bool { return i.Complaint }); n >= 0 {
			text += r.Words.Complained(list[n], r.Now) + "\n"
		}
		text += report.ToSign(list...)
		outs := r.toUnit(unit, list[0], text, list[0].Assignee)
		if slices.ContainsFunc(list, r.presses) {
			urgent(outs)
		}
		if len(list) == 1 {
			asking(outs, list[0].ID, asksWork)
		}
		out = append(out, outs...)
	}
	return out
}

// toUnit tells a unit of an issue where it hears of issues, unless that is the conversation at hand: in its own group, or a
// general one for reminders, or else where issues are reported.
func (r *Request) toUnit(unit string, i issue.Issue, text string, mentions ...string) []store.Out {
	if unit == "" {
		return nil
	}
	var out []store.Out
	for _, c := range r.Reg.ChatsAbout(unit, i) {
		if c.ID != r.Chat.ID {
			out = append(out, store.Out{To: store.ToChat(c.ID), Text: text, Mentions: mentions})
		}
	}
	return out
}

// toOwners tells the unit of an issue, and the one that answered for it until now (S76).
func (r *Request) toOwners(i issue.Issue, text string) []store.Out {
	out := r.toUnit(i.Unit, i, text)
	if i.First != "" && i.First != i.Unit {
		out = first(out, r.toUnit(i.First, i, text))
	}
	return out
}

// tellOffice tells the office what only it can settle: issues that nobody owns (S8), and those that may be doubles.
func (r *Request) tellOffice(filed []report.Filing) []store.Out {
	var orphans []issue.Issue
	var parts, doubles []string
	for _, f := range filed {
		if f.Unit == "" {
			orphans = append(orphans, f.Issue)
		}
		if f.Twin.ID != 0 {
			doubles = append(doubles, r.Words.Doubles(f.Issue, f.Twin, r.Now))
		}
	}
	if len(orphans) > 0 {
		parts = append(parts, fmt.Sprintf("【待派单】\n%s\n请发「派单 %d 单位」", r.Words.Lines(orphans, listed, r.Now), orphans[0].ID))
	}
	if len(doubles) > 0 {
		parts = append(parts, "【疑似重复】\n"+strings.Join(doubles[:min(len(doubles), listed)], "\n"))
	}
	if len(parts) == 0 {
		return nil
	}
	out := r.toRole(issue.RoleOffice, strings.Join(parts, "\n"))
	if slices.ContainsFunc(orphans, r.presses) {
		urgent(out)
	}
	return out
}

// toReporter tells the conversation in which an issue was reported what became of it, unless it is the one at hand.
func (r *Request) toReporter(i issue.Issue, text string) []store.Out {
	switch {
	case i.Chat == "" && i.Reporter != r.From.ID && i.Reporter != "":
		return []store.Out{{To: store.ToPerson(i.Reporter), Text: text}}
	case i.Chat == "" || i.Chat == r.Chat.ID:
		return nil
	}
	return []store.Out{{To: store.ToChat(i.Chat), Text: text, Mentions: []string{i.Reporter}}}
}

// first puts messages before others, and leaves out what goes to the same conversations: the first say more.
func first(outs, others []store.Out) []store.Out {
	for _, o := range others {
		if !slices.ContainsFunc(outs, func(other store.Out) bool { return other.To == o.To }) {
			outs = append(outs, o)
		}
	}
	return outs
}

// also adds a message to those that are to be sent: the same one to the same conversation is said once, to the persons of both.
func also(outs []store.Out, o store.Out) []store.Out {
	n := slices.IndexFunc(outs, func(other store.Out) bool { return other.To == o.To && other.Text == o.Text })
	if n < 0 {
		return append(outs, o)
	}
	name(&outs[n], o.Mentions)
	return outs
}

// addLine adds a message to those that are to be sent: a second one to the same conversation becomes a line of the first,
// which then asks for more than one thing and cannot be withdrawn for one of them.
func addLine(outs []store.Out, o store.Out) []store.Out {
	n := slices.IndexFunc(outs, func(other store.Out) bool { return other.To == o.To })
	if n < 0 {
		return append(outs, o)
	}
	outs[n].Text += "\n" + o.Text
	if outs[n].Asks != o.Asks {
		outs[n].Asks = ""
	}
	name(&outs[n], o.Mentions)
	return outs
}

// name adds the persons to name in a message, each once.
func name(o *store.Out, persons []string) {
	for _, p := range persons {
		if !slices.Contains(o.Mentions, p) {
			o.Mentions = append(o.Mentions, p)
		}
	}
}

// joined makes one message of an answer's for each conversation.
func joined(reply Reply) Reply {
	outs := reply.Notices
	reply.Notices = nil
	for _, o := range outs {
		reply.Notices = addLine(reply.Notices, o)
	}
	return reply
}
