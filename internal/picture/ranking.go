package picture

import (
	"fmt"
	"image/color"
	"strconv"
)

// Ranking is the ranking of one day or period, group by group (domain.md §5.4).
type Ranking struct {
	Title  string      `json:"title"` // with the date
	Note   string      `json:"note,omitempty"`
	Groups []RankGroup `json:"groups,omitempty"`
}

// RankGroup is one ranking group. Remarks are lines below it, such as those who have too few cases to be ranked.
type RankGroup struct {
	Name    string    `json:"name"`
	Rows    []RankRow `json:"rows,omitempty"`
	Remarks []string  `json:"remarks,omitempty"`
}

// RankRow is one ranked unit.
type RankRow struct {
	Rank    int     `json:"rank"` // units with equal points share one; 0 shows a dash
	Unit    string  `json:"unit"`
	Score   string  `json:"score"` // as it is written, "92.33"
	Bar     float64 `json:"bar"`   // the share of the full score that the bar shows, 0 to 1; decides nothing
	Counts  string  `json:"counts,omitempty"`
	Overdue int     `json:"overdue,omitempty"`
	Change  int     `json:"change,omitempty"` // places won; negative: lost
	New     bool    `json:"new,omitempty"`    // was not ranked the last time
}

// Where the parts of a row are, in pixels.
const (
	badgeRadius = 34.0
	badgeX      = margin + badgeRadius
	rowX        = margin + 2*badgeRadius + 28 // name, bar and counts begin
	rowWidth    = Width - margin - rowX
	rowHeight   = 146.0
	barY        = 73.0
	barHeight   = 14.0
)

// Ranking draws one picture or more: about twelve units have room in one.
func (p *Painter) Ranking(r Ranking) ([][]byte, error) {
	c := p.canvas()
	s := c.sheet(r.Title, r.Note)
	for _, g := range r.Groups {
		s.add(c.rankGroup(g)...)
	}
	if len(s.blocks) == 0 {
		s.add(nothing("暂无排名", "本期没有参评单位"))
	}
	return c.paint(s)
}

func (c *canvas) rankGroup(g RankGroup) []block {
	name := c.font.clean(g.Name)
	again := c.rankHead(name + "（续）")
	out := []block{c.rankHead(name)}
	for _, row := range g.Rows {
		out = append(out, c.rankRow(row, &again))
	}
	if len(g.Rows) == 0 && len(g.Remarks) == 0 {
		out = append(out, c.lines("本组本期没有参评单位", quiet, &again)...)
	}
	for _, remark := range g.Remarks {
		out = append(out, c.lines(remark, quiet, &again)...)
	}
	return out
}

func (c *canvas) rankHead(name string) block {
	text, s := c.fit(name, group, inner, bodySize)
	return block{height: 74, gap: true, tied: true, draw: func(c *canvas, y float64) {
		c.rect(edge, y+12, 10, 42, 0, navy)
		c.text(text, s, margin, y+49)
	}}
}

func (c *canvas) rankRow(row RankRow, again *block) block {
	return block{height: rowHeight, again: again, draw: func(c *canvas, y float64) {
		c.rect(rowX, y, rowWidth, 2, 0, line)
		c.badge(row.Rank, y+rowHeight/2)
		score, points := c.fit(c.font.clean(row.Score), group.in(navy), rowWidth/2, bodySize)
		left := c.right(score, points, Width-margin, y+54)
		name, s := c.fit(c.font.clean(row.Unit), strong, left-28-rowX, bodySize)
		c.text(name, s, rowX, y+53)
		c.rect(rowX, y+barY, rowWidth, barHeight, barHeight/2, line)
		if row.Bar > 0 {
			c.rect(rowX, y+barY, max(rowWidth*min(row.Bar, 1), barHeight), barHeight, barHeight/2, navy)
		}
		c.rankFoot(row, y+124)
	}}
}

// rankFoot writes the counts on the left, the change of place on the right and what is overdue between them.
func (c *canvas) rankFoot(row RankRow, y float64) {
	right := Width - margin
	if text, s := change(row); text != "" {
		right = c.right(text, s, right, y) - 28
	}
	overdue := ""
	if row.Overdue > 0 {
		overdue = "超期 " + strconv.Itoa(row.Overdue)
	}
	red := style{bodySize, late, true}
	room := right - rowX
	if overdue != "" {
		room -= c.width(overdue, red) + 28
	}
	counts, s := c.fit(c.font.clean(row.Counts), quiet, room, 28)
	x := rowX
	if counts != "" {
		c.text(counts, s, x, y)
		x += c.width(counts, s) + 28
	}
	c.text(overdue, red, x, y)
}

func change(row RankRow) (string, style) {
	switch {
	case row.New:
		return "新上榜", quiet.in(navy)
	case row.Change > 0:
		return fmt.Sprintf("↑%d", row.Change), quiet.in(better)
	case row.Change < 0:
		return fmt.Sprintf("↓%d", -row.Change), quiet.in(worse)
	}
	return "", quiet
}

// badge draws the rank in its medal: gold, silver, bronze, plain.
func (c *canvas) badge(rank int, y float64) {
	c.circle(badgeX, y, badgeRadius, badgeColor(rank))
	if rank <= 0 {
		c.rect(badgeX-12, y-2, 24, 4, 0, pale)
		return
	}
	text, s := c.fit(strconv.Itoa(rank), strong.in(ink), 2*badgeRadius-12, 20)
	c.middle(text, s, badgeX, y+float64(s.size)*0.36)
}

func badgeColor(rank int) color.RGBA {
	switch rank {
	case 1:
		return gold
	case 2:
		return silver
	case 3:
		return bronze
	}
	return plain
}
