package intake

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

// How much is said in one message.
const (
	linesTold  = 5  // issues that a unit's message shows
	mostSpans  = 12 // ranges of numbers
	mostFaults = 20
	mostNamed  = 10 // units, rows, doubles
)

// PreviewText shows a preview, and what to do next.
func (c Clerk) PreviewText(p Preview, s *Sheet) string {
	if len(p.Faults) > 0 {
		return c.faultsText(p, s)
	}
	lines := []string{
		fmt.Sprintf("【导入预览】批次 %d：%s %d 件", p.Batch.ID, p.Batch.Name, len(p.Rows)),
		"来源：" + p.Terms.origin() + "；时限：" + p.Terms.limitText(c, p.Batch),
		c.shares(p.Plan),
	}
	add := func(rows []Row, what string) {
		if len(rows) > 0 {
			lines = append(lines, fmt.Sprintf("%s %d 件（%s）", what, len(rows), places(rows)))
		}
	}
	add(p.NoUnit, "没有责任单位、导入后待创城办派单的")
	add(p.NoPlace, "地点不在登记表里的")
	add(p.NoCategory, "类别没有识别的")
	add(p.Strange, "类别名称不认识、按问题描述判断的")
	if n := len(p.Doubles); n > 0 {
		lines = append(lines, fmt.Sprintf("疑似重复 %d 件：%s", n, doubles(p.Doubles)))
	}
	lines = append(lines, s.remarks()...)
	return strings.Join(append(lines, fmt.Sprintf("没有问题请在今天内发「确认导入 %d」，不要了请发「取消导入 %d」", p.Batch.ID, p.Batch.ID)), "\n")
}

// remarks say what of the file is not taken.
func (s *Sheet) remarks() []string {
	var out []string
	if s.Hidden > 0 {
		out = append(out, fmt.Sprintf("隐藏的 %d 行没有算进来", s.Hidden))
	}
	if len(s.Unread) > 0 {
		out = append(out, "没有读的工作表（没有“问题描述”一列）："+report.Short(strings.Join(s.Unread, "、"), 60))
	}
	if len(s.Unused) > 0 {
		out = append(out, "没有用到的列："+report.Short(strings.Join(s.Unused, "、"), 60))
	}
	if s.Pictures {
		out = append(out, "表里的图片不会导入，要留证请用「补照片」")
	}
	return out
}

// faultsText lists what has to be mended.
func (c Clerk) faultsText(p Preview, s *Sheet) string {
	rows := map[Row]bool{}
	for _, f := range p.Faults {
		rows[f.Row] = true
	}
	lines := []string{fmt.Sprintf("%s 有 %d 行要改，一件也没有导入：", report.Short(s.Name, 40), len(rows))}
	for _, f := range p.Faults[:min(len(p.Faults), mostFaults)] {
		lines = append(lines, f.text())
	}
	if more := len(p.Faults) - mostFaults; more > 0 {
		lines = append(lines, fmt.Sprintf("……另有 %d 处", more))
	}
	return strings.Join(append(lines, "全部错误见随后的表格。改好后直接重发表格就行，今天内不用再发命令"), "\n")
}

// text is a fault as one line.
func (f Fault) text() string {
	return f.Row.where() + " " + f.Column + "：" + strings.Join(strings.Fields(f.Text), " ")
}

// where says where a row stands: 第 12 行.
func (r Row) where() string {
	at := fmt.Sprintf("第 %d 行", r.Line)
	if r.Sheet != "" {
		return "“" + r.Sheet + "”" + at
	}
	return at
}

// FaultTable is the list of all rows with faults, as they stand and with what is wrong.
func FaultTable(p Preview) (head []string, rows [][]string) {
	head = []string{"工作表", "行", "错误"}
	for _, c := range columns() {
		if c.field != nil {
			head = append(head, c.name)
		}
	}
	var before Row
	for _, f := range p.Faults {
		text := f.Column + "：" + f.Text
		if len(rows) > 0 && f.Row == before {
			rows[len(rows)-1][2] += "\n" + text
			continue
		}
		before = f.Row
		row := []string{f.Row.Sheet, fmt.Sprint(f.Row.Line), text}
		for _, c := range columns() {
			if c.field != nil {
				row = append(row, *c.field(&before))
			}
		}
		rows = append(rows, row)
	}
	return head, rows
}

