package bot

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// TestReplay plays the first day over each network: the adapter's own code against the server that speaks the network's protocol.
// Whatever the network is like, what people read and what is in the database afterwards is the same as on the stage.
func TestReplay(t *testing.T) {
	script, err := os.ReadFile("testdata/talk/first_day.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := replay(t, string(script), onStage)
	if n := len(want.evenings); n != 2 || len(want.evenings[0]["awaits"]) != 5 || len(want.evenings[1]["issues"]) != 3 {
		t.Fatalf("the day is not what it was: %d evenings", n)
	}
	for _, network := range towns {
		t.Run(network.name, func(t *testing.T) {
			if (raced || testing.Short()) && network.name != "wecom" {
				t.Skip("one network shows what races")
			}
			got := replay(t, string(script), network.open)
			if diff := cmp.Diff(want.read, got.read); diff != "" {
				t.Errorf("people read something else (-stage +%s):\n%s", network.name, diff)
			}
			if diff := cmp.Diff(want.evenings, got.evenings); diff != "" {
				t.Errorf("the database differs (-stage +%s):\n%s", network.name, diff)
			}
		})
	}
}

// towns are the networks that the first day is played over.
var towns = []struct {
	name string
	open func(t *testing.T, b *Bot) town
}{
	{"wechat", onWeChat},
	{"wecom", onWeCom},
}

// town is a network with the people and the groups of talk.yaml on it, driven from the side of its users. Its people and groups
// are named by the register's ids.
type town interface {
	channel() chat.Channel
	// say lets somebody write, and gives how many messages reach the bot by it.
	say(w words) int
	// sights are all messages that the bot has sent, in order, as the network shows them.
	sights() []sight
}

// words are what somebody writes.
type words struct {
	person   string
	group    string // "" in private
	text     string
	mention  bool     // with an @ of the bot
	pictures []string // names that drawn knows
	quoting  bool     // the pictures were sent by themselves before; this message quotes them
}

// sight is a text or a file on people's phones.
type sight struct {
	where string // a group, or in private ~ and a person
	text  string
	file  string // 图, or 文件 and its name
	data  []byte
	// buttons are below the text: what they say, and how somebody taps them.
	buttons map[string]func(person string)
}

// outcome is what a conversation comes to.
type outcome struct {
	read     []string // as people read it
	evenings []tables // what the database holds whenever another day begins, and in the end
}

type tables map[string][]storetest.Row

// player plays a conversation on a network.
type player struct {
	t        *testing.T
	bot      *Bot
	town     town
	arrived  chan error
	online   chan struct{}
	seen     int // sights
	pictures int // that came by themselves
	taps     int // of buttons
}

func replay(t *testing.T, script string, open func(t *testing.T, b *Bot) town) (done outcome) {
	t.Helper()
	steps, err := chat.ParseScript(strings.NewReader(script))
	if err != nil {
		t.Fatal(err)
	}
	b := openBot(t, talkConfig(t, t.TempDir()), steps[0].At.After(time.Time{}.In(shanghai(t))))
	p := &player{t: t, bot: b, town: open(t, b), arrived: make(chan error, 100), online: make(chan struct{}, 100)}
	b.Add(p.town.channel())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.town.channel().Run(ctx, p) }()
	defer func() {
		cancel()
		if err := errors.Join(<-ended, b.Close()); err != nil {
			t.Error(err)
		}
	}()
	<-p.online
	if !p.town.channel().Can().Identified {
		p.bind()
	}
	before, lines := p.tables(), strings.Split(script, "\n")
	for n, st := range steps {
		if st.Kind == chat.StepExpect {
			continue
		}
		if n > 0 && st.Kind == chat.StepAt && st.At.After(b.Now()).YearDay() != b.Now().YearDay() {
			done.evenings = append(done.evenings, p.left(before))
		}
		done.read = append(append(done.read, lines[st.Line-1:st.Last]...), p.do(st)...)
	}
	done.evenings = append(done.evenings, p.left(before))
	return done
}

var _ chat.Sink = (*player)(nil)

// Receive implements chat.Sink: the player stands between the adapter and the bot, and knows when the bot has heard something.
func (p *player) Receive(ctx context.Context, m chat.Message) error {
	err := p.bot.Receive(ctx, m)
	p.arrived <- err
	return err
}

// Status implements chat.Sink.
func (p *player) Status(s chat.Status) {
	p.bot.Status(s)
	if s.State == chat.StateOnline {
		p.online <- struct{}{}
	}
}

