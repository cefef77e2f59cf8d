package report_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"duban/internal/issue"
	"duban/internal/report"
)

// county is a campaign with the chains of responsibility that 查 shows.
func county(t testing.TB) report.Words {
	t.Helper()
	w := words(t)
	w.Reg.People = append(w.Reg.People, issue.Person{ID: "gao_jianguo", Name: "高建国"}, issue.Person{ID: "zhang_wei", Name: "张伟"},
		issue.Person{ID: "liu_fang", Name: "刘芳"}, issue.Person{ID: "liu_jian", Name: "刘建"})
	w.Reg.Units[0].Head, w.Reg.Units[0].Lead, w.Reg.Units[0].Liaison, w.Reg.Units[0].Deputy = "gao_jianguo", "zhang_wei", "li_qiang", "liu_fang"
	w.Reg.Places = []issue.Place{{Name: "金水湾小区", Unit: "zhaoyang", Leader: "liu_jian", Support: "zhujian", Community: "金湾社区"}}
	return w
}

// past builds histories: each event follows the one before it.
type past struct {
	testing.TB
	events []issue.Event
}

func (p *past) add(when, by string, a issue.Action, note string, c issue.Change) {
	p.Helper()
	p.events = append(p.events, issue.Event{
		Issue: 128, Seq: len(p.events) + 1, At: at(p, when), By: by, Action: a, Note: note, Change: c,
	})
}

func TestDetail(t *testing.T) {
	w := words(t)
	h := &past{TB: t}
	h.add("2026-11-23 09:05", "zhang_min", issue.Report, "", issue.Change{})
	h.add("2026-11-23 09:05", "", issue.Assign, "", issue.Change{Unit: "zhaoyang", Assignee: "li_qiang"})
	h.add("2026-11-23 09:06", "zhang_min", issue.Photo, "整改前 1 张", issue.Change{})
	h.add("2026-11-23 10:30", "li_qiang", issue.Sign, "", issue.Change{})
	h.add("2026-11-23 15:00", "chen_jing", issue.Extend, "物业在办手续", issue.Change{Due: at(t, "2026-11-24 17:30")})
	h.add("2026-11-24 15:30", "", issue.Remind, "", issue.Change{Level: "L0"})
	h.add("2026-11-24 16:00", "li_qiang", issue.Submit, "楼道杂物已清空", issue.Change{})
	h.add("2026-11-24 17:00", "zhang_min", issue.Return, "三楼转角还有纸箱", issue.Change{})
	h.add("2026-11-25 17:30", "", issue.Remind, "", issue.Change{Level: "L1", Told: issue.Marks{"L0", "L1", "sign"}})
	h.add("2026-11-26 17:30", "", issue.Remind, "", issue.Change{Level: "L2"})
	late := with(hall(t), func(i *issue.Issue) {
		i.Status, i.Returns, i.Extensions, i.Measure, i.Due = issue.Working, 1, 1, "楼道杂物已清空", at(t, "2026-11-25 17:30")
	})
	golden(t, "detail_late", w.Detail(report.Story{Issue: late, Events: h.events}, at(t, "2026-11-27 09:00")))
	golden(t, "detail_new", w.Detail(report.Story{Issue: hall(t), Events: h.events[:2]}, at(t, "2026-11-23 09:10")))
	golden(t, "detail_unknown", w.Detail(report.Story{Issue: unknown(), Events: h.events[:1]}, at(t, "2026-11-23 09:10")))
	long := with(hall(t), func(i *issue.Issue) { i.Text = strings.Repeat("乱", 10000) })
	if n := utf8.RuneCountInString(w.Detail(report.Story{Issue: long}, at(t, "2026-11-23 09:10"))); n > 400 {
		t.Errorf("10,000 characters are answered with %d", n)
	}
}

