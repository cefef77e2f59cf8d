// Package publish is what the office puts out: rankings, bulletins and the exposure board. What is published is a draft that
// the office has seen, frozen with its inputs and the rules that it was made by; it is held, published, sent again and put
// right here, whether a job or a person says so (design.md §6, domain.md §5.4).
package publish

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
	"duban/internal/understand"
)

// Desk is the office's desk in one campaign.
type Desk struct {
	Reg   *issue.Register
	Cal   *calendar.Calendar
	Words report.Words
}

// Draft keeps a snapshot as a draft and gives the messages that show it to the office. auto is when it goes out by itself; zero
// if it waits for somebody to say so, as one that is held does: no job publishes what its draft did not announce. What is out
// already, as far as it may go out but once, is an error that says so.
func (d Desk) Draft(tx *store.Tx, s *store.Snapshot, auto time.Time) ([]store.Out, error) {
	if err := d.once(tx, kindOf(*s), *s); err != nil {
		return nil, err
	}
	s.State = store.SnapshotDraft
	if auto.IsZero() {
		s.State = store.SnapshotHeld
	}
	if err := tx.KeepSnapshot(s); err != nil {
		return nil, err
	}
	k := kindOf(*s)
	name := k.Name
	next := "核对后请发「发布 " + name + "」"
	if !auto.IsZero() {
		_, at, _ := strings.Cut(d.Cal.Text(auto, tx.Now()), " ")
		next = fmt.Sprintf("%s 自动发布；暂缓请发「暂缓 %s」，现在发布请发「发布 %s」", at, name, name)
	}
	if k.proof != nil {
		var err error
		if next, err = k.proof(*s); err != nil {
			return nil, err
		}
	}
	text := "【" + name + "草稿】" + next + "\n" + s.Text
	along, err := recipe(*s, true)
	if err != nil {
		return nil, err
	}
	var outs []store.Out
	for _, to := range d.Proofreaders() {
		outs = append(outs, store.Out{To: to, Text: text, Make: along, Dedup: fmt.Sprintf("draft/%d/%s", s.ID, to)})
	}
	return outs, nil
}

// Proofreaders are those who see drafts: the groups for them, or else the office's, or else each of the office in private. Nothing
// goes out that nobody could look at.
func (d Desk) Proofreaders() []store.Target {
	var out []store.Target
	for _, p := range []issue.Purpose{issue.ForDrafts, issue.ForAdmin} {
		for _, c := range d.Reg.ChatsFor(p) {
			out = append(out, store.ToChat(c.ID))
		}
		if len(out) > 0 {
			return out
		}
	}
	for _, p := range d.Reg.People {
		if d.Reg.Has(p.ID, issue.RoleOffice) {
			out = append(out, store.ToPerson(p.ID))
		}
	}
	return out
}

// Publish lets a draft go out, and gives its messages; none if somebody else was faster. A kind that has an effect besides
// being read has it now, and what goes out is what of the draft still holds: kept beside the draft, which is dropped.
func (d Desk) Publish(tx *store.Tx, s store.Snapshot, by Hand) (Release, error) {
	k, state := kindOf(s), store.SnapshotPublished
	if err := d.once(tx, k, s); err != nil {
		return Release{}, err
	}
	if k.settle != nil {
		state = store.SnapshotDropped
	}
	won, err := tx.MoveSnapshot(s.ID, state, by.Person)
	if err != nil || !won {
		return Release{}, err
	}
	r := Release{Snapshot: s}
	if k.settle != nil {
		if r, err = k.settle(d, tx, s, by); err != nil {
			return Release{}, err
		}
		r.Snapshot.Person = by.Person
		if err := tx.KeepSnapshot(&r.Snapshot); err != nil {
			return Release{}, err
		}
	}
	return d.released(r, "", fmt.Sprintf("published/%d", r.Snapshot.ID))
}

// once is an error if a kind of which no two may be about the same time has been published for a part of it already: an issue
// would enter two rankings (domain.md §5.4). Of a day there are no two, either: nobody could tell which is meant.
func (d Desk) once(tx *store.Tx, k Kind, s store.Snapshot) error {
	if !k.once {
		return nil
	}
	from := s.From()
	if k.daily {
		from = understand.Day(s.To().Add(-time.Second).In(d.Cal.Location())).From
	}
	out, err := tx.Published(k.ID, from, s.To(), 2)
	out = slices.DeleteFunc(out, func(o store.Snapshot) bool { return o.ID == s.ID }) // somebody else was faster with this very one
	if err != nil || len(out) == 0 {
		return err
	}
	until := d.Cal.Text(out[0].To(), tx.Now())
	return issue.Fail(issue.CodeState, k.Name+"已发布到 "+until+"，同一段时间不能再发布一次", "发布的有误请发「更正"+k.Name+" 日期」；之后的变化计入下一期")
}

// PublishNow keeps and publishes what had no draft and has no effect; nothing if somebody else was faster.
func (d Desk) PublishNow(tx *store.Tx, s *store.Snapshot) ([]store.Out, error) {
	if err := d.once(tx, kindOf(*s), *s); err != nil {
		if _, faster := issue.AsError(err); faster {
			return nil, nil
		}
		return nil, err
	}
	s.State = store.SnapshotPublished
	if err := tx.KeepSnapshot(s); err != nil {
		return nil, err
	}
	return d.messages(*s, "", fmt.Sprintf("published/%d", s.ID))
}

// Again sends what was published once more 补发: as it was, or what of it still holds. It has no effect a second time.
func (d Desk) Again(tx *store.Tx, s store.Snapshot) (Release, error) {
	r := Release{Snapshot: s}
	if again := kindOf(s).again; again != nil {
		var err error
		if r, err = again(d, tx, s); err != nil {
			return Release{}, err
		}
	}
	return d.released(r, "【补发】", "")
}

// released puts the messages to the readers before the others.
func (d Desk) released(r Release, mark, key string) (Release, error) {
	outs, err := d.messages(r.Snapshot, mark, key)
	r.Groups, r.Outs = len(outs), append(outs, r.Outs...)
	return r, err
}

// messages carry a publication to its readers, with a mark before it. Under a key each goes out once for all times.
func (d Desk) messages(s store.Snapshot, mark, key string) ([]store.Out, error) {
	recipe, err := d.Recipe(s)
	if err != nil {
		return nil, err
	}
	k, brief := kindOf(s), s.Text
	if k.brief != nil {
		if brief, err = k.brief(s); err != nil {
			return nil, err
		}
	}
	var outs []store.Out
	for _, c := range d.Reg.Chats {
		if !slices.ContainsFunc(k.to, c.Serves) {
			continue
		}
		o := store.Out{To: store.ToChat(c.ID), Text: mark + s.Text, Make: recipe}
		if !c.Serves(issue.ForRanking) { // the leaders have no time for it all
			o.Text = mark + brief
		}
		if key != "" {
			o.Dedup = key + "/" + c.ID
		}
		outs = append(outs, o)
	}
	return outs, nil
}

// Recipe makes what goes along with a publication, as it was when it was frozen.
func (d Desk) Recipe(s store.Snapshot) (store.Recipe, error) { return recipe(s, false) }

// recipe makes what goes along with a publication or its draft.
func recipe(s store.Snapshot, draft bool) (store.Recipe, error) {
	if follow := kindOf(s).recipe; follow != nil {
		return follow(s, draft)
	}
	return "", nil
}
