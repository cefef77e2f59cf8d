package document

// grid adds a table with borders: the head is repeated on every page, no row is torn apart. Shares divide the type area.
func (w *writer) grid(head []string, shares []int, rows [][]string) {
	widths := spread(measure, shares)
	first := textRow(cellHead, widths, head)
	first.Props.Header = &on{}
	all := []row{first}
	for _, r := range rows {
		all = append(all, textRow(cellText, widths, r))
	}
	w.ruled(widths, all)
}

// ruled adds a table with borders, apart from the text around it.
func (w *writer) ruled(widths []int, rows []row) {
	l := &line{Val: "single", Size: 4, Color: "000000"}
	t := newTable(widths, borders{Top: l, Left: l, Bottom: l, Right: l, InsideH: l, InsideV: l})
	t.Rows = rows
	w.write(above, "")
	w.body = append(w.body, t)
	w.write(below, "")
}

func newTable(widths []int, b borders) table {
	t := table{Props: tableProps{
		Align: str{"center"}, Borders: b, Layout: layout{"fixed"}, // fixed: a long word breaks instead of pushing the table over the edge
		Margins: cellGap{Left: width{60, "dxa"}, Right: width{60, "dxa"}},
	}}
	total := 0
	for _, w := range widths {
		total += w
		t.Columns = append(t.Columns, column{w})
	}
	t.Props.Width = width{total, "dxa"}
	return t
}

func textRow(s style, widths []int, words []string) row {
	r := row{Props: rowProps{Whole: &on{}}}
	for k, width := range widths {
		text := ""
		if k < len(words) {
			text = words[k]
		}
		r.Cells = append(r.Cells, newCell(width, s.paragraph(text)))
	}
	return r
}

func newCell(twips int, content ...any) cell {
	return cell{Props: cellProps{Width: width{twips, "dxa"}, Align: str{"center"}}, Content: content}
}

// spread divides a length by shares without losing a twip.
func spread(length int, shares []int) []int {
	sum, left := 0, length
	for _, s := range shares {
		sum += s
	}
	out := make([]int, len(shares))
	for k, s := range shares {
		out[k] = length * s / sum
		left -= out[k]
	}
	out[len(out)-1] += left
	return out
}
