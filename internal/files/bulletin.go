package files

import (
	"cmp"
	"io"

	"duban/internal/document"
	"duban/internal/sheet"
)

// bulletinSheet makes the lists of a bulletin as a spreadsheet; none if it has no lists.
func (w *work) bulletinSheet() error {
	tables := bulletinTables(*w.spec.Bulletin)
	if len(tables) == 0 {
		return nil
	}
	return w.create(w.spec.Name+".xlsx", false, func(f io.Writer) error { return sheet.WriteTables(f, tables) })
}

// bulletinTables are the rankings of a bulletin, each on a sheet of its own, and its lists of issues. What is printed says what it is.
func bulletinTables(b document.Bulletin) []sheet.Table {
	mark := ""
	if b.Draft {
		mark = "（" + document.DraftMark + "）"
	}
	var out []sheet.Table
	for _, g := range b.Groups {
		t := sheet.Table{Sheet: cmp.Or(g.Name, "排名"), Head: document.RankHead()}
		for _, r := range g.Rows {
			t.Rows = append(t.Rows, figures(r.Fields()))
		}
		out = append(out, t)
	}
	lists := []sheet.Table{
		{Sheet: "突出问题", Head: []string{"单位", "点位", "编号", "问题", "超期天数", "退回次数"}, Rows: itemRows(b.Units)},
		{Sheet: "反弹和虚假整改", Head: []string{"类型", "单位", "点位", "问题"}, Rows: setbackRows(b.Setbacks)},
	}
	for _, t := range lists {
		if len(t.Rows) > 0 {
			out = append(out, t)
		}
	}
	for n := range out {
		out[n].Title = b.Title + "（" + out[n].Sheet + "）" + mark
	}
	return out
}

// figures are fields of a ranking as cells: numbers can be reckoned with, but a unit whose name is digits keeps it.
func figures(fields []string) []sheet.Cell {
	out := make([]sheet.Cell, 0, len(fields))
	for n, f := range fields {
		if document.RankHead()[n] == "单位" {
			out = append(out, sheet.Text(f))
			continue
		}
		out = append(out, sheet.Decimal(f))
	}
	return out
}

func itemRows(units []document.Unit) (rows [][]sheet.Cell) {
	for _, u := range units {
		for _, p := range u.Places {
			for _, i := range p.Items {
				number := sheet.Int(i.Issue)
				if i.Issue == 0 {
					number = sheet.Cell{}
				}
				overdue := sheet.Int(int64(i.Overdue))
				overdue.Red = i.Overdue > 0
				rows = append(rows, []sheet.Cell{
					sheet.Text(u.Name), sheet.Text(p.Name), number, sheet.Text(i.Text), overdue, sheet.Int(int64(i.Returns)),
				})
			}
		}
	}
	return rows
}

func setbackRows(list []document.Setback) (rows [][]sheet.Cell) {
	for _, s := range list {
		rows = append(rows, []sheet.Cell{sheet.Text(string(s.Kind)), sheet.Text(s.Unit), sheet.Text(s.Place), sheet.Text(s.Text)})
	}
	return rows
}
