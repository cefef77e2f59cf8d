package roster

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"duban/internal/calendar"
	"duban/internal/issue"
	"duban/internal/sheet"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// template is the register as a workbook.
func template(t testing.TB, reg *issue.Register) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, reg); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(t testing.TB, data []byte) *sheet.Workbook {
	t.Helper()
	book, err := sheet.OpenWorkbook(data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close() })
	return book
}

// alike compares registers and lists by what is in them.
var alike = cmp.Options{cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(issue.Register{})}

// village is a small register.
func village() *issue.Register {
	return &issue.Register{
		Groups: []issue.Group{{ID: "street", Name: "街道"}, {ID: "dept", Name: "部门"}},
		Units: []issue.Unit{
			{ID: "zhaoyang", Name: "昭阳街道", Aliases: []string{"昭阳"}, Group: "street", Liaison: "li_qiang"},
			{ID: "zhujian", Name: "住建局", Aliases: []string{"县住建局"}, Group: "dept", Lead: "wang_lei", Liaison: "wang_fang"},
		},
		People: []issue.Person{
			{ID: "li_qiang", Name: "李强", Unit: "zhaoyang"},
			{ID: "wang_lei", Name: "王磊", Unit: "zhujian", Aliases: []string{"王局"}},
			{ID: "wang_fang", Name: "王芳", Unit: "zhujian"},
			{ID: "chen_jing", Name: "陈静", Roles: []issue.Role{issue.RoleOffice, issue.RoleAdmin}, Remark: "创城办陈静"},
		},
		Places: []issue.Place{
			{Name: "金水湾小区", Aliases: []string{"金水湾"}, Type: "社区小区", Unit: "zhaoyang", Community: "金水社区", Leader: "chen_jing", Support: "zhujian", Mandatory: true},
			{Name: "红星中路", Type: "主次干道", Unit: "zhujian"},
		},
		Categories: []issue.Category{
			{Name: "环境卫生", Keywords: []string{"垃圾", "楼道*堆", "~破损"}, Limit: calendar.Limit{N: 1, Kind: calendar.WorkDay}, Evidence: issue.Evidence{After: 1}, Closing: "清理干净，无残留"},
			{Name: "消防安全", Limit: calendar.Limit{N: 24, Kind: calendar.UrgentHour}, Unit: "zhujian"},
		},
		Chats: []issue.Chat{
			{ID: "inspect", Name: "创城督查工作群", For: []issue.Purpose{issue.ForIntake, issue.ForRanking}, Listen: "commands"},
			{ID: "own", Name: "昭阳街道创城群", For: []issue.Purpose{issue.ForReminders}, Units: []string{"zhaoyang"}, Listen: "mentions"},
		},
	}
}

func TestExportThenImportChangesNothing(t *testing.T) {
	for name, reg := range map[string]*issue.Register{"village": village(), "nothing": {}} {
		got, err := Read(open(t, template(t, reg)), reg, Options{Remove: true})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(reg, got.Register, alike); diff != "" {
			t.Errorf("%s (-was +is)\n%s", name, diff)
		}
		if len(got.Missing) > 0 || len(got.Notes) > 0 {
			t.Errorf("%s: missing %v, notes %v", name, got.Missing, got.Notes)
		}
	}
}

// Whatever names and values a register has, a workbook of it brings back the same.
func TestExportThenImportProperty(t *testing.T) {
	text := rapid.OneOf(
		rapid.StringMatching(`[一-龥]{1,6}`), rapid.StringMatching(`[一-龥A-Za-z0-9（）()、/，.·~*=+@'" -]{1,12}`), rapid.StringMatching(`[-＝=]?[0-9]{1,6}`),
	).Filter(func(s string) bool { return strings.TrimSpace(s) == s && s != "" && !strings.HasPrefix(s, exampleMark) })
	rapid.Check(t, func(t *rapid.T) {
		used := map[string]bool{}
		fresh := func() string {
			s := text.Filter(func(s string) bool { return !used[loose(s)] && tidy(s) != "" }).Draw(t, "name")
			used[loose(s)] = true
			return s
		}
		reg := draw(t, text, fresh)
		var b bytes.Buffer
		if err := Write(&b, reg); err != nil {
			t.Fatal(err)
		}
		book, err := sheet.OpenWorkbook(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		defer book.Close()
		got, err := Read(book, reg, Options{Remove: true})
		if err != nil {
			t.Fatalf("%v\n%+v", err, reg)
		}
		if diff := cmp.Diff(reg, got.Register, alike); diff != "" {
			t.Errorf("(-was +is)\n%s", diff)
		}
	})
}

// draw makes a register whose names are all different.
func draw(t *rapid.T, text *rapid.Generator[string], fresh func() string) *issue.Register {
	reg := &issue.Register{}
	some := func(n int) int { return rapid.IntRange(0, n).Draw(t, "n") }
	for i := range some(2) {
		reg.Groups = append(reg.Groups, issue.Group{ID: fmt.Sprintf("g%d", i), Name: fresh()})
	}
	for i := range some(3) {
		reg.People = append(reg.People, issue.Person{ID: fmt.Sprintf("p%d", i), Name: fresh(), Remark: text.Draw(t, "remark")})
	}
	for i := range some(3) {
		u := issue.Unit{ID: fmt.Sprintf("u%d", i), Name: fresh()}
		for range some(2) {
			u.Aliases = append(u.Aliases, fresh())
		}
		if len(reg.People) > 0 {
			u.Liaison = rapid.SampledFrom(reg.People).Draw(t, "liaison").ID
		}
		if len(reg.Groups) > 0 {
			u.Group = rapid.SampledFrom(reg.Groups).Draw(t, "group").ID
		}
		reg.Units = append(reg.Units, u)
	}
	for range some(3) {
		p := issue.Place{Name: fresh(), Type: text.Draw(t, "type"), Mandatory: rapid.Bool().Draw(t, "mandatory")}
		if len(reg.Units) > 0 {
			p.Unit = rapid.SampledFrom(reg.Units).Draw(t, "unit").ID
		}
		reg.Places = append(reg.Places, p)
	}
	for range some(2) {
		reg.Categories = append(reg.Categories, issue.Category{
			Name: fresh(), Closing: text.Draw(t, "closing"), Keywords: rapid.SliceOfNDistinct(text, 0, 3, func(s string) string { return s }).Draw(t, "keywords"),
			Limit: calendar.Limit{N: rapid.IntRange(2, 99).Draw(t, "n"), Kind: rapid.SampledFrom([]calendar.Kind{calendar.WorkDay, calendar.WorkHour, calendar.UrgentHour, calendar.NaturalDay}).Draw(t, "kind")},
		})
	}
	for i := range some(2) {
		c := issue.Chat{ID: fmt.Sprintf("c%d", i), Name: fresh(), Listen: "mentions", For: rapid.SliceOfNDistinct(rapid.SampledFrom(issue.Purposes()), 0, 3, rapid.ID[issue.Purpose]).Draw(t, "for")}
		for _, u := range reg.Units[:some(len(reg.Units))] {
			c.Units = append(c.Units, u.ID)
		}
		reg.Chats = append(reg.Chats, c)
	}
	return reg
}

// book is a workbook by its sheets' rows.
type book map[string][][]any

func (b book) bytes(t testing.TB, more ...func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for i, row := range b[name] {
			if err := f.SetSheetRow(name, fmt.Sprintf("A%d", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		t.Fatal(err)
	}
	for _, do := range more {
		do(f)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
