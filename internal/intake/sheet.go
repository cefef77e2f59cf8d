package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"duban/internal/issue"
	"duban/internal/sheet"
	"duban/internal/understand"
)

// Sheet is what was read of a spreadsheet of problems.
type Sheet struct {
	Name     string // of its file
	SHA256   string
	Rows     []Row
	Hidden   int      // rows that are not taken because they are hidden, by hand or by a filter
	Unread   []string // worksheets without a head that could be read
	Unused   []string // columns that nothing is taken from
	Pictures bool     // there are pictures, which are not taken
}

// Row is one problem as it stands in a spreadsheet.
type Row struct {
	Sheet     string `json:",omitempty"` // "" where there is but one
	Line      int    // as the spreadsheet counts
	Place     string `json:",omitempty"`
	Text      string `json:",omitempty"`
	Category  string `json:",omitempty"`
	Unit      string `json:",omitempty"`
	Assist    string `json:",omitempty"`
	Limit     string `json:",omitempty"`
	Found     string `json:",omitempty"` // when it was found
	Indicator string `json:",omitempty"`
	Note      string `json:",omitempty"`
}

// column is one that is known: how it is called in faults, its other names, and the field of a row.
type column struct {
	name  string
	names []string
	field func(*Row) *string // nil: it is passed over
}

// columns are those that are read, by the names that real sheets give them. Blanks, punctuation and what stands in brackets do not
// count.
func columns() []column {
	return []column{
		{"序号", []string{"序号", "编号", "项次", "no", "顺序号"}, nil},
		{"点位", []string{
			"点位", "地点", "位置", "点位名称", "具体位置", "具体地点", "问题点位", "地址", "详细地址", "所在位置", "测评点位", "测评点", "实地点位", "实地考察点",
			"检查点位", "检查地点", "问题地点", "问题位置", "发生地点", "点位地址", "点位位置",
		}, func(r *Row) *string { return &r.Place }},
		{"问题描述", []string{
			"问题描述", "存在问题", "问题", "主要问题", "问题内容", "具体问题", "反馈问题", "存在的问题", "存在的主要问题", "问题情况", "问题详情", "扣分原因", "失分原因",
			"问题及表现", "问题表现", "具体情况", "情况描述", "问题清单", "描述", "存在不足", "扣分问题", "发现问题", "发现的问题", "问题现象",
		}, func(r *Row) *string { return &r.Text }},
		{"类别", []string{"类别", "问题类别", "问题类型", "类型", "问题分类", "分类", "问题种类", "大类"}, func(r *Row) *string { return &r.Category }},
		{"责任单位", []string{
			"责任单位", "牵头单位", "主责单位", "整改单位", "责任部门", "承办单位", "办理单位", "牵头部门", "主办单位", "责任主体", "整改责任单位", "牵头责任单位", "主要责任单位",
			"整改责任部门", "责任单位部门",
		}, func(r *Row) *string { return &r.Unit }},
		{"配合单位", []string{"配合单位", "协办单位", "协同单位", "配合部门", "协助单位", "责任配合单位"}, func(r *Row) *string { return &r.Assist }},
		{"整改时限", []string{
			"整改时限", "完成时间", "期限", "完成时限", "整改期限", "限期", "办结时限", "截止时间", "截止日期", "要求完成时间", "时限", "整改完成时间", "整改完成时限",
			"办理时限", "完成日期", "完成期限", "整改时间", "限改时间", "时限要求", "整改时限要求",
		}, func(r *Row) *string { return &r.Limit }},
		{"检查日期", []string{
			"检查日期", "检查时间", "发现时间", "发现日期", "测评时间", "测评日期", "督查时间", "督查日期", "日期", "时间", "拍摄时间", "暗访时间", "反馈日期", "反馈时间",
		}, func(r *Row) *string { return &r.Found }},
		{"测评指标", []string{
			"测评指标", "测评项目", "指标", "项目", "指标名称", "测评内容", "测评标准", "考核指标", "对应指标", "考察内容", "测评要求", "指标项目", "测评指标名称",
		}, func(r *Row) *string { return &r.Indicator }},
		{"备注", []string{"备注", "说明", "备注说明"}, func(r *Row) *string { return &r.Note }},
	}
}

