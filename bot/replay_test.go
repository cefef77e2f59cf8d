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
	"golang.org/x/sync/errgroup"

	"duban/internal/chat"
	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
	"duban/internal/understand"
)

// TestReplay plays the first day over each network, and over all of them at once: the adapters' own code against servers that speak
// the networks' protocols. Whatever a network is like, what people read and what is in the database afterwards is the same as on the
// stage.
func TestReplay(t *testing.T) {
	t.Parallel()
	script, short := conversation(t, "first_day"), raced || testing.Short()
	if short { // the morning shows what races
		script, _, _ = strings.Cut(script, "\nat 11:00\n")
	}
	want := replay(t, script, onStage)
	if w := want.evenings; !short && (len(w) != 2 || len(w[0]["awaits"]) != 5 || len(w[1]["issues"]) != 3) {
		t.Fatalf("the day is not what it was: %d evenings", len(w))
	}
	for _, v := range venues {
		if short && v.name != "together" {
			continue
		}
		t.Run(v.name, func(t *testing.T) {
			got := replay(t, script, v.open...)
			compare(t, want, got)
			if len(v.open) == 1 && (got.can.MentionOnly != (got.fitted > 0) || got.can.Cards != (got.taps > 0)) {
				t.Errorf("%d lines were fitted to the network, %d buttons tapped", got.fitted, got.taps)
			}
		})
	}
}

// TestReplayForms: commands are understood in all their forms, quotes among them, on each network.
func TestReplayForms(t *testing.T) {
	t.Parallel()
	if raced || testing.Short() {
		t.Skip("the first day shows what races")
	}
	script := conversation(t, "forms")
	want := replay(t, script, onStage)
	if n := len(want.evenings[0]["issues"]); n != 4 {
		t.Fatalf("%d issues on the stage", n)
	}
	for _, v := range venues {
		if len(v.open) == 1 {
			t.Run(v.name, func(t *testing.T) { compare(t, want, replay(t, script, v.open...)) })
		}
	}
}

func conversation(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/talk/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func compare(t *testing.T, want, got outcome) {
	t.Helper()
	if diff := cmp.Diff(want.read, got.read); diff != "" {
		t.Errorf("people read something else (-stage +network):\n%s", diff)
	}
	if diff := cmp.Diff(want.evenings, got.evenings); diff != "" {
		t.Errorf("the database differs (-stage +network):\n%s", diff)
	}
}

// venues are the networks that conversations are played over.
var venues = []struct {
	name string
	open []opener
}{
	{"wechat", []opener{onWeChat}},
	{"wecom", []opener{onWeCom}},
	{"feishu", []opener{onFeishu}},
	{"feishu_mentions", []opener{onFeishuMentions}},
	{"dingtalk", []opener{onDingTalk}},
	{"together", []opener{onDingTalk, onWeCom, onWeComHook, onFeishuMentions, onWeChat}}, // the leaders are the third group, the last is for private chats
}

type opener func(t *testing.T, b *Bot) town

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
	quote    *chat.Quote
	quoting  bool // the picture was sent by itself before; this message quotes it
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

	can    chat.Capabilities // of the only network, or the first
	fitted int               // lines that the bot has fitted to a network
	taps   int               // of buttons
}

type tables map[string][]storetest.Row

// player plays a conversation on networks.
type player struct {
	t        *testing.T
	bot      *Bot
	towns    []town
	at       map[string]town // by group
	arrived  chan error
	online   chan struct{}
	seen     map[town]int // sights
	pictures int          // loose ones
	fitted   int
	taps     int
}

// replay plays a conversation. Groups are shared out among the networks; private chats are on the last one.
func replay(t *testing.T, script string, open ...opener) (done outcome) {
	t.Helper()
	steps, err := chat.ParseScript(strings.NewReader(script))
	if err != nil {
		t.Fatal(err)
	}
	b := openBot(t, talkConfig(t, t.TempDir()), steps[0].At.After(time.Time{}.In(shanghai(t))))
	p := &player{t: t, bot: b, at: map[string]town{}, arrived: make(chan error, 100), online: make(chan struct{}, 100), seen: map[town]int{}}
	for _, one := range open {
		p.towns = append(p.towns, one(t, b))
	}
	for n, g := range b.register().Chats {
		p.at[g.ID] = p.towns[n%len(p.towns)]
	}
	defer p.connect()()
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
	done.can, done.fitted, done.taps = p.towns[0].channel().Can(), p.fitted, p.taps
	return done
}

// connect runs the adapters, makes everybody known, and gives what ends them.
func (p *player) connect() (end func()) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	var running errgroup.Group
	for _, w := range p.towns {
		p.bot.Add(w.channel())
		running.Go(func() error { return w.channel().Run(ctx, p) })
	}
	for range p.towns {
		<-p.online
	}
	for _, w := range p.towns {
		if can := w.channel().Can(); !can.Identified && !can.SendOnly {
			p.bind(w)
		}
	}
	return func() {
		cancel()
		if err := errors.Join(running.Wait(), p.bot.Close()); err != nil {
			p.t.Error(err)
		}
	}
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

