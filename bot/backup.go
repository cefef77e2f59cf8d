package bot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"time"

	"duban/internal/backup"
	"duban/internal/config"
	"duban/internal/issue"
	"duban/internal/store"
)

// backups is what a configuration says about backups.
func backups(cfg *config.Config) backup.Plan {
	return backup.Plan{
		Database: cfg.Storage.Place(), Photos: cfg.Storage.Media, Config: cfg.File, Location: cfg.Location(),
		Folder: cfg.Backup.Folder, Media: cfg.Backup.Media, Keep: cfg.Backup.Keep, CopyTo: cfg.Backup.CopyTo,
	}
}

// nightly is the work of the job backup.
func nightly(cfg *config.Config, s *store.Store, log *slog.Logger) func(context.Context, time.Time) (string, error) {
	return func(ctx context.Context, now time.Time) (string, error) {
		made, err := backups(cfg).Run(ctx, s, now)
		if err != nil {
			log.Error("backup", "err", err)
			return "", unkept(err)
		}
		log.Info("backup", "made", made.String())
		return made.String(), nil
	}
}

// unkept says in an administrator's words why a backup was not made.
func unkept(err error) error {
	text, hint := "程序出错", "请看日志，再运行 duban backup"
	var e backup.Trouble
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, backup.ErrBusy):
		text, hint = backup.ErrBusy.Error(), "请等它结束"
	case store.DiskFull(err) && errors.As(err, &e):
		text, hint = string(e)+"：磁盘满了", "请清理磁盘，再运行 duban backup"
	case store.DiskFull(err):
		text, hint = "存放备份的磁盘满了", "请清理磁盘，再运行 duban backup"
	case errors.Is(err, fs.ErrPermission):
		text, hint = "没有权限写存放备份的文件夹", "请改文件夹的权限，再运行 duban backup"
	case errors.As(err, &e):
		text = string(e)
	case store.Passing(err):
		text, hint = "数据库或存放备份的磁盘现在不能读写", "请检查磁盘，再运行 duban backup"
	}
	return &issue.Error{Code: issue.CodeInput, Text: text, Hint: hint, Err: err}
}

// Backup makes a backup at once, beside a running bot too, and says on the terminal what it did.
func Backup(ctx context.Context, cfg *config.Config, t Terminal, log *slog.Logger) (err error) {
	s, err := openData(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	fmt.Fprintln(t.ErrOut, "正在备份……")
	made, err := backups(cfg).Run(ctx, s, time.Now())
	if ctx.Err() != nil {
		return errors.New("备份被中断，没有完成；以前的备份没有动")
	}
	if err != nil {
		log.Error("backup", "err", err)
		return fmt.Errorf("备份没有完成：%w", unkept(err))
	}
	checked := "，读回检查过"
	if made.Server {
		checked = ""
	}
	fmt.Fprintf(t.Out, "已备份到 %s%s：%s\n", filepath.Dir(made.File), checked, made)
	return nil
}

// Restore puts a backup in the place of the database, while no bot runs on it, and says on the terminal what was restored and what
// has to be done next. With media the photos that are missing come back too.
func Restore(ctx context.Context, cfg *config.Config, file string, media bool, t Terminal) error {
	now := time.Now()
	p := backups(cfg)
	fmt.Fprintln(t.ErrOut, "正在检查备份……")
	done, err := p.Restore(ctx, file, media, now)
	var trouble backup.Trouble
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return errors.New("恢复被中断，原来的数据库没有动")
	case errors.Is(err, store.ErrServer):
		return fmt.Errorf("没有恢复：%w；照片从备份的 media 文件夹复制回 %s", err, cfg.Storage.Media)
	case errors.Is(err, store.ErrInUse):
		return errors.New("机器人正在运行（或另一个 duban 命令正在用数据库），请先停止它，再恢复；原来的数据库没有动")
	case store.DiskFull(err):
		return fmt.Errorf("磁盘满了，没有恢复，原来的数据库没有动：请清理 %s 所在的磁盘", cfg.Storage.Place())
	case errors.Is(err, fs.ErrPermission):
		return errors.New("没有权限读备份或写数据库所在的文件夹，没有恢复，原来的数据库没有动；请用运行机器人的那个用户来恢复")
	case errors.As(err, &trouble):
		return fmt.Errorf("没有恢复：%s。原来的数据库没有动", string(trouble))
	default:
		return fmt.Errorf("没有恢复，原来的数据库没有动：%w", err)
	}
	fmt.Fprint(t.Out, restoredText(cfg, p, file, done))
	return nil
}

// restoredText tells what is in place now, and what to do.
func restoredText(cfg *config.Config, p backup.Plan, file string, done backup.Restored) string {
	text := "已恢复：" + filepath.Base(file)
	if at, ok := p.MadeAt(file); ok {
		text += "（" + at.Format("2006-01-02 15:04") + " 的备份）"
	}
	text += fmt.Sprintf("\n%d 件问题，%d 条经过", done.Holds.Issues, done.Holds.Events)
	if !done.Holds.Newest.IsZero() {
		text += "，最近一条是 " + done.Holds.Newest.In(cfg.Location()).Format("2006-01-02 15:04")
	}
	text += "；以后发生的不在里面，请对照群里的消息补上\n"
	if done.Photos > 0 {
		text += fmt.Sprintf("补回照片 %d 个文件\n", done.Photos)
	}
	if done.Holds.Queued > 0 {
		text += fmt.Sprintf("备份时有 %d 条消息还没有发出，启动后会发，可能与发过的重复\n", done.Holds.Queued)
	}
	if done.Aside != "" {
		text += "原来的数据库没有删，改名为 " + done.Aside + "\n"
	}
	if done.Unfolded {
		text += "原来的数据库已经损坏，最近的内容还在它旁边的 -wal 文件里\n"
	}
	return text + "接下来：运行 duban run。登录状态不在备份里，可能要重新扫码，重新扫码后按提示绑定人和群\n"
}
