package sheet

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"duban/internal/issue"
)

// allocated is how many bytes fn asks for, all in all.
func allocated(fn func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestBombs: a small file that is made to fill the memory is refused before it does.
func TestBombs(t *testing.T) {
	good := book(t, func(f *excelize.File) {
		setRows(t, f, "Sheet1", []any{"点位", "问题"}, []any{"金水湾", "垃圾"})
	})
	const sheet, words, styles, workbook = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"
	for _, part := range []string{sheet, words, styles, workbook} {
		for name, fill := range map[string]string{
			"attributes": "<x" + strings.Repeat(` a=""`, 1_000_000) + "/>",
			"nesting":    strings.Repeat("<x>", 1_000_000) + strings.Repeat("</x>", 1_000_000),
		} {
			data := altered(t, good, part, func(s string) string {
				end := strings.LastIndex(s, "</")
				return s[:end] + fill + s[end:]
			})
			var err error
			size := allocated(func() {
				var w *Workbook
				if w, err = OpenWorkbook(data); err == nil {
					w.Close()
				}
			})
			if e, ok := issue.AsError(err); !ok || !strings.Contains(e.Error(), "表格太大") || size > 40<<20 {
				t.Errorf("%s in %s: %v, %d MB for a file of %d KB", name, part, err, size>>20, len(data)>>10)
			}
		}
	}
}

// TestOverlappingAreas: merged areas never overlap. Where they are made to, by the hundred thousand, no row is gone through for each of them.
func TestOverlappingAreas(t *testing.T) {
	s := spreader{}
	for range 100_000 {
		s.merges = append(s.merges, area{1, 1, 3, 1_000_000}, area{2, 1, 2, 9})
	}
	s.fill(Line{Number: 1, Fields: []string{"甲", "乙"}})
	if len(s.active) != 2 {
		t.Errorf("%d areas count", len(s.active))
	}
	if got := fmt.Sprint(s.fill(Line{Number: 2}).Fields, s.fill(Line{Number: 10}).Fields); got != "[甲 乙] [甲]" {
		t.Error(got)
	}
}
