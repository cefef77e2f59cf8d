package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/demo"
)

// Sample plays the demo's week and day, lets the office put everything out, and keeps in a folder what the groups were sent:
// pictures, documents, spreadsheets and the leaders' digest. progress hears of each day that begins.
func Sample(ctx context.Context, folder string, progress func(day string), log *slog.Logger) (names []string, err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // these files are for everybody
		return nil, fmt.Errorf("目录无法创建：%w", err)
	}
	dir, err := os.MkdirTemp("", "duban-sample-")
	if err != nil {
		return nil, fmt.Errorf("临时目录无法创建：%w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg, err := demoConfig(dir)
	if err != nil {
		return nil, err
	}
	steps, err := sampleScript()
	if err != nil {
		return nil, err
	}
	b, err := New(ctx, cfg, Options{Start: steps[0].At.After(time.Now().In(cfg.Location())), Log: log})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	reg := b.edition().world.Reg
	c, err := demo.New(demo.Config{Title: cfg.Campaign.Name, People: demoPeople(reg), Chats: demoChats(reg), Clock: b, Logger: log})
	if err != nil {
		return nil, err
	}
	s := &sampler{Channel: c, bot: b, cast: cast(reg), folder: folder}
	b.Add(s)
	err = s.play(ctx, steps, progress)
	return s.names, err
}

// sampleScript is the demo's history and day, and the evening on which the office puts everything out.
func sampleScript() ([]chat.Step, error) {
	history, day, err := demoScripts()
	if err != nil {
		return nil, err
	}
	text, err := county.ReadFile("county/evening.txt")
	if err != nil {
		return nil, fmt.Errorf("read county: %w", err)
	}
	evening, err := chat.ParseScript(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("county/evening.txt %w", err)
	}
	return slices.Concat(history, day, evening), nil
}

// sampler is the demo's channel without a page: it speaks for everybody and keeps what is sent.
type sampler struct {
	*demo.Channel
	bot    *Bot
	cast   chat.Cast
	folder string
	said   int
	names  []string
}

// samples are what is kept, by what its name or text holds; of several of a kind the last stays.
var samples = []struct{ holds, name string }{
	{"【创城日报】", "summary.txt"},
	{"一、总体情况", "bulletin.txt"}, // the whole text: the leaders get one screen of it
	{"创城排名.png", "ranking.png"},
	{"创城周排名", "ranking_week.png"},
	{"走势", "trend.png"},
	{"曝光台", "exposure.png"},
	{"创城通报", "bulletin"}, // .docx and .xlsx
	{"台账", "ledger"},
}

func (s *sampler) play(ctx context.Context, steps []chat.Step, progress func(day string)) error {
	for _, st := range steps {
		switch st.Kind {
		case chat.StepAt:
			to := st.At.After(s.bot.Now())
			if s.bot.Now().YearDay() != to.YearDay() {
				progress(to.Format("1月2日"))
			}
			if err := s.bot.Advance(ctx, to); err != nil {
				return err
			}
		case chat.StepSay:
			if err := s.say(ctx, st); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sampler) say(ctx context.Context, st chat.Step) error {
	m, err := s.cast.Message(st)
	if err != nil {
		return err
	}
	s.said++
	m.Channel, m.ID, m.SentAt = s.Name(), fmt.Sprint(s.said), s.bot.Now()
	if err := s.bot.Receive(ctx, m); err != nil {
		return err
	}
	return s.bot.Settle(ctx)
}

// Send implements chat.Channel: it keeps what is one of the samples.
func (s *sampler) Send(_ context.Context, out chat.Outgoing) error {
	if a := out.Attachment; a != nil {
		data, err := os.ReadFile(a.Path)
		if err != nil {
			return err
		}
		if err := s.keep(a.Name, filepath.Ext(a.Name), data); err != nil {
			return err
		}
	}
	return s.keep(out.Text, ".txt", []byte(out.Text+"\n"))
}

// keep writes a file under the name of its kind, if it is of one.
func (s *sampler) keep(holds, ext string, data []byte) error {
	for _, k := range samples {
		name := k.name
		if filepath.Ext(name) == "" {
			name += ext
		}
		if !strings.Contains(holds, k.holds) || filepath.Ext(name) != ext || ext == ".txt" && filepath.Ext(k.name) == "" {
			continue
		}
		if !slices.Contains(s.names, name) {
			s.names = append(s.names, name)
		}
		return os.WriteFile(filepath.Join(s.folder, name), data, 0o644) //nolint:gosec // these files are for everybody
	}
	return nil
}
