package bot

import (
	"bytes"
	"context"
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/demo"
	"duban/internal/config"
	"duban/internal/intake"
	"duban/internal/issue"
)

// county is a fictional county of realistic size, a week of its history and the story of one day.
//
//go:embed county
var county embed.FS

// Demo shows the bot in the browser, with a fictional county in a database that is thrown away afterwards, until ctx ends.
// ready is told the page's address once it can be opened.
func Demo(ctx context.Context, listen string, ready func(url string), log *slog.Logger) (err error) {
	dir, err := os.MkdirTemp("", "duban-demo-")
	if err != nil {
		return fmt.Errorf("临时目录无法创建：%w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg, err := demoConfig(dir)
	if err != nil {
		return err
	}
	history, day, err := demoScripts()
	if err != nil {
		return err
	}
	start := history[0].At.After(time.Now().In(cfg.Location()))
	b, err := New(ctx, cfg, Options{Start: start, Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if err := b.openBoard(ctx, config.Web{Listen: "127.0.0.1:0"}); err != nil {
		return err
	}
	reg := b.edition().world.Reg
	c, err := demo.New(demo.Config{
		Listen: listen, Title: cfg.Campaign.Name, People: demoPeople(reg), Chats: demoChats(reg), Clock: b,
		History: history, Day: day, Logger: log, Sample: demoFeedback,
	})
	if err != nil {
		return err
	}
	b.Add(c)
	ready("http://" + c.Addr())
	go b.tick(ctx)
	return b.Run(ctx)
}

// demoFeedback is what the city's mock assessment found in the county, to try the import with.
func demoFeedback() ([]byte, error) {
	f, err := county.Open("county/feedback.csv")
	if err != nil {
		return nil, fmt.Errorf("open feedback: %w", err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read feedback: %w", err)
	}
	return intake.Example("兴安县创建全国文明城市模拟测评反馈问题清单", rows[0], rows[1:])
}

func demoConfig(dir string) (*config.Config, error) {
	text, err := county.ReadFile("county/county.yaml")
	if err != nil {
		return nil, fmt.Errorf("read county: %w", err)
	}
	cfg, err := config.Parse("county.yaml", text)
	if err != nil {
		return nil, err
	}
	cfg.Storage.DSN, cfg.Storage.Media = config.Secret(filepath.Join(dir, "demo.db")), filepath.Join(dir, "media")
	return cfg, nil
}

func demoScripts() (history, day []chat.Step, err error) {
	for name, into := range map[string]*[]chat.Step{"history": &history, "day": &day} {
		text, err := county.ReadFile("county/" + name + ".txt")
		if err != nil {
			return nil, nil, fmt.Errorf("read county: %w", err)
		}
		if *into, err = chat.ParseScript(bytes.NewReader(text)); err != nil {
			return nil, nil, fmt.Errorf("county/%s.txt %w", name, err)
		}
	}
	return history, day, nil
}

// tick lets a story's time run by itself, a second each second.
func (b *Bot) tick(ctx context.Context) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if err := b.Advance(ctx, b.Now().Add(time.Second)); err != nil && ctx.Err() == nil {
				b.log.Error("clock", "err", err)
			}
		}
	}
}

// demoPeople are the people whom a visitor can be, under the role that they are listed by.
func demoPeople(reg *issue.Register) []demo.Person {
	var out []demo.Person
	for _, p := range reg.People {
		role := issue.RoleReporter
		for _, r := range []issue.Role{issue.RoleInspector, issue.RoleLiaison, issue.RoleUnitLead, issue.RoleOffice, issue.RoleLeader, issue.RoleAdmin} {
			if slices.Contains(reg.RolesOf(p.ID), r) {
				role = r
				break
			}
		}
		out = append(out, demo.Person{ID: p.ID, Name: p.Name, Unit: reg.UnitName(p.Unit), Role: role.Text()})
	}
	return out
}

// demoChats are the work groups and who is in them.
func demoChats(reg *issue.Register) []demo.Chat {
	var out []demo.Chat
	for _, c := range reg.Chats {
		g := demo.Chat{ID: c.ID, Name: c.Name}
		for _, p := range reg.People {
			if inChat(reg, c, p) {
				g.Members = append(g.Members, p.ID)
			}
		}
		out = append(out, g)
	}
	return out
}

// inChat follows how such groups are made up: the leaders' has leaders and the office, the office's has the office and the
// administrators, a unit's own has its people, the inspectors and the office, and the work group has everybody.
func inChat(reg *issue.Register, c issue.Chat, p issue.Person) bool {
	switch {
	case c.Serves(issue.ForSummary):
		return reg.Has(p.ID, issue.RoleLeader, issue.RoleOffice)
	case c.Serves(issue.ForAdmin):
		return reg.Has(p.ID, issue.RoleOffice, issue.RoleAdmin)
	case len(c.Units) > 0:
		return slices.Contains(c.Units, p.Unit) || reg.Has(p.ID, issue.RoleInspector, issue.RoleOffice)
	}
	return true
}
