package bot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"duban/internal/config"
	"duban/internal/store"
)

// CheckChange tells what a configuration file says otherwise than what the program goes by, or last went by, without changing
// anything. The error says, in words, why a reload would refuse the file.
func CheckChange(ctx context.Context, file string, now time.Time, log *slog.Logger) (text string, err error) {
	cfg, err := config.Load(file)
	if err != nil {
		return "", err
	}
	last := lastConfig(cfg)
	if last == nil {
		return "还没有用过的配置可以比较：程序还没有用这个配置运行过，或上次的内容读不出来", nil
	}
	text = "与正在用的配置相比：\n" + config.Diff(last, cfg).Text()
	s, err := store.View(cfg.Storage.Place(), log)
	if errors.Is(err, fs.ErrNotExist) {
		return text, nil
	}
	if err != nil {
		return text, fmt.Errorf("数据库无法打开，没有检查能不能删：%w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var needed []string
	err = s.Read(ctx, now, func(tx *store.Tx) (err error) {
		needed, err = stillNeeded(tx, last.Register(), cfg.Register())
		return err
	})
	if err != nil {
		return text, fmt.Errorf("数据库读不出来，没有检查能不能删：%w", err)
	}
	if len(needed) > 0 {
		return text, errors.New("这样改不会生效：\n" + strings.Join(needed, "\n"))
	}
	return text, nil
}
