package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// weigh looks at the sizes that an archive claims before anything of it is unpacked; the archive's reader holds it to them.
func weigh(archive *zip.Reader) error {
	if len(archive.File) > maxParts {
		return tooLarge(fmt.Errorf("%d parts", len(archive.File)))
	}
	var total uint64
	for _, f := range archive.File {
		name := strings.ToLower(f.Name)
		limit := uint64(maxSmall)
		if strings.Contains(name, "worksheets/") || strings.Contains(name, "sharedstrings") || strings.Contains(name, "media/") {
			limit = maxPart
		}
		total += min(f.UncompressedSize64, maxUnpacked+1)
		if f.UncompressedSize64 > limit || total > maxUnpacked {
			return tooLarge(fmt.Errorf("%s grows to %d bytes", f.Name, f.UncompressedSize64))
		}
		if f.Flags&1 != 0 {
			return locked()
		}
	}
	if err := archiveKind(archive); err != nil {
		return err
	}
	return tryParts(archive)
}

// part is what was seen of a worksheet.
type part struct {
	merges []area // by their top rows
}

// area is a merged area; rows and columns count from 1.
type area struct{ left, top, right, bottom int }

// survey looks through the worksheets once. The library takes broken XML for the end of a sheet; here it is found.
func (w *Workbook) survey() error {
	props, err := w.f.GetWorkbookProps()
	if err != nil {
		return err
	}
	w.from = props.Date1904 != nil && *props.Date1904
	paths, err := w.paths()
	if err != nil {
		return err
	}
	w.f.Pkg.Range(func(name, _ any) bool {
		s, _ := name.(string)
		w.Pictures = strings.Contains(s, "/media/")
		return !w.Pictures
	})
	if err := w.walk("xl/sharedStrings.xml", true, map[string]int{"si": maxWords}, nil); err != nil {
		return err
	}
	for _, name := range w.f.GetSheetList() {
		visible, err := w.f.GetSheetVisible(name)
		if err != nil {
			return err
		}
		if !visible {
			continue
		}
		var p part
		err = w.walk(paths[name], false, map[string]int{"row": excelize.TotalRows, "c": maxCells, "mergeCell": maxWords}, func(e xml.StartElement) {
			if e.Name.Local == "mergeCell" {
				p.merges = append(p.merges, merged(e)...)
			}
		})
		if err != nil {
			return fmt.Errorf("sheet %s: %w", name, err)
		}
		slices.SortFunc(p.merges, func(a, b area) int { return a.top - b.top })
		w.sheets = append(w.sheets, name)
		w.parts[name] = p
	}
	return nil
}

// paths finds where the sheets are in the archive.
func (w *Workbook) paths() (map[string]string, error) {
	book := "xl/workbook.xml"
	top, err := w.relations("_rels/.rels")
	if err != nil {
		return nil, err
	}
	for _, r := range top.List {
		if strings.HasSuffix(r.Type, "/officeDocument") {
			book = strings.TrimPrefix(r.Target, "/")
		}
	}
	rels, err := w.relations(path.Join(path.Dir(book), "_rels", path.Base(book)+".rels"))
	if err != nil {
		return nil, err
	}
	targets := map[string]string{}
	for _, r := range rels.List {
		targets[r.ID] = path.Join(path.Dir(book), r.Target)
		if strings.HasPrefix(r.Target, "/") {
			targets[r.ID] = strings.TrimPrefix(path.Clean(r.Target), "/")
		}
	}
	out := map[string]string{}
	if w.f.WorkBook == nil {
		return nil, errors.New("no workbook")
	}
	for _, s := range w.f.WorkBook.Sheets.Sheet {
		out[s.Name] = targets[s.ID]
	}
	return out, nil
}

type relations struct {
	List []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:",attr"`
		Target string `xml:",attr"`
	} `xml:"Relationship"`
}

func (w *Workbook) relations(name string) (r relations, err error) {
	data, _ := w.f.Pkg.Load(name)
	b, _ := data.([]byte)
	if len(b) == 0 {
		return r, nil
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	d.CharsetReader = w.f.CharsetReader
	return r, d.Decode(&r)
}

// walk goes through a part of the archive, which may be missing only if that is optional, and refuses broken XML and more than
// the given number of elements of a name.
func (w *Workbook) walk(name string, optional bool, most map[string]int, see func(xml.StartElement)) error {
	data, _ := w.f.Pkg.Load(name)
	b, _ := data.([]byte)
	if len(b) == 0 {
		if optional {
			return nil
		}
		return fmt.Errorf("part %q is missing", name)
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	d.CharsetReader = w.f.CharsetReader
	count := map[string]int{}
	return elements(d, func(e xml.StartElement) error {
		if limit, counted := most[e.Name.Local]; counted {
			if count[e.Name.Local]++; count[e.Name.Local] > limit {
				return tooLarge(fmt.Errorf("%s: more than %d %s", name, limit, e.Name.Local))
			}
		}
		if see != nil {
			see(e)
		}
		return nil
	})
}

// merged reads a merged area. Only those of several rows matter.
func merged(e xml.StartElement) []area {
	for _, a := range e.Attr {
		from, to, ok := strings.Cut(a.Value, ":")
		if a.Name.Local != "ref" || !ok {
			continue
		}
		left, top, err := excelize.CellNameToCoordinates(from)
		right, bottom, err2 := excelize.CellNameToCoordinates(to)
		if err == nil && err2 == nil && bottom > top && left <= maxColumns {
			return []area{{left, top, right, bottom}}
		}
	}
	return nil
}

// spreader gives the rows of merged areas the value of the top one. Areas do not overlap: where they are made to, one counts in a column.
type spreader struct {
	merges []area // not begun yet
	active []spread
}

type spread struct {
	area
	value string
}

func (s *spreader) fill(line Line) Line {
	s.active = slices.DeleteFunc(s.active, func(a spread) bool { return a.bottom < line.Number })
	for _, a := range s.active {
		for len(line.Fields) < a.left {
			line.Fields = append(line.Fields, "")
		}
		if line.Fields[a.left-1] == "" {
			line.Fields[a.left-1] = a.value
		}
	}
	for len(s.merges) > 0 && s.merges[0].top <= line.Number {
		a := s.merges[0]
		s.merges = s.merges[1:]
		taken := slices.ContainsFunc(s.active, func(b spread) bool { return b.left == a.left })
		if a.top == line.Number && !taken && a.left <= len(line.Fields) && line.Fields[a.left-1] != "" {
			s.active = append(s.active, spread{a, line.Fields[a.left-1]})
		}
	}
	return line
}
