package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/internal/chat"
)

// fakeBot files what begins with 上报, answers what begins with 查, and moves its clock.
type fakeBot struct {
	ch *Channel

	mu    sync.Mutex
	now   time.Time
	got   []chat.Message
	filed int
	fails int // Receive fails this often
	due   time.Time
	sent  int
}

func (b *fakeBot) Status(chat.Status) {}

func (b *fakeBot) Receive(ctx context.Context, m chat.Message) error {
	b.mu.Lock()
	if b.fails > 0 {
		b.fails--
		b.mu.Unlock()
		return errors.New("数据库忙")
	}
	b.got = append(b.got, m)
	text := ""
	switch {
	case strings.HasPrefix(m.Text, "上报"):
		b.filed++
		text = fmt.Sprintf("已立案 #%d %s\n环境卫生｜昭阳街道 李强，限 今日 17:30\n完成后请发「完成 %d」", b.filed, strings.TrimSpace(strings.TrimPrefix(m.Text, "上报")), b.filed)
	case strings.HasPrefix(m.Text, "查"), m.Mentioned:
		text = m.From.Name + "，收到：" + m.Text
	case len(m.Pictures) > 0:
		text = fmt.Sprintf("收到照片 %d 张", len(m.Pictures))
	}
	if text == "" {
		b.mu.Unlock()
		return nil
	}
	b.sent++
	out := chat.Outgoing{ID: fmt.Sprint("out", b.sent), Conversation: m.Conversation.Key, Text: text}
	b.mu.Unlock()
	return b.ch.Send(ctx, out)
}

func (b *fakeBot) Now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *fakeBot) Settle(context.Context) error { return nil }

func (b *fakeBot) Advance(ctx context.Context, to time.Time) error {
	b.mu.Lock()
	moved := to.After(b.now)
	if moved {
		b.now = to
	}
	b.mu.Unlock()
	if !moved {
		return nil
	}
	return b.ch.Send(ctx, chat.Outgoing{Conversation: "inspect", Text: "现在 " + to.Format("15:04"), Mentions: []chat.Mention{{Key: "li_qiang", Name: "李强"}}})
}

func (b *fakeBot) NextDeadline(context.Context) (time.Time, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.due, !b.due.IsZero(), nil
}

func (b *fakeBot) messages() []chat.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]chat.Message(nil), b.got...)
}

func monday() time.Time {
	return time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("CST", 8*3600))
}

// newDemo makes a demo with a few people and a fake bot. It does not run yet.
func newDemo(t *testing.T, change func(*Config)) *fakeBot {
	t.Helper()
	b := &fakeBot{now: monday(), due: monday().Add(8*time.Hour + 30*time.Minute)}
	cfg := Config{
		Title: "兴安县创建全国文明城市", Clock: b,
		People: []Person{
			{ID: "zhang_min", Name: "张敏", Role: "督查员"},
			{ID: "li_qiang", Name: "李强", Unit: "昭阳街道", Role: "联络员"},
			{ID: "zhang_wei", Name: "张伟", Unit: "昭阳街道", Role: "单位负责人"},
			{ID: "chen_jing", Name: "陈静", Role: "创城办"},
			{ID: "liu_jian", Name: "刘建", Role: "领导"},
		},
		Chats: []Chat{
			{ID: "inspect", Name: "创城督查工作群"},
			{ID: "streets", Name: "街道创城工作群"},
			{ID: "leaders", Name: "创城领导群", Members: []string{"liu_jian", "chen_jing"}},
		},
	}
	if change != nil {
		change(&cfg)
	}
	ch, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b.ch = ch
	return b
}

// run runs the demo until the test ends.
func (b *fakeBot) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error)
	go func() { done <- b.ch.Run(ctx, b) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	for {
		if _, err := b.ch.currentSink(); err == nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func script(t *testing.T, text string) []chat.Step {
	t.Helper()
	steps, err := chat.ParseScript(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return steps
}
