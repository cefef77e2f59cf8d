package picture

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
	"strings"
)

// Trend is the course of some days, usually of a week.
type Trend struct {
	Title string     `json:"title"`
	Note  string     `json:"note,omitempty"`
	Days  []TrendDay `json:"days,omitempty"` // in order; of more than MaxDays the last ones are drawn, and the picture says so
}

// TrendDay is one day: how many were filed, how many closed, and how many overdue, each as the caller counts them.
type TrendDay struct {
	Label   string `json:"label"` // "3/2"
	Filed   int    `json:"filed"`
	Closed  int    `json:"closed"`
	Overdue int    `json:"overdue"`
}

// MaxDays is how many days one picture has room for.
const MaxDays = 28

// A series is one of the three kinds of bars.
type series struct {
	name  string
	color color.RGBA
	count func(TrendDay) int
}

func trendSeries() []series {
	return []series{
		{"立案", navy, func(d TrendDay) int { return bounded(d.Filed) }},
		{"销号", better, func(d TrendDay) int { return bounded(d.Closed) }},
		{"超期", late, func(d TrendDay) int { return bounded(d.Overdue) }},
	}
}

// mostCount is where counting ends; no county comes near it.
const mostCount = 1_000_000_000_000

func bounded(n int) int { return min(max(n, 0), mostCount) }

// Where the parts of the chart are, in pixels.
const (
	axisWidth   = 132.0 // for the numbers of the axis and the names of the rows
	legendY     = 44.0
	plotY       = 110.0
	plotHeight  = 600.0
	chartHeight = plotY + plotHeight + 76
	tableRow    = 64.0
	week        = 7 // days side by side in the table
)

// Trend draws bars for each day, from zero, and below them the numbers as a table.
func (p *Painter) Trend(t Trend) ([]byte, error) {
	c := p.canvas()
	days := t.Days
	if len(days) > MaxDays {
		days = days[len(days)-MaxDays:]
		t.Note = strings.TrimSpace(fmt.Sprintf("只画最近 %d 天。%s", MaxDays, t.Note))
	}
	s := c.sheet(t.Title, t.Note)
	if len(days) == 0 {
		s.add(nothing("暂无数据", "这段时间没有可以统计的日子"))
	} else {
		s.add(chart(days))
	}
	for at := 0; at < len(days); at += week {
		s.add(table(days[at:min(at+week, len(days))], min(len(days), week), len(days) > week))
	}
	pages, err := c.paint(s)
	if err != nil {
		return nil, err
	}
	return pages[0], nil
}

func chart(days []TrendDay) block {
	return block{height: chartHeight, gap: true, draw: func(c *canvas, y float64) {
		x := float64(margin)
		for _, s := range trendSeries() {
			c.rect(x, y+legendY-26, 30, 30, 6, s.color)
			c.text(s.name, body, x+44, y+legendY)
			x += 44 + c.width(s.name, body) + 56
		}
		top := c.axis(days, y+plotY)
		column := (inner - axisWidth) / float64(len(days))
		every := (len(days) + week - 1) / week
		for i, d := range days {
			left := margin + axisWidth + float64(i)*column
			c.bars(d, left, column, y+plotY, top)
			if i%every == 0 {
				text, s := c.fit(c.font.clean(d.Label), body, column*float64(every)-8, 22)
				c.middle(text, s, left+column/2, y+plotY+plotHeight+48)
			}
		}
	}}
}

// axis draws the lines of the plot and gives the number at its upper end.
func (c *canvas) axis(days []TrendDay, y float64) float64 {
	most := 0
	for _, d := range days {
		for _, s := range trendSeries() {
			most = max(most, s.count(d))
		}
	}
	step := niceStep(most)
	steps := max(math.Ceil(float64(most)/step), 3)
	for i := 0.0; i <= steps; i++ {
		at := y + plotHeight - plotHeight*i/steps
		c.rect(margin+axisWidth, at-1, inner-axisWidth, 2, 0, line)
		text, s := c.fit(short(int(i*step)), quiet, axisWidth-24, 22)
		c.right(text, s, margin+axisWidth-20, at+12)
	}
	return step * steps
}

// niceStep is the distance of the lines: 1, 2 or 5 times a power of ten, so that there are at most five.
func niceStep(most int) float64 {
	for power := 1.0; ; power *= 10 {
		for _, n := range []float64{1, 2, 5} {
			if n*power*5 >= float64(most) {
				return n * power
			}
		}
	}
}

func (c *canvas) bars(d TrendDay, left, column, y, top float64) {
	all := trendSeries()
	space := min(column*0.16, 24)
	wide := min((column-2*space)/float64(len(all)), 64)
	x := left + (column-wide*float64(len(all)))/2
	for _, s := range all {
		if n := s.count(d); n > 0 {
			high := max(plotHeight*float64(n)/top, 3)
			c.rect(x+1, y+plotHeight-high, wide-2, high, 0, s.color)
		}
		x += wide
	}
}

// table writes the numbers of some days, below their bars where there is one week only.
func table(days []TrendDay, columns int, labelled bool) block {
	rows := len(trendSeries())
	if labelled {
		rows++
	}
	return block{height: float64(rows)*tableRow + 12, draw: func(c *canvas, y float64) {
		column := (inner - axisWidth) / float64(columns)
		row := func(at float64, name style, label string, cell func(TrendDay) (string, style)) {
			c.rect(margin, at, inner, 2, 0, line)
			c.text(label, name, margin, at+45)
			for i, d := range days {
				text, s := cell(d)
				text, s = c.fit(text, s, column-8, 20)
				c.middle(text, s, margin+axisWidth+(float64(i)+0.5)*column, at+45)
			}
		}
		if labelled {
			row(y, quiet, "日期", func(d TrendDay) (string, style) { return c.font.clean(d.Label), quiet })
			y += tableRow
		}
		for _, s := range trendSeries() {
			row(y, style{bodySize, s.color, true}, s.name, func(d TrendDay) (string, style) { return number(s, d) })
			y += tableRow
		}
	}}
}

// number is a cell of the table. Zero is pale, and only what is overdue has a colour.
func number(s series, d TrendDay) (string, style) {
	n := s.count(d)
	switch {
	case n == 0:
		return "0", quiet
	case s.color == late:
		return short(n), style{bodySize, late, true}
	}
	return short(n), body
}

// short writes a count in at most five signs, larger ones in 万 and 亿.
func short(n int) string {
	switch {
	case n < 1e5:
		return strconv.Itoa(n)
	case n < 1e8:
		return tenths(n, 1e4) + "万"
	case n < mostCount:
		return tenths(n, 1e8) + "亿"
	}
	return "≥1万亿"
}

// tenths gives n/unit with one decimal, cut and not rounded, so that 99,999,999 is not a 亿.
func tenths(n, unit int) string {
	text := strconv.Itoa(n / unit)
	if d := n % unit / (unit / 10); d > 0 && len(text) < 3 {
		text += "." + strconv.Itoa(d)
	}
	return text
}
