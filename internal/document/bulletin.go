package document

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Bulletin is a circular about a period (通报, domain.md §2.3): everything that it says, in the words and figures of the day on
// which it was drawn up. It is kept as JSON and drawn as often as it is asked for, always the same. What is empty is left
// out, and the sections that follow move up.
type Bulletin struct {
	Bureau string    `json:"bureau"`           // 红头: XX县创建全国文明城市指挥部办公室
	Number string    `json:"number,omitempty"` // 文号: 创城通报〔2026〕9号
	Title  string    `json:"title"`            // 关于11月16日至22日创城问题整改情况的通报
	To     string    `json:"to,omitempty"`     // 主送: 各责任单位
	Signer string    `json:"signer,omitempty"` // 落款; the bureau if empty
	Date   time.Time `json:"date"`             // the day is read in the zone that it carries
	Draft  bool      `json:"draft,omitempty"`  // marked on every page until it is published

	Overview string    `json:"overview,omitempty"` // 总体情况: the period, what was inspected; a paragraph each line
	Figures  []Figure  `json:"figures,omitempty"`
	Groups   []Group   `json:"groups,omitempty"`   // 排名情况
	Units    []Unit    `json:"units,omitempty"`    // 突出问题
	Setbacks []Setback `json:"setbacks,omitempty"` // 反弹和虚假整改
	Demands  []string  `json:"demands,omitempty"`  // 工作要求

	MaxPairs int `json:"max_pairs,omitempty"` // so many items at most are shown with their photos; 0: none
}

// Figure is a number of the overview with its name: 新立案, 57.
type Figure struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Group is the ranking of one ranking group, in the order in which it is shown.
type Group struct {
	Name string `json:"name"`
	Rows []Rank `json:"rows"`
}

// Rank is one unit in a ranking.
type Rank struct {
	Unit     string `json:"unit"`
	Rank     int    `json:"rank,omitempty"`  // 名次; 0: not ranked
	Last     int    `json:"last,omitempty"`  // 上期名次; 0: was not ranked
	Score    string `json:"score,omitempty"` // 92.33, as published, or why there is none
	Entering int    `json:"entering"`        // 应处置
	OnTime   int    `json:"on_time"`         // 按期
	Overdue  int    `json:"overdue"`         // 超期
}

// Unit is what a unit is named for.
type Unit struct {
	Name   string  `json:"name"`
	Places []Place `json:"places"`
	More   int     `json:"more,omitempty"` // so many further items are counted, and not listed
}

// Place is a place with its items.
type Place struct {
	Name  string `json:"name"`
	Items []Item `json:"items"`
}

// Item is one issue.
type Item struct {
	Issue   int64  `json:"issue,omitempty"` // its number; 0: not said
	Text    string `json:"text"`
	Overdue int    `json:"overdue,omitempty"` // days
	Returns int    `json:"returns,omitempty"` // 退回 (failed reviews), not 退单
	Before  string `json:"before,omitempty"`  // names of photos
	After   string `json:"after,omitempty"`
}

// Setback is an issue that came back or was never solved.
type Setback struct {
	Kind  SetbackKind `json:"kind"`
	Unit  string      `json:"unit"`
	Place string      `json:"place,omitempty"`
	Text  string      `json:"text"`
}

// SetbackKind says what went wrong behind a closing.
type SetbackKind string

// The kinds of setbacks.
const (
	Relapse   SetbackKind = "反弹"
	Falsified SetbackKind = "虚假整改"
)

// DraftMark is on every page of a bulletin that is not published yet.
const DraftMark = "征求意见稿"

// section is a numbered part of the bulletin in its two forms.
type section struct {
	title string
	empty bool
	docx  func(*writer, Loader) error
	text  func(*strings.Builder)
}

