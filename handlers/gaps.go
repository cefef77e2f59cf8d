package handlers

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
	"duban/internal/understand"
)

func gapCommands() []*Command {
	return []*Command{
		{
			Name: "热点", Aliases: []string{"热点问题", "多发问题"}, Shape: Question, Dated: true, Section: "查询", Args: "[时间] [单位]",
			Help: "问题多发的点位和类别，默认近7天。例：热点 本月", Run: (*Request).hots,
		},
		{
			Name: "未督查", Aliases: []string{"全覆盖", "督查盲点"}, Shape: Question, Section: "查询", Args: "[单位]",
			Help: "多日没有督查员去过的点位，必查点位在前", Run: (*Request).uncovered,
		},
		{
			Name: "后进单位", Aliases: []string{"落后单位", "滞后单位"}, Shape: Question, Dated: true, Section: "通报", Args: "[时间]",
			Help:  "超期多、按期率低、返工多的单位，与同组平均比，默认近7天。例：后进单位 上周",
			Roles: []issue.Role{issue.RoleLeader, issue.RoleOffice, issue.RoleAdmin, issue.RoleInspector, issue.RoleViewer},
			Run:   (*Request).lagging,
		},
		{
			Name: "巡查", Aliases: []string{"已巡查", "督查打卡"}, Shape: Words, Fits: tellsVisit, Section: "核查", Args: "点位 [情况]",
			Help:  "登记去过一个点位而没有要上报的，一次可写几个。例：巡查 金水湾小区、红星中路 无问题",
			Roles: []issue.Role{issue.RoleInspector}, Run: (*Request).visit,
		},
	}
}

// usualDays is the period of a question that names none.
const usualDays = "近7天"

// asked reads the time and the unit that a question is about, in either order. What is still to come of a period has not
// happened: it ends now.
func (r *Request) asked() (p understand.Period, unit string, err error) {
	now := r.Now.In(r.Cal.Location())
	usual, _ := understand.ReadPeriod(usualDays, now)
	p = usual
	for word := range strings.FieldsSeq(r.Args) {
		if said, ok := understand.ReadPeriod(word, now); ok {
			if p != usual && p != said {
				return p, "", oneAtATime("时间")
			}
			p = said
			continue
		}
		id, near := r.Reader.Unit(word)
		if id == "" && len(near) == 0 {
			return p, "", issue.Fail(issue.CodeInput, "没有看懂“"+report.Short(word, 20)+"”", "请写时间或单位，例如：「"+r.Command.Name+" 本月」")
		}
		if id == "" {
			return p, "", r.notAUnit(word, near)
		}
		if unit != "" && unit != id {
			return p, "", oneAtATime("单位")
		}
		unit = id
	}
	p.To = earliest(p.To, untilNow(now))
	return p, unit, nil
}

// untilNow is the end of a period that holds what has just happened.
func untilNow(now time.Time) time.Time { return now.Add(time.Microsecond) }

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// hots tells which places and kinds of problems repeat (S87, domain.md row 57).
func (r *Request) hots() (Reply, error) {
	p, unit, err := r.asked()
	if err != nil {
		return Reply{}, err
	}
	h, err := r.Tx.Hots(unit, p.From, p.To)
	if err != nil {
		return Reply{}, err
	}
	if unit != "" {
		p.Name = r.Reg.UnitName(unit) + " " + p.Name
	}
	return Reply{Text: r.Words.Hots(p.Name, h)}, nil
}

// lagging tells which units stay behind their groups (S32, domain.md row 57).
func (r *Request) lagging() (Reply, error) {
	p, unit, err := r.asked()
	if err != nil {
		return Reply{}, err
	}
	if unit != "" {
		name := r.Reg.UnitName(unit)
		return Reply{}, issue.Fail(issue.CodeInput, "后进单位按考核分组比，不能只看"+name, "请发「后进单位」或「查 "+name+"」")
	}
	groups, err := r.Tx.Lagging(r.Reg, p.From, p.To)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Text: r.Words.Lagging(p.Name, groups)}, nil
}

