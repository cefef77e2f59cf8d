package handlers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

func completeCommands() []*Command {
	return []*Command{
		{
			Name: "完成", Aliases: []string{"整改完成", "已完成", "已整改", "办结", "处理完成", "整改完毕", "完成整改", "已完成整改", "整改到位", "已整改到位"},
			Loose: []string{"已经完成", "已办结", "已处理", "已处理好", "处理好了", "处理完了", "弄好了", "办好了", "搞定了"}, Shape: Numbers, Goes: true, Action: issue.Submit, For: handling(),
			Section: "整改", Args: "编号 措施（附整改后照片）", Help: "提交整改完成，等督查员核查。例：完成 17 已清理并安排每日巡查",
			Run: (*Request).complete,
		},
		{
			Name: "进展", Aliases: []string{"进度"}, Shape: Numbers, Timed: true, Action: issue.Note, For: handling(), Section: "整改", Args: "编号 情况",
			Help: "记一笔办理进展，不改变状态。例：进展 17 配件已采购，周五到货", Run: (*Request).progress,
		},
	}
}

// progress notes how far the unit has come.
func (r *Request) progress() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		act := issue.Act{Action: issue.Note, By: r.From.ID, Note: r.Args}
		if err := r.Policy.Check(i, r.act(act)); err != nil {
			return Reply{}, err
		}
		if r.Args == "" {
			return Reply{}, issue.Fail(issue.CodeInput, i.Number()+" 请写明进展情况", fmt.Sprintf("例如：「进展 %d 配件已采购，周五到货」", i.ID))
		}
		if err := r.apply(&i, act); err != nil {
			return Reply{}, err
		}
		return Reply{Text: i.Number() + " 已记录进展"}, nil
	})
}

// complete submits issues. Where the category demands photos and they are not there yet, it waits for them and the issue is
// submitted by itself when they come (design.md §3).
func (r *Request) complete() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		if err := r.Policy.Check(i, r.act(issue.Act{Action: issue.Submit, By: r.From.ID})); err != nil {
			return Reply{}, err
		}
		from, err := r.takeBack()
		if err != nil {
			return Reply{}, err
		}
		c, _ := r.Reg.Category(i.Category)
		have, err := r.takeAfterPhotos(&i, c.Evidence.After)
		if err != nil {
			return Reply{}, err
		}
		if have < c.Evidence.After {
			return r.awaitSubmission(i, have, c.Evidence.After)
		}
		reply, err := r.submit(i, r.Args)
		if from != 0 { // proof of another issue would be worse than none
			reply.Text += fmt.Sprintf("\n照片是接着 #%d 发的，算作 %s 的；不对请发「补照片 %d」", from, i.Number(), from)
		}
		return reply, err
	})
}

// takeAfterPhotos attaches the sender's loose photos to an issue and counts those that prove the present handling: what was
// shown before the last return, or by the unit that had it before, proves nothing. Of several issues of a message, each takes what it
// needs and the last takes the rest.
func (r *Request) takeAfterPhotos(i *issue.Issue, need int) (int, error) {
	since, err := r.proofSince(*i)
	if err != nil {
		return 0, err
	}
	proofs, err := r.proofs(*i)
	if err != nil {
		return 0, err
	}
	have := len(proofs)
	loose, err := r.loosePhotos()
	if err != nil {
		return 0, err
	}
	loose = slices.DeleteFunc(loose, func(p store.Photo) bool { return p.At < since.UnixMicro() })
	if r.More || i.ID != r.IDs[len(r.IDs)-1] {
		loose = loose[:min(len(loose), max(0, need-have))]
	}
	if len(loose) == 0 {
		return have, nil
	}
	return have + len(loose), r.attach(i, loose, store.PhotoAfter)
}

