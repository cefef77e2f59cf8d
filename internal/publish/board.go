package publish

import (
	"fmt"
	"strings"
	"time"

	"duban/internal/files"
	"duban/internal/issue"
	"duban/internal/picture"
	"duban/internal/report"
	"duban/internal/store"
	"duban/internal/understand"
)

// MostExposed is how many issues one sheet of the exposure board may hold: more pictures would bury the groups.
const MostExposed = 12

// noteText is how much of the office's words a line shows, in characters.
const noteText = 60

// Board is the exposure board 曝光台 as it is frozen (S29). The photos are those that the office looked at in the draft: faces,
// plates and minors are to be kept out (domain.md §5.5), so that one that came later is never shown without a draft.
type Board struct {
	Title string
	Until string // until when it counts
	Cases []Exposed
}

// Exposed is an issue on the board.
type Exposed struct {
	Issue int64
	Unit  string       // id: a unit that gets the issue later is not exposed by it
	Note  string       `json:",omitzero"` // what the office says of it
	Case  picture.Case // as it is shown
}

// Listed is what waits to be exposed; the draft is zero if nothing does.
func (d Desk) Listed(tx *store.Tx) (draft store.Snapshot, list []Exposed, err error) {
	draft, found, err := tx.Draft(store.SnapshotExposure)
	if err != nil || !found {
		return store.Snapshot{}, nil, err
	}
	var b Board
	err = draft.Decode(&b)
	return draft, b.Cases, err
}

// Case is an issue as the board would show it now. Without a photo of what was wrong there is nothing to show.
func (d Desk) Case(tx *store.Tx, i issue.Issue, note string) (Exposed, error) {
	photos, err := tx.AllPhotos(i.ID)
	if err != nil {
		return Exposed{}, err
	}
	e := Exposed{Issue: i.ID, Unit: i.Unit, Note: note, Case: picture.Case{
		Number: i.Number(), Category: i.Category, Text: i.Text, Place: i.Place, Unit: d.Reg.UnitName(i.Unit), Late: d.Words.Late(i, tx.Now()),
		Before: store.Newest(photos, store.PhotoBefore), After: store.Newest(photos, store.PhotoAfter),
	}}
	if e.Case.Place == "" {
		e.Case.Place = i.PlaceText
	}
	if e.Case.Before == "" {
		return e, issue.Fail(issue.CodeInput, i.Number()+" 没有可以公开的整改前照片，不能曝光", fmt.Sprintf("请先发「补照片 %d」并附照片", i.ID))
	}
	return e, nil
}

// DraftBoard drafts the board of a list anew and gives what shows it to the office. left are those that cannot be exposed any
// more, each with the reason. Nothing is drafted if no issue remains.
func (d Desk) DraftBoard(tx *store.Tx, old store.Snapshot, list []Exposed) (outs []store.Out, left []string, err error) {
	list, left, err = d.fresh(tx, list)
	if err != nil {
		return nil, left, err
	}
	if len(list) == 0 {
		_, err := tx.MoveSnapshot(old.ID, store.SnapshotDropped, "")
		return nil, left, err
	}
	s, err := d.board(list, tx.Now())
	if err != nil {
		return nil, left, err
	}
	outs, err = d.Draft(tx, &s, time.Time{})
	return outs, left, err
}

// fresh shows a list as it stands now.
func (d Desk) fresh(tx *store.Tx, list []Exposed) (kept []Exposed, left []string, err error) {
	for _, e := range list {
		i, err := tx.Issue(e.Issue)
		if err != nil {
			return nil, nil, err
		}
		if !i.Open() || i.Unit == "" {
			left = append(left, i.Number()+" "+i.Status.Text())
			continue
		}
		now, err := d.Case(tx, i, e.Note)
		switch fault, ours := issue.AsError(err); {
		case ours:
			left = append(left, fault.Text)
		case err != nil:
			return nil, nil, err
		default:
			kept = append(kept, now)
		}
	}
	return kept, left, nil
}

// boardAnew drafts what waits again, as it stands now.
func (d Desk) boardAnew(tx *store.Tx, k Kind, p understand.Period, now time.Time) (store.Snapshot, error) {
	if p.Name != "" {
		return store.Snapshot{}, issue.Fail(issue.CodeInput, "曝光台不按时间算", "重新生成草稿请发「草稿 曝光台」")
	}
	_, list, err := d.Listed(tx)
	if err == nil {
		list, _, err = d.fresh(tx, list)
	}
	if err != nil {
		return store.Snapshot{}, err
	}
	if len(list) == 0 {
		return store.Snapshot{}, k.None()
	}
	return d.board(list, now)
}

// board freezes a list.
func (d Desk) board(list []Exposed, now time.Time) (store.Snapshot, error) {
	b := Board{Cases: list}
	b.Title, b.Until = d.Words.BoardTitle(now)
	return d.freezeBoard(b, now, now)
}

func (d Desk) freezeBoard(b Board, from, to time.Time) (store.Snapshot, error) {
	return store.NewSnapshot(store.SnapshotExposure, from, to, d.Reg.Scoring.Version, b, b.text())
}

// text lists the cases: number, place, unit and how late.
func (b Board) text() string {
	lines := []string{fmt.Sprintf("【%s】%s，共 %d 件", b.Title, b.Until, len(b.Cases))}
	for _, e := range b.Cases {
		lines = append(lines, e.line())
	}
	return strings.Join(append(lines, "核查通过后自动撤下"), "\n")
}

func (e Exposed) line() string {
	parts := []string{strings.TrimSpace(e.Case.Number + " " + e.Case.Place), e.Case.Unit}
	if e.Case.Late != "" {
		parts = append(parts, e.Case.Late)
	}
	text := strings.Join(parts, "｜")
	if e.Note != "" {
		text += "：" + report.Short(e.Note, noteText)
	}
	return text
}

// recipe draws the sheets.
func (b Board) recipe() (store.Recipe, error) {
	sheet := picture.Exposure{Title: b.Title, Note: b.Until + "，核查通过后自动撤下"}
	for _, e := range b.Cases {
		sheet.Cases = append(sheet.Cases, e.Case)
	}
	return files.Spec{Name: b.Title, Exposure: &sheet}.Recipe()
}

// boardRecipe is the same for the draft: the photos are what the office has to look at.
func boardRecipe(s store.Snapshot, _ bool) (store.Recipe, error) {
	var b Board
	if err := s.Decode(&b); err != nil {
		return "", err
	}
	return b.recipe()
}

// boardProof is what nobody but the office can see to: photos with faces are not shown to groups.
func boardProof(s store.Snapshot) (string, error) {
	var b Board
	if err := s.Decode(&b); err != nil {
		return "", err
	}
	return fmt.Sprintf("请确认没有人脸、车牌、未成年人，再发「发布 曝光台」；去掉一件请发「撤下曝光 %d」", b.Cases[0].Issue), nil
}
