package config

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// edited is the example after edits of its text, each "from" to "to".
func edited(t *testing.T, edits ...string) *Config {
	t.Helper()
	text := readExample(t)
	for i := 0; i < len(edits); i += 2 {
		if strings.Count(text, edits[i]) == 0 {
			t.Fatalf("the example has no %q", edits[i])
		}
		text = strings.Replace(text, edits[i], edits[i+1], 1)
	}
	getenv := func(name string) (string, bool) {
		if name != "DUBAN_WEB_TOKEN" { // the others may be missing
			return "", false
		}
		return "pass-of-the-county-" + name, true
	}
	c, err := parse("/srv/duban/config.yaml", []byte(text), getenv)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestDiff: changes are told as the office would tell them.
func TestDiff(t *testing.T) {
	for _, tt := range []struct {
		name  string
		edits []string
		want  []string
	}{
		{"nothing", nil, []string{"没有改动"}},
		{"only a comment", []string{"# ── 人员", "# ── 同事"}, []string{"没有改动"}},
		{
			"a unit more",
			[]string{"\n# ── 人员", "  - {id: chengguan, name: 城管局}\n\n# ── 人员"},
			[]string{"新增单位 1：城管局"},
		},
		{
			"a robot's key",
			[]string{"key: ${DUBAN_WECOM_HOOK_LEADERS}", "key: 693a91f6"},
			[]string{"有机器人的群 leaders：机器人的 key 已改（重启后生效）", "restart channels.wecom_hook.groups"},
		},
		{
			"another group's robot",
			[]string{"- chat: leaders", "- chat: office"},
			[]string{"新增有机器人的群 1：office（重启后生效）", "删去有机器人的群 1：leaders（重启后生效）", "restart channels.wecom_hook.groups"},
		},
		{
			"a person moves",
			[]string{"{id: li_qiang, name: 李强, unit: zhaoyang}", "{id: li_qiang, name: 李强, unit: zhujian, roles: [inspector]}"},
			[]string{"人员 李强：单位 昭阳街道→住建局；角色 增加 督查员"},
		},
		{
			"a limit",
			[]string{"    limit: 1 work_day\n", "    limit: 2 work_day\n"},
			[]string{"类别 环境卫生：时限 1→2个工作日，只影响新派单"},
		},
		{
			"a limit of another kind",
			[]string{"    limit: 1 work_day\n", "    limit: same_day\n"},
			[]string{"类别 环境卫生：时限 1个工作日→当日，只影响新派单"},
		},
		{"a job", []string{`ranking: "0 18 * * *"`, `ranking: "0 19 * * *"`}, []string{"任务 日排名 18:00→19:00"}},
		{
			"jobs",
			[]string{`ranking_week: "0 9 * * 1"`, `ranking_week: "*/7 9 * * 2"`, `ranking_month: "30 9 1 * *"`, "ranking_month: off", `bulletin: "0 9 * * 1"`, `bulletin: "5 10 * * 0"`},
			[]string{"任务 周排名草稿 每周一 9:00→*/7 9 * * 2", "任务 月排名草稿 每月 1 日 9:30→不执行", "任务 通报草稿 每周一 9:00→每周日 10:05"},
		},
		{
			"the channels of a group",
			[]string{"    channels: []\n", "    channels: [wecom, wechat]\n"},
			[]string{"群 创城督查工作群：发消息的通道 无→企业微信、微信"},
		},
		{
			"what needs a restart",
			[]string{"listen: 127.0.0.1:8711", `listen: "off"`, "per_minute: 20", "per_minute: 10"},
			[]string{"微信每分钟最多条数 20→10（重启后生效）", "看板地址 127.0.0.1:8711→off（重启后生效）", "restart channels.wechat.send.per_minute web.listen"},
		},
		{"a secret", []string{"${DUBAN_WEB_TOKEN}", "another-very-long-secret"}, []string{"看板口令 已改（重启后生效）", "restart web.token"}},
		{
			"an id",
			[]string{"- {id: zhujian,", "- {id: zj,", "support: zhujian", "support: zj", "unit: zhujian}", "unit: zj}", "unit: zhujian}", "unit: zj}", "unit: zhujian}", "unit: zj}", "unit: zhujian  ", "unit: zj  ", "unit: zhujian}", "unit: zj}"},
			[]string{
				"新增单位 1：住建局", "删去单位 1：住建局", "人员 王芳：单位 zhujian→zj", "人员 王磊：单位 zhujian→zj",
				"点位 金水湾小区：挂钩单位 zhujian→zj", "点位 红星中路：责任单位 zhujian→zj，只影响新派单", "责任清单 的顺序或编号有变，只影响新派单",
				"注意：单位 住建局 的编号从 zhujian 改成了 zj。编号定了不要改：已有的问题和绑定记的是原来的编号",
			},
		},
		{
			"the responsibility table",
			[]string{"assist: [zhaoyang]", "assist: []", "{categories: [交通秩序], types: [主次干道], unit: zhujian}", "{categories: [交通秩序, 其他], unit: zhaoyang}"},
			[]string{
				"新增责任清单 2：公共设施／社区小区 归住建局王芳、交通秩序、其他 归昭阳街道，只影响新派单",
				"删去责任清单 2：公共设施／社区小区 归住建局王芳，昭阳街道配合、交通秩序／主次干道 归住建局，只影响新派单",
			},
		},
		{
			"scores under the same version",
			[]string{"exposure: -1 ", "exposure: -1.5 ", "cutoff: \"00:00\"", "cutoff: \"18:00\""},
			[]string{
				"日排名截止时间 00:00→18:00", "曝光的加减分 -1→-1.5",
				"注意：计分的数改了，scoring.version 没有改。排名下面会显示同一个版本号，请换一个新的",
			},
		},
		{"scores under another version", []string{"version: 2026-01", "version: 2026-02", "exposure: -1 ", "exposure: -1.5 "}, []string{"计分版本 2026-01→2026-02", "曝光的加减分 -1→-1.5"}},
		{
			"the ladder",
			[]string{`at: "-2 work_hour"`, `at: "-4 work_hour"`, "reply: 4 work_hour", "reply: 1 work_day", "  - {level: L4, at: \"+5 work_day\", urgent_at: \"next_day 09:00\", to: [talk_list]}", ""},
			[]string{
				"删去提醒阶梯 1：L4 约谈名单",
				"提醒阶梯 L0 提醒：时间 到期前 2个工作时→到期前 4个工作时，已派单的问题从下一次提醒起按新的",
				"提醒阶梯 L2 督办：回复时限 4个工作时→1个工作日",
			},
		},
		{
			"working time",
			[]string{`["08:30-12:00", "14:00-17:30"]`, `["09:00-12:00", "14:00-18:00"]`, "days_off: []", "days_off: [2026-12-31]", `quiet_hours: "21:30-07:30"`, `quiet_hours: ""`, "pair_window: 5m", "pair_window: 90s"},
			[]string{
				"工作时段 08:30-12:00、14:00-17:30→09:00-12:00、14:00-18:00，已定的截止时间不变", "另外的休息日 增加 2026-12-31，已定的截止时间不变",
				"夜间静默 21:30-07:30→无", "照片配对时间 5分钟→90秒",
			},
		},
		{"another order", []string{"  - {id: leaders, name: 创城领导群, for: [summary]}\n  - {id: office, name: 创城办, for: [admin, drafts]}", "  - {id: office, name: 创城办, for: [drafts, admin]}\n  - {id: leaders, name: 创城领导群, for: [summary]}"}, []string{"群 创城办：用途 顺序或编号有变"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := Diff(edited(t), edited(t, tt.edits...))
			got := strings.Split(d.Text(), "\n")
			if len(d.Restart) > 0 {
				got = append(got, "restart "+strings.Join(d.Restart, " "))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(d.Text(), "secret") || strings.Contains(d.Text(), "pass-of") {
				t.Error("a secret is shown")
			}
		})
	}
}

// TestDiffOfMany: long lists are shortened, and still say how many there are.
func TestDiffOfMany(t *testing.T) {
	before, after := edited(t), edited(t)
	for n := range 20 {
		p := issue.Place{Name: fmt.Sprintf("点位%d", n)}
		before.Places = append(before.Places, p)
		p.Type = "学校"
		after.Places = append(after.Places, p, issue.Place{Name: fmt.Sprintf("新点位%d", n)})
	}
	lines := Diff(before, after).Lines
	if len(lines) != 1+mostShown+1 || lines[0] != "新增点位 20：新点位0、新点位1、新点位2、新点位3、新点位4、新点位5、新点位6、新点位7 等 20 个" ||
		lines[1] != "点位 点位0：类型 无→学校" || lines[9] != "点位 共 20 个有改动，上面是前 8 个" {
		t.Error(strings.Join(lines, "\n"))
	}
}

// TestEveryChangeIsTold changes each value of the example by itself, wherever it stands: the difference names its key, in both
// directions, and there is none of a configuration and itself.
func TestEveryChangeIsTold(t *testing.T) {
	n := 0
	var visit func(path string, v reflect.Value)
	base, other := edited(t), edited(t)
	check := func(path string) {
		t.Helper()
		n++
		for _, d := range []Difference{Diff(base, other), Diff(other, base)} {
			said := d.Text()
			switch {
			case strings.HasPrefix(path, "responsibility"):
				path = "responsibility"
			case strings.HasPrefix(path, "channels.wecom_hook.groups[]"):
				path = "channels.wecom_hook.groups"
			case path == "escalation[].level", strings.HasSuffix(path, "[].id"), strings.HasSuffix(path, "s[].name") && !hasID(path):
				path = strings.TrimSuffix(parent(path), "[]") // another thing
			}
			if !strings.Contains(said, words[path]) || words[path] == "" {
				t.Errorf("%s (%s) is not told:\n%s", path, words[path], said)
			}
			if needsRestart(path) != slices.Contains(d.Restart, path) {
				t.Errorf("%s: restart %v", path, d.Restart)
			}
		}
		if d := Diff(other, other); d.Text() != Unchanged || len(d.Lines)+len(d.Restart)+len(d.Warnings) > 0 {
			t.Errorf("%s: something differs from itself: %v", path, d)
		}
	}
	visit = func(path string, v reflect.Value) {
		before := reflect.New(v.Type()).Elem()
		before.Set(v)
		switch {
		case v.Type() == reflect.TypeFor[calendar.Limit](), v.Type() == reflect.TypeFor[calendar.Offset]():
			v.FieldByName("N").SetInt(v.FieldByName("N").Int() + 77)
			v.FieldByName("Kind").SetString(string(calendar.NaturalDay))
		case v.Type() == reflect.TypeFor[calendar.Date]():
			v.Set(reflect.ValueOf(calendar.Date{Year: 2031, Month: 5, Day: 7}))
		case v.Type() == reflect.TypeFor[calendar.Period]():
			v.Set(reflect.ValueOf(calendar.Period{From: 61, To: 62}))
		case v.Kind() == reflect.Struct:
			for i, key := range keysOf(v.Type()) {
				visit(join(path, key), v.Field(i))
			}
			return
		case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct && !isText(v.Type().Elem()):
			for i := range v.Len() {
				visit(path+"[]", v.Index(i))
			}
			return
		case v.Kind() == reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), v.Len()+1, v.Len()+1))
			reflect.Copy(v, before)
			if last := v.Index(v.Len() - 1); last.Kind() == reflect.String {
				last.SetString("新的一个")
			}
		case v.Kind() == reflect.Pointer:
			if v.Set(reflect.New(v.Type().Elem())); before.IsNil() {
				break
			}
			v.SetZero()
		case v.Kind() == reflect.Bool:
			v.SetBool(!v.Bool())
		case v.Kind() == reflect.String:
			v.SetString("另一个")
		case v.CanInt():
			v.SetInt(v.Int() + 60)
		default:
			t.Fatalf("%s: %v cannot be changed", path, v.Type())
		}
		check(path)
		v.Set(before)
	}
	visit("", reflect.ValueOf(other).Elem())
	if n < 250 {
		t.Errorf("only %d values were changed", n)
	}
}

