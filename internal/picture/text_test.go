package picture

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/image/font"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"
)

// gb2312 gives all characters of the two levels, 3755 and 3008.
func gb2312(t *testing.T) string {
	t.Helper()
	var out []byte
	for row := 16; row <= 87; row++ {
		for col := 1; col <= 94; col++ {
			if row == 55 && col > 89 { // the first level ends here
				break
			}
			out = append(out, byte(0xa0+row), byte(0xa0+col))
		}
	}
	text, err := simplifiedchinese.GBK.NewDecoder().Bytes(out)
	if err != nil || utf8.RuneCount(text) != 6763 || strings.ContainsRune(string(text), utf8.RuneError) {
		t.Fatalf("%d characters, %v", utf8.RuneCount(text), err)
	}
	return string(text)
}

const signs = "，。：；、？！（）【】《》“”‘’—…·｜〔〕①②③④⑤⑥⑦⑧⑨⑩ ↑ ↓ ％ № ㎡ 〓 ★ ° × ≥" +
	"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

func TestTheFontHasEverything(t *testing.T) {
	p := painter(t)
	all := gb2312(t) + signs
	if missing := p.Missing(all); len(missing) > 0 {
		t.Errorf("%d missing: %s", len(missing), string(missing))
	}
	face, err := p.font.face(bodySize)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r != ' ' && !inked(face, r) {
			t.Errorf("%c leaves no trace", r)
		}
	}
	if got, want := p.font.clean(all), strings.Join(strings.Fields(all), " "); got != want {
		t.Error("clean changes what the font has")
	}
}

func TestClean(t *testing.T) {
	p := painter(t)
	for _, tt := range []struct{ text, want, missing string }{
		{"昭阳街道", "昭阳街道", ""},
		{" 昭阳 \n\t 街道　", "昭阳 街道", ""},
		{"𠮷田𠮷", "〓田〓", "𠮷"},
		{"收到👍🏻", "收到", "👍🏻"},
		{"中国🇨🇳", "中国", "🇨🇳"},
		{"一家👨‍👩‍👧", "一家", "👨\u200d👩👧"},
		{"打卡✅", "打卡", "✅"},
		{"❤️街道", "街道", "❤\ufe0f"},
		{"葛\U000e0100城", "葛城", "\U000e0100"},
		{"从右\u202e到左", "从右到左", "\u202e"},
		{"响\a铃\x00", "响铃", "\a\x00"},
		{"坏\xff字", "坏〓字", ""},
		{"37℃", "37°C", "℃"},
		{"第Ⅴ类", "第V类", "Ⅴ"},
		{"ǎ", "a", "ǎ"},
		{"上‾ ‾线", "上 线", "‾"},
		{"★①㎡", "★①㎡", ""},
		{"", "", ""},
		{"👍", "", "👍"},
	} {
		got, missing := p.font.clean(tt.text), string(p.Missing(tt.text))
		if strings.Contains(tt.text, "\xff") { // whether a font has U+FFFD is its own affair
			got, missing = strings.ReplaceAll(got, string(utf8.RuneError), "〓"), ""
		}
		if got != tt.want || missing != tt.missing {
			t.Errorf("%q: %q and missing %q, want %q and %q", tt.text, got, missing, tt.want, tt.missing)
		}
	}
}

// TestShapeless: emoji go even where a font has them, since the next font does not.
func TestShapeless(t *testing.T) {
	everything := typeface{outlined: func(rune) bool { return true }}
	if got := everything.clean("收到👍🏻❤️ 𠮷\u200d℃★"); got != "收到 𠮷℃★" {
		t.Errorf("%q", got)
	}
	if got := string(everything.missing("收到👍𠮷")); got != "👍" {
		t.Errorf("%q", got)
	}
}

// TestNoEmptyBox: whatever people write, every character that is drawn has a glyph.
func TestNoEmptyBox(t *testing.T) {
	p := painter(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		cleaned := p.font.clean(text)
		for _, r := range cleaned {
			if !p.font.has(r) {
				t.Errorf("%q: no glyph for %q", text, r)
			}
		}
		if len(p.Missing(cleaned)) > 0 || p.font.clean(cleaned) != cleaned {
			t.Errorf("%q is not clean", cleaned)
		}
	})
}

