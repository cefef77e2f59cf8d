package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"duban/internal/config"
	"duban/internal/health"
	"duban/internal/store"
)

// zone says which time the deadlines are counted in, so that a person can compare it with a watch. A zone that is not known is a fault of
// the configuration already.
func (e *exam) zone(context.Context) []verdict {
	return one(Good, "%s，现在是 %s", e.cfg.Campaign.Timezone, e.shown(e.Now))
}

// clockSlack is how far the clocks of a computer and of a file system may differ.
const clockSlack = 5 * time.Minute

// clock looks for anything that seems to come from the future.
func (e *exam) clock(ctx context.Context) []verdict {
	newest, what := time.Time{}, ""
	see := func(t time.Time, of string) {
		if t.After(newest) {
			newest, what = t, of
		}
	}
	for _, file := range []string{e.File, e.cfg.Storage.Place(), e.cfg.Storage.Place() + "-wal"} {
		if info, err := os.Stat(file); err == nil {
			see(info.ModTime(), "文件 "+filepath.Base(file))
		}
	}
	if view, err := store.View(e.cfg.Storage.Place(), e.Log); err == nil { // before the database itself is looked at: its age is part of it
		_ = view.Read(ctx, e.Now, func(tx *store.Tx) error {
			last, err := tx.LastWritten()
			see(last, "数据库里最后的记录")
			return err
		})
		_ = view.Close()
	}
	if newest.After(e.Now.Add(clockSlack)) {
		return one(Bad, "电脑时间 %s 比%s（%s）还早。请打开系统的自动对时，时限都按电脑时间算", e.shown(e.Now), what, e.shown(newest))
	}
	return one(Good, "没有走在后面的迹象；请对一下上面的时间")
}

// holidays says whether the days off of this year are known, and from December on those of the next, which are published in November.
func (e *exam) holidays(context.Context) []verdict {
	cal, err := e.cfg.NewCalendar()
	if err != nil {
		return one(Bad, "%v", err)
	}
	now := e.Now.In(cal.Location())
	years := []int{now.Year()}
	if now.Month() == time.December {
		years = append(years, now.Year()+1)
	}
	for _, y := range years {
		if !cal.Known(y) {
			return one(Note, "%d 年的放假安排程序里没有，时限暂按周末规则算。请升级程序，或写入 calendar.days_off 和 calendar.workdays", y)
		}
	}
	return one(Good, "%d 年的放假安排已有", years[len(years)-1])
}

// font draws a picture, because a font is only known to be good when it was used.
func (e *exam) font(context.Context) []verdict {
	if err := e.Draw(e.cfg.Pictures.Font); err != nil {
		return one(Bad, "%v。请改 pictures.font，或留空用程序自带的字体", err)
	}
	which := "程序自带的字体"
	switch e.cfg.Pictures.Font {
	case "":
	case config.SystemFont:
		which = "电脑上的字体"
	default:
		which = e.cfg.Pictures.Font
	}
	return one(Good, "能画中文图片，用%s", which)
}

// places are the folders that the program writes into.
func (e *exam) places() []struct{ name, path string } {
	out := []struct{ name, path string }{
		{"数据", e.cfg.Storage.Folder()}, {"照片", e.cfg.Storage.Media}, {"备份", e.cfg.Backup.Folder},
	}
	if e.cfg.Channels.WeChat.Enabled {
		out = append(out, struct{ name, path string }{"登录状态", filepath.Dir(e.cfg.Channels.WeChat.Session)})
	}
	if e.cfg.Log.File != "" {
		out = append(out, struct{ name, path string }{"日志", filepath.Dir(e.cfg.Log.File)})
	}
	return out
}

// folders says of each folder whether it can be written, and by whom it can be read.
func (e *exam) folders(context.Context) []verdict {
	var out []verdict
	seen := map[string]bool{}
	for _, p := range e.places() {
		if seen[p.path] {
			continue
		}
		seen[p.path] = true
		at := existing(p.path)
		switch info, err := os.Stat(at); {
		case err != nil:
			out = append(out, one(Bad, "放%s的 %s 看不了。请检查它的权限", p.name, p.path)...)
		case !info.IsDir():
			out = append(out, one(Bad, "放%s的 %s 不是文件夹。请移走这个文件，或改配置", p.name, at)...)
		case !writable(at, true):
			out = append(out, one(Bad, "放%s的 %s 不能写。请把它的所有者改成运行 duban 的用户", p.name, at)...)
		case at == p.path:
			out = append(out, e.onlyOwner(p.path, "放"+p.name+"的文件夹")...)
		}
	}
	if out == nil {
		return one(Good, "都能写，只有自己能读；还没有的第一次运行时自动建立")
	}
	return out
}

// existing is the path itself, or the nearest folder above it that there is: that is where the program will make it.
func existing(path string) string {
	for {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) || path == filepath.Dir(path) {
			return path
		}
		path = filepath.Dir(path)
	}
}

// onlyOwner reports a file or folder that other users of the computer can read. Windows has no such modes.
func (e *exam) onlyOwner(path, why string) []verdict {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	mode := "600"
	if info.IsDir() {
		mode = "700"
	}
	return one(Note, "%s，电脑上别的用户也能读。请运行 chmod %s \"%s\"", why, mode, path)
}

// The room below which a disk is short: a county's photos take some hundred megabytes a week.
const (
	littleRoom = 2 << 30
	noRoom     = 200 << 20
)

// disk says how much room is left where data and photos are.
func (e *exam) disk(context.Context) []verdict {
	least, where := int64(-1), ""
	for _, p := range e.places() {
		if n, err := health.DiskFree(existing(p.path)); err == nil && (least < 0 || n < least) {
			least, where = n, p.path
		}
	}
	switch {
	case least < 0:
		return one(Note, "看不出还剩多少空间")
	case least < noRoom:
		return one(Bad, "%s 所在的磁盘只剩 %s，新的问题可能存不下。请马上清理", where, megabytes(least))
	case least < littleRoom:
		return one(Note, "%s 所在的磁盘还剩 %s，不多了。请清理，或把 storage.media 放到大的磁盘", where, megabytes(least))
	}
	return one(Good, "还剩 %s", megabytes(least))
}

func megabytes(n int64) string {
	if n >= 10<<30 {
		return fmt.Sprintf("%d GB", n>>30)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

// some names the first few of a list.
func some(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, "、")
	}
	return strings.Join(names[:most], "、") + " 等"
}
