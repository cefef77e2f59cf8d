package document

// The elements of WordprocessingML that are used. Fields stand in the order that the schema demands (ISO/IEC 29500-1 §17): Word
// refuses a file in which they stand otherwise.

type (
	on  struct{}
	str struct {
		Val string `xml:"w:val,attr"`
	}
	number struct {
		Val int `xml:"w:val,attr"`
	}
)

const (
	officeNS  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	drawingNS = "http://schemas.openxmlformats.org/drawingml/2006/"
)

type namespaces struct {
	W   string `xml:"xmlns:w,attr"`
	R   string `xml:"xmlns:r,attr"`
	WP  string `xml:"xmlns:wp,attr"`
	A   string `xml:"xmlns:a,attr"`
	Pic string `xml:"xmlns:pic,attr"`
}

func names() namespaces {
	return namespaces{
		W:   "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
		R:   officeNS,
		WP:  drawingNS + "wordprocessingDrawing",
		A:   drawingNS + "main",
		Pic: drawingNS + "picture",
	}
}

type documentRoot struct {
	XMLName struct{} `xml:"w:document"`
	namespaces
	Body body `xml:"w:body"`
}

type body struct {
	Content []any
	Section sectionProps `xml:"w:sectPr"`
}

type headerRoot struct {
	XMLName struct{} `xml:"w:hdr"`
	namespaces
	Content []any
}

type footerRoot struct {
	XMLName struct{} `xml:"w:ftr"`
	namespaces
	Content []any
}

// sectionProps is the page: lengths in twips, a twentieth of a point.
type sectionProps struct {
	Header  *reference `xml:"w:headerReference"`
	Footer  reference  `xml:"w:footerReference"`
	Size    pageSize   `xml:"w:pgSz"`
	Margins margins    `xml:"w:pgMar"`
}

type reference struct {
	Type string `xml:"w:type,attr"`
	ID   string `xml:"r:id,attr"`
}

type pageSize struct {
	Width  int `xml:"w:w,attr"`
	Height int `xml:"w:h,attr"`
}

type margins struct {
	Top    int `xml:"w:top,attr"`
	Right  int `xml:"w:right,attr"`
	Bottom int `xml:"w:bottom,attr"`
	Left   int `xml:"w:left,attr"`
	Header int `xml:"w:header,attr"`
	Footer int `xml:"w:footer,attr"`
	Gutter int `xml:"w:gutter,attr"`
}

type paragraph struct {
	XMLName struct{}       `xml:"w:p"`
	Props   paragraphProps `xml:"w:pPr"`
	Content []any
}

type paragraphProps struct {
	KeepNext *on      `xml:"w:keepNext"`
	Border   *borders `xml:"w:pBdr"`
	Spacing  spacing  `xml:"w:spacing"`
	Indent   *indent  `xml:"w:ind"`
	Align    str      `xml:"w:jc"`
	Outline  *number  `xml:"w:outlineLvl"`
}

type spacing struct {
	Before int    `xml:"w:before,attr"`
	After  int    `xml:"w:after,attr"`
	Line   int    `xml:"w:line,attr"`
	Rule   string `xml:"w:lineRule,attr"`
}

// indent counts in hundredths of a character; the lengths in twips are for programs that do not know characters.
type indent struct {
	RightChars int `xml:"w:rightChars,attr,omitempty"`
	Right      int `xml:"w:right,attr,omitempty"`
	FirstChars int `xml:"w:firstLineChars,attr,omitempty"`
	First      int `xml:"w:firstLine,attr,omitempty"`
}

type borders struct {
	Top     *line `xml:"w:top"`
	Left    *line `xml:"w:left"`
	Bottom  *line `xml:"w:bottom"`
	Right   *line `xml:"w:right"`
	InsideH *line `xml:"w:insideH"`
	InsideV *line `xml:"w:insideV"`
}

// line is a border; its size is in eighths of a point, its distance from the text in points.
type line struct {
	Val   string `xml:"w:val,attr"`
	Size  int    `xml:"w:sz,attr"`
	Space int    `xml:"w:space,attr"`
	Color string `xml:"w:color,attr"`
}

type run struct {
	XMLName struct{} `xml:"w:r"`
	Props   runProps `xml:"w:rPr"`
	Content []any
}

// runProps is how characters look; sizes are in half points, the scale in percent of the usual width.
type runProps struct {
	Fonts    fonts   `xml:"w:rFonts"`
	Bold     *on     `xml:"w:b"`
	BoldCS   *on     `xml:"w:bCs"`
	Color    *str    `xml:"w:color"`
	Scale    *number `xml:"w:w"`
	Size     number  `xml:"w:sz"`
	SizeCS   number  `xml:"w:szCs"`
	Language *langs  `xml:"w:lang"`
}

// fonts are those of a run. The hint gives quotation marks and dashes, which both scripts have, to the Chinese font.
type fonts struct {
	Hint     string `xml:"w:hint,attr,omitempty"`
	ASCII    string `xml:"w:ascii,attr"`
	HAnsi    string `xml:"w:hAnsi,attr"`
	EastAsia string `xml:"w:eastAsia,attr"`
	CS       string `xml:"w:cs,attr"`
}

type langs struct {
	Val      string `xml:"w:val,attr"`
	EastAsia string `xml:"w:eastAsia,attr"`
}

type text struct {
	XMLName struct{} `xml:"w:t"`
	Space   string   `xml:"xml:space,attr"`
	Text    string   `xml:",chardata"`
}

type lineBreak struct {
	XMLName struct{} `xml:"w:br"`
}

type tabStop struct {
	XMLName struct{} `xml:"w:tab"`
}

// field is a text that the program computes, with what stands there until it has.
type field struct {
	XMLName     struct{} `xml:"w:fldSimple"`
	Instruction string   `xml:"w:instr,attr"`
	Shown       run
}

type table struct {
	XMLName struct{}   `xml:"w:tbl"`
	Props   tableProps `xml:"w:tblPr"`
	Columns []column   `xml:"w:tblGrid>w:gridCol"`
	Rows    []row
}

type tableProps struct {
	Width   width   `xml:"w:tblW"`
	Align   str     `xml:"w:jc"`
	Borders borders `xml:"w:tblBorders"`
	Layout  layout  `xml:"w:tblLayout"`
	Margins cellGap `xml:"w:tblCellMar"`
}

type layout struct {
	Type string `xml:"w:type,attr"`
}

type width struct {
	Width int    `xml:"w:w,attr"`
	Type  string `xml:"w:type,attr"`
}

type cellGap struct {
	Left  width `xml:"w:left"`
	Right width `xml:"w:right"`
}

type column struct {
	Width int `xml:"w:w,attr"`
}

type row struct {
	XMLName struct{} `xml:"w:tr"`
	Props   rowProps `xml:"w:trPr"`
	Cells   []cell
}

type rowProps struct {
	Whole  *on `xml:"w:cantSplit"`
	Header *on `xml:"w:tblHeader"`
}

type cell struct {
	XMLName struct{}  `xml:"w:tc"`
	Props   cellProps `xml:"w:tcPr"`
	Content []any
}

type cellProps struct {
	Width width `xml:"w:tcW"`
	Align str   `xml:"w:vAlign"`
}

type drawing struct {
	XMLName struct{} `xml:"w:drawing"`
	Inline  string   `xml:",innerxml"`
}
