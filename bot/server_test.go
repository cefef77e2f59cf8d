package bot

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"duban/internal/store/pgtest"
)

// TestPostgresCommands: what an administrator types works on a server's database, or says what is done instead.
func TestPostgresCommands(t *testing.T) {
	pgtest.NeedsServer(t)
	cfg := talkConfig(t, t.TempDir())
	cfg.Backup.Folder = filepath.Join(t.TempDir(), "backup")
	log := slog.New(slog.DiscardHandler)
	var out, trouble bytes.Buffer
	term := Terminal{In: strings.NewReader("张敏@inspect: 上报 垃圾桶满溢\n"), Out: &out, ErrOut: &trouble}
	said := func(want string, err error) {
		t.Helper()
		text := out.String()
		if err != nil {
			text += err.Error()
		}
		if !strings.Contains(text, want) {
			t.Errorf("not said: %s\n%s%s", want, text, trouble.String())
		}
		out.Reset()
		trouble.Reset()
	}
	said("已立案 #1", Console(t.Context(), cfg, term, "2026-11-23 09:00", false, log))
	said("数据库在 PostgreSQL 服务器上，不在里面，要用 pg_dump 另外备份", Backup(t.Context(), cfg, term, log))
	said("请用 pg_dump 备份、pg_restore 恢复（见 docs/operations.md）；照片从备份的 media 文件夹复制回", Restore(t.Context(), cfg, "x.db", true, term))
	said("", ExportLedger(t.Context(), cfg, Export{Format: "xlsx", File: filepath.Join(t.TempDir(), "ledger.xlsx")}, term, log))
	said("没有编号“nobody”的人", ErasePerson(t.Context(), cfg, Erasure{ID: "nobody"}, term, log))
	code, err := NewCode(t.Context(), cfg, "person", "张敏", log)
	out.WriteString(code)
	said("绑定码", err)
}
