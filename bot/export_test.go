package bot

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestExportIsAllOrNothing: an export that fails midway leaves what was there, and nothing beside it; one that somebody else's file
// came in the way of overwrites nothing.
func TestExportIsAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "台账.csv")
	half := func(out io.Writer) (int, error) {
		_, _ = io.WriteString(out, "half")
		return 1, errors.New("disk full")
	}
	theirs := func(out io.Writer) (int, error) {
		_, _ = io.WriteString(out, "ours")
		return 1, os.WriteFile(target, []byte("theirs"), 0o600)
	}
	for _, tt := range []struct {
		force bool
		write func(io.Writer) (int, error)
		want  string // in the file; "" if there is none
	}{{false, half, ""}, {false, theirs, "theirs"}, {true, half, "theirs"}, {true, theirs, "ours"}} {
		err := Export{File: target, Force: tt.force}.write(t.Context(), Terminal{ErrOut: io.Discard}, tt.write)
		if (err == nil) != (tt.want == "ours") {
			t.Errorf("%+v: %v", tt.want, err)
		}
		got, _ := os.ReadFile(target)
		left, _ := os.ReadDir(dir)
		if string(got) != tt.want || len(left) > 1 {
			t.Errorf("%q in the file, want %q; %v left", got, tt.want, left)
		}
	}
}

// TestExportIsInterrupted: whoever is waiting for the file must not take an interruption for success.
func TestExportIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := Export{}.write(ctx, Terminal{}, func(io.Writer) (int, error) { return 0, ctx.Err() })
	if err == nil || errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestExportBesideTheBot: the database of a running bot can be exported, and the bot goes on.
func TestExportBesideTheBot(t *testing.T) {
	s := newStage(t, time.Date(2026, 11, 23, 9, 0, 0, 0, shanghai(t)))
	say := func(text string) {
		s.n++
		if err := s.bot.Receive(t.Context(), said(s.Name(), s.n, "zhang_min", "inspect", text)); err != nil {
			t.Fatal(err)
		}
		settle(t, s.bot)
	}
	for n, text := range []string{"上报 金水湾小区垃圾桶满溢", "上报 南门菜场污水横流"} {
		say(text)
		var out, progress bytes.Buffer
		err := ExportLedger(t.Context(), s.bot.edition().cfg, Export{Format: "csv"}, Terminal{Out: &out, ErrOut: &progress}, slog.New(slog.DiscardHandler))
		if err != nil || strings.Count(out.String(), "\r\n") != n+2 {
			t.Errorf("%v, %q", err, out.String())
		}
	}
}

// TestExportSpan: the days of the command line are both included, and the ledger says which they are.
func TestExportSpan(t *testing.T) {
	w := newStage(t, time.Date(2026, 11, 23, 9, 0, 0, 0, shanghai(t))).bot.edition().world
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, shanghai(t))
	for want, e := range map[string]Export{
		"全部": {}, "11月": {Period: "本月"}, "2026年11月1日至2026年11月15日": {From: "2026-11-01", To: "2026-11-15"},
		"2025年12月31日至": {From: "2025-12-31"}, "至2026年11月15日 昭阳街道 整改中": {To: "2026-11-15", Unit: "昭阳", Status: []string{"整改中"}},
	} {
		l, err := e.ledger(w, now)
		if got := l.Text(w.Reg); got != want || err != nil {
			t.Errorf("%q, want %q, %v", got, want, err)
		}
		if end := time.Date(2026, 11, 16, 0, 0, 0, 0, shanghai(t)); e.To != "" && !l.To.Equal(end) {
			t.Errorf("%s ends at %v", want, l.To)
		}
	}
}
