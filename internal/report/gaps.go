package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"duban/internal/score"
)

// Hots tells which places and kinds of problems repeat in a period that goes by a name (S87).
func (w Words) Hots(period string, h score.Hots) string {
	var b strings.Builder
	fmt.Fprintf(&b, "【热点】%s，立案 %d 件", period, h.N)
	if len(h.Places)+len(h.Categories) == 0 {
		fmt.Fprintf(&b, "\n没有一个点位、一个类别达到 %d 件", h.Least)
		return b.String()
	}
	if len(h.Places) > 0 {
		b.WriteString("\n多发点位")
	}
	for n, p := range h.Places {
		fmt.Fprintf(&b, "\n%d. %s %d 件", n+1, p.Place, p.N)
		var kinds []string
		for _, t := range p.Categories {
			kinds = append(kinds, fmt.Sprintf("%s %d 件", t.Category, t.N))
		}
		if len(kinds) > 0 {
			b.WriteString("：" + strings.Join(kinds, "、"))
		}
	}
	if len(h.Categories) > 0 {
		b.WriteString("\n多发类别")
	}
	for n, c := range h.Categories {
		fmt.Fprintf(&b, "\n%d. %s %d 件，占 %s，%s", n+1, c.Category, c.N, percent(c.N, h.N), against(c.N, c.Before))
	}
	if len(h.Places) > 0 {
		fmt.Fprintf(&b, "\n看明细请发「查 %s」", h.Places[0].Place)
	}
	return b.String()
}

// against is the change of a number against the period before.
func against(now, before int) string {
	switch {
	case now > before:
		return fmt.Sprintf("比上期多 %d 件", now-before)
	case now < before:
		return fmt.Sprintf("比上期少 %d 件", before-now)
	}
	return "与上期持平"
}

// Gaps lists at most n places that nobody inspected lately, of a unit or of all (S9, S20).
func (w Words) Gaps(whose string, c score.Coverage, n int, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "【未督查】%s%d 天内已覆盖 %d/%d 个点位，%s", whose, c.Days, c.Covered(), c.Places, percent(c.Covered(), c.Places))
	mandatory := len(c.Mandatory())
	for k, g := range c.Gaps[:min(n, len(c.Gaps))] {
		switch {
		case k == 0 && mandatory > 0:
			fmt.Fprintf(&b, "\n必查点位 %d 个", mandatory)
		case k == mandatory && k > 0:
			fmt.Fprintf(&b, "\n其他点位 %d 个", len(c.Gaps)-mandatory)
		}
		b.WriteString("\n" + w.gap(g, now))
	}
	switch {
	case len(c.Gaps) == 0:
		return b.String() + "\n没有盲点"
	case len(c.Gaps) > n:
		fmt.Fprintf(&b, "\n……另有 %d 个", len(c.Gaps)-n)
	}
	fmt.Fprintf(&b, "\n督查员去过没有问题的，请发「巡查 %s 无问题」", c.Gaps[0].Name)
	return b.String()
}

// gap is a place, who answers for it and how long it was not inspected: 金水湾小区｜昭阳街道，已 21 天.
func (w Words) gap(g score.Gap, now time.Time) string {
	how := "从未督查"
	if !g.Last.IsZero() {
		how = fmt.Sprintf("已 %d 天", now.Sub(g.Last)/(24*time.Hour))
	}
	if g.Unit == "" {
		return g.Name + "｜" + how
	}
	return g.Name + "｜" + w.Reg.UnitName(g.Unit) + "，" + how
}

// Lagging tells which units stay behind their groups in a period that goes by a name, and by what (S32).
func (w Words) Lagging(period string, groups []score.Lagging) string {
	var b strings.Builder
	b.WriteString("【后进单位】" + period)
	late := ""
	for _, l := range groups {
		if l.Units == 0 {
			continue
		}
		group, _ := w.Reg.Group(l.Group)
		fmt.Fprintf(&b, "\n— %s —", cmp.Or(group.Name, l.Group))
		if len(l.Worst) == 0 {
			b.WriteString("\n没有明显后进的单位")
			continue
		}
		for n, u := range l.Worst {
			var why []string
			for _, r := range reasons(l, u) {
				why = append(why, r.what+r.usual)
			}
			fmt.Fprintf(&b, "\n%d. %s：%s", n+1, w.Reg.UnitName(u.Unit), strings.Join(why, "；"))
			if late == "" && u.ByOverdue {
				late = w.Reg.UnitName(u.Unit)
			}
		}
	}
	if late != "" {
		fmt.Fprintf(&b, "\n看明细请发「逾期 %s」", late)
	}
	return b.String()
}

// reason is something by which a unit stays behind the others of its group, and what is usual there.
type reason struct{ what, usual string }

func reasons(l score.Lagging, u score.Lag) []reason {
	var out []reason
	if u.ByOverdue {
		out = append(out, reason{fmt.Sprintf("超期 %d 件", u.Overdue), "（平均 " + decimal(l.Sum.Overdue, l.Units) + " 件）"})
	}
	if u.ByTime {
		out = append(out, reason{fmt.Sprintf("按期 %d/%d", u.OnTime, u.Entering), "（全组 " + percent(l.Sum.OnTime, l.Sum.Entering) + "）"})
	}
	if u.ByReturns {
		out = append(out, reason{fmt.Sprintf("返工 %d/%d", u.Returned, u.Reviewed), "（全组 " + percent(l.Sum.Returned, l.Sum.Reviewed) + "）"})
	}
	return out
}

// summaryNames is how many places or units a line of the digest names.
const summaryNames = 3

// coverageLine tells of mandatory places that nobody inspected lately; nothing if there are none.
func coverageLine(c score.Coverage) string {
	gaps := c.Mandatory()
	if len(gaps) == 0 {
		return ""
	}
	var names []string
	for _, g := range gaps[:min(summaryNames, len(gaps))] {
		names = append(names, g.Name)
	}
	text := fmt.Sprintf("\n必查点位 %d 个超过 %d 天未督查：%s", len(gaps), c.Days, strings.Join(names, "、"))
	if len(gaps) > summaryNames {
		text += "等"
	}
	return text
}

// laggingLine names the units that stay behind, and by what; nothing if none does remarkably.
func (w Words) laggingLine(groups []score.Lagging) string {
	var parts []string
	for _, l := range groups {
		for _, u := range l.Worst {
			var why []string
			for _, r := range reasons(l, u) {
				why = append(why, r.what)
			}
			parts = append(parts, w.Reg.UnitName(u.Unit)+" "+strings.Join(why, "，"))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "\n后进：" + strings.Join(parts[:min(summaryNames, len(parts))], "；")
}

// percent is a share in per cent with at most one decimal: 51.4%.
func percent(n, of int) string { return decimal(100*n, of) + "%" }

// decimal is a fraction rounded half up to one decimal, which is left out if it is nought; 0 of nothing.
func decimal(num, den int) string {
	if den == 0 {
		return "0"
	}
	tenths := (20*num + den) / (2 * den)
	if tenths%10 == 0 {
		return fmt.Sprint(tenths / 10)
	}
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}