// uncovered lists the places that nobody inspected lately, all or a unit's (S9, S20, domain.md rows 57, 62).
func (r *Request) uncovered() (Reply, error) {
	if r.Reg.Rules.CoverageDays == 0 {
		return Reply{}, issue.Fail(issue.CodeState, "没有启用未督查统计", "请管理员在配置文件的 rules.coverage_days 写上天数")
	}
	places, whose := r.Reg.Places, ""
	if r.Args != "" {
		unit, near := r.Reader.Unit(r.Args)
		if unit == "" {
			return Reply{}, r.unknownUnit(near)
		}
		whose = r.Reg.UnitName(unit) + " "
		places = slices.DeleteFunc(slices.Clone(places), func(p issue.Place) bool { return p.Unit != unit })
	}
	if len(places) == 0 {
		return Reply{Text: strings.TrimSpace(whose) + "没有登记的点位"}, nil
	}
	c, err := r.Tx.Coverage(r.Reg, places, untilNow(r.Now))
	if err != nil {
		return Reply{}, err
	}
	return Reply{Text: r.Words.Gaps(whose, c, listed, r.Now)}, nil
}

// foundNothing is what an inspector says of a place where all is well.
var foundNothing = regexp.MustCompile(`(?:无|没有?|未(?:发现|见))(?:明显)?(?:问题|异常)|正常|良好|整洁|干净`)

// tellsVisit says whether words after 巡查 tell of a visit, and are not what people say of their day: they begin with a name, or
// say that nothing was found.
func tellsVisit(args string, known func(string) bool) bool {
	first, rest := cutWord(args)
	return known(first) || first != "" && foundNothing.MatchString(understand.Fold(rest))
}

// cutWord cuts the first word off, at a blank or a mark.
func cutWord(s string) (word, rest string) {
	s = trimSeparators(s)
	n := strings.IndexAny(s, separators+"\u3000")
	if n < 0 {
		return s, ""
	}
	return s[:n], s[n:]
}

// visit records that the inspector was at some places and found nothing to report (S9). If one of them is not known, none is.
func (r *Request) visit() (Reply, error) {
	places, note, err := r.visited()
	if err != nil {
		return Reply{}, err
	}
	if n := utf8.RuneCountInString(note); n > maxNote {
		return Reply{}, issue.Fail(issue.CodeInput, "情况最多写 500 字", "请写短一些")
	}
	for _, p := range places {
		if err := r.Tx.AddVisit(store.Visit{Place: p, Person: r.From.ID, Note: note, Message: r.Message}); err != nil {
			return Reply{}, err
		}
	}
	text := "已登记巡查：" + strings.Join(places, "、")
	if note != "" {
		text += "（" + report.Short(note, 20) + "）"
	}
	return Reply{Text: text + "\n有问题请发「上报 " + places[0] + " 问题」，没去过的看「未督查」"}, nil
}

// visited reads the places at the beginning of what was said, and what was found there.
func (r *Request) visited() (places []string, note string, err error) {
	rest := r.Args
	for {
		word, after := cutWord(rest)
		place, near := r.Reader.Place(word)
		switch {
		case place != "" && !slices.Contains(places, place):
			places = append(places, place)
		case place != "":
		case len(places) > 0 && !listGoesOn(rest):
			return places, trimSeparators(rest), nil
		default:
			return nil, "", unknownPlace(word, near)
		}
		if rest = after; trimSeparators(rest) == "" {
			return places, "", nil
		}
	}
}

// listGoesOn says whether the mark at which the last word was cut off announces another one of its kind: 金水湾小区、南门菜场.
func listGoesOn(rest string) bool {
	return strings.HasPrefix(rest, "、")
}

func unknownPlace(word string, near []string) error {
	switch {
	case word == "":
		return issue.Fail(issue.CodeInput, "请写明点位", "例如：「巡查 金水湾小区 无问题」")
	case len(near) == 0:
		return issue.Fail(issue.CodeUnknown, "没有登记叫“"+report.Short(word, 20)+"”的点位", "请写登记的点位名称")
	}
	return issue.Fail(issue.CodeUnknown, "没有登记叫“"+report.Short(word, 20)+"”的点位", "是不是"+report.Or(near)+"？请重发")
}