// sections are those that have something to say, in order.
func (b Bulletin) sections() []section {
	all := []section{
		{"总体情况", len(lines(b.Overview)) == 0 && len(b.Figures) == 0, b.drawOverview, b.sayOverview},
		{"排名情况", b.ranked() == 0, b.drawRanking, b.sayRanking},
		{"突出问题", b.items() == 0, b.drawUnits, b.sayUnits},
		{"反弹和虚假整改", len(b.Setbacks) == 0, b.drawSetbacks, b.saySetbacks},
		{"工作要求", len(lines(strings.Join(b.Demands, "\n"))) == 0, b.drawDemands, b.sayDemands},
	}
	var out []section
	for _, s := range all {
		if !s.empty {
			s.title = numeral(len(out)+1) + "、" + s.title
			out = append(out, s)
		}
	}
	return out
}

func (b Bulletin) ranked() int {
	n := 0
	for _, g := range b.Groups {
		n += len(g.Rows)
	}
	return n
}

func (b Bulletin) items() int {
	n := 0
	for _, u := range b.Units {
		n += u.items()
	}
	return n
}

func (u Unit) items() int {
	n := u.More
	for _, p := range u.Places {
		n += len(p.Items)
	}
	return n
}

// rest says what is not listed.
func (u Unit) rest() string {
	if u.More == 0 {
		return ""
	}
	return fmt.Sprintf("另有 %d 件未列出，见台账。", u.More)
}

// addressee ends with the colon of a salutation.
func (b Bulletin) addressee() string {
	to := strings.TrimRight(oneLine(b.To), "：:")
	if to == "" {
		return ""
	}
	return to + "："
}

func (b Bulletin) signer() string { return cmp.Or(oneLine(b.Signer), oneLine(b.Bureau)) }

func (b Bulletin) day() string {
	if b.Date.IsZero() {
		return ""
	}
	return b.Date.Format("2006年1月2日")
}

// RankHead names the columns of a ranking, and Fields gives them of one unit.
func RankHead() []string {
	return []string{"名次", "单位", "得分", "应处置", "按期", "超期", "较上期"}
}

// Fields are what a ranking says of a unit, in the order of RankHead.
func (r Rank) Fields() []string {
	return []string{r.place(), r.Unit, r.score(), strconv.Itoa(r.Entering), strconv.Itoa(r.OnTime), strconv.Itoa(r.Overdue), r.change()}
}

// score is what stands for the points of a unit; one that is not ranked says why.
func (r Rank) score() string {
	switch {
	case r.Score != "":
		return r.Score
	case r.Entering == 0:
		return "无应处置"
	}
	return "样本不足"
}

func (r Rank) place() string {
	if r.Rank == 0 {
		return "—"
	}
	return strconv.Itoa(r.Rank)
}

// change is the move against the last period: ↑2, ↓1, 持平.
func (r Rank) change() string {
	switch {
	case r.Rank == 0 || r.Last == 0:
		return "—"
	case r.Rank < r.Last:
		return fmt.Sprintf("↑%d", r.Last-r.Rank)
	case r.Rank > r.Last:
		return fmt.Sprintf("↓%d", r.Rank-r.Last)
	}
	return "持平"
}

// facts are what is known of an item besides its words: （编号17，超期3天，退回2次）.
func (i Item) facts() string {
	var parts []string
	if i.Issue > 0 {
		parts = append(parts, fmt.Sprintf("编号%d", i.Issue))
	}
	if i.Overdue > 0 {
		parts = append(parts, fmt.Sprintf("超期%d天", i.Overdue))
	}
	if i.Returns > 0 {
		parts = append(parts, fmt.Sprintf("退回%d次", i.Returns))
	}
	return brackets(strings.Join(parts, "，"))
}

func brackets(s string) string {
	if s == "" {
		return ""
	}
	return "（" + s + "）"
}

// sentence is a text of people that ends like a sentence, with what is added to it before the end.
func sentence(words, added string) string {
	words = strings.TrimRight(strings.TrimSpace(clean(words)), "。.；;，, \n\t")
	if added == "" && strings.ContainsAny(lastRune(words), "！？!?…") {
		return words
	}
	return words + added + "。"
}

func lastRune(s string) string {
	_, n := utf8.DecodeLastRuneInString(s)
	return s[len(s)-n:]
}