func TestWrap(t *testing.T) {
	c := painter(t).canvas()
	em := c.width("国", body)
	for _, tt := range []struct {
		text string
		wide float64 // in characters
		most int
		want []string
	}{
		{"", 5, 0, nil},
		{"一二三四五", 5, 0, []string{"一二三四五"}},
		{"一二三四五六", 5, 0, []string{"一二三四五", "六"}},
		{"一二三四五，六", 5, 0, []string{"一二三四", "五，六"}},
		{"一二三四（五）", 5, 0, []string{"一二三四", "（五）"}},
		{"一二三 2026-1 版", 5, 0, []string{"一二三", "2026-1 版"}},
		{"一二三四 5 件六", 5.5, 0, []string{"一二三四", "5 件六"}},
		{strings.Repeat("1", 20), 5, 0, nil}, // longer than a line: broken, not lost
		{"一二三四五六七八九十", 3, 2, []string{"一二三", "四五…"}},
		{"一二三四五六", 3, 2, []string{"一二三", "四五六"}},
	} {
		got := c.wrap(tt.text, body, em*tt.wide+1, tt.most)
		if tt.want != nil && !slices.Equal(got, tt.want) {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
		if tt.most == 0 && strings.ReplaceAll(strings.Join(got, ""), " ", "") != strings.ReplaceAll(tt.text, " ", "") {
			t.Errorf("%q: %q lost something", tt.text, got)
		}
	}
}

// TestWidths: no line, shortened or not, is wider than its room.
func TestWidths(t *testing.T) {
	c := painter(t).canvas()
	rapid.Check(t, func(t *rapid.T) {
		text := c.font.clean(rapid.StringOfN(rapid.SampledFrom([]rune("国家，。（）“”…12 3.abcABC/↑一①😀𠮷")), 0, 60, -1).Draw(t, "text"))
		wide := rapid.Float64Range(70, 900).Draw(t, "width")
		s := rapid.SampledFrom([]style{title, strong, body}).Draw(t, "style")
		most := rapid.IntRange(1, 3).Draw(t, "most")
		for name, lines := range map[string][]string{
			"wrap": c.wrap(text, s, wide, 0), "most": c.wrap(text, s, wide, most),
			"even": c.even(text, s, wide, most), "sentences": c.sentences(text, s, wide, most), "clip": {c.clip(text, s, wide)},
		} {
			for _, l := range lines {
				if w := c.width(l, s); w > wide {
					t.Errorf("%s %q: %q takes %.1f of %.1f", name, text, l, w, wide)
				}
			}
			if name != "wrap" && len(lines) > most {
				t.Errorf("%s %q: %d lines", name, text, len(lines))
			}
		}
		whole := strings.ReplaceAll(text, " ", "")
		if got := strings.ReplaceAll(strings.Join(c.wrap(text, s, wide, 0), ""), " ", ""); got != whole {
			t.Errorf("%q became %q", whole, got)
		}
		short, fitted := c.fit(text, s, wide, 20)
		if w := c.width(short, fitted); w > wide || fitted.size < 20 {
			t.Errorf("fit %q: %q takes %.1f of %.1f at %d", text, short, w, wide, fitted.size)
		}
	})
}

// TestMeasuredIsDrawn: what is measured is as wide as what is drawn.
func TestMeasuredIsDrawn(t *testing.T) {
	c := painter(t).canvas()
	for _, s := range []style{title, strong, body} {
		f := c.face(s.size)
		d := font.Drawer{Face: f}
		if got, want := c.width("排名 92.33", s), float64(d.MeasureString("排名 92.33"))/64; got < want || got > want+2 {
			t.Errorf("%d pixels: %.1f, want %.1f", s.size, got, want)
		}
	}
}

func TestNumbersAreNotCut(t *testing.T) {
	c := painter(t).canvas()
	text := "返工 123456，扣分 98765 件"
	for wide := c.width(ellipsis, body); wide < c.width(text, body)+10; wide += 3 {
		got := c.clip(text, body, wide)
		if ends := strings.TrimSuffix(got, ellipsis); ends != got && strings.TrimRight(ends, "0123456789") != ends {
			t.Errorf("%q", got)
		}
	}
}