// proofSince is the instant after which photos count: the last return, relapse or change of the unit. Those from before the
// first dispatch count: who sees a report need not wait for it. If that instant is of a clock that was ahead, photos count that came after
// whatever was before it by the present clock.
func (r *Request) proofSince(i issue.Issue) (time.Time, error) {
	events, err := r.Tx.Events(i.ID)
	since, by := handledSince(events)
	switch {
	case by == issue.Assign:
		return time.Time{}, err
	case !since.After(r.Now):
		return since, err
	}
	began := slices.IndexFunc(events, func(e issue.Event) bool { return e.At.Equal(since) })
	var last time.Time
	for _, e := range events[:began] {
		if e.At.After(last) && !e.At.After(r.Now) {
			last = e.At
		}
	}
	return last.Add(time.Microsecond), err
}

// proofs are the photos that prove the present handling. Those of a clock that was ahead may be from before the return.
func (r *Request) proofs(i issue.Issue) ([]store.Photo, error) {
	since, err := r.proofSince(i)
	if err != nil {
		return nil, err
	}
	photos, err := r.Tx.Photos(i.ID)
	return slices.DeleteFunc(photos, func(p store.Photo) bool {
		return p.Kind != store.PhotoAfter || p.At < since.UnixMicro() || p.At > r.Now.UnixMicro()
	}), err
}

func (r *Request) awaitSubmission(i issue.Issue, have, need int) (Reply, error) {
	a := store.Await{
		Message: r.Message, Conversation: string(r.Target), Person: r.From.ID, IssueID: i.ID, Kind: store.PhotoAfter,
		Submits: true, Note: r.Args, Need: need, Got: have,
	}
	if err := r.Tx.AddAwait(a, r.pairUntil()); err != nil {
		return Reply{}, err
	}
	window := report.Span(r.Reg.Rules.PairWindow)
	late := store.Out{
		To: r.Target, Via: r.Sender.Channel, Mentions: []string{r.From.ID}, NotBefore: r.pairUntil().Add(time.Second), Dedup: lateKeys(i.ID) + r.Message,
		Text: fmt.Sprintf("%s %s内没收到整改后照片，还没有提交。请重发「完成 %d」并附照片", i.Number(), window, i.ID),
	}
	if err := r.forgetLate(i.ID); err != nil {
		return Reply{}, err
	}
	if err := r.Tx.Send(late); err != nil {
		return Reply{}, err
	}
	if have > 0 {
		return Reply{Text: fmt.Sprintf("%s 还差整改后照片 %d 张，请在%s内发，收到后自动提交", i.Number(), need-have, window)}, nil
	}
	return Reply{Text: fmt.Sprintf("%s 请在%s内发整改后照片，收到后自动提交", i.Number(), window)}, nil
}

// lateKeys begin the names of the messages that say that an issue's photos did not come. Each is of one command: what was queued while the
// clock showed another time is found, too.
func lateKeys(id int64) string { return fmt.Sprintf("await/%d/", id) }

// forgetLate withdraws those messages, whoever caused them: the issue was submitted, or asked for anew, or it is nobody's matter
// any more.
func (r *Request) forgetLate(id int64) error {
	if _, err := r.Tx.CancelUnder(lateKeys(id)); err != nil {
		return err
	}
	return r.forgetMissing(id)
}

// submitAwaited submits an issue whose last missing photo has come.
func (r *Request) submitAwaited(i issue.Issue, a store.Await) (Reply, error) {
	reply, err := r.submit(i, a.Note)
	r.settle(&reply)
	if r.presses(i) {
		urgent(reply.Notices)
	}
	return reply, err
}

func (r *Request) submit(i issue.Issue, measure string) (Reply, error) {
	if err := r.apply(&i, issue.Act{Action: issue.Submit, By: r.From.ID, Note: measure}); err != nil {
		return Reply{}, err
	}
	if err := r.forgetLate(i.ID); err != nil {
		return Reply{}, err
	}
	if err := r.awaitPhotos([]issue.Issue{i}, store.PhotoAfter, 1); err != nil {
		return Reply{}, err
	}
	return r.askReview(i)
}

