package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/internal/issue"
)

// Filing is a problem that was filed, with what the answer says beside the issue itself.
type Filing struct {
	issue.Issue
	Parts  []issue.Issue // what the assisting units got of it (S14)
	Near   []string      // registered places that may be meant, where none was found
	Twin   issue.Issue   // an open issue that may be the same problem; ID 0: none
	Lacks  int           // photos from before that the category demands and that did not come yet
	Unread string        // words that look like a deadline and were not taken for one
	Solved bool          // the report says that it was put right there and then, and does not prove it
}

// Filed answers a report: every issue with what was understood of it, and the next step (design.md §3).
func (w Words) Filed(list []Filing, photos int, now time.Time) string {
	var b strings.Builder
	if len(list) == 1 {
		w.filedOne(&b, list[0], now)
	} else {
		fmt.Fprintf(&b, "已立案 %d 件", len(list))
		for _, f := range list {
			b.WriteString("\n" + w.filedLine(f, now))
		}
		for _, f := range list {
			for _, hint := range filedHints(f) {
				b.WriteString("\n" + f.Number() + " " + hint)
			}
		}
	}
	if n := slices.IndexFunc(list, func(f Filing) bool { return f.Complaint }); n >= 0 {
		b.WriteString("\n" + w.Answering(list[n].Issue, now))
	}
	b.WriteString("\n" + w.filedNext(list, photos))
	return b.String()
}

func (w Words) filedOne(b *strings.Builder, f Filing, now time.Time) {
	fmt.Fprintf(b, "已立案 %s", w.understood(f))
	switch {
	case f.Unit == "":
		b.WriteString("\n责任：待创城办派单")
	case f.Complaint && f.Due.Equal(f.TellDue): // its deadlines follow
		b.WriteString("\n责任：" + w.Owner(f.Issue))
	default:
		fmt.Fprintf(b, "\n责任：%s，%s", w.Owner(f.Issue), w.Due(f.Issue, now))
	}
	if len(f.Parts) > 0 {
		b.WriteString("\n" + w.Assisting(f.Parts))
	}
	for _, hint := range filedHints(f) {
		b.WriteString("\n" + hint)
	}
}

// understood is what was understood of a problem, for the answer about one: number and words, place, category and source.
func (w Words) understood(f Filing) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", f.Number(), Short(f.Text, 2*shortText))
	if f.Complaint {
		b.WriteString("（投诉）")
	}
	b.WriteString("\n地点：" + orElse(f.Place, "未识别"))
	if len(f.Near) > 0 {
		fmt.Fprintf(&b, "（是不是%s？更正请发「更正 %d 地点 %s」）", Or(f.Near), f.ID, f.Near[0])
	}
	b.WriteString("｜类别：" + orElse(f.Category, "未识别"))
	if f.Source != "" && f.Source != issue.FromInspection && !f.Complaint {
		b.WriteString("｜来源：" + f.Source.Text())
	}
	return b.String()
}

func (w Words) filedLine(f Filing, now time.Time) string {
	line := w.Head(f.Issue) + "｜" + orElse(f.Category, "类别未识别")
	if f.Place == "" {
		line += "｜地点未识别"
	}
	if len(f.Near) > 0 {
		line += fmt.Sprintf("（是不是%s？更正请发「更正 %d 地点 %s」）", Or(f.Near), f.ID, f.Near[0])
	}
	if f.Unit == "" {
		return line + " → 待创城办派单"
	}
	line += " → " + w.Owner(f.Issue) + "，" + w.Due(f.Issue, now)
	if len(f.Parts) > 0 {
		line += "｜" + w.Assisting(f.Parts)
	}
	return line
}

// Assisting names the assisting units with the numbers of their parts: 协办：住建局 #18、交警大队 #19.
func (w Words) Assisting(parts []issue.Issue) string {
	var names []string
	for _, p := range parts {
		names = append(names, w.Reg.UnitName(p.Unit)+" "+p.Number())
	}
	return "协办：" + strings.Join(names, "、")
}

// filedHints are what somebody should look at: a deadline that was not understood, a double, and what was solved without being proved.
func filedHints(f Filing) []string {
	var out []string
	if f.Unread != "" {
		out = append(out, "没采用“"+f.Unread+"”（没看懂、已过或超过一年），按类别时限")
	}
	if f.Twin.ID != 0 {
		out = append(out, Doubled(f.Issue, f.Twin))
	}
	if f.Solved {
		out = append(out, fmt.Sprintf("如已当场解决，请发「当场解决 %d」并附整改后照片", f.ID))
	}
	return out
}

// Doubled says that an issue may be the same problem as another one, and how to merge them.
func Doubled(i, twin issue.Issue) string {
	return "疑似与 " + twin.Number() + " 重复，并案请发「" + merging(i, twin) + "」"
}

