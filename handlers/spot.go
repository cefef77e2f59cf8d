package handlers

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

func spotCommands() []*Command {
	return []*Command{{
		Name: "当场解决", Aliases: []string{"现场解决"}, Shape: Words | Numbers, Counted: true, Action: issue.SolveOnSpot,
		Roles: []issue.Role{issue.RoleInspector}, Section: "上报", Args: "地点 问题（或编号）",
		Help: "现场督促改好的，附整改前后照片，登记即销号。例：当场解决 金水湾小区3号楼楼道堆放杂物；已上报的发「当场解决 17」",
		Run:  (*Request).onSpot,
	}}
}

// photosOfSpot is how many photos prove that something was put right there and then: one from before and one from after.
const photosOfSpot = 2

// onSpot files what the inspector had put right there and then (S22), or closes what was filed.
func (r *Request) onSpot() (Reply, error) {
	if len(r.IDs) > 0 {
		return r.each(r.solve)
	}
	found, err := r.problems()
	if err != nil {
		return Reply{}, err
	}
	if r.IDs, err = r.saidBefore(found, false); err != nil {
		return Reply{}, err
	}
	if len(r.IDs) > 0 { // the caption under more photos, or what was just reported in the same words
		return r.each(r.solve)
	}
	if _, err := r.takeBack(); err != nil {
		return Reply{}, err
	}
	return r.fileSolved(found)
}

// solvedReport treats a report that says that the matter was put right, and proves it, as what it is (phrasing.md §7).
func (r *Request) solvedReport(found []problem, known issue.Change) (reply Reply, solved bool, err error) {
	if len(found) != 1 || !found[0].OnTheSpot || known.Complaint || !r.Reg.Has(r.From.ID, issue.RoleInspector) || r.Weak {
		return Reply{}, false, nil
	}
	loose, err := r.loosePhotos()
	if err != nil || len(loose) < photosOfSpot {
		return Reply{}, false, err
	}
	reply, err = r.fileSolved(found)
	return reply, true, err
}

// fileSolved files what was put right: as closed where its photos are there, and as an ordinary issue that waits for them
// otherwise.
func (r *Request) fileSolved(found []problem) (Reply, error) {
	var out Reply
	var lines []string
	for n, f := range found {
		f.When = nil
		photos, err := r.loosePhotos()
		if err != nil {
			return Reply{}, err
		}
		if n < len(found)-1 {
			photos = photos[:min(photosOfSpot, len(photos))]
		}
		file := r.fileClosed
		if len(photos) < photosOfSpot {
			file = r.fileUnproved
		}
		reply, err := file(f, photos)
		if err != nil {
			return Reply{}, err
		}
		lines = append(lines, reply.Text)
		out.Notices = append(out.Notices, reply.Notices...)
	}
	out.Text = strings.Join(lines, "\n")
	return out, nil
}

func (r *Request) fileClosed(f problem, photos []store.Photo) (Reply, error) {
	id, err := r.Tx.NewIssueNumber()
	if err != nil {
		return Reply{}, err
	}
	i := issue.Issue{ID: id}
	solved, err := r.Policy.Apply(&i, r.act(issue.Act{Action: issue.SolveOnSpot, By: r.From.ID, Change: r.Clerk.Reported(f, "", r.hand(), issue.Change{})}))
	if err != nil {
		return Reply{}, err
	}
	if err := r.Tx.SaveIssue(i, solved); err != nil {
		return Reply{}, err
	}
	if err := r.attachSpot(&i, photos); err != nil {
		return Reply{}, err
	}
	filing := report.Filing{Issue: i, Near: f.Near} // it waits for no more photos: the next belong to what is solved next
	filing.Twin, err = r.Clerk.Twin(r.Tx, i)
	return Reply{Text: r.Words.SolvedOnSpot(filing, len(photos))}, err
}

// fileUnproved files it as an issue that is dispatched like any other. Its unit hears of it only when the time for the photos
// is over, because mostly there is nothing left to do for it.
func (r *Request) fileUnproved(f problem, photos []store.Photo) (Reply, error) {
	filing, err := r.fileOne(f, issue.Change{})
	if err != nil {
		return Reply{}, err
	}
	if r.Policy.Check(filing.Issue, r.act(issue.Act{Action: issue.SolveOnSpot, By: r.From.ID})) != nil {
		return r.ownUnit(filing)
	}
	if err := r.attachSpot(&filing.Issue, photos); err != nil {
		return Reply{}, err
	}
	if err := r.await(filing.Issue, store.PhotoSpot, "", photosOfSpot, len(photos)); err != nil {
		return Reply{}, err
	}
	if err := r.forgetMissing(filing.ID); err != nil {
		return Reply{}, err
	}
	reply := Reply{Text: r.Words.SolvedUnproved(filing, photosOfSpot-len(photos), r.Now)}
	for _, o := range append(r.tellUnits([]report.Filing{filing}), r.tellOffice([]report.Filing{filing})...) {
		o.NotBefore, o.Dedup = r.pairUntil().Add(time.Second), spotKey(filing.ID)+string(o.To)
		reply.Notices = append(reply.Notices, o)
	}
	return reply, nil
}

