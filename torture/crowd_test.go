package torture

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/internal/chat/wechat/wechattest"
	"duban/internal/issue"
)

// said is one message that somebody sent.
type said struct {
	id, where, text string // where is a group's id
	command         bool   // it needs an answer
	again           int    // how often the network delivered it once more
	// noted is the issue that got a note by it; 0: none did.
	noted int64
}

// crowd are the people who use the program. They do one thing at a time, and wait for an answer before they take the next step in a matter.
type crowd struct {
	testing.TB
	*rand.Rand
	srv    *wechattest.Server
	people map[string]*wechattest.Person
	groups map[string]*wechattest.Group
	logins int // QR codes that were needed before anybody talked

	mu       sync.Mutex // held by talk; for who looks afterwards
	said     []said
	pictures []*picture
	chatter  []string // ids of what nobody may keep
	matters  []*matter
	waits    map[*matter]bool   // those that wait for an answer
	hands    map[string]bool    // liaisons who are about to send photos
	doubts   map[string]*doubt  // by group
	newest   map[string]*matter // what an inspector reported or judged last
	heard    map[string]bool    // what has been read, by its id: a double is known as one
	read     int                // of what was sent
	over     int                // how often the time for photos was
}

// matter is an issue as the people know it.
type matter struct {
	unit     unit
	reporter string
	code     string // in the report's text
	number   int64
	did      []issue.Action // what was confirmed
	where    string         // the group in which an answer is awaited
	answer   *regexp.Regexp
	action   issue.Action // what the answer confirms
	photo    bool         // one still has to be sent
	message  string       // the last by which photos are awaited
	again    bool         // the time for photos was over, and it was said again that the work is done
	auto     bool         // the unit had it so long that it counted as signed for
}

func newCrowd(t testing.TB, srv *wechattest.Server, r *rand.Rand) *crowd {
	t.Helper()
	c := &crowd{
		TB: t, Rand: r, srv: srv, people: map[string]*wechattest.Person{}, groups: map[string]*wechattest.Group{},
		waits: map[*matter]bool{}, hands: map[string]bool{}, doubts: map[string]*doubt{}, newest: map[string]*matter{}, heard: map[string]bool{},
	}
	names := append(slices.Clone(inspectors), admin)
	for _, u := range units {
		names = append(names, u.liaison)
	}
	var all []*wechattest.Person
	for n, name := range names { // known by the remark on the bot's phone
		c.people[name] = srv.AddFriend(fmt.Sprintf("网名%d", n), name)
		all = append(all, c.people[name])
	}
	for id, name := range chats {
		c.groups[id] = srv.AddGroup(name, false, all...)
	}
	return c
}

// pace is the time between two things that the crowd does, and busy how many matters wait for an answer at most.
const (
	pace = 50 * time.Millisecond
	busy = 60
)

// talk binds the groups and then goes on until ctx ends.
func (c *crowd) talk(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var bound []*matter
	for id, name := range chats {
		m := &matter{where: id, answer: regexp.MustCompile(`^本群已绑定为`)}
		c.say(id, admin, "绑定本群 "+name)
		c.waits[m] = true
		bound = append(bound, m)
	}
	t := time.NewTicker(pace)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		c.listen()
		if !slices.ContainsFunc(bound, func(m *matter) bool { return c.waits[m] }) {
			c.act()
		}
	}
}

// rest waits until the last answers have come. Nobody begins anything any more.
func (c *crowd) rest() {
	c.mu.Lock()
	defer c.mu.Unlock()
	ctx, cancel := context.WithTimeout(c.Context(), 3*time.Minute)
	defer cancel()
	for {
		n := len(c.srv.Sent())
		c.listen()
		for _, m := range c.matters {
			c.promised(m)
		}
		if len(c.waits) == 0 {
			return
		}
		if err := c.srv.WaitSent(ctx, n+1); err != nil {
			for m := range c.waits {
				c.Errorf("no answer %s in %s: %+v", m.answer, m.where, m)
			}
			return
		}
	}
}

