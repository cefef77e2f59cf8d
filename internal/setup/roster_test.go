package setup

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"duban/internal/config"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// office is a folder with a configuration and a workbook made of it.
type office struct {
	t            *testing.T
	config, book string
	text         string // of the configuration
}

func newOffice(t *testing.T) *office {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "config.example.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	o := &office{t: t, config: filepath.Join(dir, "config.yaml"), book: filepath.Join(dir, "org.xlsx"), text: string(data)}
	if err := os.WriteFile(o.config, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Template(o.book, o.config, false, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	return o
}

// fill writes into the workbook: 单位!F4, 李强 and so on.
func (o *office) fill(cells ...string) {
	o.t.Helper()
	f, err := excelize.OpenFile(o.book)
	if err != nil {
		o.t.Fatal(err)
	}
	for pair := range slices.Chunk(cells, 2) {
		sheet, cell, _ := strings.Cut(pair[0], "!")
		err = errors.Join(err, f.SetCellStr(sheet, cell, pair[1]))
	}
	if err := errors.Join(err, f.Save(), f.Close()); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) run(i Import) (string, error) {
	o.t.Helper()
	i.File, i.Config = o.book, o.config
	var out bytes.Buffer
	err := i.Run(o.t.Context(), strings.NewReader("y\n"), &out)
	return strings.ReplaceAll(out.String(), filepath.Dir(o.config)+string(filepath.Separator), ""), err
}

func (o *office) now() string {
	o.t.Helper()
	data, err := os.ReadFile(o.config)
	if err != nil {
		o.t.Fatal(err)
	}
	return string(data)
}

func TestImportOfWhatIsThere(t *testing.T) {
	o := newOffice(t)
	out, err := o.run(Import{Write: true, Remove: true})
	if err != nil {
		t.Fatal(err)
	}
	want := "读到：单位 2 行、人员 9 行、点位包保 2 行、类别标准 11 行、群 4 行\n表格和 config.yaml 一致，没有要改的。\n"
	if out != want {
		t.Errorf("got %s", out)
	}
	if o.now() != o.text {
		t.Error("the file was written")
	}
}

// A dry run writes nothing; --write changes what the workbook changes, and nothing else.
func TestImportWrites(t *testing.T) {
	o := newOffice(t)
	o.fill("单位!D4", "张伟", "单位!A6", "城管局", "单位!F6", "赵军", "单位!C6", "部门",
		"人员!A13", "赵军", "人员!C13", "城管局", "人员!D13", "督查员", "点位包保!H5", "√", "类别标准!C4", "2个工作日")
	dry, err := o.run(Import{})
	if err != nil {
		t.Fatal(err)
	}
	if o.now() != o.text {
		t.Fatal("a dry run wrote the file")
	}
	if !strings.Contains(strings.ReplaceAll(dry, `"`, ""), "什么都没有写入。确认后写入请运行：duban import org.xlsx --config config.yaml --write") {
		t.Errorf("the next step is not said: %s", dry)
	}
	for _, want := range []string{"新增单位", "城管局", "赵军", "红星中路", "1→2个工作日，只影响新派单"} {
		if !strings.Contains(dry, want) {
			t.Errorf("the dry run does not say %q: %s", want, dry)
		}
	}
	out, err := o.run(Import{Write: true})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(out, "已写入 config.yaml，原来的留在 config.yaml.bak。正在运行的机器人会自动重新读取。\n") {
		t.Errorf("got %s", out)
	}
	want := replaced(t, o.text,
		"    head: gao_jianguo              #", "    head: zhang_wei              #",
		"lead: wang_lei, liaison: wang_fang}\n", "lead: wang_lei, liaison: wang_fang}\n  - {id: cheng_guan_ju, name: 城管局, group: dept, liaison: zhao_jun}\n",
		"  - {id: liu_fang, name: 刘芳, unit: zhaoyang}\n", "  - {id: liu_fang, name: 刘芳, unit: zhaoyang}\n  - {id: zhao_jun, name: 赵军, unit: cheng_guan_ju, roles: [inspector]}\n",
		"{name: 红星中路, type: 主次干道, unit: zhujian}", "{name: 红星中路, type: 主次干道, unit: zhujian, mandatory: true}",
		"市容环卫]\n    limit: 1 work_day", "市容环卫]\n    limit: 2 work_day",
	)
	if diff := cmp.Diff(want, o.now()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if old, err := os.ReadFile(o.config + ".bak"); err != nil || string(old) != o.text {
		t.Errorf("the old file is kept: %v", err)
	}
	if info, err := os.Stat(o.config); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is for its owner alone: %v %v", info.Mode(), err)
	}
	if again, err := o.run(Import{Write: true}); err != nil || !strings.Contains(again, "没有要改的") {
		t.Errorf("the second time: %v %s", err, again)
	}
}

// replaced replaces texts that must be there exactly once.
func replaced(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for pair := range slices.Chunk(pairs, 2) {
		if n := strings.Count(text, pair[0]); n != 1 {
			t.Fatalf("%q is there %d times", pair[0], n)
		}
		text = strings.Replace(text, pair[0], pair[1], 1)
	}
	return text
}

// The file that duban init writes takes its first units from a workbook.
func TestImportAfterInit(t *testing.T) {
	o := newOffice(t)
	if err := os.Remove(o.config); err != nil {
		t.Fatal(err)
	}
	given := Answers{County: "甲县", Admin: "陈静", Office: "创城办", Inspect: "督查群", Web: Here}
	if err := Init(t.Context(), o.config, o.text, given, strings.NewReader(""), &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	before := o.now()
	if _, err := o.run(Import{Write: true}); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(o.config)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Units) != 2 || c.Units[0].Name != "昭阳街道" || len(c.People) != 9 || len(c.Places) != 2 || len(c.Chats) != 4 {
		t.Errorf("%d units, %d people, %d places, %d chats", len(c.Units), len(c.People), len(c.Places), len(c.Chats))
	}
	for line := range strings.Lines(before) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") && !strings.Contains(o.now(), line) {
			t.Errorf("a comment is gone: %s", line)
		}
	}
}

