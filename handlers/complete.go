package handlers

import (
	"fmt"
	"time"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

func completeCommands() []*Command {
	return []*Command{{
		Name: "完成", Aliases: []string{"整改完成", "已完成", "已整改", "办结", "处理完成", "整改完毕"}, Shape: Numbers, Action: issue.Submit,
		Section: "整改", Args: "编号 措施（附整改后照片）", Help: "提交整改完成，等督查员核查。例：完成 17 已清理并安排每日巡查",
		Run: (*Request).complete,
	}}
}

// complete submits issues. Where the category demands photos and they are not there yet, it waits for them and the issue is
// submitted by itself when they come (design.md §3).
func (r *Request) complete() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		if err := r.Policy.Check(i, r.act(issue.Act{Action: issue.Submit, By: r.From.ID})); err != nil {
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
		return r.submit(i, r.Args, have)
	})
}

// takeAfterPhotos attaches the sender's loose photos to an issue and counts those that prove the present handling: what was
// shown before the last return proves nothing. Of several issues, each takes what it needs and the last takes the rest.
func (r *Request) takeAfterPhotos(i *issue.Issue, need int) (int, error) {
	since, err := r.proofSince(*i)
	if err != nil {
		return 0, err
	}
	have, err := r.Tx.CountPhotos(i.ID, store.PhotoAfter, since)
	if err != nil {
		return 0, err
	}
	loose, err := r.Tx.LoosePhotos(string(r.Target), r.From.ID, r.Now.Add(-r.Reg.Rules.PairWindow))
	if err != nil {
		return 0, err
	}
	if i.ID != r.IDs[len(r.IDs)-1] {
		loose = loose[:min(len(loose), max(0, need-have))]
	}
	if len(loose) == 0 {
		return have, nil
	}
	return have + len(loose), r.attach(i, loose, store.PhotoAfter)
}

// proofSince is the instant after which photos count: the last return or relapse.
func (r *Request) proofSince(i issue.Issue) (since time.Time, err error) {
	if i.Returns+i.Relapses == 0 {
		return since, nil
	}
	events, err := r.Tx.Events(i.ID)
	for _, e := range events {
		if e.Action == issue.Return || e.Action == issue.Relapse {
			since = e.At
		}
	}
	return since, err
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
		To: r.Target, Mentions: []string{r.From.ID}, NotBefore: r.pairUntil().Add(time.Second), Dedup: r.lateKey(i.ID, 0),
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

// lateKey names the message that says that an issue's photos did not come, by the stretch of time in which they were asked
// for, counted back from now.
func (r *Request) lateKey(id int64, back int64) string {
	return fmt.Sprintf("await/%d/%d", id, r.Now.Unix()/int64(r.Reg.Rules.PairWindow/time.Second)-back)
}

// forgetLate withdraws that message, whoever caused it: the issue was submitted, or asked for anew, or it is nobody's matter
// any more.
func (r *Request) forgetLate(id int64) error {
	for back := range int64(3) { // it is sent a little later than one stretch
		if err := r.Tx.Cancel(r.lateKey(id, back)); err != nil {
			return err
		}
	}
	return nil
}

// submitAwaited submits an issue whose last missing photo has come.
func (r *Request) submitAwaited(i issue.Issue, a store.Await) (Reply, error) {
	return r.submit(i, a.Note, a.Got)
}

func (r *Request) submit(i issue.Issue, measure string, photos int) (Reply, error) {
	if err := r.apply(&i, issue.Act{Action: issue.Submit, By: r.From.ID, Note: measure}); err != nil {
		return Reply{}, err
	}
	if err := r.forgetLate(i.ID); err != nil {
		return Reply{}, err
	}
	if err := r.awaitPhotos([]issue.Issue{i}, store.PhotoAfter, 1); err != nil {
		return Reply{}, err
	}
	text := i.Number() + " 已提交完成"
	if photos > 0 {
		text += fmt.Sprintf("，整改后照片 %d 张", photos)
	}
	return r.askReview(i, text), nil
}

// askReview asks the inspectors, in the group where the issue was reported, to look at what the unit says is done.
func (r *Request) askReview(i issue.Issue, done string) Reply {
	ask := fmt.Sprintf("请督查员核查：「通过 %d」或「退回 %d 原因」", i.ID, i.ID)
	if i.Chat == "" || i.Chat == r.Chat.ID {
		return Reply{Text: done + "。" + ask}
	}
	notice := "【待核查】" + r.Words.Head(i) + "\n" + r.Words.Owner(i) + "已提交完成"
	if i.Measure != "" {
		notice += "：" + report.Short(i.Measure, 40)
	}
	return Reply{Text: done + "，已请督查员核查", Notices: []store.Out{{To: store.ToChat(i.Chat), Text: notice + "\n" + ask}}}
}
