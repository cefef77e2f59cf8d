package handlers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

func photoCommands() []*Command {
	return []*Command{{
		Name: "补照片", Aliases: []string{"补发照片", "补图"}, Shape: Numbers, Action: issue.Photo, Section: "上报", Args: "编号（附照片）",
		Help: "给已有的问题补照片：责任单位补的是整改后的，其他人补的是整改前的", Run: (*Request).addPhotos,
	}}
}

// TakePictures handles pictures that came without a command: each goes to what its sender last said that takes photos, if
// that was a short time ago. Others wait as long for a command to come (design.md §3). So do those that came with words to the bot
// which mean a command, but are none: they are not of what was said before. The photos are stored already.
func (r Request) TakePictures(photos []store.Photo, in Input) (Reply, error) {
	if in.Called && strings.TrimSpace(in.Text) != "" {
		_, meant := r.guess(in)
		open, err := r.Tx.OpenAwaits(string(r.Target), r.From.ID)
		if err != nil || meant || len(open) == 0 {
			return r.NotUnderstood(in), err
		}
	}
	var out Reply
	var said []string // the last word about each issue
	for _, p := range photos {
		reply, err := r.takePicture(p)
		if err != nil {
			return Reply{}, err
		}
		r.settle(&reply) // of an issue that the picture showed solved on the spot
		out.Notices = append(out.Notices, reply.Notices...)
		number, _, _ := strings.Cut(reply.Text, " ")
		said = slices.DeleteFunc(said, func(earlier string) bool { return number != "" && strings.HasPrefix(earlier, number+" ") })
		if reply.Text != "" {
			said = append(said, reply.Text)
		}
	}
	out.Text = strings.Join(said, "\n")
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
	if a.Kind == store.PhotoSpot {
		return r.takeSpotPhoto(i, a, p)
	}
	if err := r.attach(&i, []store.Photo{p}, a.Kind); err != nil {
		return Reply{}, err
	}
	if err := r.counted(&a); err != nil {
		return Reply{}, err
	}
	return r.tookPicture(i, p, a)
}

// tookPicture says what follows from a picture that an issue waited for.
func (r *Request) tookPicture(i issue.Issue, p store.Photo, a store.Await) (Reply, error) {
	// Somebody else may have submitted the issue meanwhile, or it was given to another unit.
	submits := a.Submits && r.Policy.Check(i, r.act(issue.Act{Action: issue.Submit, By: r.From.ID})) == nil
	if submits {
		proofs, err := r.proofs(i) // others may have sent some of them
		if err != nil {
			return Reply{}, err
		}
		if a.Got = len(proofs); a.Got >= a.Need {
			return r.submitAwaited(i, a)
		}
	}
	switch {
	case a.Submits && !submits && !i.Status.WithUnit() && i.Status != issue.Submitted && a.Got <= a.Need:
		return Reply{Text: r.notSubmitted(i) + "，没有提交"}, nil
	case a.Got < a.Need && (submits || a.Kind == store.PhotoBefore):
		return Reply{Text: fmt.Sprintf("%s 已收到照片 %d 张，还差 %d 张", i.Number(), a.Got, a.Need-a.Got)}, nil
	case a.Got == a.Need: // one acknowledgement is enough
		text := i.Number() + " 已收到照片，" + report.Span(r.Reg.Rules.PairWindow) + "内可继续发"
		return r.late(i, []store.Photo{p}, a.Kind, Reply{Text: text})
	}
	return r.late(i, []store.Photo{p}, a.Kind, Reply{})
}

// notSubmitted is what became of an issue that is not its unit's to do any more.
func (r *Request) notSubmitted(i issue.Issue) string {
	switch i.Status {
	case issue.Suspended:
		return i.Number() + " 已挂账"
	case issue.Merged:
		return fmt.Sprintf("%s 已并入 #%d", i.Number(), i.MergedInto)
	}
	return i.Number() + " " + i.Status.Text()
}

// chooseAwait picks among the issues of a command the first that still lacks a photo: of the newest command that cannot be
// done without, or else of the newest one. If that lacks none, its last issue takes one more.
func chooseAwait(open []store.Await) store.Await {
	lacks := func(a store.Await) bool { return a.Got < a.Need }
	newest := open[0]
	if n := slices.IndexFunc(open, func(a store.Await) bool { return a.Submits && lacks(a) }); n >= 0 {
		newest = open[n]
	}
	chosen := newest
	for _, a := range open {
		if a.Message == newest.Message && lacks(a) {
			chosen = a
		}
	}
	return chosen
}

// counted records that one more photo came for what waited for it.
func (r *Request) counted(a *store.Await) error {
	a.Got++
	if err := r.Tx.CountAwait(*a, a.Got); err != nil {
		return err
	}
	return r.askMissing(*a)
}

