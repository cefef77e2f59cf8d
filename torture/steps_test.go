package torture

import (
	"fmt"
	"net/http"
	"regexp"

	"duban/internal/chat/wechat/wechattest"
	"duban/internal/issue"
	"duban/internal/store"
)

// await says which answer confirms the next step of a matter.
func (c *crowd) await(m *matter, where string, action issue.Action, answer string) {
	m.where, m.action, m.answer = where, action, regexp.MustCompile(answer)
	c.waits[m] = true
}

// code is a word that no two reports share.
func (c *crowd) code() string {
	n, word := len(c.matters), ""
	for range 4 {
		word, n = string(rune('A'+n%26))+word, n/26
	}
	return word
}

// report files an issue, at times with a photo behind it.
func (c *crowd) report() {
	if len(c.waits) >= busy {
		return
	}
	m := &matter{unit: units[c.IntN(len(units))], reporter: inspectors[c.IntN(len(inspectors))], code: c.code()}
	c.matters = append(c.matters, m)
	m.message = c.say("inspect", m.reporter, "上报 "+m.unit.place+m.code+"栋楼道堆放杂物").id
	c.newest[m.reporter] = m
	c.await(m, "inspect", issue.Report, `^已立案 #(\d+) .*`+m.code)
	if c.IntN(4) == 0 {
		c.show("inspect", m.reporter, m, store.PhotoBefore)
	}
}

// step takes the next step in some matter that does not wait.
func (c *crowd) step() {
	for range 10 {
		if len(c.matters) == 0 {
			return
		}
		m := c.matters[c.IntN(len(c.matters))]
		if m.number == 0 || c.waits[m] {
			continue
		}
		switch last := m.did[len(m.did)-1]; {
		case last == issue.Report && !m.auto:
			c.say(m.unit.chat, m.unit.liaison, fmt.Sprintf("签收 %d", m.number))
			c.await(m, m.unit.chat, issue.Sign, fmt.Sprintf(`^#%d (%s已签收|整改中，不能签收)`, m.number, m.unit.liaison))
		case last == issue.Report, last == issue.Sign, last == issue.Return:
			c.complete(m)
		case last == issue.Submit:
			c.judge(m)
		default: // it is closed
			continue
		}
		return
	}
}

// complete says that the work is done. The photo comes at once or a little later.
func (c *crowd) complete(m *matter) {
	if c.hands[m.unit.liaison] { // whose next photo would be for which issue?
		return
	}
	c.hands[m.unit.liaison] = true
	m.message = c.say(m.unit.chat, m.unit.liaison, fmt.Sprintf("完成 %d 已清理", m.number)).id
	c.await(m, m.unit.chat, issue.Submit, fmt.Sprintf(`^#%d 已提交完成`, m.number))
	m.photo = true
	if c.IntN(2) == 0 {
		c.promised(m)
	}
}

// promised sends the photo of a completion if it has not been sent.
func (c *crowd) promised(m *matter) {
	if m.photo {
		m.photo = false
		c.show(m.unit.chat, m.unit.liaison, m, store.PhotoAfter)
	}
}

// judge reviews a completion.
func (c *crowd) judge(m *matter) {
	who := inspectors[c.IntN(len(inspectors))]
	c.newest[who] = m // their next picture is taken for one of what they looked at
	if c.IntN(4) == 0 {
		c.say("inspect", who, fmt.Sprintf("退回 %d 还有杂物", m.number))
		c.await(m, "inspect", issue.Return, fmt.Sprintf(`^#%d 已退回(（第 \d+ 次）)?：`, m.number))
		return
	}
	c.say("inspect", who, fmt.Sprintf("通过 %d", m.number))
	c.await(m, "inspect", issue.Pass, fmt.Sprintf(`^#%d 核查通过，已销号`, m.number))
}

// aside asks something, notes something, or tries what is not allowed.
func (c *crowd) aside() {
	if len(c.matters) == 0 {
		return
	}
	m := c.matters[c.IntN(len(c.matters))]
	if m.number == 0 {
		return
	}
	switch c.IntN(7) {
	case 0:
		c.say("inspect", m.reporter, fmt.Sprintf("查 %d", m.number))
	case 1:
		c.say(m.unit.chat, m.unit.liaison, "我的")
	case 2:
		c.say("inspect", m.reporter, "待核查")
	case 3:
		c.say(m.unit.chat, m.unit.liaison, fmt.Sprintf("通过 %d", m.number)) // their own work
	case 4:
		c.say("inspect", m.reporter, fmt.Sprintf("签收 %d", m.number)) // not their unit
	case 5:
		c.say("inspect", m.reporter, fmt.Sprintf("照片 %d", m.number))
	default:
		if !c.waits[m] && m.did[len(m.did)-1] != issue.Pass {
			c.say(m.unit.chat, m.unit.liaison, fmt.Sprintf("进展 %d 正在办", m.number)).noted = m.number
		}
	}
}

// gossip is nobody's business.
func (c *crowd) gossip() {
	text := []string{"收到，马上办", "大家辛苦了", "完成了", "12号开会，别忘了", "同意"}[c.IntN(5)]
	u := units[c.IntN(len(units))]
	c.chatter = append(c.chatter, c.srv.PostText(c.groups[u.chat], c.people[u.liaison], text))
}

// trouble is of the network: an answer that is lost, or a server that is out of order for a moment.
func (c *crowd) trouble() {
	c.srv.Heal() // there is one at a time: nothing is sent while the disk is full
	switch c.IntN(5) {
	case 0:
		c.srv.Inject("webwxsendmsg", wechattest.Fault{After: true})
	case 1:
		c.srv.Inject("webwxsendmsg", wechattest.Fault{Before: true})
	case 2:
		c.srv.Inject("webwxsync", wechattest.Fault{After: true})
	case 3:
		c.srv.Inject("webwxgetmsgimg", wechattest.Fault{Half: true})
	default:
		c.srv.Inject("webwxgetmsgimg", wechattest.Fault{HTML: http.StatusBadGateway})
	}
}
