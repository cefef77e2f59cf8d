package bot

import (
	"bytes"
	"database/sql"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// lines gives one line at each reading, and does something before.
type lines struct {
	left   []string
	before func()
}

func (l *lines) Read(b []byte) (int, error) {
	if len(l.left) == 0 {
		return 0, io.EOF
	}
	l.before()
	n := copy(b, l.left[0]+"\n")
	l.left = l.left[1:]
	return n, nil
}

// TestPostgresIsStartedAnew: a conversation goes on when the server throws everybody out before every line, and when it is over the same has
// been said, each once. Somebody may have been thrown out while the outbox was reading, which then waits a little: so what is left is said
// in another run.
func TestPostgresIsStartedAnew(t *testing.T) {
	pgtest.NeedsServer(t)
	talk := func(thrownOut bool) []string {
		cfg := talkConfig(t, t.TempDir())
		cfg.File = "" // nobody edits it
		db, err := sql.Open("pgx", cfg.Storage.Place())
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		db.SetMaxOpenConns(1)
		ended := 0
		throwOut := func() {
			var n int
			if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM (SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "+
				"WHERE datname = current_database() AND pid <> pg_backend_pid()) AS ended").Scan(&n); err != nil {
				t.Error(err)
			}
			ended += n
		}
		var out, trouble bytes.Buffer
		run := func(start string, before func(), left ...string) {
			say, log := &lines{left, before}, slog.New(slog.DiscardHandler)
			if err := Console(t.Context(), cfg, Terminal{In: say, Out: &out, ErrOut: &trouble}, start, false, log); err != nil {
				t.Errorf("%v\n%s", err, trouble.String())
			}
		}
		before := func() {}
		if thrownOut {
			before = throwOut
		}
		run("2026-11-23 09:00", before, "张敏@inspect: 上报 金水湾小区3号楼楼道堆放杂物", "李强@inspect: 签收 1", "李强@inspect: 进展 1 正在清理", "张敏@inspect: 查 1")
		run("2026-11-23 09:05", func() {}, "张敏@inspect: 我的")
		if thrownOut && ended < 5 {
			t.Errorf("%d connections were ended", ended)
		}
		said := strings.Split(out.String(), "\n")
		slices.Sort(said)
		return said
	}
	quiet, thrown := talk(false), talk(true)
	if diff := cmp.Diff(quiet, thrown); diff != "" || len(quiet) < 15 {
		t.Errorf("(-quiet +thrown out)\n%s", diff)
	}
}