// TestDetailRelations: what an issue is bound to is named with where that stands.
func TestDetailRelations(t *testing.T) {
	w, now := county(t), at(t, "2026-11-23 09:30")
	merged := with(hall(t), func(i *issue.Issue) { i.Status, i.Assignee, i.MergedInto = issue.Merged, "", 12 })
	h := &past{TB: t}
	h.add("2026-11-23 09:05", "zhang_min", issue.Report, "", issue.Change{Source: issue.FromPublic})
	h.add("2026-11-23 09:05", "", issue.Assign, "", issue.Change{Unit: "zhaoyang"})
	h.add("2026-11-23 09:20", "chen_jing", issue.Merge, "", issue.Change{Merged: 12})
	target := with(stop(t), func(i *issue.Issue) { i.ID, i.Status = 12, issue.Working })
	golden(t, "detail_merged", w.Detail(report.Story{Issue: merged, Events: h.events, Target: &target}, now))

	part := with(stop(t), func(i *issue.Issue) { i.ID, i.Parent = 18, 128 })
	done := with(stop(t), func(i *issue.Issue) { i.ID, i.Parent, i.Unit, i.Status = 19, 128, "chengguan", issue.Closed })
	whole := with(hall(t), func(i *issue.Issue) { i.Status = issue.Working })
	h.events = h.events[:2]
	h.add("2026-11-23 09:05", "", issue.Split, "住建局 #18", issue.Change{Child: 18})
	var many []issue.Issue
	for n := range 7 {
		many = append(many, with(stop(t), func(i *issue.Issue) { i.ID, i.Status = int64(31+n), issue.Merged }))
	}
	golden(t, "detail_whole", w.Detail(report.Story{Issue: whole, Events: h.events, Parts: []issue.Issue{part, done}, Merged: many}, now))
	golden(t, "detail_part", w.Detail(report.Story{Issue: part, Whole: &whole}, now))
}

// TestDetailOfAComplaint: a complaint with everything that can be open at once, and every act of a long life.
func TestDetailOfAComplaint(t *testing.T) {
	w := county(t)
	h := &past{TB: t}
	ask := func(kind issue.Action, until string, unit string) issue.Change {
		r := issue.Request{Kind: kind, By: "zhang_wei", Reason: "等配件", Decider: issue.RoleOffice, Unit: unit}
		if until != "" {
			r.Until = at(t, until)
		}
		return issue.Change{Request: &r}
	}
	h.add("2026-11-20 09:05", "zhang_min", issue.Report, "", issue.Change{Source: issue.FromPublic, Complaint: true})
	h.add("2026-11-20 09:05", "", issue.Assign, "", issue.Change{Unit: "zhujian", Assignee: "wang_fang"})
	h.add("2026-11-20 09:30", "wang_fang", issue.AskSendBack, "属小区管理", ask(issue.AskSendBack, "", "zhaoyang"))
	h.add("2026-11-20 10:00", "chen_jing", issue.Reassign, "", issue.Change{Unit: "zhaoyang", Assignee: "li_qiang"})
	h.add("2026-11-20 11:00", "", issue.Sign, "", issue.Change{})
	h.add("2026-11-20 11:10", "li_qiang", issue.Opine, "已答复当事人，今日清理", issue.Change{})
	h.add("2026-11-20 14:00", "zhang_min", issue.Correct, "类别：环境卫生 → 小区管理", issue.Change{})
	h.add("2026-11-20 15:00", "zhang_wei", issue.AskExtend, "等配件", ask(issue.AskExtend, "2026-11-24 17:30", ""))
	h.add("2026-11-20 15:30", "chen_jing", issue.Extend, "下不为例", issue.Change{Due: at(t, "2026-11-24 17:30")})
	h.add("2026-11-20 16:00", "li_qiang", issue.Note, "配件周二到", issue.Change{})
	h.add("2026-11-23 09:00", "liu_jian", issue.Supervise, "群众催得急", issue.Change{ReplyDue: at(t, "2026-11-23 14:30")})
	h.add("2026-11-23 10:00", "li_qiang", issue.Reply, "今天下午清完", issue.Change{})
	h.add("2026-11-23 11:00", "li_qiang", issue.Photo, "整改后 1 张；提示：整改后照片与 #12 的照片相同，请核实", issue.Change{})
	h.add("2026-11-23 11:00", "li_qiang", issue.Submit, "已清空", issue.Change{})
	h.add("2026-11-23 12:00", "zhang_min", issue.Return, "虚假整改，现场未动", issue.Change{})
	h.add("2026-11-23 12:10", "zhang_min", issue.Accuse, "照片是旧的", ask(issue.Accuse, "", ""))
	h.add("2026-11-23 14:00", "chen_jing", issue.Uphold, "", issue.Change{})
	h.add("2026-11-23 15:00", "zhang_wei", issue.AskSuspend, "等施工队", ask(issue.AskSuspend, "2026-12-31 08:30", ""))
	h.add("2026-11-23 16:00", "liu_jian", issue.Refuse, "不同意挂账", issue.Change{})
	h.add("2026-11-24 15:30", "", issue.Remind, "", issue.Change{Told: issue.Marks{"tell/soon"}})
	h.add("2026-11-24 16:00", "zhang_wei", issue.Appeal, "照片是当天拍的", ask(issue.Appeal, "", ""))
	open := with(hall(t), func(i *issue.Issue) {
		i.Status, i.Complaint, i.Source, i.Returns, i.SendBacks, i.Extensions, i.Falsified = issue.Working, true, issue.FromPublic, 1, 1, 1, true
		i.Due, i.Measure = at(t, "2026-11-24 17:30"), "已清空"
		i.OpinionAt, i.OpinionDue, i.TellDue = at(t, "2026-11-20 11:10"), at(t, "2026-11-21 00:00"), at(t, "2026-11-25 17:30")
		i.ReplyDue = at(t, "2026-11-25 11:00")
		i.Request = *ask(issue.Appeal, "", "").Request
		i.Request.Due = at(t, "2026-11-25 17:30")
	})
	golden(t, "detail_complaint", w.Detail(report.Story{Issue: open, Events: h.events}, at(t, "2026-11-24 17:00")))
	fits(t, w.Detail(report.Story{Issue: open, Events: h.events}, at(t, "2026-11-24 17:00")))
}

