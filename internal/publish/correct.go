package publish

import (
	"slices"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/score"
	"duban/internal/store"
	"duban/internal/understand"
)

// Correction puts a published ranking right 更正: it is published itself, and says what changes and why (domain.md §5.4).
type Correction struct {
	Of      Kind    // of the ranking
	Ranking Ranking // as it should have been
}

// Correct computes a published ranking again: the facts are those of its time, by the rules of its time, but for what has been
// put right since. What is right already is an error that says so.
func (d Desk) Correct(tx *store.Tx, old store.Snapshot) (store.Snapshot, error) {
	var r Ranking
	if err := old.Decode(&r); err != nil {
		return store.Snapshot{}, err
	}
	was := r.Scores
	d = d.asOf(r)
	var causes []string
	var err error
	if r.Input, causes, err = d.putRight(tx, old, r.Input); err != nil {
		return store.Snapshot{}, err
	}
	r.Scores = score.Scores(store.Rank(d.Reg, r.Scoring, r.Input))
	title := r.Title
	changes := d.Words.Corrections(r.told(), was)
	if len(changes) == 0 {
		return store.Snapshot{}, issue.Fail(issue.CodeState, title+"重新计算后没有变化，不用更正", "发「得分 单位 日期」可以看得分的构成")
	}
	r.Until = strings.TrimPrefix(strings.TrimSuffix(r.Until, corrected)+corrected, "，")
	r.Card = d.card(r, r.Until)
	text := "【更正】" + title + "\n" + strings.Join(changes, "\n") + "\n其余不变"
	if len(causes) > 0 {
		text += "\n原因：" + strings.Join(causes, "；")
	}
	s, err := store.NewSnapshot(store.SnapshotCorrection, old.From(), old.To(), r.Scoring.Version,
		Correction{Of: Kind{ID: old.Kind}, Ranking: r}, text+"\n"+r.told().Rules())
	s.Corrects = old.ID
	return s, err
}

// Replaces names the ranking whose correction waits and is dropped for that of another one; "" if none is. Only one waits at a time.
func (d Desk) Replaces(tx *store.Tx, correction store.Snapshot) (title string, err error) {
	draft, found, err := tx.Draft(store.SnapshotCorrection)
	if err != nil || !found || draft.Corrects == correction.Corrects {
		return "", err
	}
	var c Correction
	err = draft.Decode(&c)
	return c.Ranking.Title, err
}

// mostAffected bounds the published rankings of a kind that are looked through for an issue: an appeal comes soon.
const mostAffected = 10

// Affected gives what the office says to correct the published rankings that would come out differently now because of an issue:
// those of days first, then those of weeks and months, the oldest first.
func (d Desk) Affected(tx *store.Tx, i issue.Issue, now time.Time) ([]string, error) {
	var asks []string
	for _, k := range Rankings() {
		list, err := tx.Published(k.ID, i.ReportedAt, now, mostAffected)
		if err != nil {
			return nil, err
		}
		var of []string
		last := ""
		for _, old := range list {
			ask := "更正" + k.Name + " " + d.Words.Date(old.To().Add(-time.Second))
			if ask == last {
				continue // of a corrected one the correction comes first
			}
			last = ask
			changes, err := d.changes(tx, old, i)
			if err != nil {
				return nil, err
			}
			if changes {
				of = append(of, ask)
			}
		}
		slices.Reverse(of)
		asks = append(asks, of...)
	}
	return asks, nil
}

// changes says whether a published ranking in which an issue stands would come out differently now.
func (d Desk) changes(tx *store.Tx, old store.Snapshot, i issue.Issue) (bool, error) {
	var r Ranking
	if err := old.Decode(&r); err != nil {
		return false, err
	}
	if _, stands := slices.BinarySearch(named(r.Input), i.ID); !stands {
		return false, nil
	}
	_, err := d.Correct(tx, old)
	if _, right := issue.AsError(err); right {
		return false, nil
	}
	return err == nil, err
}

// corrected marks a ranking that was put right.
const corrected = "，已更正"

