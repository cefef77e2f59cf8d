package console

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"duban/internal/chat"

	"github.com/google/go-cmp/cmp"
)

// fakeBot answers every message that begins with 查 when it is settled, and speaks at every hour that the clock passes.
type fakeBot struct {
	ch    *Channel
	now   time.Time
	got   []chat.Message
	todo  []chat.Message
	fails int // Receive fails this often
}

func (b *fakeBot) Status(chat.Status) {}

func (b *fakeBot) Receive(_ context.Context, m chat.Message) error {
	if b.fails > 0 {
		b.fails--
		return errors.New("数据库忙")
	}
	b.got = append(b.got, m)
	if strings.HasPrefix(m.Text, "查") {
		b.todo = append(b.todo, m)
	}
	return nil
}

func (b *fakeBot) Now() time.Time { return b.now }

func (b *fakeBot) Settle(ctx context.Context) error {
	for _, m := range b.todo {
		if err := b.ch.Send(ctx, chat.Outgoing{Conversation: m.Conversation.Key, Text: m.From.Name + "：\n" + m.Text}); err != nil {
			return err
		}
	}
	b.todo = nil
	return nil
}

func (b *fakeBot) Advance(ctx context.Context, to time.Time) error {
	for h := b.now.Truncate(time.Hour).Add(time.Hour); !h.After(to); h = h.Add(time.Hour) {
		b.now = h
		if err := b.ch.Send(ctx, chat.Outgoing{Conversation: "inspect", Text: h.Format("15点")}); err != nil {
			return err
		}
	}
	b.now = to
	return nil
}

func (b *fakeBot) NextDeadline(context.Context) (time.Time, bool, error) {
	return time.Time{}, false, nil
}

func start() time.Time {
	return time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("CST", 8*3600))
}

func setup(in io.Reader, change func(*Config)) (bot *fakeBot, out, errOut *bytes.Buffer) {
	out, errOut = &bytes.Buffer{}, &bytes.Buffer{}
	bot = &fakeBot{now: start()}
	cfg := Config{
		In: in, Out: out, ErrOut: errOut, Clock: bot, Movable: true,
		Cast: chat.Cast{People: []chat.Named{{ID: "zhang_min", Name: "张敏"}}, Chats: []chat.Named{{ID: "inspect", Name: "督查工作群"}}},
	}
	if change != nil {
		change(&cfg)
	}
	bot.ch = New(cfg)
	return bot, out, errOut
}

func TestScriptedConversation(t *testing.T) {
	bot, out, errOut := setup(strings.NewReader(`# 一段对话
张敏@inspect: 查 1
  第二行
督办@inspect> 这一行不算
at 11:00     # 走两小时
张敏@~: 查 2
王五@inspect: 查 3
路人?@inspect: 查 4 [图 a.jpg]
乱写
at 10:00
张敏@督查工作群: 大家好`), func(c *Config) { c.Echo = true })
	if err := bot.ch.Run(t.Context(), bot); err != nil {
		t.Fatal(err)
	}
	want := `张敏@inspect: 查 1
  第二行
督办@inspect> 张敏：
  查 1
  第二行
at 11:00     # 走两小时
督办@inspect> 10点
督办@inspect> 11点
张敏@~: 查 2
督办@zhang_min~> 张敏：
  查 2
王五@inspect: 查 3
路人?@inspect: 查 4 [图 a.jpg]
督办@inspect> 路人：
  查 4
`
	if d := cmp.Diff(want, out.String()[:min(len(want), out.Len())]); d != "" {
		t.Error(d)
	}
	wantErr := `第 7 行：没有“王五”这个人（没有绑定的人请在名字后加 ?）
第 9 行：看不懂“乱写”，要写成“张敏@inspect: 内容”或“at 2026-11-23 09:05”
`
	if d := cmp.Diff(wantErr, errOut.String()); d != "" {
		t.Error(d)
	}
	last := bot.got[len(bot.got)-1]
	if last.Text != "大家好" || last.Conversation.Key != "inspect" || !last.SentAt.Equal(start().AddDate(0, 0, 1).Add(time.Hour)) {
		t.Errorf("last message: %+v", last)
	}
}

// TestAnswerBeforeNextLine drives the console as another program does: one line, then wait for the answer.
func TestAnswerBeforeNextLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, lines := io.Pipe()
		bot, out, _ := setup(in, nil)
		done := make(chan error)
		go func() { done <- bot.ch.Run(t.Context(), bot) }()
		for _, word := range []string{"查 甲", "查 乙"} {
			out.Reset()
			began := time.Now()
			_, _ = io.WriteString(lines, "张敏@inspect: "+word+"\n")
			time.Sleep(lineWait + time.Millisecond)
			synctest.Wait()
			if !strings.Contains(out.String(), word) {
				t.Errorf("no answer to %s within %v: %q", word, time.Since(began), out)
			}
		}
		lines.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestStopWhileReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, lines := io.Pipe()
		bot, _, _ := setup(in, nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- bot.ch.Run(ctx, bot) }()
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		lines.Close()
	})
}

func TestBusyBotGetsMessageAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bot, _, errOut := setup(strings.NewReader("张敏@inspect: 查 1\n张敏@inspect: 查 2\n"), nil)
		bot.fails = 2
		if err := bot.ch.Run(t.Context(), bot); err != nil {
			t.Fatal(err)
		}
		if len(bot.got) != 2 || errOut.Len() > 0 {
			t.Errorf("got %d messages, complaints: %s", len(bot.got), errOut)
		}
		bot, _, errOut = setup(strings.NewReader("张敏@inspect: 查 1\n"), nil)
		bot.fails = 1000
		_ = bot.ch.Run(t.Context(), bot)
		if errOut.String() != "第 1 行：消息没有收下，请过一会儿再发。原因：数据库忙\n" {
			t.Errorf("complaint: %s", errOut)
		}
	})
}

func TestClockRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		movable bool
		in      string
		want    string
	}{
		"real clock": {false, "at +1h", "第 1 行：现在用的是真实时间，不能用 at 改时间；要演练请加 --start \"2026-11-23 09:00\"\n"},
		"backwards":  {true, "at 2026-11-23 08:00", "第 1 行：时间不能倒退，现在已是 2026-11-23 09:00\n"},
		"now":        {true, "at 2026-11-23 09:00", ""},
	} {
		t.Run(name, func(t *testing.T) {
			bot, _, errOut := setup(strings.NewReader(tc.in), func(c *Config) { c.Movable = tc.movable })
			if err := bot.ch.Run(t.Context(), bot); err != nil {
				t.Fatal(err)
			}
			if errOut.String() != tc.want || !bot.now.Equal(start()) {
				t.Errorf("complaint %q, now %v", errOut, bot.now)
			}
		})
	}
}

func TestMessageIDs(t *testing.T) {
	ids := map[string]bool{}
	for range 2 {
		bot, _, _ := setup(strings.NewReader("张敏@inspect: 甲\n张敏@inspect: 乙\n"), nil)
		if err := bot.ch.Run(t.Context(), bot); err != nil {
			t.Fatal(err)
		}
		for _, m := range bot.got {
			ids[m.ID] = true
		}
	}
	if len(ids) != 4 {
		t.Errorf("%d different ids of 4 messages in two runs: %v", len(ids), ids)
	}
}

func TestFetchPicture(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile(filepath.Join(dir, "a.jpg"), []byte("图"), 0o600); err != nil {
		t.Fatal(err)
	}
	bot, _, _ := setup(strings.NewReader(""), nil)
	if data, err := bot.ch.FetchPicture(t.Context(), chat.Picture{Ref: "a.jpg"}); err != nil || string(data) != "图" {
		t.Errorf("got %q, %v", data, err)
	}
	for ref, want := range map[string]string{"b.jpg": "没有图片“b.jpg”", ".": "“.”不是图片"} {
		if _, err := bot.ch.FetchPicture(t.Context(), chat.Picture{Ref: ref}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", ref, err, want)
		}
	}
}

func TestFetchFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("a.xlsx", []byte("表"), 0o600); err != nil {
		t.Fatal(err)
	}
	bot, _, _ := setup(strings.NewReader("张敏@inspect: [文件 a.xlsx]\n"), nil)
	if data, err := bot.ch.FetchFile(t.Context(), chat.File{Ref: "a.xlsx"}, 3); err != nil || string(data) != "表" {
		t.Errorf("got %q, %v", data, err)
	}
	if _, err := bot.ch.FetchFile(t.Context(), chat.File{Ref: "a.xlsx"}, 2); !errors.Is(err, chat.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	for _, ref := range []string{"b.xlsx", "."} {
		if _, err := bot.ch.FetchFile(t.Context(), chat.File{Ref: ref}, 9); !errors.Is(err, chat.ErrGone) {
			t.Errorf("%s: %v", ref, err)
		}
	}
}

func TestLongLines(t *testing.T) {
	long := "张敏@inspect: " + strings.Repeat("长", chat.MaxScriptLine) + "\n张敏@inspect: 查 2\n"
	bot, out, errOut := setup(strings.NewReader(long), nil)
	if err := bot.ch.Run(t.Context(), bot); err != nil {
		t.Fatal(err)
	}
	if out.String() != "督办@inspect> 张敏：\n  查 2\n" {
		t.Errorf("output %.100q, complaints %.100q", out, errOut)
	}
}
