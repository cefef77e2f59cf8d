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
	"duban/internal/document"
	"duban/internal/files"
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

// Kind is a kind of publication.
type Kind struct {
	ID   string          // of its snapshots
	Name string          // as people call it
	To   []issue.Purpose // of the groups that read it
}

// Kinds lists what is published after a draft.
func Kinds() []Kind {
	groups := []issue.Purpose{issue.ForRanking}
	all := []issue.Purpose{issue.ForRanking, issue.ForSummary}
	return []Kind{
		{store.SnapshotRanking, "排名", groups},
		{store.SnapshotWeek, "周排名", all},
		{store.SnapshotMonth, "月排名", all},
		{store.SnapshotBulletin, "通报", all},
	}
}

// Named finds a kind by its name.
func Named(name string) (Kind, bool) {
	for _, k := range Kinds() {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

// kindOf finds the kind of a snapshot.
func kindOf(s store.Snapshot) Kind {
	for _, k := range Kinds() {
		if k.ID == s.Kind {
			return k
		}
	}
	return Kind{ID: s.Kind, Name: s.Kind}
}

// Draft keeps a snapshot as a draft and gives the messages that show it to the office. auto is when it goes out by itself; zero
// if it waits for somebody to say so.
func (d Desk) Draft(tx *store.Tx, s *store.Snapshot, auto time.Time) ([]store.Out, error) {
	s.State = store.SnapshotDraft
	if err := tx.KeepSnapshot(s); err != nil {
		return nil, err
	}
	name := kindOf(*s).Name
	next := "核对后请发「发布 " + name + "」"
	if !auto.IsZero() {
		_, at, _ := strings.Cut(d.Cal.Text(auto, tx.Now()), " ")
		next = fmt.Sprintf("%s 自动发布；暂缓请发「暂缓 %s」，现在发布请发「发布 %s」", at, name, name)
	}
	text := "【" + name + "草稿】" + next + "\n" + s.Text
	recipe, err := d.recipe(*s, true)
	if err != nil {
		return nil, err
	}
	var outs []store.Out
	for _, c := range d.Reg.ChatsFor(issue.ForDrafts) {
		outs = append(outs, store.Out{To: store.ToChat(c.ID), Text: text, Make: recipe, Dedup: fmt.Sprintf("draft/%d/%s", s.ID, c.ID)})
	}
	return outs, nil
}

// Publish lets a draft go out, and gives its messages; none if somebody else was faster.
func (d Desk) Publish(tx *store.Tx, s store.Snapshot, person string) ([]store.Out, error) {
	won, err := tx.MoveSnapshot(s.ID, store.SnapshotPublished, person)
	if err != nil || !won {
		return nil, err
	}
	return d.messages(s, s.Text, fmt.Sprintf("published/%d", s.ID))
}

// PublishNow keeps and publishes what had no draft.
func (d Desk) PublishNow(tx *store.Tx, s *store.Snapshot) ([]store.Out, error) {
	s.State = store.SnapshotPublished
	if err := tx.KeepSnapshot(s); err != nil {
		return nil, err
	}
	return d.messages(*s, s.Text, fmt.Sprintf("published/%d", s.ID))
}

// Again sends what was published once more, as it was 补发.
func (d Desk) Again(s store.Snapshot) ([]store.Out, error) {
	return d.messages(s, "【补发】"+strings.TrimPrefix(s.Text, "【更正】"), "")
}

// messages carry a publication to its readers. Under a key each goes out once for all times.
func (d Desk) messages(s store.Snapshot, text, key string) ([]store.Out, error) {
	recipe, err := d.Recipe(s)
	if err != nil {
		return nil, err
	}
	var outs []store.Out
	for _, c := range d.Reg.Chats {
		if !slices.ContainsFunc(kindOf(s).To, c.Serves) {
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
func (d Desk) Recipe(s store.Snapshot) (store.Recipe, error) { return d.recipe(s, false) }

// recipe makes what goes along with a publication or its draft. The picture of a ranking says no more than its draft, so that it
// comes with what is published only.
func (d Desk) recipe(s store.Snapshot, draft bool) (store.Recipe, error) {
	if s.Kind == store.SnapshotBulletin {
		var b document.Bulletin
		if err := s.Decode(&b); err != nil {
			return "", err
		}
		b.Draft = draft
		return files.Spec{Name: b.Number, Bulletin: &b}.Recipe()
	}
	var r Ranking
	if err := s.Decode(&r); err != nil || r.Card == nil || draft {
		return "", err
	}
	return files.Spec{Name: r.Title, Ranking: r.Card}.Recipe()
}
