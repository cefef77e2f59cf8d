package bot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"duban/internal/alert"
	"duban/internal/config"
	"duban/internal/store"
)

// startAgain is how often a database is tried that could not be used at the start.
const startAgain = 15 * time.Second

// patiently is New, which waits for a database or a disk that cannot be used now: nobody may be there to start the program again, and who
// starts it again and again only fills the log. The administrators are told once, by what does not need the database.
func patiently(ctx context.Context, cfg *config.Config, opt Options, t Terminal, pause time.Duration) (*Bot, error) {
	b, err := New(ctx, cfg, opt)
	for told := false; store.Passing(err) && ctx.Err() == nil; told = true {
		opt.Log.Error("the database cannot be used, will try again", "err", err)
		if text := unusable(cfg, err); !told {
			_, _ = fmt.Fprintf(t.ErrOut, "%s\n过一会儿会自己再试，好了就接着运行；要停下请按 Ctrl+C\n", text)
			go tellOutside(ctx, cfg, text, opt.Log)
		}
		if err := rest(ctx, pause); err != nil {
			return nil, err
		}
		b, err = New(ctx, cfg, opt)
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("没有权限读写数据：请用当初运行机器人的那个用户来运行，或把数据文件夹和里面的文件改成这个用户可写（%w）", err)
	}
	return b, err
}

// unusable says why the data cannot be used now and what to do.
func unusable(cfg *config.Config, err error) string {
	where := "数据库"
	if cfg.Storage.Driver == config.DriverSQLite {
		where += " " + cfg.Storage.DSN.Reveal()
	}
	switch store.Why(err) {
	case store.Full:
		return where + " 所在的磁盘满了，机器人还没有运行起来。请清理磁盘"
	case store.ReadOnly:
		return where + " 现在只读，机器人还没有运行起来。请看数据文件夹的所有者是不是运行机器人的用户，磁盘是不是坏了或被改成只读，U 盘、网盘里的请搬到本机磁盘"
	case store.Locked:
		return where + " 被别的程序锁着，机器人还没有运行起来。请关掉打开它的数据库工具、同步盘或杀毒软件"
	}
	return where + " 现在用不了，机器人还没有运行起来。请看磁盘和日志"
}

// tellOutside tells the administrators by the ways of the alerts.
func tellOutside(ctx context.Context, cfg *config.Config, text string, log *slog.Logger) {
	if set := alertSettings(cfg, nil); len(set.Ways) > 0 {
		if err := alert.Tell(ctx, set, "【告警】"+text, time.Now(), log); err != nil {
			log.Warn("alert not sent", "err", err)
		}
	}
}