// putRight changes the facts of a period by what is known better today: what is void, merged or rejected counts no more, nor what
// was not the unit's, nor what an appeal has excused. causes says what was changed.
func (d Desk) putRight(tx *store.Tx, old store.Snapshot, in score.Input) (right score.Input, causes []string, err error) {
	now, err := tx.IssuesByID(named(in))
	if err != nil {
		return right, nil, err
	}
	reviews, err := tx.Reviews(old.From(), old.To())
	if err != nil {
		return right, nil, err
	}
	deeds, err := tx.Deeds(d.Reg, old.From(), old.To(), true)
	if err != nil {
		return right, nil, err
	}
	right.Manual = in.Manual
	said := map[int64]bool{}
	for _, f := range in.Facts {
		fixed, cause := putFactRight(f, now[f.Issue], reviews[f.Issue])
		if cause != "" {
			said[f.Issue] = true
			causes = append(causes, now[f.Issue].Number()+" "+cause)
		}
		if fixed.N > 0 {
			right.Facts = append(right.Facts, fixed)
		}
	}
	for _, deed := range in.Deeds {
		fixed := stillDone(deed, deeds)
		if fixed.N < deed.N && !said[deed.Issue] {
			said[deed.Issue] = true
			causes = append(causes, now[deed.Issue].Number()+" "+whyGone(now[deed.Issue]))
		}
		if fixed.N > 0 {
			right.Deeds = append(right.Deeds, fixed)
		}
	}
	return right, causes, nil
}

// named lists the issues that an input names.
func named(in score.Input) []int64 {
	var ids []int64
	for _, f := range in.Facts {
		ids = append(ids, f.Issue)
	}
	for _, deed := range in.Deeds {
		ids = append(ids, deed.Issue)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// putFactRight gives a fact as it should have been, and why it is another; of none there are 0.
func putFactRight(f score.Fact, i issue.Issue, review store.Review) (score.Fact, string) {
	none := f
	none.N = 0
	switch {
	case i.Status == issue.Voided || i.Status == issue.Merged || i.Status == issue.Rejected:
		if f.Status == i.Status { // did not count then, either
			return f, ""
		}
		return none, i.Status.Text()
	case i.Unit != f.Unit:
		return none, "不属原单位"
	case i.Excused && !f.Excused:
		f.Excused = true
		return f, "申诉成立，不再扣分"
	case f.Returned && !review.Returned:
		f.Returned, f.Reviewed = false, f.Passed == score.Within || review.Passed
		return f, "申诉成立，退回不计"
	}
	return f, ""
}

// stillDone is what of the judgements of a kind on an issue still holds. The unit stays that of the time: a person who solved
// something on the spot may belong to another one now.
func stillDone(was score.Deed, now []score.Deed) score.Deed {
	n := 0
	for _, d := range now {
		if d.Issue == was.Issue && d.Kind == was.Kind {
			n += d.N
		}
	}
	was.N = min(was.N, n)
	return was
}

// whyGone says why judgements on an issue do not hold any more.
func whyGone(i issue.Issue) string {
	switch i.Status {
	case issue.Voided, issue.Merged, issue.Rejected:
		return i.Status.Text()
	}
	return "申诉成立"
}

// correctionAnew drafts the correction that waits again, as it stands now.
func (d Desk) correctionAnew(tx *store.Tx, k Kind, _ understand.Period, _ time.Time) (store.Snapshot, error) {
	draft, found, err := tx.Draft(k.ID)
	if err != nil {
		return store.Snapshot{}, err
	}
	if !found {
		return store.Snapshot{}, k.None()
	}
	old, err := tx.Snapshot(draft.Corrects)
	if err != nil {
		return store.Snapshot{}, err
	}
	return d.Correct(tx, old)
}

// settleCorrection keeps the ranking as it should have been beside the one that it corrects: who asks for that day is told the
// corrected one, and the next ranking compares with it.
func (d Desk) settleCorrection(tx *store.Tx, draft store.Snapshot, _ Hand) (Release, error) {
	var c Correction
	if err := draft.Decode(&c); err != nil {
		return Release{}, err
	}
	ranking, err := store.NewSnapshot(c.Of.ID, draft.From(), draft.To(), draft.Version, c.Ranking, d.asOf(c.Ranking).Words.Ranking(c.Ranking.told(), true))
	if err != nil {
		return Release{}, err
	}
	ranking.Corrects = draft.Corrects
	if err := tx.KeepSnapshot(&ranking); err != nil {
		return Release{}, err
	}
	out := draft
	out.ID, out.State = 0, store.SnapshotPublished
	return Release{Snapshot: out}, nil
}

func correctionRecipe(s store.Snapshot, draft bool) (store.Recipe, error) {
	var c Correction
	if err := s.Decode(&c); err != nil || draft {
		return "", err
	}
	return c.Ranking.recipe()
}
