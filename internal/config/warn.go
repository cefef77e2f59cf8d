package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/internal/issue"
)

// Check reads a configuration file and tells, in Chinese, what is in it and what could be amiss with it. The answer is what
// `duban check` prints, without a line end at its end. A file with faults gives *Errors and no text. The time decides which years' holidays are missed.
func Check(path string, now time.Time) (string, error) {
	c, err := Load(path)
	if err != nil {
		return "", err
	}
	lines := []string{c.Summary()}
	warnings := c.Warnings(now)
	if len(warnings) > 0 {
		lines = append(lines, "提示（不影响运行，建议处理）：")
	}
	for _, w := range warnings {
		lines = append(lines, "  · "+w)
	}
	return strings.Join(lines, "\n"), nil
}

// Summary says in one line that the configuration is right and how much is in it.
func (c *Config) Summary() string {
	return fmt.Sprintf("配置正确：%d 个考核分组、%d 个单位、%d 人、%d 个点位、%d 个类别、%d 个群、%d 个定时任务",
		len(c.Groups), len(c.Units), len(c.People), len(c.Places), len(c.Categories), len(c.Chats), len(c.Schedule.Jobs()))
}

// Warnings tells what is allowed but would probably surprise: issues that nobody would own or verify, messages that have no
// group to go to, holidays that are not known. Each is one sentence in Chinese; none shows a secret.
func (c *Config) Warnings(now time.Time) []string {
	var out []string
	add := func(format string, names []string) {
		if len(names) > 0 {
			out = append(out, fmt.Sprintf(format, len(names), some(names)))
		}
	}
	if len(c.Units) == 0 {
		out = append(out, "还没有登记单位（units）：运行 duban template 生成登记表，填好单位和人员，再用 duban import 导入")
	}
	ownerless, places := c.withoutUnit()
	add("%d 个点位没有责任单位（unit）：%s。这些点位上，责任清单和类别都没有写责任单位的问题立案后没有人负责，要由创城办派单", places)
	if len(c.Places) == 0 {
		add("还没有登记点位，%d 个类别也没有责任单位：%s。这些问题立案后没有人负责，要由创城办派单", ownerless)
	}
	add("责任清单（responsibility）里有 %d 条永远用不上：%s。从上往下第一条符合的算，请把更具体的写在前面", c.idleRows())
	silent, byLead := c.withoutLiaison()
	add("%d 个单位没有联络员也没有负责人：%s。派给它们的问题没有人接收", silent)
	add("%d 个单位没有联络员（liaison）：%s。问题由代班人或单位负责人接收", byLead)
	add("%d 个单位没有考核分组（group）：%s。它们不参加排名", c.withoutGroup())
	add("%d 个类别没有关键词：%s。上报时要写出类别的名称", c.withoutKeywords())
	out = append(out, c.missingRoles()...)
	out = append(out, c.missingChats()...)
	add("%d 个单位没有用于提醒的群：%s。对它们的催办会发到上报问题的群里", c.withoutChat())
	add("%d 个群写了没有启用的通道（channels）：%s。消息不会走这些通道", c.onSilentChannels())
	out = append(out, c.unsafe()...)
	return append(out, c.unknownYears(now)...)
}

// some names the first few of a list.
func some(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, "、")
	}
	return strings.Join(names[:most], "、") + " 等"
}

// withoutUnit gives the categories that have no unit wherever the problem is, and the places where one of them has no owner
// either (S7, S11).
func (c *Config) withoutUnit() (categories, places []string) {
	reg := c.Register()
	unowned := func(category, place string) bool { return reg.Owner(category, place).Unit == "" }
	for _, cat := range c.Categories {
		if unowned(cat.Name, "") {
			categories = append(categories, cat.Name)
		}
	}
	for _, p := range c.Places {
		// A place with a unit always has an owner, and asking takes longer.
		if p.Unit == "" && slices.ContainsFunc(categories, func(category string) bool { return unowned(category, p.Name) }) {
			places = append(places, p.Name)
		}
	}
	return categories, places
}

// idleRows gives the rows of the responsibility table that never count, because a row before them fits wherever they do.
func (c *Config) idleRows() (rows []string) {
	types := map[string]string{}
	for _, p := range c.Places {
		types[p.Name] = p.Type
	}
	for i, row := range c.Responsibility {
		covers := func(before issue.Responsibility) bool { return wider(before, row, types) }
		if j := slices.IndexFunc(c.Responsibility[:i], covers); j >= 0 {
			rows = append(rows, fmt.Sprintf("第 %d 条（第 %d 条已包含）", i+1, j+1))
		}
	}
	return rows
}

// wider says whether row a fits wherever row b does. A place is as good as its type.
func wider(a, b issue.Responsibility, types map[string]string) bool {
	within := func(a, b []string) bool {
		return len(a) == 0 || len(b) > 0 && !slices.ContainsFunc(b, func(v string) bool { return !slices.Contains(a, v) })
	}
	ofTypes := make([]string, len(b.Places))
	for i, p := range b.Places {
		ofTypes[i] = types[p]
	}
	return within(a.Categories, b.Categories) && within(a.Places, b.Places) &&
		(within(a.Types, b.Types) || within(a.Types, ofTypes))
}

