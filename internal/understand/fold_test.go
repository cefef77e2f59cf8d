package understand

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

func TestFold(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Ａ栋３楼：漏水！（紧急）", "A栋3楼:漏水!(紧急)"},
		{"臺灣區裏面發佈", "台湾区里面发布"},
		{"垃圾滿溢，電線桿歪斜", "垃圾满溢,电线杆歪斜"},
		{"17號", "17号"},
		{"a\u3000b\tc\u00a0d", "a b c d"},
		{"上报\n1、垃圾\r\n2、乱停", "上报\n1、垃圾\n2、乱停"},
		{"零\u200b宽\ufeff度\u2060", "零宽度"},
		{"控\x00制\x1b符", "控制符"},
		{"①②㎡……“引”《书》。、", "①②㎡……“引”《书》。、"},
		{"坏\xff字", "坏字"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := Fold(tt.in); got != tt.want {
			t.Errorf("Fold(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// None of the characters that are taken for ones without another width has one, or is dropped.
func TestHan(t *testing.T) {
	for r := firstHan; r < endHan; r++ {
		if width.LookupRune(r).Folded() != 0 || unicode.In(r, unicode.Zs, unicode.C, unicode.Variation_Selector) {
			t.Errorf("%c %U", r, r)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Ａ栋３楼：漏水！", "臺灣區裏面", "乾坤 乾淨 著作 看著", "a\xffb\u200d", "1️⃣", "ﾊﾝｶｸ", "\u3000\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := foldText(s)
		if !utf8.ValidString(folded.s) || strings.ContainsAny(folded.s, "\u200b\ufeff\x00\r\t\u3000") {
			t.Errorf("Fold(%q) = %q", s, folded.s)
		}
		if again := Fold(folded.s); again != folded.s {
			t.Errorf("Fold(%q) = %q, folded again %q", s, folded.s, again)
		}
		if folded.from == nil && folded.s != s || folded.from != nil && len(folded.from) != len(folded.s)+1 {
			t.Fatalf("%d positions for %d bytes", len(folded.from), len(folded.s))
		}
		for i := 1; i < len(folded.from); i++ {
			if folded.from[i] < folded.from[i-1] || folded.from[i] > len(s) {
				t.Fatalf("position %d of %q leads to %d of %q", i, folded.s, folded.from[i], s)
			}
		}
	})
}
