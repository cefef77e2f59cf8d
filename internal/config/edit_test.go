package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"duban/internal/calendar"
	"duban/internal/issue"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// rewritten parses a file, lets change alter its register, and gives the new text.
func rewritten(t *testing.T, text string, change func(*issue.Register)) (string, error) {
	t.Helper()
	c, err := Parse("config.yaml", []byte(text))
	if err != nil {
		t.Fatalf("the file has faults:\n%v\n%s", err, text)
	}
	reg := c.Register()
	reg.Groups, reg.Units, reg.People = slices.Clone(reg.Groups), slices.Clone(reg.Units), slices.Clone(reg.People)
	reg.Places, reg.Categories, reg.Chats = slices.Clone(reg.Places), slices.Clone(reg.Categories), slices.Clone(reg.Chats)
	change(reg)
	out, err := Rewrite("config.yaml", []byte(text), reg)
	return string(out), err
}

const village = `# 开头
campaign: {name: 甲县创城}
units:                             # 单位
  - id: zhaoyang                   # 编号
    name: 昭阳街道                 # 名称
    aliases: [昭阳]                # 别名
    liaison: li                    # 联络员
    # 这里可以写代班人
  # 部门
  - {id: zhujian, name: "住建局", lead: wang}   # 部门的说明

# 人员
people:
- id: li
  name: '李强'
  aliases:
    - 小李   # 常用
    - 李工 # 同事
- {id: wang, name: 王磊, unit: zhujian, aliases: [老王, 王局]}

places: [{name: 金水湾小区, unit: zhaoyang}, {name: 红星中路}, {name: 南门菜场, type: 农贸市场}]
chats:
web: {token: "${DUBAN_NO_SUCH_TOKEN}"}   # 口令
`

