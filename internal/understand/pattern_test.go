package understand

import (
	"reflect"
	"regexp"
	"testing"
)

// A pattern finds what its expression finds, whatever the two are.
func FuzzPattern(f *testing.F) {
	for _, p := range []*pattern{
		danger, spot, notSpot, detail, story, marker, announces, defect, unitLabel, askBefore, askAfter, labelAtEnd, wordAndColon, timeLike, label,
		pastBefore, standsAlone, closes, action, fullDateText, periodText, bareBefore, asksUnit, unitAlone, asks, lengthText, reasonLead,
	} {
		f.Add(p.expr.String(), "请张三于明天下午5点前处理。3号楼:12月1日前，周五前完成 井盖缺失，现场已整改（责任单位：住建局）")
	}
	for _, form := range slotForms {
		f.Add(form.find.expr.String(), "第5街道\x00\x003栋2单元东侧，尾号3K2 灯杆A12入口")
	}
	f.Add(`\bab|^cd|(x)?y`, "zab cd xy y")
	f.Add(`(?i)k|ſ`, "\u212a K s")
	f.Add(`(?m)^b$|\z`, "a\nb\nc")
	f.Add(`(?s).b|[^\x{fffd}]c`, "\n\xffb\xffc")
	f.Add(`[^\x00-\x{10ffff}]|a{0}b*`, "ab")
	f.Fuzz(func(t *testing.T, expr, text string) {
		re, err := regexp.Compile(expr)
		if err != nil {
			t.Skip()
		}
		p := compile(expr)
		for what, found := range map[string][2]any{
			"MatchString":                {p.MatchString(text), re.MatchString(text)},
			"FindString":                 {p.FindString(text), re.FindString(text)},
			"FindStringSubmatch":         {p.FindStringSubmatch(text), re.FindStringSubmatch(text)},
			"FindStringSubmatchIndex":    {p.FindStringSubmatchIndex(text), re.FindStringSubmatchIndex(text)},
			"FindAllStringSubmatchIndex": {p.FindAllStringSubmatchIndex(text, -1), re.FindAllStringSubmatchIndex(text, -1)},
			"ReplaceAllString":           {p.ReplaceAllString(text, "<$0>"), re.ReplaceAllString(text, "<$0>")},
		} {
			if !reflect.DeepEqual(found[0], found[1]) {
				t.Errorf("%s of %q in %q: %#v, want %#v", what, expr, text, found[0], found[1])
			}
		}
	})
}