// withoutLiaison gives the units whose issues nobody would receive, and those where somebody else does.
func (c *Config) withoutLiaison() (silent, byLead []string) {
	reg := c.Register()
	for _, u := range c.Units {
		switch {
		case u.Liaison != "":
		case reg.Receiver(u.ID) != "":
			byLead = append(byLead, u.Name)
		default:
			silent = append(silent, u.Name)
		}
	}
	return silent, byLead
}

func (c *Config) withoutGroup() (units []string) {
	for _, u := range c.Units {
		if u.Group == "" {
			units = append(units, u.Name)
		}
	}
	return units
}

// withoutKeywords leaves out 其他, which is what is left when no keyword is found.
func (c *Config) withoutKeywords() (categories []string) {
	for _, cat := range c.Categories {
		if len(cat.Keywords) == 0 && cat.Name != "其他" {
			categories = append(categories, cat.Name)
		}
	}
	return categories
}

// withoutChat gives the units that no group for reminders names, if some group names units at all.
func (c *Config) withoutChat() (units []string) {
	served := map[string]bool{}
	for _, chat := range c.Chats {
		if !chat.Serves(issue.ForReminders) {
			continue
		}
		if len(chat.Units) == 0 {
			return nil
		}
		for _, u := range chat.Units {
			served[u] = true
		}
	}
	if len(c.Chats) == 0 {
		return nil
	}
	for _, u := range c.Units {
		if !served[u.ID] {
			units = append(units, u.Name)
		}
	}
	return units
}

// onSilentChannels gives the groups whose messages are to go over a channel that does not run, each with those channels.
func (c *Config) onSilentChannels() (chats []string) {
	for _, chat := range c.Chats {
		var silent []string
		for _, name := range chat.Channels {
			if !c.Channels.Enabled(name) {
				silent = append(silent, words["channels."+name])
			}
		}
		if len(silent) > 0 {
			chats = append(chats, chat.Name+"（"+strings.Join(silent, "、")+"）")
		}
	}
	return chats
}

// missingRoles tells which decisions nobody could take (domain.md §5.2).
func (c *Config) missingRoles() (out []string) {
	reg := c.Register()
	for _, need := range []struct {
		role issue.Role
		text string
	}{
		{issue.RoleInspector, "没有督查员（roles: [inspector]）：整改完成后没有人能核查销号"},
		{issue.RoleOffice, "没有创城办人员（roles: [office]）：退单、延期、改派没有人能处理"},
		{issue.RoleLeader, "没有领导（roles: [leader]）：挂账没有人能批准"},
		{issue.RoleAdmin, "没有管理员（roles: [admin]）：没有人能发「重载」，也没有人能在看板上改配置"},
	} {
		holds := func(p issue.Person) bool { return reg.Has(p.ID, need.role) }
		if !slices.ContainsFunc(c.People, holds) {
			out = append(out, need.text)
		}
	}
	return out
}

// missingChats tells which messages have no group to go to.
func (c *Config) missingChats() (out []string) {
	if len(c.Chats) == 0 {
		return []string{"还没有登记工作群（chats）：机器人不会在任何群里说话"}
	}
	for _, need := range []struct {
		purpose issue.Purpose
		text    string
	}{
		{issue.ForIntake, "没有用于上报的群（for: [intake]）"},
		{issue.ForRanking, "没有用于发布排名的群（for: [ranking]）"},
		{issue.ForSummary, "没有用于日报的群（for: [summary]）"},
		{issue.ForAdmin, "没有管理群（for: [admin]）：退单、延期等请求和故障没有地方通知"},
	} {
		serves := func(chat issue.Chat) bool { return chat.Serves(need.purpose) }
		if !slices.ContainsFunc(c.Chats, serves) {
			out = append(out, need.text)
		}
	}
	return out
}

// shortToken is the length under which a token could be guessed, in bytes.
const shortToken = 16

func (c *Config) unsafe() (out []string) {
	switch n := len(c.Web.Token.Reveal()); {
	case n == 0:
		out = append(out, "没有设置看板口令（web.token）：看板只能在本机打开")
	case n < shortToken:
		out = append(out, fmt.Sprintf("看板口令（web.token）太短，容易被猜中，请用 %d 个以上的字母和数字", shortToken))
	}
	if c.Channels.WeChat.Enabled && c.Alerts.Webhook.IsZero() && c.Alerts.Email.Server == "" {
		out = append(out, "没有设置告警（alerts）：机器人掉线或被封时没有人知道")
	}
	if !c.Channels.Any() {
		out = append(out, "没有启用任何通道（channels）：机器人收不到群消息")
	}
	return out
}

// unknownYears tells whose holidays are neither in the program nor in the file. The notice for a year comes out in the
// November before it, so next year is not missed earlier.
func (c *Config) unknownYears(now time.Time) (out []string) {
	cal, err := c.NewCalendar()
	if err != nil {
		return []string{err.Error()}
	}
	now = now.In(cal.Location())
	years := []int{now.Year()}
	if now.Month() >= time.November {
		years = append(years, now.Year()+1)
	}
	for _, y := range years {
		if !cal.Known(y) {
			out = append(out, fmt.Sprintf("%d 年的节假日安排程序里没有：国务院公布后请写入 calendar.days_off 和 calendar.workdays，"+
				"此前跨到该年的时限暂按周末规则计算", y))
		}
	}
	return out
}