// TestDetailOfTheRest: suspended, drawn for a look back, relapsed, on its way to another unit.
func TestDetailOfTheRest(t *testing.T) {
	w, now := county(t), at(t, "2026-11-25 17:00")
	h := &past{TB: t}
	h.add("2026-11-20 09:05", "zhang_min", issue.SolveOnSpot, "", issue.Change{Source: issue.FromLeader})
	h.add("2026-11-23 09:00", "", issue.Draw, "", issue.Change{LookBackBy: "zhang_min", LookBackDue: at(t, "2026-11-25 17:30")})
	drawn := with(hall(t), func(i *issue.Issue) {
		i.Status, i.Unit, i.Assignee, i.OnTheSpot, i.Source = issue.Closed, "", "", true, issue.FromLeader
		i.LookBackDue, i.LookBackBy, i.LookBacks = at(t, "2026-11-25 17:30"), "zhang_min", 1
	})
	golden(t, "detail_drawn", w.Detail(report.Story{Issue: drawn, Events: h.events}, now))
	h.add("2026-11-24 09:00", "zhang_min", issue.LookBack, "保持良好", issue.Change{})
	h.add("2026-11-24 10:00", "zhang_min", issue.Relapse, "又堆了", issue.Change{Unit: "zhaoyang", Assignee: "li_qiang"})
	h.add("2026-11-24 11:00", "zhang_wei", issue.AskSuspend, "等施工队", issue.Change{Request: &issue.Request{Kind: issue.AskSuspend, Until: at(t, "2026-12-31 08:30")}})
	h.add("2026-11-24 12:00", "liu_jian", issue.Suspend, "", issue.Change{ResumeAt: at(t, "2026-12-31 08:30")})
	h.add("2026-11-24 13:00", "chen_jing", issue.AskVoid, "错报", issue.Change{Request: &issue.Request{Kind: issue.AskVoid}})
	h.add("2026-11-24 13:10", "chen_jing", issue.Recall, "", issue.Change{})
	h.add("2026-11-24 14:00", "", issue.Resume, "", issue.Change{})
	rests := with(hall(t), func(i *issue.Issue) {
		i.Status, i.Relapses, i.LookBacks, i.ResumeAt = issue.Suspended, 1, 2, at(t, "2026-12-31 08:30")
	})
	golden(t, "detail_suspended", w.Detail(report.Story{Issue: rests, Events: h.events}, now))
	moved := with(hall(t), func(i *issue.Issue) { i.First, i.SelfFound = "zhujian", true })
	golden(t, "detail_first", w.Detail(report.Story{Issue: moved}, now))
	private := with(hall(t), func(i *issue.Issue) { i.Place, i.Complaint, i.Status = "", true, issue.Closed })
	golden(t, "detail_complaint_closed", w.Detail(report.Story{Issue: private}, now))
}

