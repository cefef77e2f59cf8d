package bot

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/store"
)

// couple is a bot on two networks, 企业微信 before 飞书. Every group, 陈静 and 李强 are bound on both. The outbox runs only when the test
// says so, and so does the time.
type couple struct {
	*testing.T
	bot           *Bot
	wecom, feishu *fakeNet
	log           []string // what arrived on any network, in order, as "w:inspect 你好"
}

// newCouple makes a couple; how changes the configuration.
func newCouple(t *testing.T, how ...func(*config.Config)) *couple {
	t.Helper()
	cfg := talkConfig(t, t.TempDir())
	for _, f := range how {
		f(cfg)
	}
	p := &couple{T: t, wecom: &fakeNet{name: "wecom"}, feishu: &fakeNet{name: "feishu"}}
	for _, net := range []*fakeNet{p.wecom, p.feishu} {
		p.refuse(net, func(chat.Outgoing) error { return nil })
	}
	p.open(cfg, morning(t))
	write(t, p.bot, func(tx *store.Tx) error {
		for _, net := range []string{"wecom", "feishu"} {
			for _, c := range cfg.Chats {
				b := store.ChatBinding{Channel: net, Chat: c.ID, Session: "s", Conversation: net[:1] + ":" + c.ID, Name: c.Name}
				if err := tx.BindChat(b, "chen_jing"); err != nil {
					return err
				}
			}
			for _, id := range []string{"chen_jing", "li_qiang"} {
				if err := tx.BindPerson(store.PersonBinding{Channel: net, Session: "s", Sender: net[:1] + ":" + id, Person: id, How: "code"}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	p.reloadNames()
	return p
}

// open starts the bot, as after a crash if there was one before.
func (p *couple) open(cfg *config.Config, at time.Time) {
	p.Helper()
	b := openBot(p.T, cfg, at, p.wecom, p.feishu)
	p.bot = b
	p.Cleanup(func() {
		if err := b.Close(); err != nil {
			p.Error(err)
		}
	})
	p.state("wecom", chat.StateOnline)
	p.state("feishu", chat.StateOnline)
}

func (p *couple) reloadNames() {
	p.Helper()
	if err := p.bot.names.reload(p.Context(), p.bot.store); err != nil {
		p.Fatal(err)
	}
}

func (p *couple) state(channel string, s chat.State) {
	p.bot.Status(chat.Status{Channel: channel, State: s})
}

// refuse makes a network answer as a test says; what it takes is noted.
func (p *couple) refuse(net *fakeNet, answer func(chat.Outgoing) error) {
	net.answer = func(out chat.Outgoing, _ int) error {
		err := answer(out)
		if err == nil {
			p.log = append(p.log, out.Conversation+" "+out.Text)
		}
		return err
	}
}

// broken makes a network answer everything with an error.
func (p *couple) broken(net *fakeNet, err chat.SendError) {
	err.Err = errNet
	p.refuse(net, func(chat.Outgoing) error { return &err })
}

// whole lets a network take everything again.
func (p *couple) whole(net *fakeNet) { p.refuse(net, func(chat.Outgoing) error { return nil }) }

// pass lets the time go by, and the outbox do what falls due.
func (p *couple) pass(d time.Duration) {
	p.Helper()
	for end := p.bot.Now().Add(d); ; {
		drained(p.T, p.bot)
		next, waits := end, false
		read(p.T, p.bot, func(tx *store.Tx) (err error) {
			next, waits, err = tx.NextOutgoing()
			return err
		})
		if !waits || next.After(end) {
			p.bot.clock.set(end)
			return
		}
		p.bot.clock.set(next)
	}
}

// arrived compares what arrived since it was asked last.
func (p *couple) arrived(want ...string) {
	p.Helper()
	if diff := cmp.Diff(want, p.log); diff != "" {
		p.Errorf("arrived (-want +got):\n%s", diff)
	}
	p.log = nil
}

func (p *couple) send(outs ...store.Out) {
	p.Helper()
	queue(p.T, p.bot, outs...)
	drained(p.T, p.bot)
}

// row is the message with a text.
func (p *couple) row(text string) (row store.Outgoing) {
	p.Helper()
	read(p.T, p.bot, func(tx *store.Tx) error {
		for id := int64(1); ; id++ {
			o, found, err := tx.Outgoing(id)
			if err != nil || !found || o.Text == text {
				row = o
				return err
			}
		}
	})
	return row
}
