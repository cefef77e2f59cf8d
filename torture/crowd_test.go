package torture

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
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

// shown is one picture that somebody sent, for an issue.
type shown struct {
	id, where string
	m         *matter
	kind      string
}

// crowd are the people who use the program. They do one thing at a time, and wait for an answer before they take the next step in a matter.
type crowd struct {
	testing.TB
	*rand.Rand
	srv    *wechattest.Server
	people map[string]*wechattest.Person
	groups map[string]*wechattest.Group
	logins int // QR codes that were needed before anybody talked

	mu      sync.Mutex // held by talk; for who looks afterwards
	said    []said
	shown   map[string]shown // by the picture's hash
	chatter []string         // ids of what nobody may keep
	matters []*matter
	waits   map[*matter]bool // those that wait for an answer
	hands   map[string]bool  // liaisons who are about to send photos
	read    int              // of what was sent
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
}

func newCrowd(t testing.TB, srv *wechattest.Server, r *rand.Rand) *crowd {
	t.Helper()
	c := &crowd{
		TB: t, Rand: r, srv: srv, people: map[string]*wechattest.Person{}, groups: map[string]*wechattest.Group{},
		shown: map[string]shown{}, waits: map[*matter]bool{}, hands: map[string]bool{},
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
		for m := range c.waits {
			if to, ok := s.To.(*wechattest.Group); !ok || to != c.groups[m.where] {
				continue
			}
			if found := m.answer.FindStringSubmatch(s.Text); found != nil {
				c.answered(m, found)
			}
		}
		if strings.Contains(s.Text, "处理失败") || strings.Contains(s.Text, "没有收到") {
			c.Errorf("the bot says %s", s.Text)
		}
	}
	c.read = len(sent)
}

func (c *crowd) answered(m *matter, found []string) {
	delete(c.waits, m)
	if m.action != "" {
		m.did = append(m.did, m.action)
	}
	if m.action == issue.Report {
		m.number, _ = strconv.ParseInt(found[1], 10, 64)
	}
	if m.action == issue.Submit {
		delete(c.hands, m.unit.liaison)
	}
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

// show sends a picture that nobody has sent before.
func (c *crowd) show(where, who string, m *matter, kind string) {
	img := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for x := range 40 {
		for y := range 30 {
			img.Set(x, y, color.RGBA{R: uint8(c.IntN(256)), G: uint8(c.IntN(256)), B: uint8(c.IntN(256)), A: 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		c.Error(err)
	}
	sum := sha256.Sum256(b.Bytes())
	id := c.srv.PostPicture(c.groups[where], c.people[who], b.Bytes())
	c.shown[hex.EncodeToString(sum[:])] = shown{id: id, where: where, m: m, kind: kind}
}