// loosePhotos are the sender's photos of the last minutes in this conversation that belong to nothing yet. What came while the clock was ahead
// by more may be of any time.
func (r *Request) loosePhotos() ([]store.Photo, error) {
	return r.Tx.LoosePhotos(string(r.Target), r.From.ID, r.Now.Add(-r.Reg.Rules.PairWindow), r.pairUntil())
}

// takeBack makes loose again what came after the sender's last command, if that had photos of its own: who sends the photo first
// and then says what it shows, one problem after the other, sends the next photo while the last command still takes photos.
// What was sent for an issue stays with it when the next word is about the same one. from is the issue that lost photos; 0: none.
func (r *Request) takeBack() (from int64, err error) {
	last, err := r.Tx.LastAwaits(string(r.Target), r.From.ID)
	if err != nil || len(last) == 0 || last[0].Message == r.Message {
		return 0, err
	}
	own := func(a store.Await) bool {
		return !a.Submits && a.Kind != store.PhotoSpot && a.Had >= max(1, a.Need) && !slices.Contains(r.IDs, a.IssueID)
	}
	for _, a := range last {
		if !own(a) {
			return 0, nil
		}
	}
	for _, a := range last {
		if a.Got > a.Had {
			from = a.IssueID
		}
		if err := r.letGo(a); err != nil {
			return 0, err
		}
	}
	return from, nil
}

// letGo takes from an issue the photos that came for it after its command.
func (r *Request) letGo(a store.Await) error {
	photos, err := r.Tx.Photos(a.IssueID)
	mine := slices.DeleteFunc(photos, func(p store.Photo) bool {
		return p.Person != a.Person || p.Conversation != a.Conversation || p.Kind != a.Kind
	})
	later := mine[max(0, len(mine)-max(0, a.Got-a.Had)):]
	if err != nil || len(later) == 0 {
		return err
	}
	for _, p := range later {
		if err := r.Tx.AttachPhoto(p.ID, 0, ""); err != nil {
			return err
		}
	}
	i, err := r.Tx.Issue(a.IssueID)
	if err != nil {
		return err
	}
	note := fmt.Sprintf("%s %d 张归下一件", photoKind(a.Kind), len(later))
	return errors.Join(r.Tx.CountAwait(a, a.Had), r.apply(&i, issue.Act{Action: issue.Photo, By: r.From.ID, Note: note}))
}

// take attaches the sender's loose photos to an issue: as many as it needs, or all, and says how many there were. Of several
// issues in a command each takes what it needs, in order, and the last takes the rest.
func (r *Request) take(i *issue.Issue, kind string, need int, all bool) (int, error) {
	loose, err := r.loosePhotos()
	if err != nil {
		return 0, err
	}
	if !all {
		loose = loose[:min(need, len(loose))]
	}
	if len(loose) == 0 {
		return 0, nil
	}
	return len(loose), r.attach(i, loose, kind)
}

// needBefore is how many photos from before an issue takes before the next of the same command gets any: what its category
// demands, and one in any case.
func (r *Request) needBefore(i issue.Issue) int { return max(1, r.demandsBefore(i)) }

// demandsBefore is how many photos from before the issue's category demands.
func (r *Request) demandsBefore(i issue.Issue) int {
	c, _ := r.Reg.Category(i.Category)
	return c.Evidence.Before
}

// takePhotos attaches the sender's loose photos of the last minutes to the issues of a command: in order, one each, and the
// rest to the last. It returns how many there were.
func (r *Request) takePhotos(list []issue.Issue, kind string) (int, error) {
	all := 0
	for n := range list {
		got, err := r.take(&list[n], kind, 1, n == len(list)-1)
		if err != nil {
			return 0, err
		}
		all += got
	}
	return all, nil
}

// attach makes photos evidence of an issue and records it in the issue's history.
func (r *Request) attach(i *issue.Issue, photos []store.Photo, kind string) error {
	for _, p := range photos {
		if err := r.Tx.AttachPhoto(p.ID, i.ID, kind); err != nil {
			return err
		}
	}
	note, err := r.remarked(*i, photos, kind)
	if err != nil {
		return err
	}
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
		if err := r.await(i, kind, "", 1, min(1, max(0, have-n))); err != nil {
			return err
		}
	}
	return nil
}

// await keeps one issue open for photos. It takes the place of what the same person waited with for the issue.
func (r *Request) await(i issue.Issue, kind, note string, need, got int) error {
	before, err := r.Tx.IssueAwaits(i.ID)
	if err != nil {
		return err
	}
	if err := r.Tx.AddAwait(r.awaiting(i, kind, note, need, got), r.pairUntil()); err != nil {
		return err
	}
	for _, old := range before {
		if err := r.askMissing(old); err != nil {
			return err
		}
	}
	return nil
}

