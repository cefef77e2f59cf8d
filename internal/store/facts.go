package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/score"
)

// digit is one thing that the counting rule can tell of an issue, as a number below its size: an expression of the database, and
// what it means. All digits of an issue make one number, its class; issues of one class are one fact.
type digit struct {
	size int64
	sql  string
	set  func(f *score.Fact, value int64)
}

// digits are all that the rule can tell. Only reductions are said in SQL; what they mean is the rule's.
func digits(from, to time.Time) []digit {
	when := func(column string, set func(*score.Fact, score.When)) digit {
		a, b := strconv.FormatInt(micros(from), 10), strconv.FormatInt(micros(to), 10)
		sql := "CASE WHEN " + column + " = 0 THEN 0 WHEN " + column + " < " + a + " THEN 1 WHEN " + column + " < " + b + " THEN 2 ELSE 3 END"
		return digit{4, sql, func(f *score.Fact, v int64) { set(f, score.When(v)) }}
	}
	flag := func(condition string, set func(*score.Fact, bool)) digit {
		return digit{2, "CASE WHEN " + condition + " THEN 1 ELSE 0 END", func(f *score.Fact, v int64) { set(f, v == 1) }}
	}
	return []digit{
		word("i.status", issue.Statuses(), func(f *score.Fact, s issue.Status) { f.Status = s }),
		word("i.source", []issue.Source{issue.FromUpper, issue.FromSelf}, func(f *score.Fact, s issue.Source) { f.Source = s }),
		when("i.reported_at", func(f *score.Fact, w score.When) { f.Reported = w }),
		when("i.first_submitted_at", func(f *score.Fact, w score.When) { f.Submitted = w }),
		when("i.scored_due", func(f *score.Fact, w score.When) { f.Due = w }),
		when("i.due", func(f *score.Fact, w score.When) { f.CurrentDue = w }),
		when("i.passed_at", func(f *score.Fact, w score.When) { f.Passed = w }),
		when("i.closed_at", func(f *score.Fact, w score.When) { f.Closed = w }),
		when("i.called_at", func(f *score.Fact, w score.When) { f.Called = w }),
		flag("i.first_submitted_at > i.scored_due", func(f *score.Fact, b bool) { f.Late = b }),
		flag("i.extensions > 0", func(f *score.Fact, b bool) { f.Extended = b }),
		flag("i.self_found", func(f *score.Fact, b bool) { f.SelfFound = b }),
		flag("i.early", func(f *score.Fact, b bool) { f.Early = b }),
		flag("i.excused", func(f *score.Fact, b bool) { f.Excused = b }),
		{3, "COALESCE(r.review, 0)", func(f *score.Fact, v int64) { f.Reviewed, f.Returned = v > 0 || f.Passed == score.Within, v == 2 }},
		flag("i.contacted", func(f *score.Fact, b bool) { f.Call.Contacted = b }),
		flag("i.solved", func(f *score.Fact, b bool) { f.Call.Solved = b }),
		word("i.mood", []issue.Mood{issue.Satisfied, issue.Basic, issue.Unsatisfied}, func(f *score.Fact, m issue.Mood) { f.Call.Mood = m }),
	}
}

// word is which of some words a column holds, from 1 on; 0 for any other.
func word[T ~string](column string, words []T, set func(*score.Fact, T)) digit {
	var b strings.Builder
	b.WriteString("CASE " + column)
	for n, w := range words {
		fmt.Fprintf(&b, " WHEN '%s' THEN %d", w, n+1)
	}
	b.WriteString(" ELSE 0 END")
	return digit{int64(len(words) + 1), b.String(), func(f *score.Fact, v int64) {
		if v > 0 {
			set(f, words[v-1])
		}
	}}
}

// class is the number that all digits make.
func class(all []digit) string {
	sql, place := "0", int64(1)
	for _, d := range all {
		sql += fmt.Sprintf(" + %d * (%s)", place, d.sql)
		place *= d.size
	}
	return sql
}

// AllUnits stands for all units where one may be named.
const AllUnits = "*"

