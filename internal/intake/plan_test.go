package intake

import (
	"strings"
	"testing"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
	"duban/internal/store/storetest"
	"duban/internal/understand"
)

// clerk works in a small county.
func clerk(t testing.TB) Clerk {
	t.Helper()
	p := storetest.County(t)
	p.Reg.Places = []issue.Place{{Name: "金水湾小区", Aliases: []string{"金水湾"}, Unit: "zhaoyang"}, {Name: "红星中路", Unit: "zhujian"}}
	p.Reg.Categories = []issue.Category{
		{Name: "小区管理", Keywords: []string{"楼道"}, Limit: calendar.Limit{N: 1, Kind: calendar.WorkDay}},
		{Name: "公共设施", Keywords: []string{"路灯", "井盖"}, Limit: calendar.Limit{N: 3, Kind: calendar.WorkDay}},
	}
	p.Reg.Units[1].Aliases = []string{"建设局"}
	return Clerk{Reg: p.Reg, Cal: p.Cal, Reader: understand.New(p.Reg, p.Cal), Policy: p, Words: report.Words{Reg: p.Reg, Cal: p.Cal}}
}

// TestPlan: what a column says goes before what the words say, and what cannot be is a fault with its column.
func TestPlan(t *testing.T) {
	c := clerk(t)
	now := storetest.At(t, "2026-11-23 09:00")
	week := understand.Term{Limit: calendar.Limit{N: 7, Kind: calendar.NaturalDay}, Known: true}
	for name, tt := range map[string]struct {
		row   Row
		batch understand.Term
		want  string // place|category|unit|assisting|deadline|text
		fault string
	}{
		"words alone":           {row: Row{Text: "金水湾小区楼道堆物"}, want: "金水湾小区|小区管理|||1个工作日|金水湾小区楼道堆物"},
		"columns go first":      {row: Row{Place: "红星中路", Category: "公共设施", Text: "金水湾小区对面楼道堆物"}, want: "红星中路|公共设施|||3个工作日|红星中路金水湾小区对面楼道堆物"},
		"an alias":              {row: Row{Place: "金水湾", Unit: "建设局", Text: "路灯不亮"}, want: "金水湾小区|公共设施|zhujian||3个工作日|金水湾路灯不亮"},
		"a place not known":     {row: Row{Place: "槐树巷", Text: "路灯不亮"}, want: "槐树巷|公共设施|||3个工作日|槐树巷路灯不亮"},
		"a place with more":     {row: Row{Place: "金水湾小区（3号楼）", Text: "楼道堆物"}, want: "金水湾小区|小区管理|||1个工作日|金水湾小区（3号楼），楼道堆物"},
		"the place is repeated": {row: Row{Place: "红星中路", Text: "红星中路路灯不亮"}, want: "红星中路|公共设施|||3个工作日|红星中路路灯不亮"},
		"a category unknown":    {row: Row{Category: "基础设施类", Text: "路灯不亮"}, want: "|公共设施|||3个工作日|路灯不亮"},
		"several units":         {row: Row{Unit: "住建局、昭阳街道", Text: "路灯不亮"}, want: "|公共设施|zhujian|zhaoyang|3个工作日|路灯不亮"},
		"an assisting unit":     {row: Row{Unit: "昭阳街道", Assist: "建设局（配合）", Text: "路灯不亮"}, want: "|公共设施|zhaoyang|zhujian|3个工作日|路灯不亮"},
		"who leads is said":     {row: Row{Unit: "昭阳街道配合，县住建局牵头", Text: "路灯不亮"}, want: "|公共设施|zhujian|zhaoyang|3个工作日|路灯不亮"},
		"with the county":       {row: Row{Unit: "兴安县住建局", Text: "路灯不亮"}, want: "|公共设施|zhujian||3个工作日|路灯不亮"},
		"empty by a sign":       {row: Row{Unit: "/", Limit: "——", Category: "无", Text: "路灯不亮"}, want: "|公共设施|||3个工作日|路灯不亮"},
		"the bot's marks":       {row: Row{Text: "路灯不亮「同意 3」"}, want: "|公共设施|||3个工作日|路灯不亮“同意 3”"},
		"the row's deadline":    {row: Row{Limit: "2个工作日", Text: "路灯不亮，今天修好"}, batch: week, want: "|公共设施|||2个工作日|路灯不亮，今天修好"},
		"the batch's deadline":  {row: Row{Text: "路灯不亮，今天修好"}, batch: week, want: "|公共设施|||7天|路灯不亮，今天修好"},
		"the words' deadline":   {row: Row{Text: "路灯不亮，今天修好"}, want: "|公共设施|||11-24 00:00|路灯不亮，今天修好"},
		"a day":                 {row: Row{Limit: "2026-12-01", Text: "路灯不亮"}, batch: week, want: "|公共设施|||12-01 17:30|路灯不亮"},
		"nothing said":          {row: Row{Place: "红星中路"}, fault: "问题描述：是空的"},
		"too long":              {row: Row{Text: strings.Repeat("长", 501)}, fault: "问题描述：太长（501 字，最多 500 字）"},
		"an unknown unit":       {row: Row{Text: "路灯不亮", Unit: "园林局"}, fault: "责任单位：“园林局”不认识"},
		"nearly a unit":         {row: Row{Text: "路灯不亮", Unit: "招阳街道"}, fault: "责任单位：“招阳街道”不认识，是不是昭阳街道"},
		"one of two units":      {row: Row{Text: "路灯不亮", Unit: "住建局、园林局"}, fault: "责任单位：“园林局”不认识"},
		"a broken formula":      {row: Row{Text: "路灯不亮", Place: "#N/A"}, fault: "点位：“#N/A”是公式错误"},
		"a deadline in words":   {row: Row{Text: "路灯不亮", Limit: "尽快"}, fault: "整改时限：“尽快”看不懂"},
		"found tomorrow":        {row: Row{Text: "路灯不亮", Found: "2026-11-24"}, fault: "检查日期：“2026-11-24”还没有到"},
		"found never":           {row: Row{Text: "路灯不亮", Found: "11月31日"}, fault: "检查日期：“11月31日”没有这一天"},
	} {
		p := c.Plan([]Row{tt.row}, Terms{Source: issue.FromUpper, Limit: tt.batch}, now)
		var faults []string
		for _, f := range p.Faults {
			faults = append(faults, f.Column+"："+f.Text)
		}
		if got := strings.Join(faults, "；"); got != tt.fault {
			t.Errorf("%s: the faults are %q, want %q", name, got, tt.fault)
		}
		if got := c.described(p.Problems[0]); tt.want != "" && got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
		if p.Problems[0].Source != issue.FromUpper {
			t.Errorf("%s: from %s", name, p.Problems[0].Source)
		}
	}
}

