package bot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"duban/internal/backup"
	"duban/internal/chat"
	"duban/internal/store"
)

// atNightfall is a bot whose nightly backup goes into a folder.
func atNightfall(t *testing.T, folder string) (*Bot, *fakeNet, time.Time) {
	t.Helper()
	cfg := talkConfig(t, t.TempDir())
	cfg.Backup.Folder = folder
	cfg.Calendar.QuietHours.From, cfg.Calendar.QuietHours.To = 0, 0
	net := &fakeNet{name: "net", can: identified}
	b := openBot(t, cfg, time.Time{}, net)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b, net, time.Date(2026, 11, 25, 3, 0, 0, 0, cfg.Location())
}

// TestNightlyBackup: the job makes a backup that can be restored, once a night, and says in the ledger what is in it.
func TestNightlyBackup(t *testing.T) {
	b, net, night := atNightfall(t, filepath.Join(t.TempDir(), "backup"))
	if err := b.Receive(t.Context(), said("net", 1, "zhang_min", "inspect", "上报 金水湾小区垃圾")); err != nil {
		t.Fatal(err)
	}
	settle(t, b)
	for range 2 {
		if err := b.jobs.RunSlot(t.Context(), night); err != nil {
			t.Fatal(err)
		}
	}
	made, err := os.ReadDir(b.edition().cfg.Backup.Folder)
	if err != nil {
		t.Fatal(err)
	}
	holds, err := store.Inspect(t.Context(), filepath.Join(b.edition().cfg.Backup.Folder, "duban-20261125-0300.db"))
	if err != nil || holds.Issues != 1 {
		t.Errorf("%v: %+v, %v", made, holds, err)
	}
	for _, text := range net.arrived() {
		if strings.Contains(text, "备份") {
			t.Errorf("said in a group: %s", text)
		}
	}
}

// TestNightlyBackupFails: the administrators' group hears why and what to do, in words, once a day.
func TestNightlyBackupFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b, net, night := atNightfall(t, filepath.Join(file, "backup"))
	for range 2 {
		if err := b.jobs.RunSlot(t.Context(), night); err == nil {
			t.Error("a backup into a file")
		}
	}
	settle(t, b)
	want := "office: 【任务失败】备份（11-25 03:00）没有完成：程序出错。请看日志，再运行 duban backup"
	if got := net.arrived(); len(got) != 1 || got[0] != want {
		t.Errorf("said %q", got)
	}
}

// TestStoryHasNoBackups: in the console's and the demo's own time no backup is made; it would push the real ones out.
func TestStoryHasNoBackups(t *testing.T) {
	cfg := talkConfig(t, t.TempDir())
	cfg.Backup.Folder = filepath.Join(t.TempDir(), "backup")
	b := openBot(t, cfg, morning(t), &fakeNet{name: "net", can: chat.Capabilities{Identified: true}})
	defer b.Close()
	if err := b.Advance(context.Background(), morning(t).AddDate(0, 0, 2)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(cfg.Backup.Folder); err == nil {
		t.Error("a backup was made")
	}
}

// TestBackupTroubles: every failure has words for the administrators.
func TestBackupTroubles(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("write: %w", syscall.EIO), "数据库或存放备份的磁盘现在不能读写。请检查磁盘，再运行 duban backup"},
		{backup.ErrBusy, "另一个备份还没有结束。请等它结束"},
		{&os.PathError{Op: "open", Path: "/backup", Err: os.ErrPermission}, "没有权限写存放备份的文件夹。请改文件夹的权限，再运行 duban backup"},
		{backup.Trouble("照片文件夹是空的"), "照片文件夹是空的。请看日志，再运行 duban backup"},
	} {
		if got := unkept(tt.err).Error(); got != tt.want {
			t.Errorf("%v: %q", tt.err, got)
		}
	}
	if got := unkept(context.Canceled); !errors.Is(got, context.Canceled) {
		t.Errorf("the end of the program: %v", got)
	}
}
