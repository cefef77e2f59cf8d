package document

import (
	"bytes"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func draw(t *testing.T, b Bulletin) opened {
	t.Helper()
	data, err := b.Docx(album(t))
	if err != nil {
		t.Fatal(err)
	}
	return open(t, data)
}

func TestLooks(t *testing.T) {
	o := draw(t, sample())
	for _, tt := range []struct {
		words, font, size, align, line, indent string
	}{
		{"兴安县创建", xiaoBiaoSong, "72", "center", "880", ""},
		{"创城通报〔2026〕9号", fangSong, "32", "center", "560", ""},
		{"关于11月16日至22日\n创城问题整改情况的通报\n", xiaoBiaoSong, "44", "center", "640", ""},
		{"各责任单位：", fangSong, "32", "both", "560", ""},
		{"一、总体情况", heiTi, "32", "both", "560", "200"},
		{"11月16日至22日，", fangSong, "32", "both", "560", "200"},
		{"（一）街道和乡镇", kaiTi, "32", "both", "560", "200"},
		{"（一）河东街道（3件）", heiTi, "32", "both", "560", "200"},
		{"（金水湾小区）", kaiTi, "32", "both", "560", "200"},
		{"（1）3号楼", fangSong, "32", "both", "560", "200"},
		{"名次", heiTi, "24", "center", "320", ""},
		{"城关街道", fangSong, "24", "center", "320", ""},
		{"整改前", kaiTi, "24", "center", "360", ""},
		{"2026年11月23日", fangSong, "32", "right", "560", ""},
	} {
		p := o.find(t, tt.words)
		r, props := p.at("r", "rPr"), p.at("pPr")
		got := []string{
			r.at("rFonts").attr["eastAsia"], r.at("sz").attr["val"], props.at("jc").attr["val"], props.at("spacing").attr["line"],
			props.at("ind").attr["firstLineChars"],
		}
		if diff := cmp.Diff([]string{tt.font, tt.size, tt.align, tt.line, tt.indent}, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.words, diff)
		}
	}
	head := o.find(t, "兴安县创建").at("r", "rPr")
	if head.at("color").attr["val"] != red || head.at("w").attr["val"] == "" {
		t.Errorf("the letterhead is not red and narrowed to the line: %+v", head.kids)
	}
	if b := o.find(t, "创城通报").at("pPr", "pBdr", "bottom").attr; b["color"] != red {
		t.Errorf("no red line below the number: %v", b)
	}
	for _, e := range o.parts["word/document.xml"].all("r") {
		f := e.at("rPr", "rFonts").attr
		if f["eastAsia"] == "" || f["ascii"] != "Times New Roman" || f["hAnsi"] != "Times New Roman" {
			t.Errorf("fonts %v of %q", f, e.words())
		}
	}
}

func TestPage(t *testing.T) {
	o := draw(t, sample())
	page := o.parts["word/document.xml"].at("body", "sectPr")
	if got := page.at("pgSz").attr; got["w"] != "11906" || got["h"] != "16838" {
		t.Errorf("page %v is not A4", got)
	}
	// Twips for 3.7, 3.5, 2.8 and 2.6 cm.
	want := map[string]string{"top": "2098", "bottom": "1984", "left": "1587", "right": "1474"}
	got := page.at("pgMar").attr
	for side, w := range want {
		if got[side] != w {
			t.Errorf("%s margin %s, want %s", side, got[side], w)
		}
	}
	foot := o.parts["word/footer.xml"]
	if foot.words() != "— 1 —\n" || foot.at("p", "fldSimple").attr["instr"] != "PAGE" || foot.at("p", "pPr", "jc").attr["val"] != "center" {
		t.Errorf("foot %q", foot.words())
	}
}

func TestDraft(t *testing.T) {
	b := sample()
	if o := draw(t, b); o.files["word/header.xml"] != nil {
		t.Error("a published bulletin has a header")
	}
	b.Draft = true
	o := draw(t, b)
	if o.parts["word/header.xml"].words() != DraftMark+"\n" {
		t.Error("the header of a draft does not say so")
	}
	if o.parts["word/document.xml"].at("body", "sectPr", "headerReference").attr["id"] != headerID {
		t.Error("no page shows the header")
	}
}

// Every relation leads to a part, every part has a type, every reference has a relation, and nothing lies about unused.
func TestRelations(t *testing.T) {
	b := sample()
	b.Draft = true
	o := draw(t, b)
	types := map[string]bool{}
	for _, e := range o.parts["[Content_Types].xml"].kids {
		types[e.attr["Extension"]], types[e.attr["PartName"]] = true, true
	}
	reached := map[string]bool{"[Content_Types].xml": true}
	ids := map[string]bool{}
	for rels, base := range map[string]string{"_rels/.rels": "", "word/_rels/document.xml.rels": "word"} {
		reached[rels] = true
		for _, r := range o.parts[rels].kids {
			target := path.Join(base, r.attr["Target"])
			if o.files[target] == nil {
				t.Errorf("%s: no part %s", rels, target)
			}
			if !types["/"+target] && !types[strings.TrimPrefix(path.Ext(target), ".")] {
				t.Errorf("%s has no type", target)
			}
			reached[target] = true
			if base != "" {
				ids[r.attr["Id"]] = true
			}
		}
	}
	for name := range o.files {
		if !reached[name] {
			t.Errorf("nothing refers to %s", name)
		}
	}
	for _, name := range []string{"blip", "headerReference", "footerReference"} {
		for _, e := range o.parts["word/document.xml"].all(name) {
			if id := e.attr["embed"] + e.attr["id"]; !ids[id] {
				t.Errorf("%s refers to %q, which is no relation", name, id)
			}
		}
	}
	if n := len(o.parts["word/document.xml"].all("blip")); n != 4 {
		t.Errorf("%d pictures, want 4", n)
	}
}

