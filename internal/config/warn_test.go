package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWarnings(t *testing.T) {
	november := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	const whole = `
web: {token: 0123456789abcdef}
groups: [{id: g, name: 街道}]
units: [{id: u, name: 昭阳街道, group: g, lead: a, liaison: b}]
people: [{id: a, name: 甲, roles: [office, leader, admin]}, {id: b, name: 乙, roles: [inspector]}]
places: [{name: 金水湾小区, unit: u}]
categories: [{name: 环境卫生, limit: 1 work_day, keywords: [垃圾]}]
chats: [{id: c, name: 群, for: [intake, reminders, ranking, summary, admin]}]
alerts: {webhook: "https://robot.example.cn/send"}
`
	for _, tc := range []struct {
		name string
		edit []string // pairs of old and new text
		now  time.Time
		want []string // a part of each warning
	}{
		{"nothing amiss", nil, november.AddDate(0, -1, 0), nil},
		{"next year from November on", nil, november, []string{"2027 年的节假日安排程序里没有"}},
		{"this year", nil, november.AddDate(1, -6, 0), []string{"2027 年的节假日"}},
		{"no unit", []string{", unit: u}]", "}]"}, november.AddDate(0, -1, 0), []string{"1 个点位没有责任单位（unit）：金水湾小区。"}},
		{"no unit but category", []string{", unit: u}]", "}]", "keywords: [垃圾]", "keywords: [垃圾], unit: u"}, november.AddDate(0, -1, 0), nil},
		{"nobody in the unit", []string{", lead: a, liaison: b", ""}, november.AddDate(0, -1, 0), []string{"1 个单位没有联络员也没有负责人：昭阳街道。"}},
		{"lead only", []string{", liaison: b", ""}, november.AddDate(0, -1, 0), []string{"1 个单位没有联络员（liaison）：昭阳街道。"}},
		{"deputy only", []string{"lead: a, liaison: b", "deputy: b"}, november.AddDate(0, -1, 0), []string{"1 个单位没有联络员（liaison）：昭阳街道。"}},
		{
			"no unit but a row for all",
			[]string{", unit: u}]", "}]", "chats:", "responsibility: [{unit: u}]\nchats:"},
			november.AddDate(0, -1, 0), nil,
		},
		{
			"no unit but a row for some",
			[]string{", unit: u}]", "}, {name: 红星中路}]", "chats:", "responsibility: [{places: [红星中路], unit: u}]\nchats:"},
			november.AddDate(0, -1, 0),
			[]string{"1 个点位没有责任单位（unit）：金水湾小区。"},
		},
		{
			"no places but a row for the category",
			[]string{"places: [{name: 金水湾小区, unit: u}]", "", "chats:", "responsibility: [{categories: [环境卫生], unit: u}]\nchats:"},
			november.AddDate(0, -1, 0), nil,
		},
		{
			"no places",
			[]string{"places: [{name: 金水湾小区, unit: u}]", ""},
			november.AddDate(0, -1, 0),
			[]string{"还没有登记点位，1 个类别也没有责任单位：环境卫生。"},
		},
		{
			"wide rows before narrow ones",
			[]string{"小区, unit: u}]", "小区, unit: u, type: 小区}, {name: 红星中路, unit: u, type: 道路}]", "chats:", `responsibility:
  - {types: [小区], unit: u}
  - {places: [金水湾小区], unit: u}
  - {places: [红星中路], unit: u}
  - {categories: [环境卫生], places: [金水湾小区, 红星中路], unit: u}
  - {categories: [环境卫生], unit: u}
  - {categories: [环境卫生], types: [道路, 小区], unit: u}
  - {types: [道路, 小区], unit: u}
chats:`},
			november.AddDate(0, -1, 0),
			[]string{"责任清单（responsibility）里有 2 条永远用不上：第 2 条（第 1 条已包含）、第 6 条（第 5 条已包含）。"},
		},
		{
			"a channel that does not run",
			[]string{"群, for", "群, channels: [wecom, wechat, console], for"},
			november.AddDate(0, -1, 0),
			[]string{"1 个群写了没有启用的通道（channels）：群（企业微信、终端）。"},
		},
		{"no group", []string{", group: g", ""}, november.AddDate(0, -1, 0), []string{"1 个单位没有考核分组（group）：昭阳街道。"}},
		{"no keywords", []string{", keywords: [垃圾]", ""}, november.AddDate(0, -1, 0), []string{"1 个类别没有关键词：环境卫生。"}},
		{
			"no roles",
			[]string{", roles: [office, leader, admin]", "", ", roles: [inspector]", ""},
			november.AddDate(0, -1, 0),
			[]string{"没有督查员", "没有创城办人员", "没有领导", "没有管理员"},
		},
		{
			"no purposes",
			[]string{"for: [intake, reminders, ranking, summary, admin]", "for: []"},
			november.AddDate(0, -1, 0),
			[]string{"没有用于上报的群", "没有用于发布排名的群", "没有用于日报的群", "没有管理群", "1 个单位没有用于提醒的群：昭阳街道。"},
		},
		{
			"no chats",
			[]string{"chats: [{id: c, name: 群, for: [intake, reminders, ranking, summary, admin]}]", ""},
			november.AddDate(0, -1, 0),
			[]string{"还没有登记工作群"},
		},
		{"no token", []string{"token: 0123456789abcdef", "token: \"\""}, november.AddDate(0, -1, 0), []string{"没有设置看板口令"}},
		{"short token", []string{"0123456789abcdef", "01234567"}, november.AddDate(0, -1, 0), []string{"看板口令（web.token）太短"}},
		{"no alerts", []string{"{webhook: \"https://robot.example.cn/send\"}", "{}"}, november.AddDate(0, -1, 0), []string{"没有设置告警（alerts）"}},
		{"alerts by mail", []string{"{webhook: \"https://robot.example.cn/send\"}", "{email: {server: \"m.cn:465\", from: a@m.cn, to: [b@m.cn]}}"}, november.AddDate(0, -1, 0), nil},
		{"no channel", []string{"web:", "channels: {wechat: {enabled: false}}\nweb:"}, november.AddDate(0, -1, 0), []string{"没有启用任何通道"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := strings.NewReplacer(append(tc.edit, "\x00", "")...).Replace(whole)
			got := mustParse(t, text).Warnings(tc.now)
			if len(got) != len(tc.want) {
				t.Fatalf("got %q, want %q", got, tc.want)
			}
			for i, w := range tc.want {
				if !strings.HasPrefix(got[i], w) {
					t.Errorf("got %q, want %q", got[i], w)
				}
			}
		})
	}
}

func TestCheck(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	text := "people: [{id: a, name: 甲, roles: [inspector, office, leader, admin]}]\nplaces: [{name: 红星中路}]\nweb: {token: 0123456789abcdef}\n" +
		"categories: [{name: 环境卫生, limit: 1 work_day, keywords: [脏]}]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Check(file, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	want := `配置正确：0 个考核分组、0 个单位、1 人、1 个点位、1 个类别、0 个群、11 个定时任务
提示（不影响运行，建议处理）：
  · 还没有登记单位（units）：运行 duban template 生成登记表，填好单位和人员，再用 duban import 导入
  · 1 个点位没有责任单位（unit）：红星中路。这些点位上，责任清单和类别都没有写责任单位的问题立案后没有人负责，要由创城办派单
  · 还没有登记工作群（chats）：机器人不会在任何群里说话
  · 没有设置告警（alerts）：机器人掉线或被封时没有人知道`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if err := os.WriteFile(file, []byte("peple: []\nlog: {level: x}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err = Check(file, time.Time{})
	if len(asFaults(t, err)) != 2 || text != "" {
		t.Errorf("got %q, %v; want two faults and no text", text, err)
	}
}
