package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"duban/handlers"
	"duban/internal/chat"
	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/understand"
)

// Receive implements chat.Sink: a message that needs an answer is durable before it returns, and most are answered by then. Chatter leaves
// no trace (design.md §3, §9.1).
func (b *Bot) Receive(ctx context.Context, m chat.Message) error {
	b.names.seen(m.Channel, m.Session)
	tidy(&m)
	if m.Conversation.Private {
		m.Text = withoutName(m.Text)
	}
	if !b.wants(m) {
		return nil
	}
	if ctx.Err() != nil { // the network is leaving, and may not know any more who said it
		return fmt.Errorf("receive: %w", ctx.Err())
	}
	b.hear(m)
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	a := store.Arrival{Channel: m.Channel, MessageID: m.ID, Conversation: m.Conversation.Key, Body: string(body)}
	flooding := b.flooding(m)
	if !flooding && b.lanes.now(ctx, a, m.From.Key) {
		return nil
	}
	var fresh bool
	err = b.store.Write(ctx, b.Now(), func(tx *store.Tx) (err error) {
		if err := b.leases.Fence(tx, b.duty(m.Channel)); err != nil { // the network brings it to whoever has the channel now
			return err
		}
		fresh, err = tx.AddArrival(&a)
		return err
	})
	if err != nil {
		return err
	}
	if fresh {
		b.metrics.Received(m.Channel)
		b.lanes.push(context.WithoutCancel(ctx), a, m.From.Key, flooding)
	}
	return nil
}

// mostText is how many characters are read of a message. Thirty problems of 500 characters are fewer, and more time would go into a
// longer text than one person may take from the others. What is longer is refused whole (tooLong): nobody is to think that all of it was read.
const mostText = 20_000

// tidy makes what a network delivers fit to be read and repeated.
func tidy(m *chat.Message) {
	m.Text = understand.Visible(begins(m.Text))
	m.Conversation.Name = understand.Name(begins(m.Conversation.Name))
	if m.Quote != nil {
		q := *m.Quote
		q.Text, m.Quote = begins(q.Text), &q
	}
	m.Files = slices.Clone(m.Files)
	for n := range m.Files {
		m.Files[n].Name = understand.Name(begins(m.Files[n].Name))
	}
}

// begins is the beginning of a text, one character longer than what is read of it.
func begins(text string) string {
	n := 0
	for at := range text {
		if n > mostText {
			return text[:at]
		}
		n++
	}
	return text
}

// tooLong says that a message is longer than what is read of it.
func tooLong(m chat.Message) error {
	if utf8.RuneCountInString(m.Text) <= mostText {
		return nil
	}
	return issue.Fail(issue.CodeInput, fmt.Sprintf("这条消息太长，最多 %d 字，没有处理", mostText), "请分几条发")
}

// flooding counts a message and says whether it is one too many of its sender's.
func (b *Bot) flooding(m chat.Message) bool {
	return !b.clock.story && b.floods.over(senderKey{m.Channel, m.Session, m.From.Key}, time.Now())
}

// withoutName takes the bot's name off the beginning: in private, too, people write what they read in a group, 「@督办 签收 17」, and a
// network does not take for a mention what was typed.
func withoutName(text string) string {
	for _, at := range []string{"@", "＠"} {
		if rest, typed := strings.CutPrefix(strings.TrimSpace(text), at+chat.BotName); typed {
			return strings.TrimSpace(rest)
		}
	}
	return text
}

// wants says whether a message is for the bot. It asks nobody and reads no database.
func (b *Bot) wants(m chat.Message) bool {
	e := b.edition()
	who := b.identify(e, m)
	calls := e.world.Table.Match(input(m))
	if len(calls) == 0 && len(m.Pictures)+len(m.Files) > 0 {
		ours := who.chat.ID != "" || m.Conversation.Private
		return ours && (e.takesFiles(m, who) || len(m.Pictures) > 0 && who.person.ID != "")
	}
	if spokenTo(m) || addressed(m) && len(calls) > 0 {
		return true
	}
	if who.chat.ID == "" {
		return len(calls) == 1 && calls[0].Command.Binds()
	}
	return len(calls) > 0 && who.chat.Listen != "mentions"
}

// addressed says whether a command in this message is for the bot, in whatever form it is said.
func addressed(m chat.Message) bool {
	return spokenTo(m) || m.Quote != nil && m.Quote.FromBot
}

// spokenTo says whether somebody speaks to the bot itself and wants an answer. Who only quotes it may be talking to others
// about what it said.
func spokenTo(m chat.Message) bool { return m.Mentioned || m.Conversation.Private }

// input is a message as the grammar takes it.
func input(m chat.Message) handlers.Input {
	in := handlers.Input{Text: m.Text, Addressed: addressed(m), Called: spokenTo(m)}
	if m.Quote != nil && m.Quote.FromBot {
		in.Quoted = quotedNumbers(m.Quote.Text)
	}
	return in
}

var (
	issueNumber = regexp.MustCompile(`#(\d{1,9})`)
	// besides are the issues that a message names beside the one that it is about: its parts, its whole, what it is a double of
	// or was merged with, and what the reason of points by hand speaks of.
	besides = regexp.MustCompile(`[加扣] [\d.]+ 分：[^\n]*|(?:协办：|（)[^\n#]{0,20}#\d{1,9}(?:、[^\n#]{0,20}#\d{1,9})*|(?:与|并入|并入的|是|，|对|请) #\d{1,9}(?:、#\d{1,9})*`)
)

// quotedNumbers are the issues that a quoted message of the bot is about, each once. Commands in 「」 are examples.
func quotedNumbers(text string) []int64 {
	var ids []int64
	seen := map[int64]bool{}
	for _, m := range issueNumber.FindAllStringSubmatch(besides.ReplaceAllString(text, ""), -1) {
		id, err := strconv.ParseInt(m[1], 10, 64)
		if err == nil && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

// request makes the request of a message.
func (b *Bot) request(e *edition, tx *store.Tx, m chat.Message, who identity) handlers.Request {
	r := handlers.Request{
		World: e.world, Tx: tx, Now: tx.Now(), From: who.person, Weak: who.weak, Chat: who.chat, Private: m.Conversation.Private,
		Sender: handlers.Sender{
			Channel: m.Channel, Session: m.Session, Key: m.From.Key, Conversation: m.Conversation.Key, GroupName: m.Conversation.Name,
		},
		Message: m.Channel + "/" + m.ID, Target: target(m, who),
	}
	if b.board != nil {
		r.Board = b.board.address
	}
	return r
}

// target is where answers to a message go: by the register's ids where they are known, so that they still arrive after a
// new login, otherwise by the network's key.
func target(m chat.Message, who identity) store.Target {
	switch {
	case who.chat.ID != "":
		return store.ToChat(who.chat.ID)
	case m.Conversation.Private && who.person.ID != "" && who.lasting:
		return store.ToPerson(who.person.ID)
	}
	return store.ToConversation(m.Channel, m.Session, m.Conversation.Key)
}
