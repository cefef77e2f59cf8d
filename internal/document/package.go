package document

import (
	"fmt"
	"strings"
	"time"
)

// The parts around the text: what each part is, how they hang together, what the program is to assume (ISO/IEC 29500-2).

const (
	packageNS = "http://schemas.openxmlformats.org/package/2006/"
	wordTypes = "application/vnd.openxmlformats-officedocument.wordprocessingml."
	headerID  = "header"
	footerID  = "footer"
)

type contentTypes struct {
	XMLName   struct{}       `xml:"Types"`
	Namespace string         `xml:"xmlns,attr"`
	Defaults  []defaultType  `xml:"Default"`
	Overrides []overrideType `xml:"Override"`
}

type defaultType struct {
	Extension string `xml:"Extension,attr"`
	Type      string `xml:"ContentType,attr"`
}

type overrideType struct {
	Part string `xml:"PartName,attr"`
	Type string `xml:"ContentType,attr"`
}

func (w *writer) contentTypes() contentTypes {
	c := contentTypes{
		Namespace: packageNS + "content-types",
		Defaults: []defaultType{
			{"rels", "application/vnd.openxmlformats-package.relationships+xml"},
			{"xml", "application/xml"},
			{"png", "image/png"},
			{"jpeg", "image/jpeg"},
		},
		Overrides: []overrideType{
			{"/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"},
			{"/word/document.xml", wordTypes + "document.main+xml"},
			{"/word/styles.xml", wordTypes + "styles+xml"},
			{"/word/settings.xml", wordTypes + "settings+xml"},
			{"/word/fontTable.xml", wordTypes + "fontTable+xml"},
			{"/word/footer.xml", wordTypes + "footer+xml"},
		},
	}
	if w.mark != "" {
		c.Overrides = append(c.Overrides, overrideType{"/word/header.xml", wordTypes + "header+xml"})
	}
	return c
}

type relations struct {
	XMLName   struct{}   `xml:"Relationships"`
	Namespace string     `xml:"xmlns,attr"`
	Relations []relation `xml:"Relationship"`
}

type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

func packageRelations() relations {
	return relations{Namespace: packageNS + "relationships", Relations: []relation{
		{"document", officeNS + "/officeDocument", "word/document.xml"},
		{"core", packageNS + "relationships/metadata/core-properties", "docProps/core.xml"},
	}}
}

func (w *writer) relations() relations {
	r := relations{Namespace: packageNS + "relationships", Relations: []relation{
		{"styles", officeNS + "/styles", "styles.xml"},
		{"settings", officeNS + "/settings", "settings.xml"},
		{"fonts", officeNS + "/fontTable", "fontTable.xml"},
		{footerID, officeNS + "/footer", "footer.xml"},
	}}
	if w.mark != "" {
		r.Relations = append(r.Relations, relation{headerID, officeNS + "/header", "header.xml"})
	}
	for k, m := range w.media {
		r.Relations = append(r.Relations, relation{mediaID(k), officeNS + "/image", m.file})
	}
	return r
}

func mediaID(k int) string { return fmt.Sprintf("image%d", k+1) }

// core is what the file manager shows of the file.
type core struct {
	XMLName struct{} `xml:"cp:coreProperties"`
	CP      string   `xml:"xmlns:cp,attr"`
	DC      string   `xml:"xmlns:dc,attr"`
	Terms   string   `xml:"xmlns:dcterms,attr"`
	XSI     string   `xml:"xmlns:xsi,attr"`
	Title   string   `xml:"dc:title"`
	Creator string   `xml:"dc:creator"`
	Created *instant `xml:"dcterms:created"`
	Changed *instant `xml:"dcterms:modified"`
}

type instant struct {
	Type string `xml:"xsi:type,attr"`
	Time string `xml:",chardata"`
}

func coreProperties(a about) core {
	c := core{
		CP:      packageNS + "metadata/core-properties",
		DC:      "http://purl.org/dc/elements/1.1/",
		Terms:   "http://purl.org/dc/terms/",
		XSI:     "http://www.w3.org/2001/XMLSchema-instance",
		Title:   oneLine(a.Title),
		Creator: oneLine(a.Author),
	}
	if !a.Date.IsZero() {
		at := instant{"dcterms:W3CDTF", a.Date.UTC().Format(time.RFC3339)}
		c.Created, c.Changed = &at, &at
	}
	return c
}

func oneLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

type styles struct {
	XMLName struct{} `xml:"w:styles"`
	namespaces
	Default runProps `xml:"w:docDefaults>w:rPrDefault>w:rPr"`
	Normal  normal   `xml:"w:style"`
}

type normal struct {
	Type    string `xml:"w:type,attr"`
	Default int    `xml:"w:default,attr"`
	ID      string `xml:"w:styleId,attr"`
	Name    str    `xml:"w:name"`
}

// defaultStyles say what a person gets who writes on in the document: the letter's own body font.
func defaultStyles() styles {
	def := letter.props()
	def.Fonts.Hint = ""
	def.Language = &langs{Val: "en-US", EastAsia: "zh-CN"}
	return styles{namespaces: names(), Default: def, Normal: normal{Type: "paragraph", Default: 1, ID: "a", Name: str{"Normal"}}}
}

type settings struct {
	XMLName struct{} `xml:"w:settings"`
	namespaces
	Spacing str           `xml:"w:characterSpacingControl"`
	Compat  []compatValue `xml:"w:compat>w:compatSetting"`
}

type compatValue struct {
	Name string `xml:"w:name,attr"`
	URI  string `xml:"w:uri,attr"`
	Val  string `xml:"w:val,attr"`
}

// defaultSettings ask Word for its present behaviour, without which it opens the file in compatibility mode, and let it
// set punctuation marks that meet closer, as Chinese printing does.
func defaultSettings() settings {
	return settings{
		namespaces: names(),
		Spacing:    str{"compressPunctuation"},
		Compat:     []compatValue{{"compatibilityMode", "http://schemas.microsoft.com/office/word", "15"}},
	}
}

type fontList struct {
	XMLName struct{} `xml:"w:fonts"`
	namespaces
	Fonts []fontEntry `xml:"w:font"`
}

type fontEntry struct {
	Name  string `xml:"w:name,attr"`
	Other str    `xml:"w:altName"`
}

// fontTable names what a computer takes that lacks the fonts of official letters.
func fontTable() fontList {
	return fontList{namespaces: names(), Fonts: []fontEntry{
		{fangSong, str{"仿宋"}}, {kaiTi, str{"楷体"}}, {xiaoBiaoSong, str{"华文中宋"}}, {heiTi, str{"SimHei"}}, {songTi, str{"SimSun"}},
	}}
}