// hasID says whether things of a list have an id besides their name.
func hasID(path string) bool { return words[strings.TrimSuffix(path, "name")+"id"] != "" }

// TestEveryKeyHasAWord: whoever adds a key names it, and no name is left over. Keys that would be told alike beside each other
// would be mistaken for each other.
func TestEveryKeyHasAWord(t *testing.T) {
	seen, named := map[string]bool{}, map[string]string{}
	var walk func(path string, t reflect.Type)
	walk = func(path string, typ reflect.Type) {
		for i, key := range keysOf(typ) {
			at, f := join(path, key), typ.Field(i).Type
			seen[at] = true
			place := words[at]
			if strings.Contains(at, "[]") {
				place = at[:strings.Index(at, "[]")] + words[at]
			}
			if words[at] == "" {
				t.Errorf("words has no %s", at)
			} else if other := named[place]; other != "" {
				t.Errorf("%s and %s are both called %s", other, at, words[at])
			}
			named[place] = at
			if f.Kind() == reflect.Slice {
				if at, f = at+"[]", f.Elem(); f.Kind() != reflect.Struct {
					continue
				}
			}
			if f.Kind() == reflect.Struct && !reflect.PointerTo(f).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) && f != reflect.TypeFor[time.Time]() {
				walk(at, f)
			}
		}
	}
	walk("", reflect.TypeFor[Config]())
	for _, table := range []map[string]string{words, notes, refs} {
		for path := range table {
			if !seen[path] {
				t.Errorf("there is no key %s", path)
			}
		}
	}
	for _, key := range restart {
		if !seen[key] {
			t.Errorf("there is no key %s", key)
		}
	}
}

// TestKeep: what needs a restart stays, and only that.
func TestKeep(t *testing.T) {
	before := edited(t)
	after := edited(t, "timezone: Asia/Shanghai", "timezone: Asia/Urumqi", "listen: 127.0.0.1:8711", `listen: "off"`, "dsn: data/duban.db", "dsn: data/other.db",
		"level: info", "level: debug", "per_minute: 20", "per_minute: 10", "pair_window: 5m", "pair_window: 6m", "name: 兴安县创建全国文明城市", "name: 新名字")
	kept := before.Keep(after)
	if d := Diff(before, kept); len(d.Restart) > 0 || len(d.Lines) != 2 {
		t.Errorf("taken over: %v", d)
	}
	if d := Diff(kept, after); len(d.Restart) != 5 || len(d.Lines) != 5 {
		t.Errorf("kept: %v", d)
	}
}