func TestRewrite(t *testing.T) {
	for _, tc := range []struct {
		name     string
		change   func(*issue.Register)
		old, new string // the part of the file that is replaced; the rest stays
	}{
		{"a name", func(r *issue.Register) { r.Units[0].Name = "朝阳街道" }, "昭阳街道 ", "朝阳街道 "},
		{"a quoted name", func(r *issue.Register) { r.Units[1].Name = "住建局: 甲" }, `"住建局"`, `"住建局: 甲"`},
		{"a single quoted name", func(r *issue.Register) { r.People[0].Name = "李刚" }, `'李强'`, `李刚`},
		{"taken away", func(r *issue.Register) { r.Units[0].Liaison = "" }, "liaison: li ", `liaison: "" `},
		{"a list emptied", func(r *issue.Register) { r.Units[0].Aliases = nil }, "[昭阳]", "[]"},
		{"a list on lines emptied", func(r *issue.Register) { r.People[0].Aliases = nil }, "    - 小李   # 常用\n    - 李工 ", "      [] "},
		{"added to a flow entry", func(r *issue.Register) { r.Units[1].Aliases = []string{"县住建局"} }, `name: "住建局",`, `name: "住建局", aliases: [县住建局],`},
		{"added to lines", func(r *issue.Register) { r.Units[0].Deputy = "wang" }, "# 联络员\n", "# 联络员\n    deputy: wang\n"},
		{
			"two added", func(r *issue.Register) { r.Units[0].Head, r.Units[0].Lead = "li", "wang" },
			"# 别名\n", "# 别名\n    head: li\n    lead: wang\n",
		},
		{"an item more", func(r *issue.Register) { r.People[1].Aliases = []string{"老王", "王局", "王总"} }, "王局]", "王局, 王总]"},
		{"an item less", func(r *issue.Register) { r.People[1].Aliases = []string{"王局"} }, "老王, 王局", "王局"},
		{"an item before", func(r *issue.Register) { r.People[1].Aliases = []string{"王", "老王", "王局"} }, "[老王", "[王, 老王"},
		{"an item on a line more", func(r *issue.Register) { r.People[0].Aliases = []string{"小李", "李工", "强子"} }, "# 同事\n", "# 同事\n    - 强子\n"},
		{"an item on a line less", func(r *issue.Register) { r.People[0].Aliases = []string{"小李"} }, "   # 常用\n    - 李工", ""},
		{"items swapped", func(r *issue.Register) { r.People[1].Aliases = []string{"王局", "老王"} }, "老王, 王局", "王局, 老王"},
		{
			"a new entry below lines", func(r *issue.Register) { r.Units = append(r.Units, issue.Unit{ID: "xin", Name: "新局", Lead: "li"}) },
			"# 部门的说明\n", "# 部门的说明\n  - {id: xin, name: 新局, lead: li}\n",
		},
		{
			"a new entry in brackets", func(r *issue.Register) { r.Places = append(r.Places, issue.Place{Name: "a: b", Mandatory: true}) },
			"农贸市场}]", `农贸市场}, {name: "a: b", mandatory: true}]`,
		},
		{"the first place removed", func(r *issue.Register) { r.Places = r.Places[1:] }, "{name: 金水湾小区, unit: zhaoyang}, ", ""},
		{"the last places removed", func(r *issue.Register) { r.Places = r.Places[:1] }, ", {name: 红星中路}, {name: 南门菜场, type: 农贸市场}", ""},
		{
			"places replaced", func(r *issue.Register) { r.Places = []issue.Place{{Name: "乙"}} },
			"{name: 金水湾小区, unit: zhaoyang}, {name: 红星中路}, {name: 南门菜场, type: 农贸市场}", "{name: 乙}",
		},
		{
			"an entry on lines removed", func(r *issue.Register) { r.People = r.People[1:]; r.Units[0].Liaison = "wang" },
			"", "", // compared below
		},
		{
			"the first of a list without entries", func(r *issue.Register) { r.Chats = []issue.Chat{{ID: "g", Name: "甲群", Listen: "commands"}} },
			"chats:\n", "chats:\n  - {id: g, name: 甲群, listen: commands}\n",
		},
		{
			"a list that was not there", func(r *issue.Register) { r.Groups = []issue.Group{{ID: "street", Name: "街道"}} },
			"# 口令\n", "# 口令\n\ngroups:\n  - {id: street, name: 街道}\n",
		},
		{"a variable's look", func(r *issue.Register) { r.Units[0].Name = "${NOT_SET}" }, "昭阳街道 ", `"$${NOT_SET}" `},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, breaks := range []string{"\n", "\r\n"} {
				for _, bom := range []string{"", "\ufeff"} {
					text := bom + strings.ReplaceAll(village, "\n", breaks)
					got, err := rewritten(t, text, tc.change)
					if err != nil {
						t.Fatal(err)
					}
					want := strings.Replace(village, tc.old, tc.new, 1)
					if tc.old == "" {
						want = strings.NewReplacer("- id: li\n  name: '李强'\n  aliases:\n    - 小李   # 常用\n    - 李工 # 同事\n", "", "liaison: li ", "liaison: wang ").Replace(village)
					}
					if diff := cmp.Diff(bom+strings.ReplaceAll(want, "\n", breaks), got); diff != "" {
						t.Errorf("(-want +got)\n%s", diff)
					}
				}
			}
		})
	}
}

// What the file means by leaving its categories out is written out, with its explanations, and altered there.
func TestRewriteShippedCategories(t *testing.T) {
	for _, text := range []string{"campaign: {name: 甲}\n", "campaign: {name: 甲}\ncategories:\nunits: []", "categories: # 无\n"} {
		got, err := rewritten(t, text, func(r *issue.Register) {
			r.Categories[0].Limit = calendar.Limit{N: 2, Kind: calendar.WorkDay}
			r.Categories[1].Evidence = issue.Evidence{Before: 1, After: 1}
			r.Categories[2].Keywords = append(slices.Clone(r.Categories[2].Keywords), "新词")
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"# 问题类别与立结案标准", "    limit: 2 work_day\n", "evidence: {before: 1, after: 1}", ", 新词,\n    ]"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q: lacks %q", text, want)
			}
		}
		if strings.Count(got, "\n") > strings.Count(string(shipped), "\n")+5 {
			t.Errorf("%q: more lines than the shipped ones", text)
		}
	}
}