func TestImportFaults(t *testing.T) {
	for _, tc := range []struct {
		name  string
		cells []string
		opt   Import
		want  []string
	}{
		{"in the workbook", []string{"单位!F4", "李墙", "点位包保!D5", "住建据"}, Import{Write: true}, []string{
			"单位 第 4 行 F 列（联络员）“李墙”：没有这个人；是不是 李强？", "点位包保 第 5 行 D 列（责任单位）“住建据”：没有这个单位；是不是 住建局？",
			"共 2 处要改，什么都没有写入。请在表格里改好、保存，再导入一次",
		}},
		{"found by the configuration, in a cell", []string{"类别标准!F4", "12", "单位!H6", "a b/c", "单位!A6", "教育局"}, Import{Write: true}, []string{
			"单位 第 6 行 H 列（编号）“a b/c”：编号只能用字母、数字、下划线、点和短横，不能有空格，最长 60 字",
			"类别标准 第 4 行 F 列（整改后照片）“12”：要写 0 到 9 的整数",
			"导入后配置会有以上错误，什么都没有写入。请在表格或配置文件里改好，再导入一次",
		}},
		{"found by the configuration, elsewhere", []string{"点位包保!C4", "医院"}, Import{Write: true}, []string{
			"config.yaml responsibility[0].types[0] = \"社区小区\"：没有这个点位类型；places 的 type 里有：医院、主次干道",
			"导入后配置会有以上错误，什么都没有写入。请在表格或配置文件里改好，再导入一次",
		}},
		{"removed and still needed", []string{"单位!A5", "", "单位!B5", "", "单位!C5", "", "单位!E5", "", "单位!F5", "", "单位!H5", ""}, Import{Write: true, Remove: true}, []string{
			"人员 第 7 行 C 列（单位）“住建局”：没有这个单位；请先写进“单位”表", "人员 第 8 行 C 列（单位）“住建局”：没有这个单位；请先写进“单位”表",
			"点位包保 第 4 行 G 列（挂钩单位）“住建局”：没有这个单位；请先写进“单位”表", "点位包保 第 5 行 D 列（责任单位）“住建局”：没有这个单位；请先写进“单位”表",
			"共 4 处要改，什么都没有写入。请在表格里改好、保存，再导入一次",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := newOffice(t)
			o.fill(tc.cells...)
			out, err := o.run(tc.opt)
			if err == nil {
				t.Fatalf("no error: %s", out)
			}
			got := strings.ReplaceAll(err.Error(), filepath.Dir(o.config)+string(filepath.Separator), "")
			if diff := cmp.Diff(tc.want, strings.Split(got, "\n")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if o.now() != o.text {
				t.Error("the file was written")
			}
		})
	}
}

func TestImportOfWhatIsNoWorkbook(t *testing.T) {
	o := newOffice(t)
	whole, err := os.ReadFile(o.book)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		data []byte
		want string
	}{
		{"an old one", append([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), make([]byte, 600)...), "这是旧版的 .xls 表格，读不了。请用 Excel 或 WPS 打开，另存为 .xlsx 再导入"},
		{"nothing", nil, "这个文件是空的"},
		{"half of one", whole[:len(whole)/2], "打不开"},
		{"a list of values", []byte("名称,单位\n甲,乙\n"), "CSV"},
		{"words", []byte("%PDF-1.4"), "PDF"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := os.WriteFile(o.book, tc.data, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := o.run(Import{Write: true}); err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "再发") {
				t.Errorf("got %v", err)
			}
		})
	}
	if err := os.Remove(o.book); err != nil {
		t.Fatal(err)
	}
	if _, err := o.run(Import{}); err == nil || !strings.Contains(err.Error(), "没有这个文件") {
		t.Errorf("got %v", err)
	}
	if err := os.Remove(o.config); err != nil {
		t.Fatal(err)
	}
	if _, err := o.run(Import{}); err == nil || !strings.Contains(err.Error(), "duban init") {
		t.Errorf("got %v", err)
	}
}

