package handlers

import (
	"fmt"
	"strconv"
	"time"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

// TakePictures handles pictures that came without a command: each goes to what its sender last said that takes photos, if
// that was a short time ago. Others wait as long for a command to come (design.md §3). The photos are stored already.
func (r Request) TakePictures(photos []store.Photo) (Reply, error) {
	var out Reply
	for _, p := range photos {
		reply, err := r.takePicture(p)
		if err != nil {
			return Reply{}, err
		}
		if reply.Text != "" {
			out = reply
		}
	}
	return out, nil
}

func (r *Request) takePicture(p store.Photo) (Reply, error) {
	open, err := r.Tx.OpenAwaits(string(r.Target), r.From.ID)
	if err != nil || len(open) == 0 {
		return Reply{}, err
	}
	a := chooseAwait(open)
	i, err := r.Tx.Issue(a.IssueID)
	if err != nil {
		return Reply{}, err
	}
	if err := r.attach(&i, []store.Photo{p}, a.Kind); err != nil {
		return Reply{}, err
	}
	if err := r.Tx.CountAwait(a); err != nil {
		return Reply{}, err
	}
	a.Got++
	// Somebody else may have submitted the issue meanwhile, or it was given to another unit.
	submits := a.Submits && r.Policy.Check(i, r.act(issue.Act{Action: issue.Submit, By: r.From.ID})) == nil
	switch {
	case submits && a.Got < a.Need:
		return Reply{Text: fmt.Sprintf("%s 已收到照片 %d 张，还差 %d 张", i.Number(), a.Got, a.Need-a.Got)}, nil
	case submits:
		return r.submitAwaited(i, a)
	case a.Got == 1:
		return Reply{Text: i.Number() + " 已收到照片，" + report.Span(r.Reg.Rules.PairWindow) + "内可继续发"}, nil
	}
	return Reply{}, nil // one acknowledgement is enough
}

// chooseAwait picks among the issues of the newest command the first that still lacks a photo, or else the last one.
func chooseAwait(open []store.Await) store.Await {
	newest := open[0]
	for _, a := range open {
		if a.Message == open[0].Message && a.Got < a.Need {
			newest = a
		}
	}
	return newest
}

// takePhotos attaches the sender's loose photos of the last minutes to the issues of a command: in order, one each, and the
// rest to the last. It returns how many there were.
func (r *Request) takePhotos(issues []int64, kind string) (int, error) {
	loose, err := r.Tx.LoosePhotos(string(r.Target), r.From.ID, r.Now.Add(-r.Reg.Rules.PairWindow))
	if err != nil || len(loose) == 0 {
		return 0, err
	}
	for n, id := range issues {
		mine := loose[min(n, len(loose)):min(n+1, len(loose))]
		if n == len(issues)-1 {
			mine = loose[min(n, len(loose)):]
		}
		if len(mine) == 0 {
			break
		}
		i, err := r.Tx.Issue(id)
		if err != nil {
			return 0, err
		}
		if err := r.attach(&i, mine, kind); err != nil {
			return 0, err
		}
	}
	return len(loose), nil
}

// attach makes photos evidence of an issue and records it in the issue's history.
func (r *Request) attach(i *issue.Issue, photos []store.Photo, kind string) error {
	for _, p := range photos {
		if err := r.Tx.AttachPhoto(p.ID, i.ID, kind); err != nil {
			return err
		}
	}
	note := photoKind(kind) + " " + strconv.Itoa(len(photos)) + " 张"
	return r.apply(i, issue.Act{Action: issue.Photo, By: r.From.ID, Note: note})
}

func photoKind(kind string) string {
	switch kind {
	case store.PhotoBefore:
		return "整改前"
	case store.PhotoAfter:
		return "整改后"
	}
	return "核查"
}

// awaitPhotos keeps the issues of a command open for photos for a short time; have is how many came already.
func (r *Request) awaitPhotos(list []issue.Issue, kind string, have int) error {
	for n, i := range list {
		a := store.Await{
			Message: r.Message, Conversation: string(r.Target), Person: r.From.ID, IssueID: i.ID, Kind: kind, Need: 1,
		}
		if n < have {
			a.Got = 1
		}
		if err := r.Tx.AddAwait(a, r.pairUntil()); err != nil {
			return err
		}
	}
	return nil
}

func (r *Request) pairUntil() time.Time { return r.Now.Add(r.Reg.Rules.PairWindow) }
