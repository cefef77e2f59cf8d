package bot

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"duban/internal/chat"
	"duban/internal/chat/wechat"
	"duban/internal/health"
	"duban/internal/issue"
)

// guide tells the person at the terminal, in plain words, how the login goes and what to do next. The QR code itself is drawn by
// the channel.
type guide struct {
	out io.Writer
	reg func() *issue.Register
	// stranger says whether nobody was ever bound on a channel.
	stranger func(channel string) bool

	instead bool // the log goes to the same terminal

	mu   sync.Mutex
	said map[string]bool // since it was last online, so that a network that is away is not told of with each attempt
	told bool            // what to bind first was told
}

// hear says what a channel's new state means, and tells whether the log can leave it out. How a channel ended for good is the last word of the
// whole run, so it is not said here.
func (g *guide) hear(s chat.Status) (instead bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	text := s.Text
	switch s.State {
	case chat.StateScan:
		text = "扫码以后，还要在手机上点“登录”。二维码过期了会自动换新的，不用重新运行。"
	case chat.StateOnline:
		if s.Account != "" { // others have no login
			text = health.Network(s.Channel) + "已登录，账号：" + s.Account + "。请让这个窗口一直开着；按 Ctrl+C 停止。"
		}
		g.said = nil
	case chat.StateStopped:
		return false
	}
	g.say(text)
	if s.State == chat.StateOnline && !g.told && g.stranger(s.Channel) {
		g.told = true
		fmt.Fprint(g.out, g.firstBindings(s.Channel == wechat.Name))
	}
	return g.instead
}

// sayOnce says something that is of no channel.
func (g *guide) sayOnce(text string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	fmt.Fprintln(g.out, text)
}

// say says what was not said before.
func (g *guide) say(text string) {
	if text == "" || g.said[text] {
		return
	}
	fmt.Fprintln(g.out, text)
	if g.said == nil {
		g.said = map[string]bool{}
	}
	g.said[text] = true
}

// firstBindings is what to do after the first login: until somebody is bound, the bot knows nobody (design.md §7). The name that a
// phone gives to a friend binds only where the bot has a phone.
func (g *guide) firstBindings(phone bool) string {
	who := g.officer()
	if who == "" {
		return "还没有绑定任何人，配置里也没有创城办人员或管理员：请先在 people 里登记一位（roles: [office, admin]）。\n"
	}
	code := "另开一个窗口运行 duban code person " + who + "，请" + who + "把绑定码私聊发给机器人。\n"
	join := "把机器人加进工作群"
	if phone {
		code = "请" + who + "加这个微信号为好友；在这部手机上把给他的备注名改成「" + who + "」，再请他私聊发：我是谁\n" +
			"     也可以" + code
		join = "把这个微信号拉进工作群，并在手机上把群保存到通讯录"
	}
	var b strings.Builder
	b.WriteString("还没有绑定任何人。接下来：\n  1. " + code)
	if names := g.groups(); len(names) > 0 {
		fmt.Fprintf(&b, "  2. %s；由%s在群里发：绑定本群 %s\n", join, who, names[0])
		if len(names) > 1 {
			fmt.Fprintf(&b, "     别的群也各发一次：%s\n", strings.Join(names[1:], "、"))
		}
	}
	return b.String()
}

// officer is the name of the first person who may bind groups.
func (g *guide) officer() string {
	reg := g.reg()
	for _, role := range []issue.Role{issue.RoleOffice, issue.RoleAdmin} {
		for _, p := range reg.People {
			if reg.Has(p.ID, role) {
				return p.Name
			}
		}
	}
	return ""
}

func (g *guide) groups() (names []string) {
	for _, c := range g.reg().Chats {
		names = append(names, c.Name)
	}
	return names
}

// strange says whether a channel on which people can be bound knows nobody yet.
func (b *Bot) strange(channel string) bool {
	c, ok := b.channel(channel)
	return ok && !c.Can().SendOnly && b.names.nobody(channel)
}

// nobody says whether nobody was ever bound on a channel.
func (n *bindings) nobody(channel string) bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	for key := range n.persons {
		if key.channel == channel {
			return false
		}
	}
	return true
}