// askReview asks the inspectors, where the issue was reported, to look at what the unit says is done. What closes such a
// problem and what the photos make doubtful is said to them only.
func (r *Request) askReview(i issue.Issue) (Reply, error) {
	proofs, err := r.proofs(i)
	if err != nil {
		return Reply{}, err
	}
	photos, err := r.photoCounts(i, len(proofs))
	if err != nil {
		return Reply{}, err
	}
	brief, err := r.brief(i, proofs)
	if err != nil {
		return Reply{}, err
	}
	done := i.Number() + " 已提交完成" + prefixed("，", photos)
	ask := fmt.Sprintf("请督查员核查：「通过 %d」或「退回 %d 原因」", i.ID, i.ID)
	notice := "【待核查】" + r.Words.Head(i) + selfFound(i) + "\n" + r.submitted(i) + prefixed("\n", photos) + brief + "\n" + ask
	reply := Reply{Text: done + "，已请督查员核查"}
	for _, to := range r.reviewers(i) {
		switch {
		case to != r.Target:
			reply.Notices = append(reply.Notices, store.Out{To: to, Text: notice, Asks: asks(i.ID, asksReview)})
		case brief == "":
			reply.Text = done + selfFound(i) + "。" + ask
		default:
			reply.Text = done + selfFound(i) + brief + "\n" + ask
		}
	}
	return reply, nil
}

func prefixed(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

func selfFound(i issue.Issue) string {
	if i.SelfFound {
		return "（自查）"
	}
	return ""
}

// submitted says who says what was done.
func (r *Request) submitted(i issue.Issue) string {
	text := r.Words.Owner(i) + "已提交完成"
	if by := i.SubmittedBy; by != i.Assignee {
		who := r.Reg.PersonName(by)
		if p, _ := r.Reg.Person(by); p.Unit != i.Unit && p.Unit != "" {
			who = r.Reg.UnitName(p.Unit) + " " + who
		}
		text = r.Reg.UnitName(i.Unit) + "已提交完成（" + who + "）"
	}
	if i.Measure == "" {
		return text + "，没有写措施"
	}
	return text + "：" + report.Short(i.Measure, 40)
}

// photoCounts says how many photos show the place before and after, and what of the required ones is missing: 整改前 0 张
// （应有 1 张）、整改后 2 张; "" if there are none and none are required.
func (r *Request) photoCounts(i issue.Issue, after int) (string, error) {
	all, err := r.Tx.AllPhotos(i.ID)
	before := 0
	for _, p := range all {
		if p.Kind == store.PhotoBefore {
			before++
		}
	}
	c, _ := r.Reg.Category(i.Category)
	var parts []string
	for _, k := range []struct {
		kind       string
		have, need int
	}{
		{store.PhotoBefore, before, c.Evidence.Before}, {store.PhotoAfter, after, c.Evidence.After},
	} {
		if k.have+k.need == 0 {
			continue
		}
		text := fmt.Sprintf("%s照片 %d 张", photoKind(k.kind), k.have)
		if k.have < k.need {
			text += fmt.Sprintf("（应有 %d 张）", k.need)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "、"), err
}

// brief is what an inspector should know besides, each on a line: what closes such a problem, which parts of a joint issue are
// open, and what is doubtful. It is empty or begins with a line break.
func (r *Request) brief(i issue.Issue, proofs []store.Photo) (string, error) {
	c, _ := r.Reg.Category(i.Category)
	text := prefixed("\n结案条件：", report.Short(c.Closing, 40))
	parts, err := r.openParts(i.ID)
	if err != nil {
		return "", err
	}
	if len(parts) > 0 {
		text += "\n协办 " + report.Numbers(parts) + " 还没销号，都销号后才能通过"
	}
	flags, err := r.questions(i, proofs)
	return text + hints(flags), err
}
