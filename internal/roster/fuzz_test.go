package roster

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"duban/internal/issue"
	"duban/internal/sheet"
)

// FuzzRead reads whatever file somebody gives: there are faults or a register, and nothing else.
func FuzzRead(f *testing.F) {
	f.Add(template(f, village()))
	f.Add(template(f, &issue.Register{}))
	f.Add(book{"单位": {r("名称", "联络员"), r("城管局", "李强"), r("城管局", "#REF!")}, "人员": {r("x")}}.bytes(f))
	f.Add([]byte("名称,单位\n甲,乙\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		book, err := sheet.OpenWorkbook(data)
		if err != nil {
			return
		}
		defer book.Close()
		check(t, book)
	})
}

// FuzzCells reads workbooks whose cells say anything.
func FuzzCells(f *testing.F) {
	f.Add("单位\t名称\t别名\t联络员\n城管局\t城管、执法\t李强\n")
	f.Add("人员\t姓名\t单位\t角色\t编号\n张敏\t住建局\t督查员\tzhang\n\t\t\t\n注：\n")
	f.Add("点位包保\t名称\t责任单位\t必查\t包保领导\n东门\t住建据\t√\t陈静\n")
	f.Add("类别标准\t名称\t时限\t整改后照片\t关键词\n市容\t三个工作日内\t１张\t~a、b*c\n环境卫生\t九十九十天\t\t\n")
	f.Add("群\t群名\t用途\t接收单位\t怎样听命令\n甲群\t上报 排名\t昭阳\t@\n")
	f.Fuzz(func(t *testing.T, text string) {
		check(t, textBook(text))
	})
}

// check reads a workbook twice, the second time into what the first gave: then nothing may change any more.
func check(t *testing.T, book Book) {
	t.Helper()
	for _, remove := range []bool{false, true} {
		once, err := Read(book, village(), Options{Remove: remove})
		if err != nil {
			if _, faults := errors.AsType[*Errors](err); !faults {
				if _, said := issue.AsError(err); !said {
					t.Fatalf("an error that nobody can read: %v", err)
				}
			}
			return
		}
		twice, err := Read(book, once.Register, Options{Remove: remove})
		if err != nil {
			t.Fatalf("the second time: %v", err)
		}
		if a, b := fmt.Sprintf("%+v", once.Register), fmt.Sprintf("%+v", twice.Register); a != b {
			t.Errorf("the second time it is\n%s, the first time\n%s", b, a)
		}
		if len(twice.Register.Units) > 0 && strings.Contains(twice.Register.Units[0].Name, "\n") {
			t.Error("a name on two lines")
		}
	}
}

// textBook is one sheet from a text: its name before the first tab, cells between tabs.
type textBook string

func (b textBook) Sheets() []string {
	name, _, _ := strings.Cut(string(b), "\t")
	return []string{name}
}

func (b textBook) Lines(string) iter.Seq2[sheet.Line, error] {
	return func(yield func(sheet.Line, error) bool) {
		_, rest, _ := strings.Cut(string(b), "\t")
		for i, line := range strings.Split(rest, "\n") {
			if !yield(sheet.Line{Number: i + 1, Fields: strings.Split(line, "\t")}, nil) {
				return
			}
		}
	}
}
