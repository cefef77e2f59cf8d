package document

import (
	"fmt"
	"strings"
)

// Text is the bulletin as a message for a chat group: the same content in the same order without columns, which a
// proportional font would not keep, and without photos.
func (b Bulletin) Text() string {
	var t strings.Builder
	if b.Draft {
		t.WriteString("【" + DraftMark + "】\n")
	}
	t.WriteString("【" + oneLine(b.Title) + "】")
	say(&t, oneLine(b.Number))
	say(&t, b.addressee())
	for _, s := range b.sections() {
		t.WriteString("\n" + s.title)
		s.text(&t)
	}
	say(&t, b.signer())
	say(&t, b.day())
	return t.String()
}

// Brief is the bulletin on one phone screen: what it is about and its figures. All of it stands in the documents beside it.
func (b Bulletin) Brief() string {
	var t strings.Builder
	t.WriteString("【" + oneLine(b.Title) + "】")
	say(&t, oneLine(b.Number))
	b.sayOverview(&t)
	say(&t, "全文见附件")
	return t.String()
}

// say adds lines; nothing for an empty text.
func say(t *strings.Builder, words string) {
	for _, l := range lines(words) {
		t.WriteString("\n" + l)
	}
}

func (b Bulletin) sayOverview(t *strings.Builder) {
	say(t, b.Overview)
	var parts []string
	for _, f := range b.Figures {
		parts = append(parts, f.Name+" "+f.Value)
	}
	say(t, strings.Join(parts, "｜"))
}

func (b Bulletin) sayRanking(t *strings.Builder) {
	for _, g := range b.Groups {
		if len(g.Rows) > 0 && g.Name != "" {
			say(t, "— "+g.Name+" —")
		}
		for _, r := range g.Rows {
			say(t, r.words())
		}
	}
}

// words are one line of a ranking: 1. 城关街道 92.33 ↑2｜按期 35/40，超期 2 件.
func (r Rank) words() string {
	s := r.Unit + " " + r.score()
	if r.Rank > 0 {
		s = fmt.Sprintf("%d. %s", r.Rank, s)
	}
	if r.Rank > 0 && r.Last > 0 && r.Rank != r.Last {
		s += " " + r.change()
	}
	if r.Entering > 0 {
		s += fmt.Sprintf("｜按期 %d/%d", r.OnTime, r.Entering)
	}
	if r.Overdue > 0 {
		s += fmt.Sprintf("，超期 %d 件", r.Overdue)
	}
	return s
}

func (b Bulletin) sayUnits(t *strings.Builder) {
	n := 0
	for _, u := range b.Units {
		if u.items() == 0 {
			continue
		}
		n++
		say(t, fmt.Sprintf("（%s）%s（%d件）", numeral(n), u.Name, u.items()))
		for _, p := range u.Places {
			if len(p.Items) > 0 {
				say(t, brackets(p.Name))
			}
			for k, i := range p.Items {
				say(t, fmt.Sprintf("(%d) %s", k+1, sentence(i.Text, i.facts())))
			}
		}
		say(t, u.rest())
	}
}

func (b Bulletin) saySetbacks(t *strings.Builder) {
	for k, s := range b.Setbacks {
		say(t, fmt.Sprintf("(%d) %s", k+1, s.words()))
	}
}

func (b Bulletin) sayDemands(t *strings.Builder) {
	for _, d := range b.Demands {
		say(t, d)
	}
}
