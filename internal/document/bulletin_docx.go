package document

import "fmt"

// Docx is the bulletin as a Word document. Photos are read by load, which may be nil: then there are none. One that no longer
// exists (fs.ErrNotExist) is named as missing; any other that cannot be read or is neither PNG nor JPEG is an error.
func (b Bulletin) Docx(load func(name string) ([]byte, error)) ([]byte, error) {
	w := &writer{}
	if b.Draft {
		w.mark = DraftMark
	}
	w.letterhead(b.Bureau, b.Number)
	w.heading(b.Title)
	if to := b.addressee(); to != "" {
		w.write(address, to)
	}
	for _, s := range b.sections() {
		w.write(heading1, s.title)
		if err := s.docx(w, load); err != nil {
			return nil, fmt.Errorf("bulletin %s: %w", b.Number, err)
		}
	}
	w.signature(b.signer(), b.day())
	return w.bytes(about{Title: b.Title, Author: b.signer(), Date: b.Date})
}

func (b Bulletin) drawOverview(w *writer, _ Loader) error {
	w.writeLines(bodyText, b.Overview)
	w.figures(b.Figures)
	return nil
}

// figures are a table of names and, below them, numbers: six beside each other at most, spread evenly over the lines.
func (w *writer) figures(all []Figure) {
	if len(all) == 0 {
		return
	}
	const most = 6
	bands := (len(all) + most - 1) / most
	columns := (len(all) + bands - 1) / bands
	shares := make([]int, columns)
	for k := range shares {
		shares[k] = 1
	}
	widths := spread(measure, shares)
	var rows []row
	for len(all) > 0 {
		band := all[:min(columns, len(all))]
		all = all[len(band):]
		var names, values []string
		for _, f := range band {
			names, values = append(names, f.Name), append(values, f.Value)
		}
		rows = append(rows, textRow(cellHead, widths, names), textRow(cellText, widths, values))
	}
	w.ruled(widths, rows)
}

func (b Bulletin) drawRanking(w *writer, _ Loader) error {
	shares := []int{9, 32, 14, 12, 10, 10, 12}
	n := 0
	for _, g := range b.Groups {
		if len(g.Rows) == 0 {
			continue
		}
		if n++; g.Name != "" {
			w.write(heading2, "（"+numeral(n)+"）"+g.Name)
		}
		var rows [][]string
		for _, r := range g.Rows {
			rows = append(rows, r.Fields())
		}
		w.grid(RankHead(), shares, rows)
	}
	return nil
}

func (b Bulletin) drawUnits(w *writer, load Loader) error {
	pairs, n := b.MaxPairs, 0
	for _, u := range b.Units {
		if u.items() == 0 {
			continue
		}
		n++
		w.write(unitHead, fmt.Sprintf("（%s）%s（%d件）", numeral(n), u.Name, u.items()))
		for _, p := range u.Places {
			if len(p.Items) > 0 && p.Name != "" {
				w.write(placeHead, brackets(p.Name))
			}
			for k, i := range p.Items {
				if err := w.item(k+1, i, &pairs, load); err != nil {
					return err
				}
			}
		}
		if rest := u.rest(); rest != "" {
			w.write(bodyText, rest)
		}
	}
	return nil
}

// item is a numbered line, and its photos while there are some to be shown.
func (w *writer) item(n int, i Item, pairs *int, load Loader) error {
	var shown []photo
	if load != nil && *pairs > 0 {
		shown = i.photos()
	}
	s := bodyText
	if len(shown) > 0 {
		*pairs--
		s.props.KeepNext = &on{}
	}
	w.write(s, fmt.Sprintf("（%d）%s", n, sentence(i.Text, i.facts())))
	if len(shown) == 0 {
		return nil
	}
	return w.photos(shown, load)
}

func (i Item) photos() []photo {
	var out []photo
	if i.Before != "" {
		out = append(out, photo{i.Before, "整改前"})
	}
	if i.After != "" {
		out = append(out, photo{i.After, "整改后"})
	}
	return out
}

func (b Bulletin) drawSetbacks(w *writer, _ Loader) error {
	for k, s := range b.Setbacks {
		w.write(bodyText, fmt.Sprintf("（%d）%s", k+1, s.words()))
	}
	return nil
}

// words name the unit first: 城关街道（金水湾小区）：楼道杂物再次堆放（反弹）。
func (s Setback) words() string {
	return s.Unit + brackets(s.Place) + "：" + sentence(s.Text, brackets(string(s.Kind)))
}

func (b Bulletin) drawDemands(w *writer, _ Loader) error {
	for _, d := range b.Demands {
		w.writeLines(bodyText, d)
	}
	return nil
}