// merging is the command that merges two issues. A complaint stays on its own, because who complained has to be answered
// (S73): then the other one goes into it.
func merging(i, twin issue.Issue) string {
	if i.Complaint && !twin.Complaint {
		i, twin = twin, i
	}
	return fmt.Sprintf("并案 %d 到 %d", i.ID, twin.ID)
}

// Doubles shows the office two issues that may be the same problem.
func (w Words) Doubles(i, twin issue.Issue, now time.Time) string {
	return w.Line(i, now) + "\n" + w.Line(twin, now) + "\n同一问题请发「" + merging(i, twin) + "」"
}

// Answering says until when a complaint has to be answered: an opinion first, then the result, published and told to the person
// (S73).
func (w Words) Answering(i issue.Issue, now time.Time) string {
	return fmt.Sprintf("须%s前提出处理意见（答复），%s前公布结果并告知当事人", w.until(i.OpinionDue, now), w.until(i.TellDue, now))
}

// Complained tells the unit of a complaint what it owes besides the handling.
func (w Words) Complained(i issue.Issue, now time.Time) string {
	return fmt.Sprintf("%s 是投诉，%s\n处理意见请发「答复 %d 内容」，结果请发「公布 %d 在哪里」「告知 %d 怎样告知」", i.Number(), w.Answering(i, now), i.ID, i.ID, i.ID)
}

// until is an instant with the blank that its digits want before 前.
func (w Words) until(t time.Time, now time.Time) string { return w.Cal.Text(t, now) + " " }

// filedNext says where photos go, and how to dispatch the first issue that has no unit, or else to dispatch otherwise.
func (w Words) filedNext(list []Filing, photos int) string {
	lacks := 0
	for _, f := range list {
		lacks += f.Lacks
	}
	here := "发到群里"
	if list[0].Chat == "" {
		here = "发来"
	}
	photo := "照片请在 " + w.window() + "内" + here
	switch {
	case photos > 0 && lacks > 0:
		photo = fmt.Sprintf("已收到照片 %d 张，还缺整改前照片 %d 张，请在 %s内%s", photos, lacks, w.window(), here)
	case photos > 0:
		photo = fmt.Sprintf("已收到照片 %d 张，%s内还可补发", photos, w.window())
	case lacks > 0:
		photo = fmt.Sprintf("要整改前照片 %d 张，请在 %s内%s", lacks, w.window(), here)
	}
	verb, id := "改派", list[0].ID
	if n := slices.IndexFunc(list, func(f Filing) bool { return f.Unit == "" }); n >= 0 {
		verb, id = "派单", list[n].ID
	}
	return fmt.Sprintf("%s；%s请发「%s %d 单位」", photo, verb, verb, id)
}

// window is how long a photo may come after its command.
func (w Words) window() string {
	if d := w.Reg.Rules.PairWindow; d%time.Minute != 0 {
		return fmt.Sprintf("%d 秒", d/time.Second)
	}
	return fmt.Sprintf("%d 分钟", w.Reg.Rules.PairWindow/time.Minute)
}

// SolvedOnSpot answers a report of what was put right there and then and is closed with it (S22).
func (w Words) SolvedOnSpot(f Filing, photos int) string {
	text := fmt.Sprintf("已当场解决并销号 %s\n整改前后照片 %d 张", w.understood(f), photos)
	if f.Twin.ID != 0 {
		text += fmt.Sprintf("\n疑似与 %s 是同一问题，%s 也已解决的请发「当场解决 %d」", f.Twin.Number(), f.Twin.Number(), f.Twin.ID)
	}
	return text
}

// SolvedUnproved answers such a report without its photos: they may still come, otherwise it becomes an ordinary issue.
func (w Words) SolvedUnproved(f Filing, missing int, now time.Time) string {
	text := fmt.Sprintf("已登记 %s\n当场解决要整改前后照片，还差 %d 张，请在%s内发，收到后自动销号\n不发按一般问题", w.understood(f), missing, Span(w.Reg.Rules.PairWindow))
	if f.Unit == "" {
		return text + "由创城办派单"
	}
	return text + "派给" + w.Owner(f.Issue) + "，" + w.Due(f.Issue, now)
}

// Or joins a few names to a question: 金水湾小区，或者金水苑小区.
func Or(names []string) string { return strings.Join(names[:min(len(names), 3)], "，或者") }

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// Share is what is newly a unit's, as the lead or as one that assists.
type Share struct {
	Unit   string
	Issues []issue.Issue
}

// Shares gives what was filed to each unit that has something to do, in the order in which the units first occur.
func Shares(filed []Filing) []Share {
	var out []Share
	at := map[string]int{}
	for _, f := range filed {
		for _, i := range append([]issue.Issue{f.Issue}, f.Parts...) {
			if i.Unit == "" {
				continue
			}
			n, known := at[i.Unit]
			if !known {
				n = len(out)
				at[i.Unit] = n
				out = append(out, Share{Unit: i.Unit})
			}
			out[n].Issues = append(out[n].Issues, i)
		}
	}
	return out
}