// ownUnit answers an inspector whose own unit has got the issue: once it is dispatched, others must look at it.
func (r *Request) ownUnit(filing report.Filing) (Reply, error) {
	list := []report.Filing{filing}
	photos, err := r.photosBefore(list)
	if err != nil {
		return Reply{}, err
	}
	text := r.Words.Filed(list, photos, r.Now) + "\n没有整改前后照片，已派给本单位，不能自己销号；办好后请发「完成 " + strconv.FormatInt(filing.ID, 10) + "」"
	return Reply{Text: text, Notices: append(r.tellUnits(list), r.tellOffice(list)...)}, nil
}

// spotKey is the beginning of the keys of the messages about an issue that wait for its photos.
func spotKey(id int64) string { return fmt.Sprintf("spot/%d/", id) }

// attachSpot makes photos evidence of what was put right: the first shows it before, if none does yet, and the others after.
func (r *Request) attachSpot(i *issue.Issue, photos []store.Photo) error {
	before, err := r.Tx.CountPhotos(i.ID, store.PhotoBefore, time.Time{})
	if err != nil || len(photos) == 0 {
		return err
	}
	if before == 0 {
		if err := r.attach(i, photos[:1], store.PhotoBefore); err != nil {
			return err
		}
		photos = photos[1:]
	}
	if len(photos) == 0 {
		return nil
	}
	return r.attach(i, photos, store.PhotoAfter)
}

// solve closes a filed issue that was put right there and then, as soon as photos from before and from after prove it.
func (r *Request) solve(i issue.Issue) (Reply, error) {
	if i.OnTheSpot && i.Status == issue.Closed {
		return r.morePhotos(i)
	}
	if err := r.Policy.Check(i, r.act(issue.Act{Action: issue.SolveOnSpot, By: r.From.ID})); err != nil {
		return Reply{}, err
	}
	photos, err := r.loosePhotos()
	if err != nil {
		return Reply{}, err
	}
	if i.ID != r.IDs[len(r.IDs)-1] {
		before, after, err := r.shown(i)
		if err != nil {
			return Reply{}, err
		}
		photos = photos[:min(len(photos), max(0, 1-before)+max(0, 1-after))]
	}
	if err := r.attachSpot(&i, photos); err != nil {
		return Reply{}, err
	}
	return r.solveIfShown(i, r.Args)
}

// takeSpotPhoto takes one more photo of what was put right.
func (r *Request) takeSpotPhoto(i issue.Issue, a store.Await, p store.Photo) (Reply, error) {
	if err := r.attachSpot(&i, []store.Photo{p}); err != nil {
		return Reply{}, err
	}
	if err := r.counted(&a); err != nil {
		return Reply{}, err
	}
	if err := r.Policy.Check(i, r.act(issue.Act{Action: issue.SolveOnSpot, By: r.From.ID})); err != nil {
		return Reply{Text: fmt.Sprintf("%s %s，照片已收下，按一般问题办理", i.Number(), i.Status.Text())}, nil
	}
	return r.solveIfShown(i, a.Note)
}

// shown counts the photos that show an issue before and after.
func (r *Request) shown(i issue.Issue) (before, after int, err error) {
	if before, err = r.Tx.CountPhotos(i.ID, store.PhotoBefore, time.Time{}); err != nil {
		return 0, 0, err
	}
	after, err = r.Tx.CountPhotos(i.ID, store.PhotoAfter, time.Time{})
	return before, after, err
}

func (r *Request) solveIfShown(i issue.Issue, note string) (Reply, error) {
	before, after, err := r.shown(i)
	if err != nil {
		return Reply{}, err
	}
	missing := ""
	switch {
	case before+after == 0:
		missing = "整改前后照片 2 张"
	case before == 0:
		missing = "整改前照片 1 张"
	case after == 0:
		missing = "整改后照片 1 张"
	default:
		return r.solved(i, note, before+after)
	}
	if err := r.await(i, store.PhotoSpot, note, photosOfSpot, min(before, 1)+min(after, 1)); err != nil {
		return Reply{}, err
	}
	text := fmt.Sprintf("%s 还差%s，请在%s内发，收到后自动销号", i.Number(), missing, report.Span(r.Reg.Rules.PairWindow))
	return Reply{Text: text}, r.forgetMissing(i.ID)
}

func (r *Request) solved(i issue.Issue, note string, photos int) (Reply, error) {
	if err := r.apply(&i, issue.Act{Action: issue.SolveOnSpot, By: r.From.ID, Note: note}); err != nil {
		return Reply{}, err
	}
	text := fmt.Sprintf("%s 已当场解决并销号，整改前后照片 %d 张", i.Number(), photos)
	told := i.Number() + " 已由督查员" + r.From.Name + "当场解决并销号，不用办理"
	reply, err := r.closedOff(i, text, told, r.toReporter(i, told))
	if err != nil {
		return Reply{}, err
	}
	if err := r.Tx.EndAwaits(i.ID, r.From.ID); err != nil {
		return Reply{}, err
	}
	err = r.tellMerged(&reply, i)
	return reply, err
}
