package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"duban/internal/calendar"
	"duban/internal/config"
	"duban/internal/store"
)

// SelfTest tries what a build for another machine could lack: the time zones, the holidays, the database, the grammar, the font, the
// spreadsheets, the backup. It works on the demo's county in a folder that goes away, and tells each step as it is done.
func SelfTest(ctx context.Context, t Terminal, log *slog.Logger) (err error) {
	dir, err := os.MkdirTemp("", "duban-selftest-")
	if err != nil {
		return fmt.Errorf("临时目录无法创建：%w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg, err := demoConfig(dir)
	if err != nil {
		return err
	}
	cfg.Backup.Folder = filepath.Join(dir, "backup")
	for _, step := range []struct {
		name string
		try  func() error
	}{
		{"时区和节假日", func() error { return knowsTime(cfg) }},
		{"上报、立案、入库", func() error { return reports(ctx, cfg, log) }},
		{"画图", func() error { return draws("") }},
		{"台账表格", func() error {
			out := filepath.Join(dir, "ledger.xlsx")
			return errors.Join(ExportLedger(ctx, cfg, Export{Format: "xlsx", File: out}, Terminal{Out: &bytes.Buffer{}, ErrOut: &bytes.Buffer{}}, log), notEmpty(out))
		}},
		{"备份和读回", func() error { return Backup(ctx, cfg, Terminal{Out: &bytes.Buffer{}, ErrOut: &bytes.Buffer{}}, log) }},
	} {
		if err := step.try(); err != nil {
			return fmt.Errorf("自检没有通过：%s：%w", step.name, err)
		}
		fmt.Fprintln(t.Out, "通过：", step.name)
	}
	return nil
}

// knowsTime asks for what does not depend on the machine's own files.
func knowsTime(cfg *config.Config) error {
	loc, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return err
	}
	if _, offset := time.Date(2026, 11, 25, 0, 0, 0, 0, loc).Zone(); offset != 8*3600 {
		return fmt.Errorf("Asia/Shanghai 的时差是 %d 秒", offset)
	}
	cal, err := cfg.NewCalendar()
	if err != nil {
		return err
	}
	if work, known := cal.Workday(calendar.Date{Year: 2026, Month: time.October, Day: 1}); work || !known {
		return errors.New("不知道 2026 年国庆节放假")
	}
	return nil
}

// reports files an issue through the console and finds it in the database again.
func reports(ctx context.Context, cfg *config.Config, log *slog.Logger) error {
	p, c := cfg.People[0], cfg.Chats[0]
	var out, trouble bytes.Buffer
	say := strings.NewReader(fmt.Sprintf("%s@%s: 上报 垃圾桶满溢\n", p.ID, c.ID))
	if err := Console(ctx, cfg, Terminal{In: say, Out: &out, ErrOut: &trouble}, "2026-11-23 09:00", false, log); err != nil {
		return err
	}
	if !strings.Contains(out.String(), "已立案 #1") {
		return fmt.Errorf("没有立案：%s%s", out.String(), trouble.String())
	}
	s, err := store.Open(ctx, cfg.Storage.Place(), log)
	if err != nil {
		return err
	}
	holds, err := s.Holds(ctx)
	if err = errors.Join(err, s.Close()); err == nil && holds.Issues != 1 {
		err = fmt.Errorf("数据库里有 %d 件", holds.Issues)
	}
	return err
}

func notEmpty(file string) error {
	info, err := os.Stat(file)
	if err == nil && info.Size() == 0 {
		err = errors.New("文件是空的")
	}
	return err
}
