package report_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/score"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// byStyle is a register whose scoring has every rule, in a style.
func byStyle(t *testing.T, style issue.Style) (report.Words, issue.Scoring) {
	t.Helper()
	w := words(t)
	s := storetest.County(t).Reg.Scoring
	s.Style, s.MinCases, s.Version = style, 2, "2026-01"
	w.Reg.Scoring = s
	return w, s
}

// month is what happened in a month: 昭阳 did much, 临城 little, 垛田 nothing.
func month() score.Input {
	fact := func(id int64, unit string, change func(*score.Fact)) score.Fact {
		f := score.Fact{
			Issue: id, N: 1, Unit: unit, Status: issue.Closed, Reported: score.Within, Due: score.Within, CurrentDue: score.Within,
			Submitted: score.Within, Passed: score.Within, Closed: score.Within, Reviewed: true,
		}
		if change != nil {
			change(&f)
		}
		return f
	}
	waits := func(f *score.Fact) {
		f.Status, f.Submitted, f.Passed, f.Closed, f.Reviewed = issue.Working, score.Never, score.Never, score.Never, false
	}
	called := func(mood issue.Mood, solved bool) func(*score.Fact) {
		return func(f *score.Fact) {
			f.Called, f.Call = score.Within, issue.Call{Contacted: true, Solved: solved, Mood: mood}
		}
	}
	in := score.Input{Facts: []score.Fact{
		fact(1, "zhaoyang", called(issue.Satisfied, true)),
		fact(2, "zhaoyang", func(f *score.Fact) { f.Early, f.Source = true, issue.FromUpper }),
		fact(3, "zhaoyang", func(f *score.Fact) { f.Late, f.Extended = true, true; called(issue.Basic, true)(f) }),
		fact(4, "zhaoyang", func(f *score.Fact) { f.Returned = true; called(issue.Unsatisfied, false)(f) }),
		fact(5, "zhaoyang", waits),
		fact(6, "zhaoyang", func(f *score.Fact) {
			waits(f)
			f.Reported, f.Due, f.CurrentDue = score.Before, score.Before, score.Before
		}),
		fact(7, "zhaoyang", func(f *score.Fact) { f.Source, f.SelfFound = issue.FromSelf, true }),
		fact(20, "lincheng", called(issue.Satisfied, true)),
	}}
	for n := range int64(14) { // one line names only so many
		in.Facts = append(in.Facts, fact(30+n, "zhaoyang", waits))
	}
	for id, kind := range []issue.JudgementKind{issue.Exposed, issue.Falsification, issue.RefusedSendBack, issue.Relapsed, issue.Returned} {
		in.Deeds = append(in.Deeds, score.Deed{Unit: "zhaoyang", Kind: kind, N: 1, Issue: int64(id + 1)})
	}
	in.Deeds = append(in.Deeds, score.Deed{Unit: "zhaoyang", Kind: issue.SolvedOnTheSpot, N: 30, Issue: 9})
	in.Manual = []score.Manual{
		{ID: 1, Unit: "zhaoyang", Points: -50, Reason: "迎检当天窗口无人", At: time.Unix(1, 0)},
		{ID: 2, Unit: "zhaoyang", Points: 300, Reason: "主动认领难题", At: time.Unix(2, 0)},
	}
	return in
}

// TestAccounts: the accounts of the three styles, the ranking that they stand in, and those with too few or no cases.
func TestAccounts(t *testing.T) {
	for _, style := range []issue.Style{issue.StyleRates, issue.StyleDeductions, issue.StyleComplaints} {
		w, s := byStyle(t, style)
		accounts := store.Rank(w.Reg, s, month())
		r := report.Ranking{Title: "11月创城月排名", Scores: score.Scores(accounts), Scoring: s}
		text := w.Ranking(r, true)
		for _, a := range accounts {
			if a.Unit == "zhaoyang" || a.Unit == "lincheng" || a.Unit == "duotian" {
				text += "\n" + w.Account(a, r, "街道")
			}
		}
		golden(t, "account_"+string(style), text)
	}
}

// TestRemarksOnFewCalls: by complaints a unit that has few calls is none without any, whatever it had to handle.
func TestRemarksOnFewCalls(t *testing.T) {
	w, s := byStyle(t, issue.StyleComplaints)
	r := report.Ranking{Scoring: s}
	for _, u := range []string{"zhaoyang", "lincheng", "duotian"} {
		r.Scores = append(r.Scores, score.Score{Counts: score.Counts{Unit: u, Calls: score.Calls{Valid: 1}}, Reason: score.TooFew})
	}
	want := []string{"不足 2 件不排名：昭阳街道 1 件、临城街道 1 件、垛田街道 1 件"}
	if diff := cmp.Diff(want, w.Remarks(issue.Group{ID: "street"}, r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPassLine: the line of 满意率 is reached exactly at it (S75).
func TestPassLine(t *testing.T) {
	w, s := byStyle(t, issue.StyleComplaints)
	for satisfied, want := range map[int]string{85: "满意率 85.00%，达到 85%", 84: "满意率 84.00%，未达到 85%"} {
		a := score.Account{Score: score.Score{Counts: score.Counts{Unit: "zhaoyang", Calls: score.Calls{Valid: 100, Satisfied: satisfied}}, Rank: 1}}
		if got := w.Account(a, report.Ranking{Scoring: s}, "街道"); !strings.Contains(got, "\n"+want+"\n") {
			t.Errorf("%d of 100:\n%s", satisfied, got)
		}
	}
}

// TestEveryKindHasWords: a line without words would explain nothing.
func TestEveryKindHasWords(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../score/line.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	kinds, seen := 0, map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typed, ok := spec.Type.(*ast.Ident); !ok || typed.Name != "Kind" {
			return true
		}
		text, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		words := score.Kind(text).Text()
		if words == "" || seen[words] {
			t.Errorf("%s is called %q", text, words)
		}
		kinds, seen[words] = kinds+1, true
		return true
	})
	if kinds < 30 {
		t.Errorf("only %d kinds were found", kinds)
	}
}