// awaiting is what it is to wait for photos of an issue.
func (r *Request) awaiting(i issue.Issue, kind, note string, need, got int) store.Await {
	return store.Await{
		Message: r.Message, Conversation: string(r.Target), Person: r.From.ID, IssueID: i.ID, Kind: kind, Note: note, Need: need, Got: got,
	}
}

func (r *Request) pairUntil() time.Time { return r.Now.Add(r.Reg.Rules.PairWindow) }

// askMissing keeps up to date the one message that asks, when the time for photos is over, for those from before that the
// issues of a command still lack. A report is never refused for its photos; the question comes late and once.
func (r *Request) askMissing(a store.Await) error {
	if a.Kind != store.PhotoBefore && a.Kind != store.PhotoSpot {
		return nil
	}
	key := "before/" + a.Message
	if err := r.Tx.Cancel(key); err != nil {
		return err
	}
	lacks, until, err := r.missing(a)
	if err != nil || len(lacks) == 0 {
		return err
	}
	text := fmt.Sprintf("还缺整改前照片：%s。请发「补照片 编号」并附照片", strings.Join(lacks, "、"))
	if len(lacks) == 1 {
		number, count, _ := strings.Cut(lacks[0], " ")
		text = fmt.Sprintf("%s 还缺整改前照片 %s，请发「补照片 %s」并附照片", number, count, strings.TrimPrefix(number, "#"))
	}
	return r.Tx.Send(store.Out{
		To: store.Target(a.Conversation), Via: r.Sender.Channel, Mentions: []string{a.Person}, NotBefore: until.Add(time.Second), Dedup: key, Text: text,
	})
}

// missing lists which issues of a command lack photos from before, each with how many: #17 1 张. until is when the time for
// them is over.
func (r *Request) missing(a store.Await) (lacks []string, until time.Time, err error) {
	rows, err := r.Tx.CommandAwaits(a)
	for _, row := range rows {
		i, err := r.Tx.Issue(row.IssueID)
		if err != nil {
			return nil, until, err
		}
		if r.demandsBefore(i) == 0 || !i.Open() {
			continue
		}
		have, err := r.Tx.CountPhotos(i.ID, store.PhotoBefore, time.Time{})
		if err != nil {
			return nil, until, err
		}
		if need := r.demandsBefore(i); have < need {
			lacks, until = append(lacks, fmt.Sprintf("%s %d 张", i.Number(), need-have)), row.UntilTime()
		}
	}
	return lacks, until, err
}

// forgetMissing looks again whether photos from before have to be asked for, after something happened to an issue.
func (r *Request) forgetMissing(id int64) error {
	rows, err := r.Tx.IssueAwaits(id)
	for _, a := range rows {
		if err == nil {
			err = r.askMissing(a)
		}
	}
	return err
}

// addPhotos takes photos for issues that are on the books already.
func (r *Request) addPhotos() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		kind, err := r.kindOfPhotos(i)
		if err != nil {
			return Reply{}, err
		}
		got, err := r.take(&i, kind, 1, i.ID == r.IDs[len(r.IDs)-1])
		if err != nil {
			return Reply{}, err
		}
		if err := errors.Join(r.await(i, kind, "", 1, min(got, 1)), r.forgetMissing(i.ID)); err != nil {
			return Reply{}, err
		}
		if got == 0 {
			return Reply{Text: fmt.Sprintf("%s 请在%s内发%s照片", i.Number(), report.Span(r.Reg.Rules.PairWindow), photoKind(kind))}, nil
		}
		proofs, err := r.proofs(i)
		if err != nil {
			return Reply{}, err
		}
		reply := Reply{Text: fmt.Sprintf("%s 已补%s照片 %d 张", i.Number(), photoKind(kind), got)}
		return r.late(i, proofs[max(0, len(proofs)-got):], kind, reply)
	})
}

// kindOfPhotos is what somebody's photos of an issue show: those of the unit what was done, those of others what was wrong.
func (r *Request) kindOfPhotos(i issue.Issue) (string, error) {
	switch {
	case !i.Open():
		return "", issue.Fail(issue.CodeState, i.Number()+" "+i.Status.Text()+"，不用再补照片", fmt.Sprintf("发「查 %d」看经过", i.ID))
	case r.From.ID == i.Reporter:
		return store.PhotoBefore, nil
	case r.Reg.Handles(i, r.From.ID):
		return store.PhotoAfter, nil
	case r.Reg.Has(r.From.ID, issue.RoleInspector, issue.RoleOffice):
		return store.PhotoBefore, nil
	}
	return "", issue.Fail(issue.CodeForbidden, i.Number()+" 不是您上报的，也不由您办理，不能补照片", "请上报人、责任单位或督查员补")
}