// Facts reads what the counting rule needs for a period [from, to): only issues that can matter to it, those that it cannot tell
// apart as one. With numbered, which names a unit or AllUnits, every such issue is a fact of its own with its number.
func (tx *Tx) Facts(from, to time.Time, numbered string) ([]score.Fact, error) {
	all := digits(from, to)
	columns, args := "SELECT i.unit AS unit, "+class(all)+" AS class, ", []any(nil)
	switch numbered {
	case "":
		columns += "0 AS id"
	case AllUnits:
		columns += "i.id AS id"
	default:
		columns, args = columns+"CASE WHEN i.unit = ? THEN i.id ELSE 0 END AS id", []any{numbered}
	}
	var union piece
	for _, part := range matters(micros(from), micros(to)) {
		union = piece{union.sql + " UNION ALL " + columns + part.sql, slices.Concat(union.args, args, part.args)}
	}
	var rows []struct {
		Unit         string
		Class, ID, N int64
	}
	err := tx.db.Raw("SELECT unit, class, id, COUNT(*) AS n FROM ("+strings.TrimPrefix(union.sql, " UNION ALL ")+
		") AS f GROUP BY unit, class, id", union.args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	out := make([]score.Fact, 0, len(rows))
	for _, r := range rows {
		f := score.Fact{Unit: r.Unit, N: int(r.N), Issue: r.ID}
		for _, d := range all {
			d.set(&f, r.Class%d.size)
			r.Class /= d.size
		}
		out = append(out, f)
	}
	return out, nil
}

// piece is a piece of SQL with its arguments.
type piece struct {
	sql  string
	args []any
}

// again are the reviews of a period that are no first pass, which the issue itself tells: 1 for passes, 2 with a return.
const again = "FROM judgements WHERE kind IN ('passed', 'returned') AND at >= ? AND at < ? AND (kind = 'returned' OR nth > 1)"

// matters chooses the issues that can matter to a period, in parts that share no issue and are found by an index each. What enters
// by its deadline was submitted late, in the period or after it, or still waits.
func matters(a, b int64) []piece {
	from := " FROM issues i LEFT JOIN (SELECT issue_id, unit, MAX(CASE WHEN kind = 'returned' THEN 2 ELSE 1 END) AS review " + again +
		" AND NOT excused GROUP BY issue_id, unit) r ON r.issue_id = i.id AND r.unit = i.unit WHERE "
	reasons := []piece{
		{"i.reported_at >= ? AND i.reported_at < ?", []any{a, b}},
		{"i.first_submitted_at >= ? AND i.first_submitted_at < ?", []any{a, b}},
		{"i.passed_at >= ? AND i.passed_at < ?", []any{a, b}},
		{"i.first_submitted_at >= ? AND i.scored_due < ?", []any{b, b}},
		{"i.status IN ('assigned', 'working') AND i.due > 0 AND i.due < ?", []any{b}},
		{"i.called_at >= ? AND i.called_at < ?", []any{a, b}},
		{"i.id IN (SELECT issue_id " + again + ")", []any{a, b}},
	}
	var out []piece
	var before piece
	for _, r := range reasons {
		part := piece{from + r.sql + before.sql, slices.Concat([]any{a, b}, r.args, before.args)}
		out = append(out, part)
		before = piece{before.sql + " AND NOT (" + r.sql + ")", slices.Concat(before.args, r.args)}
	}
	return out
}

// Deeds reads the judgements of a period [from, to) that cost or bring points by themselves, except of issues that are out of
// all counts. What was solved on the spot is its person's unit's.
func (tx *Tx) Deeds(reg *issue.Register, from, to time.Time, numbered bool) ([]score.Deed, error) {
	const kind = "COALESCE(j.kind, '')" // keeps the planner to the index of instants
	columns, groups := kind+" AS kind, j.unit, j.person, COUNT(*) AS n", kind+", j.unit, j.person"
	if numbered {
		columns, groups = columns+", j.issue_id AS id", groups+", j.issue_id"
	}
	var rows []struct {
		Kind, Unit, Person string
		ID, N              int64
	}
	err := tx.db.Table("judgements AS j").Joins("JOIN issues AS i ON i.id = j.issue_id").
		Select(columns).
		Where(kind+" IN ? AND j.at >= ? AND j.at < ? AND NOT j.excused", costly(), micros(from), micros(to)).
		Where("j.kind <> ? OR j.nth > ?", issue.Returned, score.FreeReturns).
		Where("i.status NOT IN ?", []issue.Status{issue.Voided, issue.Merged, issue.Rejected}).
		Group(groups).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read deeds: %w", err)
	}
	var out []score.Deed
	for _, r := range rows {
		d := score.Deed{Unit: r.Unit, Kind: issue.JudgementKind(r.Kind), N: int(r.N), Issue: r.ID}
		if d.Kind == issue.SolvedOnTheSpot {
			p, _ := reg.Person(r.Person)
			d.Unit = p.Unit
		}
		out = append(out, d)
	}
	return out, nil
}

func costly() []issue.JudgementKind {
	return []issue.JudgementKind{
		issue.Exposed, issue.Falsification, issue.RefusedSendBack, issue.Relapsed, issue.Returned, issue.SolvedOnTheSpot,
	}
}