// The limits of a sheet.
const (
	// MaxRows is how many problems a batch may have: they are filed in one transaction, which nobody should have to wait for long.
	MaxRows  = 10_000
	headRows = 40 // the head stands among the first rows
)

// MaxFile is how many bytes a spreadsheet may have.
const MaxFile = sheet.MaxFile

// Looks says whether a file is one that Read reads, or of which it can say what is wrong, by its name.
func Looks(name string) bool {
	return slices.Contains([]string{".xlsx", ".xlsm", ".xls", ".et", ".xlsb", ".ods", ".csv"}, strings.ToLower(path.Ext(name)))
}

// Read reads a spreadsheet of problems, of any layout that has a row of heads with a name for the problem (see columns). It takes a
// second for some thousand rows and needs no transaction. Its error is an *issue.Error that says in Chinese what is wrong with the file.
func Read(name string, data []byte) (*Sheet, error) {
	w, err := sheet.OpenWorkbook(data)
	if err != nil {
		return nil, err
	}
	defer func() { _ = w.Close() }() // it was only read
	sum := sha256.Sum256(data)
	s := &Sheet{Name: understand.Name(name), SHA256: hex.EncodeToString(sum[:]), Pictures: w.Pictures}
	for _, part := range w.Sheets() {
		if err := s.read(w, part); err != nil {
			return nil, err
		}
	}
	switch {
	case len(s.Rows) == 0 && len(s.Unread) == len(w.Sheets()):
		return nil, issue.Fail(issue.CodeInput, "没找到表头", "表里要有一行写着“问题描述”（或存在问题），最好还有点位、责任单位、整改时限")
	case len(s.Rows) == 0 && s.Hidden > 0:
		return nil, issue.Fail(issue.CodeInput, "表里的行都隐藏了", "请取消筛选或隐藏，保存后再发")
	case len(s.Rows) == 0:
		return nil, issue.Fail(issue.CodeInput, "表头下面没有内容", "请检查后再发")
	case len(w.Sheets())-len(s.Unread) == 1:
		for n := range s.Rows {
			s.Rows[n].Sheet = ""
		}
	}
	return s, nil
}

// read takes the problems of one worksheet.
func (s *Sheet) read(w *sheet.Workbook, name string) error {
	lines := make([]sheet.Line, 0, headRows)
	var h *head
	for line, err := range w.Lines(name) {
		if err != nil {
			return err
		}
		if h == nil {
			if lines = append(lines, line); len(lines) < headRows {
				continue
			}
			if h = findHead(lines); h == nil {
				break
			}
			for _, l := range lines {
				s.add(w, name, h, l)
			}
		} else {
			s.add(w, name, h, line)
		}
		if len(s.Rows) > MaxRows {
			return issue.Fail(issue.CodeInput, fmt.Sprintf("一次最多导入 %d 行", MaxRows), "请分成几个文件再发")
		}
	}
	if h == nil { // fewer rows than were to be searched
		if h = findHead(lines); h == nil {
			s.Unread = append(s.Unread, understand.Name(name))
			return nil
		}
		for _, l := range lines {
			s.add(w, name, h, l)
		}
	}
	for _, u := range h.unused {
		if !slices.Contains(s.Unused, u) {
			s.Unused = append(s.Unused, u)
		}
	}
	return nil
}

