package roster

import (
	"slices"
	"strconv"
	"strings"

	"duban/internal/sheet"
)

// grid is a sheet of the workbook, seen as one of the tables.
type grid struct {
	sheet   string
	columns []found
	rows    []*row
}

// found is a column of a table that the sheet has.
type found struct {
	head string // as the table names it
	key  string // in the configuration
	at   int    // from 1
}

// row is a row with something in it.
type row struct {
	number int
	fields []string
	entry  int  // of the list, once it is matched
	known  bool // the register had the entry before
	failed bool // it could not be matched
}

func (r *row) text(column int) string {
	if column < 1 || column > len(r.fields) {
		return ""
	}
	return r.fields[column-1]
}

// all are the row's words.
func (r *row) all() string {
	var out []string
	for _, f := range r.fields {
		if text := tidy(f); text != "" {
			out = append(out, text)
		}
	}
	return strings.Join(out, " ")
}

// cell is the text below a head; ok is false if the sheet has no such column.
func (g *grid) cell(r *row, head string) (text string, at int, ok bool) {
	for _, c := range g.columns {
		if c.head == head {
			return r.text(c.at), c.at, true
		}
	}
	return "", 0, false
}

// headRows is how many rows are looked through for the head: above it are titles.
const headRows = 20

// locate finds the tables among the workbook's sheets.
func (r *reading) locate(book Book) (map[string]*grid, error) {
	out := map[string]*grid{}
	from := map[string]string{}
	for _, name := range book.Sheets() {
		t := tableFor(name)
		switch {
		case t == nil:
			if plainHead(name) != "说明" {
				r.note("工作表“" + name + "”没有用到：只读 " + strings.Join(sheetNames(), "、"))
			}
			continue
		case from[t.sheetName()] != "":
			r.fault(Fault{Sheet: name, Text: "与工作表“" + from[t.sheetName()] + "”说的是同一样东西，请合并成一张"})
			continue
		}
		from[t.sheetName()] = name
		lines, err := collect(book, name)
		if err != nil {
			return nil, err
		}
		if g := r.grid(t, name, lines); g != nil {
			out[t.sheetName()] = g
		}
	}
	if len(from) == 0 {
		r.fault(Fault{Sheet: "这个文件", Text: "没有可以导入的工作表；工作表的名称要是 " + strings.Join(sheetNames(), "、") + "，模板可以用 duban template 生成"})
	}
	return out, nil
}

// collect reads the rows with something in them. Hidden ones count: a filter hides them, and nobody means to leave them out.
func collect(book Book, name string) (lines []sheet.Line, err error) {
	for line, err := range book.Lines(name) {
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(line.Fields, func(s string) bool { return strings.TrimSpace(s) != "" }) {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// grid finds the head of a sheet and takes what is below it; nil if there is no head.
func (r *reading) grid(t table, name string, lines []sheet.Line) *grid {
	best, most := -1, 0
	for i, line := range lines[:min(len(lines), headRows)] {
		known, required := 0, false
		for _, f := range line.Fields {
			if c, ok := t.column(plainHead(f)); ok {
				known++
				required = required || c == t.nameHead()
			}
		}
		if required && known > most {
			best, most = i, known
		}
	}
	if len(lines) == 0 {
		return nil // an empty sheet is as good as none
	}
	if best < 0 {
		r.fault(Fault{Sheet: name, Text: "没有找到标题行：要有一行写着各列的名称，至少有“" + t.nameHead() + "”"})
		return nil
	}
	g := &grid{sheet: tidy(name)}
	r.heads(t, g, lines[best])
	for _, line := range lines[best+1:] {
		g.rows = append(g.rows, &row{number: line.Number, fields: line.Fields})
	}
	return g
}

// heads finds the columns of the head row, and tells which are not used.
func (r *reading) heads(t table, g *grid, line sheet.Line) {
	var unused []string
	for i, f := range line.Fields {
		plain := plainHead(f)
		head, ok := t.column(plain)
		switch {
		case !ok && plain != "" && plain != "序号":
			unused = append(unused, letters(i+1)+" 列“"+tidy(f)+"”")
		case !ok:
		case slices.ContainsFunc(g.columns, func(c found) bool { return c.head == head }):
			r.fault(Fault{Sheet: g.sheet, Row: line.Number, Column: i + 1, Head: head, Text: "这一列的标题写了两次，请只留一列"})
		default:
			g.columns = append(g.columns, found{head: head, key: t.keyOf(head), at: i + 1})
		}
	}
	if len(unused) > 0 {
		r.note(g.sheet + "：没有用到 " + strings.Join(unused, "、"))
	}
}

// remark says whether a row is no entry but something that is written below a table: 注：…, 填表人：….
func (g *grid) remark(r *row, nameAt int) bool {
	first, filled := "", 0
	for i, f := range r.fields {
		if text := tidy(f); text != "" {
			if filled++; first == "" && (i+1 == nameAt || i == 0) {
				first = text
			}
		}
	}
	if first == "" {
		return false
	}
	for _, begin := range []string{"注:", "注：", "备注:", "备注：", "说明:", "说明：", "填表人", "填报人", "制表人", "审核人", "合计", "共计"} {
		if strings.HasPrefix(first, begin) && (filled == 1 || !strings.HasPrefix(begin, "合")) {
			return true
		}
	}
	return false
}

func (r *reading) note(text string) { r.out.Notes = append(r.out.Notes, text) }

func (r *reading) fault(f Fault) { r.faults = append(r.faults, f) }

// atCell notes what is wrong with a cell.
func (r *reading) atCell(g *grid, w *row, head, text string) {
	value, at, _ := g.cell(w, head)
	r.fault(Fault{Sheet: g.sheet, Row: w.number, Column: at, Head: head, Value: value, Text: text})
}

func path(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }
