package handlers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/understand"
)

func correctCommands() []*Command {
	return []*Command{{
		Name: "更正", Shape: Numbers, Timed: true, SetOff: true, Action: issue.Correct, Section: "上报", Args: "编号 类别|地点|单位|内容|要求时间 新的写法",
		Help: "改正登记错的内容：上报人在签收前可改，创城办在销号前可改。例：更正 17 地点 金水湾小区；更正 17 类别 环境卫生",
		Run:  (*Request).correct,
	}}
}

// aspect is something of an issue that can be corrected.
type aspect struct {
	name  string
	words []string // what else people call it
	run   func(r *Request, i issue.Issue, value string) (Reply, error)
}

func aspects() []aspect {
	return []aspect{
		{"类别", []string{"分类", "类型"}, (*Request).correctCategory},
		{"地点", []string{"点位", "位置", "地址"}, (*Request).correctPlace},
		{"单位", []string{"责任单位"}, (*Request).correctUnit},
		{"内容", []string{"问题", "描述"}, (*Request).correctText},
		{"要求时间", []string{"要求时限", "整改时限", "截止时间", "时限", "期限", "时间"}, (*Request).correctTime},
	}
}

// correct changes what was filed wrongly. What was and what is now stands in the answer and in the issue's history.
func (r *Request) correct() (Reply, error) {
	a, value, ok := r.aspectSaid()
	if !ok {
		a, value, ok = r.aspectOf(r.Args)
	}
	return r.each(func(i issue.Issue) (Reply, error) {
		if err := r.Policy.Check(i, r.act(issue.Act{Action: issue.Correct, By: r.From.ID})); err != nil {
			return Reply{}, err
		}
		if !ok || value == "" {
			return Reply{}, issue.Fail(issue.CodeInput, i.Number()+" 请写明更正什么、改成什么",
				fmt.Sprintf("例如：「更正 %d 地点 %s」「更正 %d 类别 %s」", i.ID, r.somePlace(), i.ID, r.someCategory()))
		}
		return a.run(r, i, value)
	})
}

// aspectSaid reads what is to be corrected and how: 地点 金水湾小区, 类别：环境卫生, 内容改为….
func (r *Request) aspectSaid() (aspect, string, bool) {
	folded := understand.Fold(r.Args)
	for _, a := range aspects() {
		for _, word := range append([]string{a.name}, a.words...) {
			if strings.HasPrefix(folded, word) {
				return a, newValue(original(r.Args, word)), true
			}
		}
	}
	return aspect{}, "", false
}

// newValue takes the words off that only lead to the new value. 为 and 是 do so where no blank stands before them: 地点 为民路.
func newValue(s string) string {
	for _, lead := range []string{"更正为", "改为", "改成", "改到", "应该是", "应为", "应是", "为", "是"} {
		if rest, ok := strings.CutPrefix(s, lead); ok {
			return strings.Trim(trimSeparators(rest), "“”「」\"")
		}
	}
	s = trimSeparators(s)
	for _, lead := range []string{"更正为", "改为", "改成", "应该是", "应为"} {
		s = strings.TrimPrefix(s, lead)
	}
	return strings.Trim(trimSeparators(s), "“”「」\"")
}

// aspectOf is what a bare value can only mean: the registered name of a category, a place or a unit.
func (r *Request) aspectOf(value string) (aspect, string, bool) {
	all := aspects()
	if _, ok := r.categoryNamed(value); ok {
		return all[0], value, true
	}
	if place, _ := r.Reader.Place(value); place != "" {
		return all[1], value, true
	}
	if unit, _ := r.Reader.Unit(value); unit != "" {
		return all[2], value, true
	}
	return aspect{}, "", false
}

func (r *Request) correctCategory(i issue.Issue, value string) (Reply, error) {
	name, ok := r.categoryNamed(value)
	if !ok {
		return Reply{}, r.unknownCategory(value)
	}
	if name == i.Category {
		return Reply{}, unchanged(i, "类别", name)
	}
	limit := r.Clerk.Limit(name)
	return r.corrected(i, "类别", i.Category, name, issue.Change{Category: name, Limit: &limit})
}

// categoryNamed finds a category by its name or alias, and by nothing else: keywords are for reports.
func (r *Request) categoryNamed(value string) (string, bool) {
	want := understand.Fold(value)
	for _, c := range r.Reg.Categories {
		if slices.ContainsFunc(append([]string{c.Name}, c.Aliases...), func(name string) bool { return understand.Fold(name) == want }) {
			return c.Name, true
		}
	}
	return "", false
}

func (r *Request) unknownCategory(value string) error {
	var names, all []string
	for _, c := range r.Reg.Categories {
		all = append(all, c.Name)
		if c.Name != value && (strings.Contains(c.Name, value) || strings.Contains(value, c.Name)) {
			names = append(names, c.Name)
		}
	}
	if near, ok := understand.NearWord(value, all); ok {
		names = []string{near}
	}
	text := "没有“" + report.Short(value, 20) + "”这个类别"
	if len(names) == 0 {
		return issue.Fail(issue.CodeInput, text, "类别有："+strings.Join(all, "、"))
	}
	return issue.Fail(issue.CodeInput, text, "是不是"+report.Or(names)+"？请重发")
}