// TestTimelineFits: of a long history the report and the newest acts are shown.
func TestTimelineFits(t *testing.T) {
	w := county(t)
	for _, n := range []int{1, 19, 20, 21, 22, 200} {
		h := &past{TB: t}
		h.add("2026-11-23 09:05", "zhang_min", issue.Report, "", issue.Change{})
		for range n - 1 {
			h.add("2026-11-23 09:06", "zhang_min", issue.Photo, "整改前 1 张", issue.Change{})
		}
		text := w.Detail(report.Story{Issue: hall(t), Events: h.events}, at(t, "2026-11-23 09:30"))
		fits(t, text)
		if !strings.Contains(text, "11-23 09:05 张敏 上报") {
			t.Errorf("%d events: the report is missing", n)
		}
		if cut := strings.Contains(text, "…前面还有"); cut != (n > 20) {
			t.Errorf("%d events: cut is %v", n, cut)
		}
	}
}

// fits checks that an answer can be read on a phone: ten lines, and twenty of history.
func fits(t *testing.T, text string) {
	t.Helper()
	head, history := 0, 0
	for line := range strings.SplitSeq(text, "\n") {
		if _, err := time.Parse("01-02 15:04", line[:min(len(line), 11)]); err == nil || strings.HasPrefix(line, "…") {
			history++
			continue
		}
		head++
	}
	if head > 10 || history > 20 {
		t.Errorf("%d lines and %d of history do not fit:\n%s", head, history, text)
	}
}

// TestChains: who answers for a unit and for a place; nothing is said where the register says nothing.
func TestChains(t *testing.T) {
	w := county(t)
	for _, tt := range []struct{ got, want string }{
		{w.Chain("zhaoyang"), "主要领导 高建国、负责人 张伟、联络员 李强、B岗 刘芳"},
		{w.Chain("zhujian"), ""},
		{w.Chain(""), ""},
		{w.Guarantee("金水湾小区"), "领导 刘建、挂钩单位 住建局、社区 金湾社区"},
		{w.Guarantee("红星中路"), ""},
		{w.Guarantee(""), ""},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}

func TestLoad(t *testing.T) {
	w, now := county(t), at(t, "2026-11-25 10:00")
	var list []issue.Issue
	for _, s := range []issue.Status{issue.Assigned, issue.Working, issue.Working, issue.Submitted, issue.Suspended} {
		list = append(list, with(hall(t), func(i *issue.Issue) { i.Status = s }))
	}
	list[1].Due = at(t, "2026-11-26 17:30")
	if got, want := w.Load("zhaoyang", list, now), "昭阳街道未办结 5 件：待签收 1（超期 1）、整改中 2（超期 1）、待核查 1、挂账 1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := w.Load("zhaoyang", nil, now), "昭阳街道没有未办结的问题"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestLookBacks(t *testing.T) {
	w, now := county(t), at(t, "2026-12-10 10:00")
	drawn := func(id int64, by string) issue.Issue {
		return with(hall(t), func(i *issue.Issue) {
			i.ID, i.Status, i.ClosedAt, i.LookBackDue, i.LookBackBy = id, issue.Closed, at(t, "2026-11-24 16:00"), at(t, "2026-12-11 17:30"), by
		})
	}
	list := []issue.Issue{drawn(128, "zhang_min"), drawn(129, ""), drawn(130, "zhang_min")}
	list[1].Unit, list[1].OnTheSpot = "", true
	golden(t, "look_backs", w.LookBacks("待回头看", list, now))
}