// bind makes everybody and every group known to the bot, each by a code that is said on the network.
func (p *player) bind() {
	p.t.Helper()
	code := func(kind, subject string) (code string) {
		write(p.t, p.bot, func(tx *store.Tx) (err error) {
			code, err = tx.NewCode(kind, subject, time.Hour)
			return err
		})
		return code
	}
	reg := p.bot.register()
	for _, who := range reg.People {
		p.say(words{person: who.ID, text: "绑定 " + code(store.CodePerson, who.ID)})
	}
	for _, g := range reg.Chats {
		p.say(words{person: "chen_jing", group: g.ID, mention: true, text: "绑定本群 " + code(store.CodeChat, g.ID)})
	}
	if got, want := strings.Count(strings.Join(p.heard(), "\n"), "绑定"), len(reg.People)+len(reg.Chats); got != want {
		p.t.Fatalf("%d of %d are bound", got, want)
	}
}

// do plays a step and gives what the bot said to it.
func (p *player) do(st chat.Step) []string {
	p.t.Helper()
	if st.Kind == chat.StepAt {
		if err := p.bot.Advance(p.t.Context(), st.At.After(p.bot.Now())); err != nil {
			p.t.Fatal(err)
		}
		return p.heard()
	}
	m, err := cast(p.bot.register()).Message(st)
	if err != nil {
		p.t.Fatal(err)
	}
	w := words{person: m.From.Key, text: m.Text, mention: m.Mentioned, pictures: st.Pictures}
	if !m.Conversation.Private {
		w.group = m.Conversation.Key
	}
	if can := p.town.channel().Can(); can.MentionOnly && w.group != "" {
		if len(w.pictures) == 0 && len(p.bot.edition().world.Table.Match(input(m))) == 0 {
			return nil // what people say to each other does not reach the bot
		}
		w.mention = true
		if w.text == "" { // pictures by themselves do not either: the bot is mentioned with every other one, or with a quote of it
			p.pictures++
			w.quoting = p.pictures%2 == 0
		}
	}
	p.say(w)
	return p.heard()
}

// say lets somebody write and waits until the bot has heard and answered it.
func (p *player) say(w words) {
	p.t.Helper()
	n := 1
	if tap := p.button(w); tap != nil {
		p.taps++
		tap(w.person)
	} else {
		n = p.town.say(w)
	}
	for range n {
		select {
		case err := <-p.arrived:
			if err != nil {
				p.t.Fatal(err)
			}
		case <-p.t.Context().Done():
			p.t.Fatalf("the bot did not hear %+v", w)
		}
	}
	settle(p.t, p.bot)
}

// button is the newest one that says the same words, where the network has buttons: nobody types what can be tapped. It is nil if
// there is none.
func (p *player) button(w words) func(person string) {
	for _, s := range slices.Backward(p.town.sights()) {
		if tap := s.buttons[w.text]; tap != nil && s.where == w.group {
			return tap
		}
	}
	return nil
}

// heard is what people have read since they were asked last, written as in the script; a file with the beginning of its hash.
func (p *player) heard() (read []string) {
	all := p.town.sights()
	for _, s := range all[p.seen:] {
		if s.file != "" {
			s.text = fmt.Sprintf("[%s %.6x]", s.file, sha256.Sum256(s.data))
		}
		read = append(read, strings.Split(chat.FormatOutgoing(chat.Outgoing{Conversation: s.where, Text: s.text}), "\n")...)
	}
	p.seen = len(all)
	return read
}

// tables is what the database holds now.
func (p *player) tables() tables {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "copy.db") // in a new folder
	if err := p.bot.store.Copy(p.t.Context(), file); err != nil {
		p.t.Fatal(err)
	}
	return storetest.Tables(p.t, file)
}

// left is what the play has left in the database, without what is each network's own: the ids of messages, how many
// messages carried the words, and the bindings, which were there before.
func (p *player) left(before tables) tables {
	p.t.Helper()
	left := tables{}
	for table, rows := range p.tables() {
		for _, row := range rows {
			if slices.ContainsFunc(before[table], func(old storetest.Row) bool { return maps.Equal(old, row) }) {
				continue
			}
			switch table {
			case "inbox":
				if row["done_at"] == "0" || row["failure"] != "" {
					p.t.Errorf("not handled: %v", row)
				}
				continue
			case "outbox", "audit":
				delete(row, "id") // they begin after those of the bindings
			}
			if id, ours := strings.CutPrefix(row["message"], p.town.channel().Name()+"/"); ours && id != "" {
				row["message"] = "its message"
			}
			if _, _, key, raw := store.Target(row["target"]).Conversation(); raw {
				row["target"] = "private " + p.owner(key)
			} else if who, private := store.Target(row["target"]).Person(); private {
				row["target"] = "private " + who
			}
			left[table] = append(left[table], row)
		}
	}
	return left
}

// owner is the person who is bound to a key.
func (p *player) owner(key string) string {
	i := slices.IndexFunc(p.bot.register().People, func(who issue.Person) bool {
		k, ok := p.bot.names.private(p.town.channel().Name(), who.ID)
		return ok && k == key
	})
	if i < 0 {
		p.t.Errorf("nobody is bound to %s", key)
		return ""
	}
	return p.bot.register().People[i].ID
}