func (r *Request) correctPlace(i issue.Issue, value string) (Reply, error) {
	name, near := r.Reader.Place(value)
	if name == "" {
		text := "没有登记“" + report.Short(value, 20) + "”这个地点"
		if len(near) == 0 {
			return Reply{}, issue.Fail(issue.CodeInput, text, fmt.Sprintf("请写登记的地点，例如「更正 %d 地点 %s」；只改文字请发「更正 %d 内容 …」", i.ID, r.somePlace(), i.ID))
		}
		return Reply{}, issue.Fail(issue.CodeInput, text, "是不是"+report.Or(near)+"？请重发")
	}
	if name == i.Place {
		return Reply{}, unchanged(i, "地点", name)
	}
	return r.corrected(i, "地点", cmp.Or(i.Place, i.PlaceText), name, issue.Change{Place: name, PlaceText: value})
}

func (r *Request) correctText(i issue.Issue, value string) (Reply, error) {
	value = strings.Join(strings.Fields(value), " ")
	if n := utf8.RuneCountInString(value); n > maxItemText {
		return Reply{}, issue.Fail(issue.CodeInput, fmt.Sprintf("一件问题最多 %d 字，这件有 %d 字", maxItemText, n), "请写短一些")
	}
	if value == i.Text {
		return Reply{}, unchanged(i, "内容", report.Short(value, 30))
	}
	return r.corrected(i, "内容", i.Text, value, issue.Change{Text: value})
}

// correctTime changes the deadline that the report asked for. Once the unit has signed, only an extension moves it, which is
// counted and decided.
func (r *Request) correctTime(i issue.Issue, value string) (Reply, error) {
	switch {
	case i.Complaint:
		return Reply{}, issue.Fail(issue.CodeState, i.Number()+" 是投诉，时限按规定，不能更正", "确有困难的由单位申请延期")
	case i.Status != issue.Reported && i.Status != issue.Assigned || i.Extensions+i.Returns+i.Relapses > 0:
		return Reply{}, issue.Fail(issue.CodeState, i.Number()+" "+i.Status.Text()+"，要求时间不能再更正", fmt.Sprintf("改时限请发「延期 %d 时间 原因」", i.ID))
	}
	until, _, ok := r.Reader.Until(value, r.Now, r.Now)
	if !ok || !until.At.After(r.Now) {
		return Reply{}, issue.Fail(issue.CodeInput, "没看懂要求的时间“"+report.Short(value, 20)+"”", fmt.Sprintf("例如：「更正 %d 要求时间 明天下午5点前」", i.ID))
	}
	old := ""
	if !i.Due.IsZero() {
		old = r.Cal.Text(i.Due, r.Now)
	}
	if i.Said && until.At.Equal(i.Due) {
		return Reply{}, unchanged(i, "要求时间", old)
	}
	return r.corrected(i, "要求时间", old, r.Cal.Text(until.At, r.Now), issue.Change{Due: until.At, Said: true, DueUnsure: !until.Known})
}

// correctUnit is for the office, which dispatches. To a reporter it is a hint that the office gets.
func (r *Request) correctUnit(i issue.Issue, value string) (Reply, error) {
	r.Args = value
	unit, person, err := r.receiver()
	if err != nil {
		return Reply{}, err
	}
	if r.Reg.Has(r.From.ID, issue.RoleOffice) {
		return r.assignTo(i, issue.Change{Unit: unit, Assignee: person}, r.From.ID)
	}
	if unit == i.Unit {
		return Reply{}, unchanged(i, "单位", r.Reg.UnitName(unit))
	}
	name := r.Reg.UnitName(unit)
	if err := r.apply(&i, issue.Act{Action: issue.Correct, By: r.From.ID, Note: "建议由" + name + "办理"}); err != nil {
		return Reply{}, err
	}
	verb := issue.Reassign.Verb()
	if i.Unit == "" {
		verb = issue.Assign.Verb()
	}
	ask := fmt.Sprintf("【请派单】%s\n%s认为应由%s办理，请发「%s %d %s」", r.Words.Line(i, r.Now), r.From.Name, name, verb, i.ID, name)
	return Reply{Text: i.Number() + " 由创城办派单，已转告：应由" + name + "办理", Notices: r.toRole(issue.RoleOffice, ask)}, nil
}

func unchanged(i issue.Issue, what, value string) error {
	return issue.Fail(issue.CodeState, i.Number()+" 的"+what+"已经是"+value, "")
}

func (r *Request) somePlace() string {
	if len(r.Reg.Places) == 0 {
		return "地点名称"
	}
	return r.Reg.Places[0].Name
}

func (r *Request) someCategory() string {
	if len(r.Reg.Categories) == 0 {
		return "类别名称"
	}
	return r.Reg.Categories[0].Name
}
