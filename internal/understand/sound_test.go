package understand

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"duban/internal/issue"
)

// Names that are typed by their sound or with a slip are offered, the likeliest first, and never chosen.
func TestNamesThatSoundAlike(t *testing.T) {
	reg := county(t)
	reg.Units = append(reg.Units,
		issue.Unit{ID: "chaoyang", Name: "朝阳街道"}, issue.Unit{ID: "jiaoti", Name: "教体局", Aliases: []string{"教育体育局"}})
	reg.People = append(reg.People, issue.Person{ID: "wang_fan", Name: "王帆"}, issue.Person{ID: "lin_jie", Name: "林洁"})
	reg.Places = append(reg.Places, issue.Place{Name: "锦绣花园", Aliases: []string{"锦绣家园"}}, issue.Place{Name: "长江路"},
		issue.Place{Name: "县政务服务中心", Aliases: []string{"办事大厅"}})
	r := New(reg, testCalendar(t))
	tests := []struct {
		look       func(string) (string, []string)
		in         string
		candidates []string // these come first, in this order
	}{
		{r.Unit, "招阳街道", []string{"zhaoyang", "chaoyang"}}, // 朝 is read zhao as well
		{r.Unit, "找洋接到", []string{"zhaoyang"}},
		{r.Unit, "潮阳街道", []string{"chaoyang", "zhaoyang"}},
		{r.Unit, "住建菊", []string{"zhujian"}},
		{r.Unit, "主见局", []string{"zhujian"}},
		{r.Unit, "住建", []string{"zhujian"}},
		{r.Unit, "成管局", []string{"chengguan"}},
		{r.Unit, "城关局", []string{"chengguan"}},
		{r.Unit, "縣住健局", []string{"zhujian"}},
		{r.Unit, "交体局", []string{"jiaoti"}},
		{r.Unit, "教玉体育局", []string{"jiaoti"}},
		{r.Place, "金水弯小区", []string{"金水湾小区"}},
		{r.Place, "今水弯小区", []string{"金水湾小区"}},
		{r.Place, "金水弯", []string{"金水湾小区"}},
		{r.Place, "金书湾小区", []string{"金水湾小区"}},
		{r.Place, "虎破小区", []string{"琥珀小区"}},
		{r.Place, "锦秀家元", []string{"锦绣花园"}},
		{r.Place, "办事大听", []string{"县政务服务中心"}}, // by its alias
		{r.Place, "虎珀园", []string{"琥珀小区"}},
		{r.Place, "常江路", []string{"长江路"}}, // 长 is read chang as well
		{r.Place, "胶通路", []string{"交通路"}},
		{r.Person, "王方", []string{"wang_fang", "wang_fan"}}, // fan only sounds similar
		{r.Person, "@王凡", []string{"wang_fan", "wang_fang"}},
		{r.Person, "章敏", []string{"zhang_min"}},
		{r.Person, "林杰", []string{"lin_jie"}},
		{r.Person, "李墙", []string{"li_qiang", "li_qiang_2"}},
	}
	for _, tt := range tests {
		id, candidates := tt.look(tt.in)
		if diff := cmp.Diff(tt.candidates, candidates[:min(len(candidates), len(tt.candidates))]); id != "" || diff != "" {
			t.Errorf("%s = %q, %v (-want +got):\n%s", tt.in, id, candidates, diff)
		}
	}
	for _, s := range []string{"月球", "？？", "后勤保障处"} {
		if id, candidates := r.Unit(s); id != "" || len(candidates) > 0 {
			t.Errorf("Unit(%s) = %q, %v", s, id, candidates)
		}
	}
}