// listen reads what the bot has said since the last time.
func (c *crowd) listen() {
	sent := c.srv.Sent()
	for _, s := range sent[c.read:] {
		if c.heard[s.ClientMsgID] {
			continue
		}
		c.heard[s.ClientMsgID] = true
		to, _ := s.To.(*wechattest.Group)
		for m := range c.waits {
			if to != c.groups[m.where] {
				continue
			}
			if found := m.answer.FindStringSubmatch(s.Text); found != nil {
				c.answered(m, found)
			}
		}
		c.hear(to, s.Text)
		if strings.Contains(s.Text, "处理失败") {
			c.Errorf("the bot says %s", s.Text)
		}
	}
	c.read = len(sent)
}

// What the bot says of photos besides.
var (
	refusal  = regexp.MustCompile(`这张图片打不开|照片没有收到`)
	tooLate  = regexp.MustCompile(`#(\d+) .*内没收到整改后照片，还没有提交`)
	askedFor = regexp.MustCompile(`^#(\d+) 请在.*内发整改后照片`)
	gotIt    = regexp.MustCompile(`#(\d+) 已收到照片`)
)

// hear is what people do when the bot says something of a photo.
func (c *crowd) hear(in *wechattest.Group, text string) {
	if refusal.MatchString(text) {
		for where, g := range c.groups {
			if g == in {
				c.refused(where)
			}
		}
	}
	if m := c.named(tooLate, text); m != nil {
		c.late(m, text)
	}
	if m := c.named(askedFor, text); m != nil && m.again {
		m.photo, m.again = true, false
	}
	if m := c.named(gotIt, text); m != nil {
		c.certain(m)
	}
}

// named is the matter that a text is about, if it is of a kind.
func (c *crowd) named(kind *regexp.Regexp, text string) *matter {
	found := kind.FindStringSubmatch(text)
	if found == nil {
		return nil
	}
	number, _ := strconv.ParseInt(found[1], 10, 64)
	n := slices.IndexFunc(c.matters, func(m *matter) bool { return m.number == number })
	if n < 0 {
		return nil // its report's answer has not come
	}
	return c.matters[n]
}

// late: the time for a photo was over before it came, because the clock jumped. Whoever completed the work says so again, and sends a photo when
// one is asked for.
func (c *crowd) late(m *matter, text string) {
	if !c.waits[m] || m.action != issue.Submit {
		c.Errorf("the bot says %s, and it was submitted: %+v", text, m)
		return
	}
	c.over++
	c.certain(m)
	m.photo, m.again = false, true
	m.message = c.say(m.unit.chat, m.unit.liaison, fmt.Sprintf("完成 %d 已清理", m.number)).id
}

// certain: whether a picture of a matter came does not have to be waited for any more.
func (c *crowd) certain(m *matter) {
	for where, d := range c.doubts {
		if d.m == m {
			delete(c.doubts, where)
		}
	}
}

func (c *crowd) answered(m *matter, found []string) {
	delete(c.waits, m)
	switch m.action {
	case "":
		return
	case issue.Report:
		m.number, _ = strconv.ParseInt(found[1], 10, 64)
	case issue.Sign:
		if m.auto = strings.Contains(found[0], "不能签收"); m.auto {
			return
		}
	case issue.Submit:
		delete(c.hands, m.unit.liaison)
		m.photo, m.again = false, false
		c.certain(m)
	}
	m.did = append(m.did, m.action)
}

// act lets somebody do something.
func (c *crowd) act() {
	for _, m := range c.matters { // in their order, so that a seed means the same again
		if m.photo && c.IntN(4) == 0 {
			c.promised(m)
		}
	}
	switch n := c.IntN(20); {
	case n < 5:
		c.report()
	case n < 14:
		c.step()
	case n < 17:
		c.aside()
	case n < 18:
		c.srv.Again(c.said[c.repeat()].id)
	case n < 19:
		c.gossip()
	default:
		c.trouble()
	}
}

// repeat picks a message that the network delivers once more.
func (c *crowd) repeat() int {
	n := c.IntN(len(c.said))
	c.said[n].again++
	return n
}

func (c *crowd) say(where, who, text string) *said {
	id := c.srv.PostText(c.groups[where], c.people[who], text)
	c.said = append(c.said, said{id: id, where: where, text: text, command: true})
	return &c.said[len(c.said)-1]
}