func TestTemplateOverwritesNothing(t *testing.T) {
	o := newOffice(t)
	if err := Template(o.book, "", false, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("got %v", err)
	}
	if err := Template(o.book, "", true, &bytes.Buffer{}); err != nil {
		t.Error(err)
	}
	if err := Template(o.config, "", true, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), ".xlsx") {
		t.Errorf("got %v", err)
	}
}

func TestAsked(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, " 是 \n": true, "Y": true, "n\n": false, "\n": false, "": false, "yes!\n": false} {
		var out bytes.Buffer
		if got := asked(t.Context(), strings.NewReader(answer), &out, "写入 config.yaml？[y/N] "); got != want {
			t.Errorf("%q: %v", answer, got)
		}
	}
}

// BenchmarkImport brings a county of 100 units, 600 people and 1,200 places into a file without any.
func BenchmarkImport(b *testing.B) {
	dir := b.TempDir()
	file, book := filepath.Join(dir, "config.yaml"), filepath.Join(dir, "org.xlsx")
	var text strings.Builder
	text.WriteString("units:\n")
	for i := range 100 {
		fmt.Fprintf(&text, "  - {id: u%d, name: 第%d单位, liaison: p%d}\n", i, i, i)
	}
	text.WriteString("people:\n")
	for i := range 600 {
		fmt.Fprintf(&text, "  - {id: p%d, name: 第%d人, unit: u%d}\n", i, i, i%100)
	}
	text.WriteString("places:\n")
	for i := range 1200 {
		fmt.Fprintf(&text, "  - {name: 第%d小区, unit: u%d, leader: p%d, type: 社区小区}\n", i, i%100, i%600)
	}
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	write(text.String())
	if err := Template(book, file, false, &bytes.Buffer{}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		write("campaign: {name: 甲县}\n")
		var out bytes.Buffer
		if err := (Import{File: book, Config: file, Write: true}).Run(b.Context(), strings.NewReader(""), &out); err != nil {
			b.Fatal(err)
		}
		if !strings.Contains(out.String(), "已写入") {
			b.Fatal(out.String())
		}
	}
}
