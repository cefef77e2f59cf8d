package bot

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/config"
)

var update = flag.Bool("update", false, "rewrite the bot's lines in testdata/talk")

// TestTalk plays every conversation of testdata/talk and compares what the bot says with what stands there. A user story is
// a file; adding one needs no Go. With -update the bot's lines are written anew, to be read by a person.
func TestTalk(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/talk/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for n, file := range files {
		if raced && n%racedShare != 0 {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("the conversation went differently (-file +now); if that is right, run: go test ./bot -run TestTalk -update\n%s", diff)
			}
		})
	}
}

// racedShare is how many conversations there are to each that is played under the race detector: they are all played by the same few
// goroutines, and drawing their pictures takes minutes there.
const racedShare = 6

// play plays a conversation and gives it back with what the bot said.
func play(t *testing.T, text string) string {
	t.Helper()
	steps, err := chat.ParseScript(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) == 0 || steps[0].Kind != chat.StepAt {
		t.Fatal("a conversation begins with the line: at 2026-11-23 09:00")
	}
	cfg := talkConfig(t, t.TempDir())
	if strings.Contains(text, "\n"+unpublished+"\n") {
		cfg.Schedule.RankingDraft, cfg.Schedule.Ranking, cfg.Schedule.Summary = config.Off, config.Off, config.Off
	}
	if strings.Contains(text, "\n"+cleaned+"\n") {
		jobs := cfg.Schedule
		for n, v := 0, reflect.ValueOf(&cfg.Schedule).Elem(); n < v.NumField(); n++ {
			v.Field(n).SetString(config.Off)
		}
		cfg.Schedule.Reminders, cfg.Schedule.Retention = jobs.Reminders, jobs.Retention
		cfg.Retention.Photos = 90
	}
	if strings.Contains(text, "\n"+edits) {
		cfg = editable(t)
	}
	s := stageOf(t, cfg, steps[0].At.After(time.Time{}.In(shanghai(t))))
	if strings.Contains(text, "\n"+boarded+"\n") {
		s.bot.board = &board{address: "http://192.168.1.8:8711"}
	}
	lines := strings.Split(text, "\n")
	var out []string
	next := 0 // the first line that is not written yet
	for _, st := range steps {
		for _, line := range lines[next : st.Line-1] {
			out = append(append(out, line), s.aside(line)...)
		}
		next = st.Last
		if st.Kind == chat.StepExpect {
			continue
		}
		out = append(out, lines[st.Line-1:st.Last]...)
		out = append(out, s.do(st)...)
	}
	for _, line := range lines[next:] {
		out = append(append(out, line), s.aside(line)...)
	}
	return strings.Join(out, "\n")
}

func shanghai(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// stage is a bot with a channel on which the test speaks for everybody.
type stage struct {
	t    testing.TB
	bot  *Bot
	cast chat.Cast
	n    int

	followed follower // of the configuration's file

	mu   sync.Mutex
	said []string
}

// unpublished is a line of a conversation that goes over days and is not about what is published each day.
const unpublished = "# 这段对话里不发排名和日报。"

// cleaned is a line of a conversation that goes over months and is about what is not kept for ever.
const cleaned = "# 这段对话里只有提醒和资料清理，照片只保留 90 天。"

// In a conversation about the configuration, a line that begins with edits puts the text after => into its file, in the place of the text
// before it; after the line saved the program has noticed that.
const (
	edits = "# 改配置："
	saved = "# 保存，程序自己发现。"
)

// editable is the configuration of the tests in a file of its own.
func editable(t *testing.T) *config.Config {
	t.Helper()
	text, err := os.ReadFile("testdata/talk.yaml")
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// aside does what a line beside the conversation says, and gives what the bot said to it.
func (s *stage) aside(line string) []string {
	s.t.Helper()
	if line == saved {
		s.followed.reload(s.t.Context(), bySaving)
		settle(s.t, s.bot)
		return s.heard()
	}
	edit, ok := strings.CutPrefix(line, edits)
	if !ok {
		return nil
	}
	from, to, _ := strings.Cut(strings.NewReplacer(`\n`, "\n", `\t`, "\t").Replace(edit), " =>")
	to = strings.TrimPrefix(to, " ")
	text, err := os.ReadFile(s.bot.started.File)
	if err != nil || strings.Count(string(text), from) == 0 {
		s.t.Fatalf("%q is not in the configuration: %v", from, err)
	}
	text = []byte(strings.Replace(string(text), from, to, 1))
	if err := os.WriteFile(s.bot.started.File, text, 0o600); err != nil {
		s.t.Fatal(err)
	}
	return nil
}

// boarded is a line of a conversation in which there is a dashboard.
const boarded = "# 这段对话里开着网页看板。"

// newStage starts a bot with the configuration of the tests on a fresh database.
func newStage(t *testing.T, start time.Time) *stage {
	t.Helper()
	cfg, err := config.Load("testdata/talk.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return newStageWith(t, cfg, start)
}

func stageOf(t *testing.T, cfg *config.Config, start time.Time) *stage {
	t.Helper()
	b, err := New(t.Context(), cfg, Options{Start: start, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, bot: b, cast: cast(b.edition().world.Reg), followed: follower{bot: b}}
	b.Add(s)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// do plays a step and gives what the bot said to it.
func (s *stage) do(st chat.Step) []string {
	s.t.Helper()
	ctx := s.t.Context()
	switch st.Kind {
	case chat.StepAt:
		if err := s.bot.Advance(ctx, st.At.After(s.bot.Now())); err != nil {
			s.t.Fatal(err)
		}
	case chat.StepSay:
		m, err := cast(s.bot.register()).Message(st)
		if err != nil {
			s.t.Fatal(err)
		}
		s.n++
		m.Channel, m.ID, m.SentAt = s.Name(), fmt.Sprint(s.n), s.bot.Now()
		if err := s.bot.Receive(ctx, m); err != nil {
			s.t.Fatal(err)
		}
		if err := s.bot.Settle(ctx); err != nil {
			s.t.Fatal(err)
		}
	}
	return s.heard()
}

// heard is what the bot said since it was asked last.
func (s *stage) heard() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	said := s.said
	s.said = nil
	return said
}

// The stage is a channel of its own.
var (
	_ chat.Channel        = (*stage)(nil)
	_ chat.PictureFetcher = (*stage)(nil)
	_ chat.FileFetcher    = (*stage)(nil)
)

func (s *stage) Name() string { return "stage" }

func (s *stage) Can() chat.Capabilities {
	return chat.Capabilities{Identified: true, Loose: true, Opens: true, Pictures: true, Files: true}
}

func (s *stage) Run(ctx context.Context, _ chat.Sink) error { <-ctx.Done(); return nil }

// FetchFile reads a file of testdata/sheets.
func (s *stage) FetchFile(_ context.Context, f chat.File, limit int64) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join("testdata/sheets", f.Ref))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, chat.ErrGone
	}
	if int64(len(data)) > limit {
		return nil, chat.ErrTooLarge
	}
	return data, err
}

func (s *stage) Send(_ context.Context, out chat.Outgoing) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, strings.Split(chat.FormatOutgoing(out), "\n")...)
	return nil
}
