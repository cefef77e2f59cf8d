package document

// The form of an official letter (GB/T 9704-2012 §5 and §7): A4, the type area 156 mm × 225 mm, body in 三号 仿宋 with 28 points from
// line to line.

const (
	fangSong     = "仿宋_GB2312"
	kaiTi        = "楷体_GB2312"
	heiTi        = "黑体"
	songTi       = "宋体"
	xiaoBiaoSong = "方正小标宋简体"

	red      = "FF0000"
	lineStep = 560  // 28 points in twips
	measure  = 8845 // width of the type area, 156 mm, in twips
	emPoints = 16   // 三号
	em       = emPoints * 20
	mm       = 57 // twips
)

// font is how characters look; size is in half points.
type font struct {
	name  string
	size  int
	bold  bool
	color string
	scale int // percent of the usual width; 0 is 100
}

var (
	letter  = font{name: fangSong, size: 32}                 // 三号
	small   = font{name: fangSong, size: 24}                 // 小四
	colHead = font{name: heiTi, size: 24, bold: true}        // 小四
	folio   = font{name: songTi, size: 28}                   // 四号
	caption = font{name: kaiTi, size: 24}                    // 小四
	redHead = font{name: xiaoBiaoSong, size: 72, color: red} // 小初
)

func (f font) props() runProps {
	p := runProps{
		Fonts:  fonts{Hint: "eastAsia", ASCII: "Times New Roman", HAnsi: "Times New Roman", EastAsia: f.name, CS: "Times New Roman"},
		Size:   number{f.size},
		SizeCS: number{f.size},
	}
	if f.bold {
		p.Bold, p.BoldCS = &on{}, &on{}
	}
	if f.color != "" {
		p.Color = &str{f.color}
	}
	if f.scale != 0 && f.scale != 100 {
		p.Scale = &number{f.scale}
	}
	return p
}

// style is the look of a paragraph.
type style struct {
	font  font
	props paragraphProps
}

var (
	exact    = spacing{Line: lineStep, Rule: "exact"}
	twoChars = &indent{FirstChars: 200, First: 2 * em}

	bodyText     = style{letter, paragraphProps{Spacing: exact, Indent: twoChars, Align: str{"both"}}}
	address      = style{letter, paragraphProps{Spacing: exact, Align: str{"both"}}}
	redHeadProps = paragraphProps{Spacing: spacing{Before: 33 * mm, Line: 880, Rule: "exact"}, Align: str{"center"}}
	docNo        = style{letter, paragraphProps{
		Border: redLine, Spacing: spacing{Before: 2 * lineStep, Line: lineStep, Rule: "exact"}, Align: str{"center"},
	}}
	title = style{font{name: xiaoBiaoSong, size: 44}, paragraphProps{ // 二号
		Spacing: spacing{Before: 2 * lineStep, After: lineStep, Line: 640, Rule: "exact"}, Align: str{"center"},
	}}
	heading1 = style{font{name: heiTi, size: 32}, paragraphProps{
		KeepNext: &on{}, Spacing: exact, Indent: twoChars, Align: str{"both"}, Outline: &number{0},
	}}
	heading2 = style{font{name: kaiTi, size: 32}, paragraphProps{
		KeepNext: &on{}, Spacing: exact, Indent: twoChars, Align: str{"both"}, Outline: &number{1},
	}}
	unitHead  = style{heading1.font, heading2.props}
	placeHead = style{heading2.font, paragraphProps{KeepNext: &on{}, Spacing: exact, Indent: twoChars, Align: str{"both"}}}

	cellText   = style{small, paragraphProps{Spacing: spacing{Before: 40, After: 40, Line: 320, Rule: "exact"}, Align: str{"center"}}}
	cellHead   = style{colHead, cellText.props}
	pictureBox = style{small, paragraphProps{KeepNext: &on{}, Spacing: spacing{Before: 60, Line: 240, Rule: "auto"}, Align: str{"center"}}}
	captionRow = style{caption, paragraphProps{Spacing: spacing{After: 120, Line: 360, Rule: "exact"}, Align: str{"center"}}}
	headerMark = style{font{name: heiTi, size: 28}, paragraphProps{Spacing: spacing{Line: 240, Rule: "auto"}, Align: str{"right"}}}
	// A table stands between two thin lines, so that it does not stick to the text; the upper one stays with it.
	above = style{small, paragraphProps{KeepNext: &on{}, Spacing: spacing{Line: 120, Rule: "exact"}, Align: str{"left"}}}
	below = style{small, paragraphProps{Spacing: spacing{Line: 200, Rule: "exact"}, Align: str{"left"}}}
)

// redLine ends the letterhead.
var redLine = &borders{Bottom: &line{Val: "single", Size: 18, Space: 8, Color: red}}

func pageSection() sectionProps {
	return sectionProps{
		Footer:  reference{Type: "default", ID: footerID},
		Size:    pageSize{Width: 11906, Height: 16838},
		Margins: margins{Top: 2098, Right: 1474, Bottom: 1984, Left: 1587, Header: 1134, Footer: 1304},
	}
}

// pageNumber is the foot of every page: — 1 —.
func pageNumber() paragraph {
	dash := func(s string) run { return run{Props: folio.props(), Content: content(s)} }
	return paragraph{
		Props: paragraphProps{Spacing: spacing{Line: 240, Rule: "auto"}, Align: str{"center"}},
		Content: []any{
			dash("— "), field{Instruction: "PAGE", Shown: dash("1")}, dash(" —"),
		},
	}
}
