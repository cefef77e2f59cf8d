package store

import (
	"fmt"
	"slices"
	"time"

	"duban/internal/issue"
)

// judgementRow is one judgement of a unit's work. The table is drawn from the events, as the row of an issue is.
type judgementRow struct {
	IssueID int64 `gorm:"primaryKey"`
	Seq     int   `gorm:"primaryKey"`
	At      int64
	Kind    string
	Unit    string
	Person  string
	Nth     int
	Excused bool
}

// TableName is the table's name for GORM.
func (judgementRow) TableName() string { return "judgements" }

// judge draws the judgements of an issue from its history again if new events can change them.
func (tx *Tx) judge(id int64, added []issue.Event) error {
	if !slices.ContainsFunc(added, func(e issue.Event) bool { return issue.Judges(e.Action) }) {
		return nil
	}
	events, err := tx.Events(id)
	if err != nil {
		return err
	}
	var rows []judgementRow
	for _, j := range issue.Judgements(events) {
		rows = append(rows, judgementRow{
			IssueID: j.Issue, Seq: j.Seq, At: micros(j.At), Kind: string(j.Kind), Unit: j.Unit, Person: j.Person, Nth: j.Nth, Excused: j.Excused,
		})
	}
	err = tx.db.Where("issue_id = ?", id).Delete(&judgementRow{}).Error
	if err == nil && len(rows) > 0 {
		err = tx.db.Create(&rows).Error
	}
	if err != nil {
		return fmt.Errorf("save judgements of issue %d: %w", id, err)
	}
	return nil
}

// Judged lists the judgements of a kind that were made in a time [from, to) and still hold, each issue and unit once, in the order of
// the numbers: Issue, Kind and Unit. What is out of all counts was no unit's work.
func (tx *Tx) Judged(kind issue.JudgementKind, from, to time.Time) ([]issue.Judgement, error) {
	var rows []judgementRow
	err := tx.db.Table("judgements AS j").Joins("JOIN issues AS i ON i.id = j.issue_id").Distinct("j.issue_id", "j.unit").
		Where("j.kind = ? AND j.at >= ? AND j.at < ? AND NOT j.excused", string(kind), micros(from), micros(to)).
		Where("i.status IN ?", Counted()).Order("j.issue_id, j.unit").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list judgements: %w", err)
	}
	var out []issue.Judgement
	for _, r := range rows {
		out = append(out, issue.Judgement{Issue: r.IssueID, Kind: kind, Unit: r.Unit})
	}
	return out, nil
}

// Review is what was found in the reviews of an issue in a time.
type Review struct {
	Passed, Returned bool
}

// Reviews tells the reviews of a time [from, to) that no appeal has excused, by the issues' numbers.
func (tx *Tx) Reviews(from, to time.Time) (map[int64]Review, error) {
	var rows []judgementRow
	err := tx.db.Select("issue_id, kind").Where("kind IN ? AND at >= ? AND at < ? AND NOT excused",
		[]issue.JudgementKind{issue.Passed, issue.Returned}, micros(from), micros(to)).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read reviews: %w", err)
	}
	out := map[int64]Review{}
	for _, r := range rows {
		review := out[r.IssueID]
		review.Passed = review.Passed || r.Kind == string(issue.Passed)
		review.Returned = review.Returned || r.Kind == string(issue.Returned)
		out[r.IssueID] = review
	}
	return out, nil
}
