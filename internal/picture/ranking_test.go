package picture

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawnRow is what the pixels of a row say.
type drawnRow struct {
	badge               color.RGBA
	bar                 int // pixels
	number              int // pixels of the dark of the number in the badge
	late, better, worse bool
	top                 int // its first line of pixels
}

// readRows finds the rows of a picture by their badges.
func readRows(img *image.RGBA) []drawnRow {
	const x = margin + 5 // the left part of a badge, beside its number
	var out []drawnRow
	for y := 0; y < img.Rect.Dy(); y++ {
		c := img.RGBAAt(x, y)
		if !slices.Contains([]color.RGBA{gold, silver, bronze, plain}, c) {
			continue
		}
		from := y
		for img.RGBAAt(x, y) == c {
			y++
		}
		top := (from+y)/2 - rowHeight/2
		foot := image.Rect(rowX, top+90, Width-margin+2, top+rowHeight)
		out = append(out, drawnRow{
			badge: c, top: top,
			number: count(img, image.Rect(margin, top, rowX, top+rowHeight), ink),
			bar:    count(img, image.Rect(rowX, top+barY+barHeight/2, Width, top+barY+barHeight/2+1), navy),
			late:   count(img, foot, late) > 20,
			better: count(img, foot, better) > 5,
			worse:  count(img, foot, worse) > 5,
		})
	}
	return out
}

func drawRanking(t testing.TB, p *Painter, r Ranking) []*image.RGBA {
	t.Helper()
	pages, err := p.Ranking(r)
	if err != nil {
		t.Fatal(err)
	}
	var out []*image.RGBA
	for i, page := range pages {
		out = append(out, check(t, fmt.Sprint(r.Title, " page ", i+1), page))
	}
	return out
}

func TestRankingRows(t *testing.T) {
	rows := []RankRow{
		{Rank: 1, Unit: "一", Score: "100.00", Bar: 1, Counts: "按期 9/9", Change: 2},
		{Rank: 1, Unit: "二", Score: "100.00", Bar: 1, Counts: "按期 9/9", Overdue: 1},
		{Rank: 2, Unit: "三", Score: "80.00", Bar: 0.8, Change: -1},
		{Rank: 3, Unit: "四", Score: "50.00", Bar: 0.5, Overdue: 3, New: true, Change: 4},
		{Rank: 4, Unit: "五", Score: "5.10", Bar: 0.051},
		{Rank: 5, Unit: "六", Score: "0.00"},
		{Unit: "七", Score: "—", Bar: -3},
		{Rank: 12345, Unit: "八", Score: "200.00", Bar: 9},
	}
	badges := []color.RGBA{gold, gold, silver, bronze, plain, plain, plain, plain}
	got := readRows(drawRanking(t, painter(t), Ranking{Title: "排名", Groups: []RankGroup{{Name: "街道", Rows: rows}}})[0])
	if len(got) != len(rows) {
		t.Fatalf("%d rows, want %d", len(got), len(rows))
	}
	for i, r := range rows {
		g := got[i]
		if g.badge != badges[i] {
			t.Errorf("%s: badge %v, want %v", r.Unit, g.badge, badges[i])
		}
		if (g.number > 20) != (r.Rank > 0) {
			t.Errorf("%s: the number in the badge has %d dark pixels", r.Unit, g.number)
		}
		if want := int(min(max(r.Bar, 0), 1) * rowWidth); g.bar < want-2 || g.bar > want+2 {
			t.Errorf("%s: bar of %d pixels, want %d", r.Unit, g.bar, want)
		}
		if g.late != (r.Overdue > 0) {
			t.Errorf("%s: red %v with %d overdue", r.Unit, g.late, r.Overdue)
		}
		if g.better != (r.Change > 0 && !r.New) || g.worse != (r.Change < 0) {
			t.Errorf("%s: green %v and red %v for a change of %d", r.Unit, g.better, g.worse, r.Change)
		}
	}
}

// TestNoRedWithoutOverdue looks at whole pictures.
func TestNoRedWithoutOverdue(t *testing.T) {
	rows := units(12)
	for i := range rows {
		rows[i].Overdue = 0
	}
	r := Ranking{Title: "排名", Groups: []RankGroup{{Name: "街道", Rows: rows}}}
	p := painter(t)
	all := image.Rect(0, 0, Width, MaxHeight)
	if n := count(drawRanking(t, p, r)[0], all, late); n > 0 {
		t.Errorf("%d red pixels with nothing overdue", n)
	}
	rows[7].Overdue = 1
	if n := count(drawRanking(t, p, r)[0], all, late); n == 0 {
		t.Error("no red with something overdue")
	}
}