// FiledText says that a batch was filed.
func (c Clerk) FiledText(f Filed) string {
	all := make([]issue.Issue, 0, len(f.Filings))
	var orphans []issue.Issue
	parts := 0
	for _, filing := range f.Filings {
		all = append(all, filing.Issue)
		parts += len(filing.Parts)
		if filing.Unit == "" {
			orphans = append(orphans, filing.Issue)
		}
	}
	lines := []string{fmt.Sprintf("已导入 %d 件（%s），批次 %d：%s，来源：%s", len(all), Spans(all, mostSpans), f.ID, f.Name, f.origin())}
	if parts > 0 {
		lines = append(lines, fmt.Sprintf("另有协办 %d 件", parts))
	}
	lines = append(lines, c.shares(f.Plan))
	if len(orphans) > 0 {
		lines = append(lines, fmt.Sprintf("其中 %d 件没有责任单位：%s\n请发「派单 %d 单位」", len(orphans), Spans(orphans, mostSpans), orphans[0].ID))
	}
	return strings.Join(lines, "\n")
}

// origin is where a batch comes from: 省模拟测评（上级反馈）.
func (t Terms) origin() string {
	if t.Words == "" || t.Words == t.Source.Text() {
		return t.Source.Text()
	}
	return t.Words + "（" + t.Source.Text() + "）"
}

func (f Filed) origin() string { return f.Terms().origin() }

// Terms are those that the batch was filed under.
func (f Filed) Terms() Terms { return f.Plan.Terms }

func (t Terms) limitText(c Clerk, b store.Batch) string {
	const own = "表中写了的按表中"
	switch {
	case !t.Limit.Limit.IsZero():
		return own + "，其余 " + t.Limit.Limit.Text()
	case !t.Limit.At.IsZero():
		return own + "，其余到 " + c.Cal.Text(t.Limit.At, b.AtTime())
	}
	return own + "，其余按类别"
}

// shares says how many problems which unit gets.
func (c Clerk) shares(p Plan) string {
	if len(p.Units) == 0 {
		return "没有一件有责任单位"
	}
	var names []string
	for _, s := range p.Units[:min(len(p.Units), mostNamed)] {
		names = append(names, fmt.Sprintf("%s %d", c.Reg.UnitName(s.Unit), s.N))
	}
	text := strings.Join(names, "、")
	if more := p.Units[len(names):]; len(more) > 0 {
		n := 0
		for _, s := range more {
			n += s.N
		}
		text += fmt.Sprintf("，另 %d 个单位 %d", len(more), n)
	}
	return text
}

// places lists where rows stand: 第 5、12 行 等.
func places(rows []Row) string {
	var parts []string
	sheet := ""
	for _, r := range rows[:min(len(rows), mostNamed)] {
		if r.Sheet != sheet || len(parts) == 0 {
			sheet = r.Sheet
			parts = append(parts, strings.TrimSuffix(r.where(), " 行"))
			continue
		}
		parts = append(parts, fmt.Sprint(r.Line))
	}
	text := strings.Join(parts, "、") + " 行"
	if len(rows) > mostNamed {
		text += "等"
	}
	return text
}

func doubles(list []Double) string {
	var parts []string
	for _, d := range list[:min(len(list), mostNamed)] {
		if d.Twin.ID != 0 {
			parts = append(parts, d.Row.where()+"与 "+d.Twin.Number())
		} else {
			parts = append(parts, d.Row.where()+"与"+d.Above.where())
		}
	}
	text := strings.Join(parts, "、")
	if len(list) > mostNamed {
		text += "等"
	}
	return text
}

// Spans writes the numbers of issues in order, those that follow each other as a range: #201–#230、#245. At most n are written.
func Spans(list []issue.Issue, n int) string {
	var ids []int64
	for _, i := range list {
		ids = append(ids, i.ID)
	}
	slices.Sort(ids)
	var parts []string
	for k := 0; k < len(ids); {
		end := k
		for end+1 < len(ids) && ids[end+1] == ids[end]+1 {
			end++
		}
		if len(parts) == n {
			return strings.Join(parts, "、") + "等"
		}
		part := fmt.Sprintf("#%d", ids[k])
		if end > k {
			part = fmt.Sprintf("#%d–#%d", ids[k], ids[end])
		}
		parts = append(parts, part)
		k = end + 1
	}
	return strings.Join(parts, "、")
}

func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "；")
}

// Overview lists batches that were filed, with how many of their issues are still open.
func (c Clerk) Overview(tx *store.Tx, list []store.Batch) (string, error) {
	var lines []string
	for _, b := range list {
		n, err := tx.CountIssues(store.Filter{FromID: b.FirstIssue, ToID: b.LastIssue, Statuses: issue.OpenStatuses(), Whole: true})
		if err != nil {
			return "", err
		}
		t := Terms{Source: issue.Source(b.Source), Words: b.Words}
		lines = append(lines, fmt.Sprintf("批次 %d %s %s：%s，%d 件（#%d–#%d），未销号 %d 件", b.ID, b.FiledTime().In(c.Cal.Location()).Format(time.DateOnly), b.Name,
			t.origin(), b.Count, b.FirstIssue, b.LastIssue, n))
	}
	return strings.Join(lines, "\n"), nil
}