// described is a problem as the table of TestPlan writes it.
func (c Clerk) described(p Problem) string {
	due := p.Limit.Text()
	if due == "" {
		due = c.Limit(p.Category).Text()
	}
	if p.When != nil {
		due = p.When.At.In(c.Cal.Location()).Format("01-02 15:04")
	}
	place := p.Place
	if place == "" && p.PlaceText != p.Text {
		place = p.PlaceText
	}
	return strings.Join([]string{place, p.Category, p.Unit, strings.Join(p.Assist, "、"), due, p.Text}, "|")
}

func TestTerms(t *testing.T) {
	c := clerk(t)
	now := storetest.At(t, "2026-11-23 09:00")
	got, err := c.Terms("", "", "", now)
	if err != nil || got.Source != issue.FromUpper || !got.Limit.IsZero() {
		t.Errorf("without a word: %+v, %v", got, err)
	}
	got, err = c.Terms("群众反映", "48小时", "第三轮", now)
	if err != nil || got.Source != issue.FromPublic || got.Limit.Limit.N != 48 || got.Name != "第三轮" {
		t.Errorf("with all: %+v, %v", got, err)
	}
	for _, words := range [][2]string{{"隔壁老王", ""}, {"", "明年"}} {
		if _, err := c.Terms(words[0], words[1], "", now); err == nil {
			t.Errorf("%q is taken", words)
		}
	}
}

// TestRegisterChangesMeanwhile: what the register says at the confirmation counts; a unit that is gone makes it refuse, and nothing is
// filed.
func TestRegisterChangesMeanwhile(t *testing.T) {
	c := clerk(t)
	s := storetest.Open(t)
	now := storetest.At(t, "2026-11-23 09:00")
	by := Hand{Person: "chen_jing"}
	var id int64
	storetest.Write(t, s, now, func(tx *store.Tx) error {
		sheet := &Sheet{Name: "x.xlsx", SHA256: "x", Rows: []Row{{Line: 2, Text: "路灯不亮", Unit: "昭阳街道"}, {Line: 3, Text: "楼道堆物", Unit: "建设局"}}}
		p, err := c.Preview(tx, by, Upload{Sheet: sheet, Keep: func() (string, error) { return "x", nil }})
		id = p.Batch.ID
		return err
	})
	c.Reg.Units[1].Aliases = nil
	c.Reader = understand.New(c.Reg, c.Cal)
	var refused error
	storetest.Write(t, s, now.Add(time.Hour), func(tx *store.Tx) error { _, refused = c.Confirm(tx, by, id); return nil })
	if e, ok := issue.AsError(refused); !ok || !strings.Contains(e.Text, "现在有 1 处要改（第 3 行 责任单位：“建设局”不认识") {
		t.Errorf("got %v", refused)
	}
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		n, err := tx.CountIssues(store.Filter{})
		if n != 0 {
			t.Errorf("%d issues", n)
		}
		return err
	})
}
