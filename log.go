package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/lmittmann/tint"
	"gopkg.in/natefinch/lumberjack.v2"

	"duban/internal/config"
)

// logger logs to a terminal, in the machine's time.
func logger(w io.Writer, level slog.Level) *slog.Logger { return terminalLog(w, level, time.Local) }

func terminalLog(w io.Writer, level slog.Level, loc *time.Location) *slog.Logger {
	return slog.New(tint.NewTextHandler(w, &tint.Options{
		Level: level, TimeFormat: time.DateTime, NoColor: !coloured(w), ReplaceAttr: inZone(loc),
	}))
}

// coloured says whether a terminal reads what is written, and a person who minds no colours.
func coloured(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// configuredLog logs to the terminal, or to the file that the configuration names, readable by its owner alone, in the campaign's
// time. A full file is put away beside it under the time of that, and removed when there are too many or it is too old.
func configuredLog(c *config.Config, terminal io.Writer) (log *slog.Logger, done func() error, err error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log.Level)); err != nil {
		return nil, nil, fmt.Errorf("log.level：%w", err)
	}
	if c.Log.File == "" {
		return terminalLog(terminal, level, c.Location()), func() error { return nil }, nil
	}
	if err := writable(c.Log.File); err != nil {
		return nil, nil, fmt.Errorf("log.file 无法打开：%w", err)
	}
	w := &lumberjack.Logger{Filename: c.Log.File, MaxSize: c.Log.MaxMB, MaxBackups: c.Log.Keep, MaxAge: c.Retention.Logs, LocalTime: true}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: inZone(c.Location())}
	var h slog.Handler = slog.NewTextHandler(w, options)
	if c.Log.Format == config.LogJSON {
		h = slog.NewJSONHandler(w, options)
	}
	return slog.New(h), w.Close, nil
}

// writable makes the file, so that a place where nothing can be written is known at the start and not when there is something to
// tell.
func writable(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

// inZone writes all times in one zone.
func inZone(loc *time.Location) func([]string, slog.Attr) slog.Attr {
	return func(_ []string, a slog.Attr) slog.Attr {
		if a.Value.Kind() == slog.KindTime {
			a.Value = slog.TimeValue(a.Value.Time().In(loc))
		}
		return a
	}
}