// Word refuses properties in an order that the schema does not have.
func TestSchemaOrder(t *testing.T) {
	order := map[string][]string{
		"pPr":   {"pStyle", "keepNext", "keepLines", "pBdr", "shd", "tabs", "spacing", "ind", "jc", "outlineLvl"},
		"rPr":   {"rFonts", "b", "bCs", "i", "color", "spacing", "w", "kern", "sz", "szCs", "u", "lang"},
		"tblPr": {"tblW", "jc", "tblInd", "tblBorders", "shd", "tblLayout", "tblCellMar"},
		"tcPr":  {"tcW", "gridSpan", "vMerge", "tcBorders", "shd", "vAlign"},
		"pBdr":  {"top", "left", "bottom", "right"}, "tblBorders": {"top", "left", "bottom", "right", "insideH", "insideV"},
		"sectPr": {"headerReference", "footerReference", "pgSz", "pgMar"},
		"tbl":    {"tblPr", "tblGrid", "tr"}, "tc": {"tcPr", "p"},
		"inline": {"extent", "effectExtent", "docPr", "cNvGraphicFramePr", "graphic"},
	}
	b := sample()
	b.Draft = true
	doc := draw(t, b).parts["word/document.xml"]
	for name, want := range order {
		found := doc.all(name)
		if len(found) == 0 {
			t.Errorf("the sample has no %s", name)
		}
		for _, e := range found {
			at := 0
			for _, k := range e.kids {
				n := slices.Index(want, k.name)
				if n < at {
					t.Errorf("%s stands at the wrong place in %s", k.name, name)
				}
				at = max(at, n)
			}
		}
	}
	kids := doc.at("body").kids
	for k, e := range kids[1:] {
		if e.name != "p" && kids[k].name == "tbl" {
			t.Errorf("a table is followed by %s, not by a paragraph", e.name)
		}
	}
}

func TestSameBytes(t *testing.T) {
	one, err := sample().Docx(album(t))
	if err != nil {
		t.Fatal(err)
	}
	two, err := sample().Docx(album(t))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one, two) {
		t.Error("the same bulletin gave different bytes")
	}
	core := open(t, one).parts["docProps/core.xml"]
	if got := core.at("created").text; got != "2026-11-23T01:00:00Z" {
		t.Errorf("created %q", got)
	}
}

func TestNumerals(t *testing.T) {
	got := map[int]string{}
	for _, n := range []int{1, 9, 10, 11, 19, 20, 21, 90, 99, 100} {
		got[n] = numeral(n)
	}
	want := map[int]string{1: "一", 9: "九", 10: "十", 11: "十一", 19: "十九", 20: "二十", 21: "二十一", 90: "九十", 99: "九十九", 100: "100"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	seen := map[string]bool{}
	for n := range 100 {
		seen[numeral(n)] = true
	}
	if len(seen) != 100 {
		t.Errorf("%d different numerals of 100: %v", len(seen), slices.Sorted(maps.Keys(seen)))
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"甲\x00乙\x1b丙\x7f": "甲乙丙\x7f", "一\r\n二\r三\u2028四": "一\n二\n三\n四", "a\xffb\xed\xa0\x80c": "abc",
		"\ufffe\uffff甲": "甲", "<&>\"'": "<&>\"'", "😀\t𠮷": "😀\t𠮷",
	} {
		if got := clean(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestTitles(t *testing.T) {
	for in, want := range map[string]string{
		"关于创城问题整改情况的通报":                      "关于创城问题整改情况的通报",
		"关于11月16日至22日创城问题整改情况的通报":            "关于11月16日至22日\n创城问题整改情况的通报",
		"关于2026年12月28日至2027年1月3日创城问题整改情况的通报": "关于2026年12月28日至2027年1月3日\n创城问题整改情况的通报",
		"关于第三季度全县重点点位\n创城问题整改情况的通报":          "关于第三季度全县重点点位\n创城问题整改情况的通报",
		strings.Repeat("长", 30):              strings.Repeat("长", 30),
	} {
		w := &writer{}
		w.heading(in)
		var got strings.Builder
		for _, c := range w.body[0].(paragraph).Content[0].(run).Content {
			switch c := c.(type) {
			case text:
				got.WriteString(c.Text)
			case lineBreak:
				got.WriteString("\n")
			}
		}
		if got.String() != want {
			t.Errorf("%q became %q, want %q", in, got.String(), want)
		}
	}
}