// add takes a row below the head. Empty ones, sums and heads that are repeated on the next page are none.
func (s *Sheet) add(w *sheet.Workbook, name string, h *head, line sheet.Line) {
	if line.Number <= h.line {
		return
	}
	r := Row{Sheet: understand.Name(name), Line: line.Number}
	filled := false
	for n, c := range h.columns {
		if n >= len(line.Fields) || c == nil || c.field == nil {
			continue
		}
		text := strings.TrimSpace(line.Fields[n])
		if c.name == "整改时限" || c.name == "检查日期" {
			text = h.dated(w, n, text)
		}
		if at := c.field(&r); *at == "" {
			*at = text
		} else if text != "" && !strings.Contains(*at, text) { // a second column of the kind
			*at += " " + text
		}
		filled = filled || text != "" && c.name != "备注"
	}
	switch {
	case !filled, r.Text != "" && plain(r.Text) == h.text, isSum(line.Fields, r.Text):
	case line.Hidden:
		s.Hidden++
	default:
		s.Rows = append(s.Rows, r)
	}
}

// isSum says whether a row is a sum, or what stands below a table instead of a problem.
func isSum(fields []string, problem string) bool {
	for _, f := range fields {
		if f = plain(f); f != "" {
			return sumText.MatchString(f) || problem == "" && footText.MatchString(f)
		}
	}
	return false
}

var (
	sumText  = regexp.MustCompile(`^(?:合计|小计|总计|共计)$`)
	footText = regexp.MustCompile(`^(?:合计|小计|总计|共计|填表|制表|审核|注|说明|备注|填报|联系人|负责人|以上)`)
)

// head is the row that names the columns.
type head struct {
	line    int
	columns []*column // by field; nil: not known
	units   []string  // what a number in the column counts: 工作日
	text    string    // how the column of the problems is called here
	unused  []string
}

// findHead finds the row with the most names of columns, if one of them is that of the problem. Where a head has two rows, the
// lower one has more: what is merged downwards stands in both.
func findHead(lines []sheet.Line) *head {
	var best *head
	most := 0
	for _, l := range lines {
		if h, n := readHead(l); h != nil && n >= most && (n > most || best.line == l.Number-1) {
			best, most = h, n
		}
	}
	return best
}

func readHead(l sheet.Line) (h *head, known int) {
	h = &head{line: l.Number, columns: make([]*column, len(l.Fields)), units: make([]string, len(l.Fields))}
	all := columns()
	taken := map[string]bool{}
	for n, f := range l.Fields {
		key := plain(f)
		if key == "" {
			continue
		}
		k := slices.IndexFunc(all, func(c column) bool { return slices.Contains(c.names, key) })
		if k < 0 {
			h.unused = append(h.unused, strings.Join(strings.Fields(understand.Visible(f)), ""))
			continue
		}
		if c := &all[k]; !taken[c.name] {
			known++
			taken[c.name] = true
		}
		h.columns[n] = &all[k]
		if all[k].name == "问题描述" {
			h.text = key
		}
		if g := bracketed.FindString(understand.Fold(f)); g != "" {
			h.units[n] = lengthUnit.FindString(g)
		}
	}
	if h.text == "" || known < 2 && len(l.Fields) > 2 {
		return nil, 0
	}
	return h, known
}

var (
	bracketed  = regexp.MustCompile(`[(\[【〔].*?[)\]】〕]`)
	lengthUnit = regexp.MustCompile(`工作日|工作时|小时|天|日`)
	wholeCount = regexp.MustCompile(`^\d{1,3}$`)
	notInName  = regexp.MustCompile(`[\s\p{P}\p{S}]+`)
)

// plain is a head without blanks, punctuation and what stands in brackets.
func plain(f string) string {
	return strings.ToLower(notInName.ReplaceAllString(bracketed.ReplaceAllString(understand.Fold(f), ""), ""))
}

// dated writes out what a spreadsheet keeps as a number: a date as days since 1900, or a length whose unit only the head names.
func (h *head) dated(w *sheet.Workbook, n int, text string) string {
	if at, ok := w.Date(text); ok {
		if at.Hour() == 0 && at.Minute() == 0 {
			return at.Format("2006-01-02")
		}
		return at.Format("2006-01-02 15:04")
	}
	if h.units[n] != "" && wholeCount.MatchString(text) {
		return text + h.units[n]
	}
	return text
}