func TestNearWord(t *testing.T) {
	verbs := []string{"上报", "完成", "退回", "退单", "通过", "签收", "派单", "改派", "延期", "挂账", "并案", "回头看", "查", "帮助", "绑定本群"}
	tests := []struct{ in, want string }{
		{"完戚", "完成"},
		{"完城", "完成"},
		{"玩成", "完成"},
		{"万成", "完成"}, // wan, though another tone
		{"完成", "完成"},
		{"完 成", "完成"},
		{"迁收", "签收"},
		{"千手", "签收"},
		{"言七", "延期"},
		{"延其", "延期"},
		{"挂帐", "挂账"},
		{"卦帐", "挂账"},
		{"病案", "并案"},
		{"冰岸", "并案"},
		{"回头砍", "回头看"},
		{"回头客", "回头看"},
		{"推单", "退单"},
		{"退但", "退单"}, // sounds the same, which goes before 退回
		{"退會", "退回"},
		{"上抱", "上报"},
		{"帮组", "帮助"},
		{"绑定本裙", "绑定本群"},
		{"排单", "派单"},
		{"查", "查"},
		{"茶", "查"},
		{"退坏", ""},  // 退回 or 退单
		{"看", ""},   // one character is any other
		{"完全做", ""}, // another length
		{"成完", ""},
		{"你好", ""},
		{"", ""},
	}
	for _, tt := range tests {
		if got, ok := NearWord(tt.in, verbs); got != tt.want || ok != (tt.want != "") {
			t.Errorf("NearWord(%q) = %q, %v, want %q", tt.in, got, ok, tt.want)
		}
	}
	if got, ok := NearWord("完城", []string{"完成", "完成"}); !ok || got != "完成" {
		t.Errorf("a word that is listed twice = %q, %v", got, ok)
	}
	if got, ok := NearWord("完城", []string{"完成", "完程"}); ok {
		t.Errorf("one of two that sound the same = %q", got)
	}
}

func TestReadings(t *testing.T) {
	v := loadVoices()
	tests := []struct {
		a, b rune
		want float64
	}{
		{'湾', '湾', sameRune},
		{'湾', '弯', sameSound},
		{'长', '常', otherSound},
		{'常', '长', otherSound},
		{'敏', '明', roughSound},
		{'山', '三', roughSound},
		{'刘', '牛', roughSound},
		{'吕', '路', different},
		{'绿', '吕', sameSound},
		{'湾', 'w', different},
		{'a', 'b', different},
		{'a', 'a', sameRune},
		{'1', '一', different},
		{'\U0010ffff', '一', different},
		{0, '一', different},
	}
	for _, tt := range tests {
		if got := v.closeness(tt.a, tt.b); got != tt.want {
			t.Errorf("closeness of %c and %c is %v, want %v", tt.a, tt.b, got, tt.want)
		}
		if v.closeness(tt.b, tt.a) != tt.want {
			t.Errorf("%c and %c are not equally close both ways", tt.a, tt.b)
		}
	}
	if got := len(v.spellings([]rune("重重重重"))); got > maxSpellings {
		t.Errorf("%d spellings", got)
	}
}

// Whatever is typed, a lookup offers only what is registered, each once, and chooses only exact names.
func TestLookupProperties(t *testing.T) {
	reg := county(t)
	r := New(reg, testCalendar(t))
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[昭招阳洋街道住建局菊县金水湾弯小区王李张敏明强 @a1]{0,8}`).Draw(t, "text")
		name, candidates := r.Place(text)
		if _, exact := r.places.exact[alike(text)]; exact != (name != "") || exact && len(candidates) > 0 {
			t.Fatalf("%q is taken for %q", text, name)
		}
		id, units := r.Unit(text)
		if _, known := reg.Unit(id); id != "" && (!known || len(units) > 0) {
			t.Fatalf("%q is taken for %q, or for one of %v", text, id, units)
		}
		for _, list := range [][]string{candidates, units} {
			seen := map[string]bool{}
			for _, c := range list {
				if seen[c] || c == "" || len(list) > maxCandidates {
					t.Fatalf("%q may be one of %q", text, list)
				}
				seen[c] = true
			}
		}
	})
}