func TestRewriteRefuses(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"an anchor", "units:\n  - {id: a, name: 甲, aliases: &x [乙]}\n  - {id: b, name: 丙}\nchats: [{id: c, name: 丁, units: [a]}]\n", "第 1 行（units）用了 YAML 引用"},
		{"brackets around everything", "{units: [{id: a, name: 甲}]}\n", "花括号"},
		{"a comment between a dash and its entry", "units:\n  - # 甲\n    id: a\n    name: 甲\n", "第 1 行（units）的写法比较特别"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := rewritten(t, tc.text, func(r *issue.Register) { r.Units[0].Name = "戊" })
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v\n%s", err, got)
			}
		})
	}
	if _, err := rewritten(t, village, func(r *issue.Register) { r.Units[0].Lead = "nobody" }); err == nil || !strings.Contains(err.Error(), "没有这个人") {
		t.Errorf("the outcome is checked: %v", err)
	}
	if _, err := rewritten(t, village, func(r *issue.Register) { slices.Reverse(r.Units) }); err == nil || !strings.Contains(err.Error(), "没有改") {
		t.Errorf("an order that is not the file's: %v", err)
	}
}

// writings are files that say the same in other styles.
func writings(t *testing.T) map[string]string {
	return map[string]string{
		"example": readExample(t), "village": village,
		"empty": "campaign: {name: 甲}", "bare": "chats:",
		"tail": "units: [\n  {id: a, name: 甲}, # 一\n  {id: b, name: 乙, aliases: [], },\n]\npeople: [] # 空\nplaces:\n  -\n    name: 丙\n    community: 很长\n      的名称\n# 尾\n",
		"null": "units:\n  - id: a\n    name: 甲\n    lead:\n    aliases: # 无\n    deputy: ~\nchats: ~\n...\n",
		"text": "categories:\n  - name: 甲\n    limit: same_day\n    closing: >\n      一\n      二\n\n    evidence:\n      after: 1\n  - {name: 乙, limit: 1 work_day, closing: 'it''s', keywords: [\"a\\\"b\", ~丙, 丁*戊]}\n",
	}
}