// bind makes everybody and a network's groups known to the bot, each by a code that is said there.
func (p *player) bind(w town) {
	p.t.Helper()
	code := func(kind, subject string) (code string) {
		write(p.t, p.bot, func(tx *store.Tx) (err error) {
			code, err = tx.NewCode(kind, subject, time.Hour)
			return err
		})
		return code
	}
	reg, asked := p.bot.register(), 0
	for _, who := range reg.People {
		p.say(w, words{person: who.ID, text: "绑定 " + code(store.CodePerson, who.ID)})
		asked++
	}
	for _, g := range reg.Chats {
		if p.at[g.ID] == w {
			p.say(w, words{person: "chen_jing", group: g.ID, mention: true, text: "绑定本群 " + code(store.CodeChat, g.ID)})
			asked++
		}
	}
	if bound := strings.Count(strings.Join(p.heard(), "\n"), "绑定"); bound != asked {
		p.t.Fatalf("%d of %d are bound", bound, asked)
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
	seen := m
	seen.Text = understand.Visible(m.Text)
	w, on := words{person: m.From.Key, text: m.Text, mention: m.Mentioned, pictures: st.Pictures, quote: m.Quote}, p.towns[len(p.towns)-1]
	if !m.Conversation.Private {
		w.group = m.Conversation.Key
		on = p.at[w.group]
	}
	if can := on.channel().Can(); can.MentionOnly && w.group != "" {
		if !w.mention && len(w.pictures) == 0 && len(p.bot.edition().world.Table.Match(input(seen))) == 0 {
			return nil // what people say to each other does not reach the bot
		}
		w.mention = true
		if w.text == "" && len(w.pictures) == 1 { // a loose picture does not either: the bot is mentioned with it, or with a quote of it
			p.pictures++
			w.quoting = can.QuotesShown && p.pictures%2 == 0
		}
	}
	p.say(on, w)
	return p.heard()
}

// say lets somebody write and waits until the bot has heard and answered it.
func (p *player) say(on town, w words) {
	p.t.Helper()
	n := 1
	if tap := button(on, w); tap != nil {
		p.taps++
		tap(w.person)
	} else {
		n = on.say(w)
	}
	late := time.After(time.Minute) // ends only a test that has failed
	for range n {
		select {
		case err := <-p.arrived:
			if err != nil {
				p.t.Fatal(err)
			}
		case <-late:
			p.t.Fatalf("the bot did not hear %+v", w)
		}
	}
	settle(p.t, p.bot)
}

// button is the newest one that says the same words, where the network has buttons: nobody types what can be tapped. It is nil if
// there is none.
func button(on town, w words) func(person string) {
	for _, s := range slices.Backward(on.sights()) {
		if tap := s.buttons[w.text]; tap != nil && s.where == w.group && len(w.pictures) == 0 {
			return tap
		}
	}
	return nil
}

// heard is what people have read since they were asked last, group by group, written as in the script; a file with the beginning of
// its hash.
func (p *player) heard() (read []string) {
	var fresh []sight
	for _, w := range p.towns {
		all := w.sights()
		fresh = append(fresh, all[p.seen[w]:]...)
		p.seen[w] = len(all)
	}
	slices.SortStableFunc(fresh, func(a, b sight) int { return strings.Compare(a.where, b.where) })
	for _, s := range fresh {
		if s.file != "" {
			s.text = fmt.Sprintf("[%s %.6x]", s.file, sha256.Sum256(s.data))
		}
		for line := range strings.Lines(chat.FormatOutgoing(chat.Outgoing{Conversation: s.where, Text: s.text})) {
			line = strings.TrimRight(line, "\n")
			if strings.Contains(line, mention) { // where only mentions arrive
				p.fitted++
			}
			if !strings.HasPrefix(line, "  照片请和 "+mention) {
				read = append(read, strings.ReplaceAll(line, "「"+mention, "「"))
			}
		}
	}
	return read
}

// tables is what the database holds now.
func (p *player) tables() tables {
	p.t.Helper()
	if p.bot.store.OnServer() {
		return storetest.Tables(p.t, p.bot.started.Storage.Place())
	}
	file := filepath.Join(p.t.TempDir(), "copy.db") // in a new folder
	if err := p.bot.store.Copy(p.t.Context(), file); err != nil {
		p.t.Fatal(err)
	}
	return storetest.Tables(p.t, file)
}

// left is what the play has left in the database, without what is each network's own: its name, the ids of messages, how
// many messages carried the words, and the bindings, which were there before.
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
				delete(row, "via")
				delete(row, "route")
				delete(row, "parts_sent")
			}
			for column, value := range row {
				row[column] = p.neutral(column, value)
			}
			left[table] = append(left[table], row)
		}
	}
	return left
}

// neutral is a value without what is the network's own.
func (p *player) neutral(column, value string) string {
	switch column {
	case "message", "dedup":
		for _, w := range p.towns {
			if key, id, ours := strings.Cut(value, w.channel().Name()+"/"); ours && id != "" {
				return key + "the message"
			}
		}
	case "target", "conversation":
		if channel, _, key, raw := store.Target(value).Conversation(); raw {
			return string(store.ToPerson(p.owner(channel, key)))
		}
	}
	return value
}

// owner is the person who is bound to a key.
func (p *player) owner(channel, key string) string {
	i := slices.IndexFunc(p.bot.register().People, func(who issue.Person) bool {
		k, ok := p.bot.names.private(channel, who.ID)
		return ok && k == key
	})
	if i < 0 {
		p.t.Errorf("nobody is bound to %s", key)
		return ""
	}
	return p.bot.register().People[i].ID
}
