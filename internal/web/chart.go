package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// chart is a picture of lines, drawn by the template of this name, with its numbers as a table for whoever cannot see it.
type chart struct {
	Title  string
	Note   string
	Labels []string // of the days
	Series []series
	Grid   []mark // across
	Ticks  []mark // along
}

// series is one line of a chart.
type series struct {
	Name   string
	Values []int // none for no value is below 0
	Runs   []string
	Dots   []dot
}

type dot struct {
	X, Y  int
	Value int
}

// mark is a line of the grid with its label.
type mark struct {
	At    int
	Label string
}

// Where the parts of a chart are, in its own units.
const (
	chartWidth  = 480
	chartHeight = 230
	chartLeft   = 44
	chartRight  = 16
	chartTop    = 14
	chartBottom = 34
	chartLines  = 4 // of the grid, at most
)

// gap says that a day has no value.
const gap = -1

// draw makes a chart of values by day; nil if there are less than two days, or nothing to draw. Of ranks the first is above.
func draw(title, note string, labels []string, ranks bool, lines ...series) *chart {
	valued := func(s series) bool { return slices.ContainsFunc(s.Values, func(v int) bool { return v != gap }) }
	if len(labels) < 2 || !slices.ContainsFunc(lines, valued) {
		return nil
	}
	c := &chart{Title: title, Note: note, Labels: labels}
	least, most := 0, 1
	if ranks {
		least = 1
	}
	for _, s := range lines {
		for _, v := range s.Values {
			most = max(most, v)
		}
	}
	step := niceStep(most - least)
	top := least + (most-least+step-1)/step*step
	if top == least {
		top += step
	}
	y := func(v int) int {
		up := (v - least) * (chartHeight - chartTop - chartBottom) / (top - least)
		if ranks {
			return chartTop + up
		}
		return chartHeight - chartBottom - up
	}
	x := func(n int) int { return chartLeft + 14 + n*(chartWidth-chartLeft-chartRight-28)/(len(labels)-1) }
	for v := least; v <= top; v += step {
		c.Grid = append(c.Grid, mark{y(v), strconv.Itoa(v)})
	}
	every := (len(labels) + 6) / 7
	for n := len(labels) - 1; n >= 0; n -= every {
		c.Ticks = append(c.Ticks, mark{x(n), labels[n]})
	}
	for _, s := range lines {
		c.Series = append(c.Series, s.along(x, y))
	}
	return c
}

// along places the line's points; where a day has no value the line is broken.
func (s series) along(x, y func(int) int) series {
	var run []string
	end := func() {
		if len(run) > 0 {
			s.Runs = append(s.Runs, strings.Join(run, " "))
		}
		run = nil
	}
	for n, v := range s.Values {
		if v == gap {
			end()
			continue
		}
		s.Dots = append(s.Dots, dot{x(n), y(v), v})
		run = append(run, fmt.Sprintf("%d,%d", x(n), y(v)))
	}
	end()
	return s
}

// niceStep is the distance of the lines of a grid: 1, 2 or 5 with noughts.
func niceStep(span int) int {
	for ten := 1; ; ten *= 10 {
		for _, n := range []int{1, 2, 5} {
			if step := n * ten; (span+step-1)/step <= chartLines {
				return step
			}
		}
	}
}

// Text is the value of a day in words.
func (s series) Text(day int) string {
	if s.Values[day] == gap {
		return "—"
	}
	return strconv.Itoa(s.Values[day])
}