// Whatever changes, Rewrite says exactly that, and the sections that do not change stay as they are.
func TestRewriteProperty(t *testing.T) {
	files := writings(t)
	names := slices.Sorted(func(yield func(string) bool) {
		for n := range files {
			if !yield(n) {
				return
			}
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		text := files[rapid.SampledFrom(names).Draw(t, "file")]
		if rapid.Bool().Draw(t, "windows") {
			text = strings.ReplaceAll(text, "\n", "\r\n")
		}
		c, err := Parse("config.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		reg := c.Register()
		touched := map[string]bool{}
		change(t, reg, touched)
		out, err := Rewrite("config.yaml", []byte(text), reg)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		got, err := Parse("config.yaml", out)
		if err != nil {
			t.Fatal(err)
		}
		for key, list := range listsOf(got) {
			if want := listsOf(&Config{
				Groups: reg.Groups, Units: reg.Units, People: reg.People, Places: reg.Places, Categories: reg.Categories, Chats: reg.Chats,
			})[key]; !equal(list, want) {
				t.Errorf("%s is not what was asked for", key)
			}
		}
		if left, was := without(string(out), touched), without(text, touched); left != was && !touched["categories"] {
			t.Errorf("(-was +is)\n%s", cmp.Diff(was, left))
		}
	})
}

// without is a file's text without some of its sections, comments and empty lines around them included.
func without(text string, sections map[string]bool) string {
	var out strings.Builder
	skip := false
	for line := range strings.Lines(text) {
		if key, _, found := strings.Cut(line, ":"); found && key != "" && !strings.ContainsAny(key[:1], " #-") {
			skip = sections[key]
		}
		skip = skip && !strings.HasPrefix(line, "...")
		if !skip && strings.TrimSpace(line) != "" && line[0] != '#' {
			out.WriteString(line)
		}
	}
	return strings.TrimRight(out.String(), "\r\n")
}

// change draws changes of the lists that do not refer to each other.
func change(t *rapid.T, reg *issue.Register, touched map[string]bool) {
	name := rapid.StringMatching(`[一-龥a-z0-9~"'#:,{}\[\]&*!|>%@$. -]{1,12}`).Filter(func(s string) bool {
		return strings.TrimSpace(s) == s && !strings.HasPrefix(s, "“")
	})
	word := name.Filter(func(s string) bool { return !several(s) })
	used := map[string]bool{}
	for _, u := range reg.Units {
		used[u.ID], used[u.Name] = true, true
	}
	fresh := func(g *rapid.Generator[string]) string {
		return g.Filter(func(s string) bool { return !used[strings.ToLower(s)] }).Draw(t, "fresh") + fmt.Sprint(len(used))
	}
	words := rapid.SliceOfNDistinct(word, 0, 4, func(s string) string { return s })
	if rapid.Bool().Draw(t, "places") {
		reg.Places = slices.Clone(reg.Places)
		touched["places"] = true
		for i := range reg.Places {
			if rapid.Bool().Draw(t, "this place") {
				reg.Places[i].Community, reg.Places[i].Mandatory = rapid.OneOf(rapid.Just(""), name).Draw(t, "community"), rapid.Bool().Draw(t, "mandatory")
			}
		}
		for range rapid.IntRange(0, 3).Draw(t, "more") {
			p := issue.Place{Name: fresh(name), Community: name.Draw(t, "community")}
			used[p.Name] = true
			reg.Places = append(reg.Places, p)
		}
	}
	if rapid.Bool().Draw(t, "units") {
		reg.Units = slices.Clone(reg.Units)
		touched["units"] = true
		for i := range reg.Units {
			if rapid.Bool().Draw(t, "this unit") {
				used[reg.Units[i].Name] = true
				reg.Units[i].Name = fresh(name)
				used[reg.Units[i].Name] = true
				reg.Units[i].Deputy = ""
			}
		}
	}
	if rapid.Bool().Draw(t, "categories") && len(reg.Categories) > 0 {
		reg.Categories = slices.Clone(reg.Categories)
		touched["categories"] = true
		for i := range reg.Categories {
			c := &reg.Categories[i]
			if rapid.Bool().Draw(t, "this category") {
				c.Keywords = append(slices.Clone(c.Keywords[:rapid.IntRange(0, len(c.Keywords)).Draw(t, "keep")]), words.Draw(t, "keywords")...)
				c.Closing = rapid.OneOf(rapid.Just(""), name).Draw(t, "closing")
				c.Evidence = issue.Evidence{Before: rapid.IntRange(0, 3).Draw(t, "before"), After: rapid.IntRange(0, 3).Draw(t, "after")}
			}
		}
	}
}

func TestRewriteWithoutChange(t *testing.T) {
	for name, text := range writings(t) {
		if got, err := rewritten(t, text, func(*issue.Register) {}); err != nil || got != text {
			t.Errorf("%s: %v\n%s", name, err, cmp.Diff(text, got))
		}
	}
}

func TestAlign(t *testing.T) {
	word := rapid.SliceOf(rapid.SampledFrom([]string{"a", "b", "c"}))
	rapid.Check(t, func(t *rapid.T) {
		was, now := word.Draw(t, "was"), word.Draw(t, "now")
		last, kept := -1, 0
		for j, i := range align(was, now) {
			if i < 0 {
				continue
			}
			if was[i] != now[j] || i <= last {
				t.Fatalf("%v %v: %v", was, now, align(was, now))
			}
			last, kept = i, kept+1
		}
		if reflect.DeepEqual(was, now) && kept != len(was) {
			t.Errorf("%v: only %d stay", was, kept)
		}
	})
}

// FuzzRewrite alters whatever file can be read: the outcome says what was asked for, or there is a sentence.
func FuzzRewrite(f *testing.F) {
	f.Add(village, "新名称")
	f.Add("units: [ {id: a, name: 甲, aliases: [乙, 丙]} ,\n # x\n]", "a: b #")
	f.Add("units:\n- id: a\n  name: >-\n    甲\n  lead:\n  aliases:\n  - 'x''y'\n  - \"z\\\"\"\nplaces:", "")
	f.Add("{units: [{id: a, name: 甲}]}", "x")
	f.Fuzz(func(t *testing.T, text, word string) {
		c, err := parse("config.yaml", []byte(text), noEnv)
		if err != nil {
			return
		}
		reg := c.Register()
		reg.Units, reg.Places = slices.Clone(reg.Units), append(slices.Clone(reg.Places), issue.Place{Name: "新点位", Community: word})
		if len(reg.Units) > 0 {
			reg.Units[0].Name, reg.Units[0].Aliases = word, append(slices.Clone(reg.Units[0].Aliases), "又名")
		}
		if len(reg.Units) > 1 {
			reg.Units = reg.Units[:1]
		}
		out, err := Rewrite("config.yaml", []byte(text), reg)
		if err != nil {
			return
		}
		if got, err := Parse("config.yaml", out); err != nil || got.Places[len(got.Places)-1].Name != "新点位" {
			t.Errorf("%v\n%s", err, out)
		}
	})
}
