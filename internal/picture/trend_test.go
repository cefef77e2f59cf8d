package picture

import (
	"bytes"
	"image"
	"math"
	"slices"
	"testing"
)

func drawTrend(t *testing.T, tr Trend) *image.RGBA {
	t.Helper()
	data, err := painter(t).Trend(tr)
	if err != nil {
		t.Fatal(err)
	}
	return check(t, tr.Title, data)
}

// plot is where a day's bars are in a trend without a note.
func plot(day, days int) image.Rectangle {
	top := int(rule+28+math.Round(titleSize*1.3)+gap+pad) + plotY
	column := (inner - axisWidth) / float64(days)
	left := margin + axisWidth + column*float64(day)
	return image.Rect(int(left)+1, top-2, int(left+column), top+plotHeight+3)
}

func TestTrendBars(t *testing.T) {
	days := []TrendDay{{"3/2", 30, 15, 5}, {"3/3", 0, 0, 0}, {"3/4", 10, 20, 0}, {"3/5", 1, 0, 30}, {"3/6", -5, 2, 0}}
	img := drawTrend(t, Trend{Title: "趋势", Days: days}) // the axis goes to 30
	for i, d := range days {
		part := plot(i, len(days))
		for _, s := range trendSeries() {
			wide := (float64(part.Dx())+1-2*24)/3 - 2
			n := s.count(d)
			want := float64(n) / 30 * plotHeight * wide
			if got := float64(count(img, part, s.color)); math.Abs(got-want) > 0.05*want+wide*4*min(1, float64(n)) {
				t.Errorf("day %s, %s %d: %.0f pixels, want about %.0f", d.Label, s.name, n, got, want)
			}
		}
	}
}

func TestTrendNumbers(t *testing.T) {
	days := trends()["week"].Days
	img := drawTrend(t, Trend{Title: "趋势", Days: days})
	for i, d := range days {
		cell := plot(i, len(days))
		cell.Min.Y = cell.Max.Y + 76 + 2*tableRow - 3
		cell.Max.Y = cell.Min.Y + tableRow
		if red := count(img, cell, late) > 10; red != (d.Overdue > 0) {
			t.Errorf("day %s: red %v with %d overdue", d.Label, red, d.Overdue)
		}
		dark := cell.Sub(image.Pt(0, tableRow))
		if count(img, dark, ink)+count(img, dark, pale) == 0 {
			t.Errorf("day %s: no number of those closed", d.Label)
		}
	}
}

func TestTrendOfNothing(t *testing.T) {
	for _, name := range []string{"none", "zero"} {
		img := drawTrend(t, trends()[name])
		for _, s := range trendSeries()[1:] {
			if n := count(img, plot(0, 1), s.color); n > 0 {
				t.Errorf("%s: %d pixels of %s", name, n, s.name)
			}
		}
	}
}

// TestTrendOfManyDays: the last days are drawn and the first left out, and the note says so.
func TestTrendOfManyDays(t *testing.T) {
	days := slices.Repeat([]TrendDay{{"3/2", 8, 8, 0}}, MaxDays+12)
	none := drawTrend(t, Trend{Title: "趋势", Days: days})
	for i := range 12 {
		days[i].Overdue = 7
	}
	if img := drawTrend(t, Trend{Title: "趋势", Days: days}); !bytes.Equal(img.Pix, none.Pix) {
		t.Error("the first days are drawn")
	}
	days[12].Overdue = 7
	if img := drawTrend(t, Trend{Title: "趋势", Days: days}); bytes.Equal(img.Pix, none.Pix) {
		t.Error("the last 28 days are not drawn")
	}
	if img := drawTrend(t, Trend{Title: "趋势", Days: days[12:]}); img.Rect.Dy() != none.Rect.Dy()-noteLine {
		t.Error("no note says that days are left out")
	}
}

func TestAxis(t *testing.T) {
	for _, tt := range []struct {
		most int
		step float64
	}{{0, 1}, {1, 1}, {5, 1}, {6, 2}, {10, 2}, {11, 5}, {26, 10}, {50, 10}, {51, 20}, {100, 20}, {1001, 500}, {mostCount, mostCount / 5}} {
		if got := niceStep(tt.most); got != tt.step {
			t.Errorf("up to %d: step %v, want %v", tt.most, got, tt.step)
		}
	}
}

func TestShort(t *testing.T) {
	for n, want := range map[int]string{
		0: "0", 7: "7", 99_999: "99999", 100_000: "10万", 123_456: "12.3万", 999_999: "99.9万", 1_234_567: "123万", 99_999_999: "9999万",
		100_000_000: "1亿", 123_456_789: "1.2亿", 999_999_999_999: "9999亿", mostCount: "≥1万亿",
	} {
		if got := short(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
