package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duban/internal/config"
)

// TestLogFile: the log is in the campaign's time, in the form that was chosen, for its owner alone, and no file grows beyond its size.
func TestLogFile(t *testing.T) {
	for _, format := range []string{config.LogText, config.LogJSON} {
		t.Run(format, func(t *testing.T) {
			cfg := config.Default()
			cfg.Campaign.Timezone = "Asia/Urumqi"
			cfg.Log = config.Log{Level: "info", File: filepath.Join(t.TempDir(), "log", "duban.log"), Format: format, MaxMB: 1, Keep: 2}
			log, done, err := configuredLog(&cfg, os.Stderr)
			if err != nil {
				t.Fatal(err)
			}
			log.Debug("too fine")
			log.Info("start", "token", config.Secret("hunter2"), "at", time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC))
			first, err := os.ReadFile(cfg.Log.File)
			if err != nil {
				t.Fatal(err)
			}
			text := string(first)
			if strings.Contains(text, "too fine") || strings.Contains(text, "hunter2") || !strings.Contains(text, "2026-11-25T06:00:00") || strings.Count(text, "+06:00") != 2 {
				t.Errorf("logged: %s", text)
			}
			if format == config.LogJSON && !json.Valid(bytes.TrimSpace(first)) {
				t.Errorf("no JSON: %s", text)
			}
			for range 5 {
				log.Info("much", "text", strings.Repeat("x", 700_000))
			}
			if err := done(); err != nil {
				t.Fatal(err)
			}
			files, err := os.ReadDir(filepath.Dir(cfg.Log.File))
			if err != nil || len(files) < 2 {
				t.Fatalf("%d files, %v", len(files), err)
			}
			for _, f := range files {
				info, err := f.Info()
				if errors.Is(err, fs.ErrNotExist) { // one too many, which goes in the background
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if info.Mode().Perm() != 0o600 || info.Size() > 1<<20 {
					t.Errorf("%s: %v, %d bytes", f.Name(), info.Mode(), info.Size())
				}
			}
		})
	}
	cfg := config.Default()
	cfg.Log.File = t.TempDir() // a folder
	if _, _, err := configuredLog(&cfg, os.Stderr); err == nil || !strings.Contains(err.Error(), "log.file") {
		t.Errorf("a place that cannot be written: %v", err)
	}
}

// TestLogLines: whatever people call themselves and whatever a network answers, one entry is one line and commands no terminal.
func TestLogLines(t *testing.T) {
	const evil = "张敏\n2026-11-25 10:00:00 INF 通过 id=17\r\x1b[2J\u202e\u2028x"
	cfg := config.Default()
	for _, format := range []string{"terminal", config.LogText, config.LogJSON} {
		var out bytes.Buffer
		cfg.Log = config.Log{Level: "info", Format: format, MaxMB: 1}
		if format != "terminal" {
			cfg.Log.File = filepath.Join(t.TempDir(), "duban.log")
		}
		log, done, err := configuredLog(&cfg, &out)
		if err != nil {
			t.Fatal(err)
		}
		log.Warn("message not read", "from", evil, "err", errors.New(evil), "names", map[string]string{evil: evil})
		if err := done(); err != nil {
			t.Fatal(err)
		}
		text := out.Bytes()
		if cfg.Log.File != "" {
			if text, err = os.ReadFile(cfg.Log.File); err != nil {
				t.Fatal(err)
			}
		}
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		harm := func(r rune) bool { return r < ' ' || r == 0x202e && format != config.LogJSON } // which programs read
		if len(rest) > 0 || bytes.ContainsFunc(line, harm) || !bytes.Contains(line, []byte("张敏")) {
			t.Errorf("%s: %q", format, text)
		}
	}
}
