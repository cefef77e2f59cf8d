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
)

// Desk is the office's desk in one campaign.
type Desk struct {
	Reg   *issue.Register
	Cal   *calendar.Calendar
	Words report.Words
}

// Draft keeps a snapshot as a draft and gives the messages that show it to the office. auto is when it goes out by itself; zero
// if it waits for somebody to say so.
func (d Desk) Draft(tx *store.Tx, s *store.Snapshot, auto time.Time) ([]store.Out, error) {
	s.State = store.SnapshotDraft
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
	for _, c := range d.Reg.ChatsFor(issue.ForDrafts) {
		outs = append(outs, store.Out{To: store.ToChat(c.ID), Text: text, Make: along, Dedup: fmt.Sprintf("draft/%d/%s", s.ID, c.ID)})
	}
	return outs, nil
}

// Publish lets a draft go out, and gives its messages; none if somebody else was faster. A kind that has an effect besides
// being read has it now, and what goes out is what of the draft still holds: kept beside the draft, which is dropped.
func (d Desk) Publish(tx *store.Tx, s store.Snapshot, by Hand) (Release, error) {
	k, state := kindOf(s), store.SnapshotPublished
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
	return d.released(r, r.Snapshot.Text, fmt.Sprintf("published/%d", r.Snapshot.ID))
}

// PublishNow keeps and publishes what had no draft and has no effect.
func (d Desk) PublishNow(tx *store.Tx, s *store.Snapshot) ([]store.Out, error) {
	s.State = store.SnapshotPublished
	if err := tx.KeepSnapshot(s); err != nil {
		return nil, err
	}
	return d.messages(*s, s.Text, fmt.Sprintf("published/%d", s.ID))
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
	return d.released(r, "【补发】"+strings.TrimPrefix(r.Snapshot.Text, "【更正】"), "")
}

// released puts the messages to the readers before the others.
func (d Desk) released(r Release, text, key string) (Release, error) {
	outs, err := d.messages(r.Snapshot, text, key)
	r.Groups, r.Outs = len(outs), append(outs, r.Outs...)
	return r, err
}

// messages carry a publication to its readers. Under a key each goes out once for all times.
func (d Desk) messages(s store.Snapshot, text, key string) ([]store.Out, error) {
	recipe, err := d.Recipe(s)
	if err != nil {
		return nil, err
	}
	var outs []store.Out
	for _, c := range d.Reg.Chats {
		if !slices.ContainsFunc(kindOf(s).to, c.Serves) {
			continue
		}
		o := store.Out{To: store.ToChat(c.ID), Text: text, Make: recipe}
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
