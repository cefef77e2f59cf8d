package understand

import (
	"strings"
	"testing"
)

func TestSource(t *testing.T) {
	tests := []struct{ text, source, rest string }{
		{"来源：上级 金水湾小区垃圾满溢", "upper", "金水湾小区垃圾满溢"},
		{"来源:上级，金水湾小区垃圾满溢", "upper", "金水湾小区垃圾满溢"},
		{"金水湾小区垃圾满溢 来源：上级", "upper", "金水湾小区垃圾满溢"},
		{"金水湾小区垃圾满溢，来源：上级反馈。", "upper", "金水湾小区垃圾满溢"},
		{"金水湾小区垃圾满溢（来源：12345热线）", "public", "金水湾小区垃圾满溢"},
		{"金水湾小区垃圾满溢。（来源：媒体）", "media", "金水湾小区垃圾满溢"},
		{"（来源：群众反映）金水湾小区垃圾满溢", "public", "金水湾小区垃圾满溢"},
		{"【来源：领导】金水湾小区垃圾满溢", "leader", "金水湾小区垃圾满溢"},
		{"问题来源：自查\n金水湾小区垃圾满溢", "self", "金水湾小区垃圾满溢"},
		{"来源：督查", "inspection", ""},
		{"【媒体曝光】金水湾小区垃圾满溢", "media", "金水湾小区垃圾满溢"},
		{"[媒体曝光] 金水湾小区垃圾满溢", "media", "金水湾小区垃圾满溢"},
		{"（群众反映）金水湾小区垃圾满溢", "public", "金水湾小区垃圾满溢"},
		{"(群众投诉)：金水湾小区垃圾满溢", "public", "金水湾小区垃圾满溢"},
		{"（群眾反映）金水灣小區垃圾滿溢", "public", "金水灣小區垃圾滿溢"},
		{"【12345】金水湾小区垃圾满溢", "public", "金水湾小区垃圾满溢"},
		{"【网络舆情】金水湾小区垃圾满溢", "media", "金水湾小区垃圾满溢"},
		{"【领导】金水湾小区垃圾满溢", "leader", "金水湾小区垃圾满溢"},
		{"上级反馈：金水湾小区垃圾满溢", "upper", "金水湾小区垃圾满溢"},
		{"上级反馈: 金水湾小区：垃圾满溢", "upper", "金水湾小区：垃圾满溢"},
		{"市创城办通报：金水湾小区垃圾满溢", "upper", "金水湾小区垃圾满溢"},
		{"省测评：金水湾小区垃圾满溢", "upper", "金水湾小区垃圾满溢"},
		{"领导交办：金水湾小区垃圾满溢", "leader", "金水湾小区垃圾满溢"},
		{"县委书记批示：金水湾小区垃圾满溢", "leader", "金水湾小区垃圾满溢"},
		{"分管领导督办：金水湾小区垃圾满溢", "leader", "金水湾小区垃圾满溢"},
		{"自查：金水湾小区垃圾满溢", "self", "金水湾小区垃圾满溢"},
		{"社区自查发现：金水湾小区垃圾满溢", "self", "金水湾小区垃圾满溢"},
		{"暗访发现：金水湾小区垃圾满溢", "inspection", "金水湾小区垃圾满溢"},
		{"交叉检查：金水湾小区垃圾满溢", "inspection", "金水湾小区垃圾满溢"},
		{"  群众来电：金水湾小区垃圾满溢  ", "public", "金水湾小区垃圾满溢"},
		{"电视台曝光：金水湾小区垃圾满溢", "media", "金水湾小区垃圾满溢"},
		{"【演练】金水湾小区垃圾满溢，来源：自查", "self", "【演练】金水湾小区垃圾满溢"},
		{"来源：上级反馈（群众反映）金水湾小区垃圾满溢", "", ""}, // two at once is unclear
		{"来源：网上 金水湾小区垃圾满溢", "", ""},

		{"群众反映强烈的垃圾", "", ""},
		{"群众反映金水湾小区垃圾满溢", "", ""},
		{"金水湾小区（群众反映）垃圾满溢", "", ""},
		{"金水湾小区垃圾满溢（群众反映）", "", ""},
		{"金水湾小区 群众反映：垃圾满溢", "", ""},
		{"金水湾小区：群众反映：垃圾满溢", "", ""},
		{"领导：金水湾小区垃圾满溢", "", ""}, // a salutation
		{"各位领导：金水湾小区垃圾满溢", "", ""},
		{"金水湾小区：垃圾满溢", "", ""},
		{"上级反馈的问题：垃圾满溢", "", ""},
		{"群众反映强烈：垃圾满溢", "", ""},
		{"今天督查发现以下问题：垃圾满溢", "", ""},
		{"垃圾来源：上级", "", ""},
		{"垃圾来源是群众", "", ""},
		{"水源来源：上级水库", "", ""},
		{"来源：上级水库 有垃圾", "", ""},
		{"【紧急】金水湾小区垃圾满溢", "", ""},
		{"（自查未发现）金水湾小区", "", ""},
		{"检查站门口垃圾满溢", "", ""},
		{"信访局门口：垃圾满溢", "", ""},
		{"媒体曝光", "", ""},
		{"", "", ""},
	}
	for _, tt := range tests {
		if tt.source == "" {
			tt.rest = tt.text
		}
		if source, rest := Source(tt.text); source != tt.source || rest != tt.rest {
			t.Errorf("Source(%q) = %q, %q, want %q, %q", tt.text, source, rest, tt.source, tt.rest)
		}
	}
}

// No line of the samples and of the chatter is taken for one that names its source by a mark.
func TestNoSourceInSamples(t *testing.T) {
	for _, name := range []string{"reports_sample.tsv", "more_reports.tsv", "blind_reports.tsv"} {
		for _, row := range readRows(t, name) {
			if source, rest := Source(row.text); source != "" || rest != row.text {
				t.Errorf("%s: %q in %s", row.id, source, row.text)
			}
		}
	}
}

func FuzzSource(f *testing.F) {
	for _, s := range []string{"来源：上级 a", "a（来源：媒体）", "【群众反映】a", "自查：a", "领导：a", "来源：", "【】", "a\xff 来源：自查"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		source, rest := Source(s)
		if source == "" && rest != s || source != "" && (len(rest) >= len(s) || !strings.Contains("upper media public leader self inspection", source)) {
			t.Errorf("Source(%q) = %q, %q", s, source, rest)
		}
	})
}
