package handlers

import (
	"fmt"
	"slices"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/understand"
)

// repeated answers a report that only repeats, under more photos, what the same person said here a moment ago (phrasing.md
// §10): nothing is filed, and the photos go to what was filed then. again is false if anything in it is new.
func (r *Request) repeated(found []problem, complaint bool) (reply Reply, again bool, err error) {
	first, err := r.saidBefore(found, complaint)
	if err != nil || len(first) == 0 {
		return Reply{}, false, err
	}
	r.IDs = first
	reply, err = r.each(r.morePhotos)
	return reply, true, err
}

// saidBefore are the issues that the same person filed here in the last minutes with just these words; none if anything is
// new.
func (r *Request) saidBefore(found []problem, complaint bool) ([]int64, error) {
	mine, err := r.Tx.WordingsOf(r.From.ID, r.Now.Add(-r.Reg.Rules.PairWindow))
	if err != nil {
		return nil, err
	}
	var first []int64
	for _, f := range found {
		id, err := r.saidIn(mine, f, complaint)
		if id == 0 || err != nil {
			return nil, err
		}
		if !slices.Contains(first, id) {
			first = append(first, id)
		}
	}
	return first, nil
}

// saidIn is the newest of somebody's issues that was filed here and says what a problem says; 0: none does.
func (r *Request) saidIn(mine []store.Wording, f problem, complaint bool) (int64, error) {
	said := understand.Fold(f.Text)
	for _, w := range mine {
		if understand.Fold(w.Text) != said {
			continue
		}
		i, err := r.Tx.Issue(w.ID)
		if err != nil {
			return 0, err
		}
		if i.Chat == r.Chat.ID && i.Complaint == complaint && (i.Open() || i.OnTheSpot) && says(f, i, r.Reg.Rules.PairWindow) {
			return i.ID, nil
		}
	}
	return 0, nil
}

// says whether a report in the words of an issue says what it says, the unit and the deadline that it names included.
func says(f problem, i issue.Issue, within time.Duration) bool {
	if f.Unit != "" && f.Unit != i.Unit {
		return false
	}
	if f.When == nil || i.Complaint || i.OnTheSpot { // these have no deadline, or one by rule
		return true
	}
	return i.Said && f.When.At.Sub(i.Due).Abs() <= within
}

// morePhotos gives the photos of a repeated caption to the issue that was filed under it.
func (r *Request) morePhotos(i issue.Issue) (Reply, error) {
	open, err := r.Tx.OpenAwaits(string(r.Target), r.From.ID)
	if err != nil {
		return Reply{}, err
	}
	n := slices.IndexFunc(open, func(a store.Await) bool { return a.IssueID == i.ID })
	kind := store.PhotoBefore
	switch {
	case i.OnTheSpot:
		kind = store.PhotoAfter
	case n >= 0 && open[n].Kind == store.PhotoSpot:
		return r.solve(i)
	}
	got, err := r.take(&i, kind, 1, i.ID == r.IDs[len(r.IDs)-1])
	for k := 0; k < got && n >= 0 && err == nil; k++ {
		err = r.counted(&open[n])
	}
	if err == nil && n >= 0 { // what came so far was said to be of this issue
		err = r.Tx.AddAwait(open[n], r.pairUntil())
	}
	if err != nil {
		return Reply{}, err
	}
	if got == 0 && i.OnTheSpot {
		return Reply{Text: i.Number() + " 已当场解决并销号，不用重复登记"}, nil
	}
	if got == 0 {
		return Reply{Text: i.Number() + " 刚才已立案，不重复登记"}, nil
	}
	have, err := r.Tx.CountPhotos(i.ID, kind, time.Time{})
	return Reply{Text: fmt.Sprintf("%s 已收到照片 %d 张", i.Number(), have)}, err
}