// TestNamesKeepClear: between the name and the points there is white, however long the name is.
func TestNamesKeepClear(t *testing.T) {
	p := painter(t)
	rows := []RankRow{{Rank: 1, Unit: longName, Score: "100.00"}, {Rank: 2, Unit: strings.Repeat(longName, 3), Score: "5.10"}, {Rank: 3, Unit: strings.Repeat("W", 90), Score: "12345678901234567890.00"}}
	img := drawRanking(t, p, Ranking{Title: "排名", Groups: []RankGroup{{Name: "街道", Rows: rows}}})[0]
	c := p.canvas()
	for i, g := range readRows(img) {
		text, s := c.fit(rows[i].Score, group, rowWidth/2, bodySize)
		left := Width - margin - int(c.width(text, s))
		blank := image.Rect(left-22, g.top+4, left-4, g.top+barY-2)
		if n := count(img, blank, paper); n != blank.Dx()*blank.Dy() {
			t.Errorf("row %d: %d of %d pixels between name and points are clear", i+1, n, blank.Dx()*blank.Dy())
		}
	}
	if text, s := c.fit(longName, strong, rowWidth-28-c.width("100.00", group), bodySize); text != longName || s.size < bodySize {
		t.Errorf("a name of twenty characters became %q at %d pixels", text, s.size)
	}
}

func TestRankingPages(t *testing.T) {
	p := painter(t)
	for _, tt := range []struct {
		name  string
		pages int
	}{{"one", 1}, {"two_groups", 1}, {"forty", 4}, {"none", 1}, {"idle", 1}, {"extreme", 1}, {"late", 1}} {
		r := rankings()[tt.name]
		want := 0
		for _, g := range r.Groups {
			want += len(g.Rows)
		}
		pages, rows := drawRanking(t, p, r), 0
		for _, page := range pages {
			rows += len(readRows(page))
		}
		if len(pages) != tt.pages || rows != want {
			t.Errorf("%s: %d rows on %d pages, want %d on %d", tt.name, rows, len(pages), want, tt.pages)
		}
	}
}

// TestRankingOfAnySize: every row is drawn once, the pages are filled, and none is much longer than another without need.
func TestRankingOfAnySize(t *testing.T) {
	p := painter(t)
	rapid.Check(t, func(rt *rapid.T) {
		r := Ranking{Title: "排名", Note: strings.Repeat("说明", rapid.IntRange(0, 60).Draw(rt, "note"))}
		for range rapid.IntRange(0, 4).Draw(rt, "groups") {
			r.Groups = append(r.Groups, RankGroup{
				Name: "组", Rows: units(rapid.IntRange(0, 30).Draw(rt, "rows")),
				Remarks: slices.Repeat([]string{"不足 5 件不排名：高新区 2 件"}, rapid.IntRange(0, 30).Draw(rt, "remarks")),
			})
		}
		c := p.canvas()
		s := c.sheet(r.Title, r.Note)
		for _, g := range r.Groups {
			s.add(c.rankGroup(g)...)
		}
		checkPages(rt, s)
	})
}

func checkPages(t *rapid.T, s *sheet) {
	blocks := 0
	for i, page := range s.pages() {
		if h := s.height(page); h > MaxHeight {
			t.Errorf("page %d is %.0f pixels high", i+1, h)
		}
		if len(page) > 0 && page[len(page)-1].tied {
			t.Errorf("page %d ends with a heading", i+1)
		}
		if i > 0 && !page[0].gap {
			t.Errorf("page %d begins without a heading", i+1)
		}
		if i > 0 && s.blocks[blocks].again != nil {
			blocks-- // its heading is there once more
		}
		blocks += len(page)
	}
	if blocks != len(s.blocks) {
		t.Errorf("%d blocks drawn, want %d", blocks, len(s.blocks))
	}
}

// TestJSON: what comes out of a queue draws the same picture.
func TestJSON(t *testing.T) {
	p := painter(t)
	for _, name := range []string{"two_groups", "extreme", "none"} {
		r := rankings()[name]
		var again Ranking
		if err := json.Unmarshal(marshal(t, r), &again); err != nil {
			t.Fatal(err)
		}
		one, err1 := p.Ranking(r)
		two, err2 := p.Ranking(again)
		if err1 != nil || err2 != nil || !slices.EqualFunc(one, two, bytes.Equal) {
			t.Errorf("%s: another picture: %v %v", name, err1, err2)
		}
	}
	var tr Trend
	if err := json.Unmarshal(marshal(t, trends()["week"]), &tr); err != nil || tr.Days[6] != trends()["week"].Days[6] {
		t.Error(err, tr)
	}
	var e Exposure
	if err := json.Unmarshal(marshal(t, exposures()["usual"]), &e); err != nil || !slices.Equal(e.Cases, exposures()["usual"].Cases) {
		t.Error(err, e)
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// BenchmarkRanking draws forty units on four pictures.
func BenchmarkRanking(b *testing.B) {
	p := painter(b)
	r := rankings()["forty"]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Ranking(r); err != nil {
			b.Fatal(err)
		}
	}
}
