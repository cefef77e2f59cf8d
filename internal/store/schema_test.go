package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"gorm.io/gorm"

	"duban/internal/store/pgtest"
)

// raw opens a file of SQLite without the settings and the schema that Open sees to.
func raw(t *testing.T, dsn string) *gorm.DB {
	t.Helper()
	pool, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	return bare(t, &inFile, pool)
}

// bare opens a pool without checks and without a schema.
func bare(t *testing.T, d *dialect, pool *sql.DB) *gorm.DB {
	t.Helper()
	t.Cleanup(func() { _ = pool.Close() })
	pool.SetMaxOpenConns(1)
	db, err := connect(t.Context(), d, pool, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// old is a database at a path that was not brought up to date, and its dialect.
func old(t *testing.T, path string) (*gorm.DB, *dialect) {
	t.Helper()
	d, place := &inFile, pgtest.Bare(t, path)
	if OnServer(place) {
		d = &onServer
	}
	pool, err := d.open(place)
	if err != nil {
		t.Fatal(err)
	}
	return bare(t, d, pool), d
}

func openAt(t *testing.T, path string) (*Store, error) {
	t.Helper()
	s, err := Open(t.Context(), pgtest.Place(t, path), slog.New(slog.DiscardHandler))
	if err == nil {
		t.Cleanup(func() { _ = s.Close() })
	}
	return s, err
}

func TestSafetySettingsAreInForceOnEveryConnection(t *testing.T) {
	pgtest.NeedsFile(t, "they are pragmas")
	s, err := openAt(t, filepath.Join(t.TempDir(), "duban.db"))
	if err != nil {
		t.Fatal(err)
	}
	check := func(c gorm.ConnPool) {
		for _, p := range pragmas {
			var got string
			if err := c.QueryRowContext(t.Context(), "PRAGMA "+p.name).Scan(&got); err != nil || got != p.read {
				t.Errorf("%s = %q (%v), want %q", p.name, got, err, p.read)
			}
		}
	}
	check(s.writer.ConnPool)
	pool, err := s.reader.DB()
	if err != nil {
		t.Fatal(err)
	}
	for range pool.Stats().MaxOpenConnections {
		c, err := pool.Conn(t.Context()) // held until the end, so that each is another one
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		check(c)
	}
}

func TestWrongSafetySettingIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "duban.db")
	all := dsn(path)
	for _, tt := range []struct{ dsn, want string }{
		{all, ""},
		{strings.Replace(all, "WAL", "DELETE", 1), "数据库设置 journal_mode 应为 wal，实际是 delete；请把数据库放在本机磁盘上"},
		{strings.Replace(all, "FULL", "OFF", 1), "数据库设置 synchronous 应为 2，实际是 0；请把数据库放在本机磁盘上"},
		{strings.Replace(all, "foreign_keys%281", "foreign_keys%280", 1), "数据库设置 foreign_keys 应为 1，实际是 0；请把数据库放在本机磁盘上"},
		{strings.Replace(all, "10000", "0", 1), "数据库设置 busy_timeout 应为 10000，实际是 0；请把数据库放在本机磁盘上"},
	} {
		got := ""
		if err := checkPragmas(raw(t, tt.dsn)); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.dsn, got, tt.want)
		}
	}
}

func TestOpeningAgainChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "duban.db")
	schema := func() (out []string) {
		s, err := openAt(t, path)
		if err != nil {
			t.Fatal(err)
		}
		query := "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"
		if pgtest.Server() != "" {
			query = "SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns WHERE table_schema = 'public' UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
		}
		if err := s.writer.Raw(query + " UNION ALL SELECT 'step ' || step FROM schema_steps ORDER BY 1").Scan(&out).Error; err != nil {
			t.Fatal(err)
		}
		return out
	}
	first, second := schema(), schema()
	if len(first) < 10 || strings.Join(first, "\n") != strings.Join(second, "\n") {
		t.Errorf("first:\n%s\nsecond:\n%s", strings.Join(first, "\n"), strings.Join(second, "\n"))
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "duban.db")
	s, err := openAt(t, path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.writer.Exec("INSERT INTO schema_steps (step) VALUES (99)").Error; err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = openAt(t, path)
	files, _ := fs.Glob(migrations, "migrations/*.sql")
	want := fmt.Sprintf("数据库的结构版本是 99，本程序只认识到 %d：请使用更新的 duban", len(files))
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestSomethingElseIsNotADatabase(t *testing.T) {
	pgtest.NeedsFile(t, "a server has no files of ours")
	dir := t.TempDir()
	if _, err := openAt(t, dir); err == nil || !strings.HasPrefix(err.Error(), "数据库 "+dir+" 无法打开，运行 duban doctor") {
		t.Errorf("a folder: %v", err)
	}
}

// steps are the numbered migrations of a test.
func steps(texts ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for n, text := range texts {
		out["migrations/000"+string(rune('1'+n))+".sql"] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func TestFailedMigrationLeavesNoTrace(t *testing.T) {
	db, d := old(t, filepath.Join(t.TempDir(), "duban.db"))
	good := "CREATE TABLE a (x {{id}});\n-- a remark; with a semicolon;\nINSERT INTO a (x) VALUES (1);\n"
	bad := "CREATE TABLE b (x INTEGER);\nINSERT INTO a (x) VALUES (2);\nINSERT INTO nowhere (x) VALUES (1);\n"
	err := migrate(db, d.schema, steps(good, bad))
	if err == nil || !strings.HasPrefix(err.Error(), "数据库升级到版本 2 失败（已全部撤销）：") {
		t.Fatalf("got %v", err)
	}
	if got := counts(t, db); got != "a=1 b=0 steps=1" {
		t.Errorf("after the failure: %s", got)
	}
	if err := migrate(db, d.schema, steps(good, strings.Replace(bad, "nowhere", "b", 1))); err != nil {
		t.Fatal(err)
	}
	if got := counts(t, db); got != "a=2 b=1 steps=2" {
		t.Errorf("after the mended step: %s", got)
	}
}

// tables is where the database lists its tables.
func tables() string {
	if pgtest.Server() != "" {
		return "(SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public') AS tables"
	}
	return "sqlite_master"
}

// counts says how many rows a and schema_steps have, and whether there is a b.
func counts(t *testing.T, db *gorm.DB) string {
	t.Helper()
	var out string
	err := db.Raw(`SELECT 'a=' || (SELECT COUNT(*) FROM a) ||
		' b=' || (SELECT COUNT(*) FROM ` + tables() + ` WHERE name = 'b') || ' steps=' || (SELECT COUNT(*) FROM schema_steps)`).Scan(&out).Error
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFailedOpenNamesTheCause(t *testing.T) {
	db, d := old(t, filepath.Join(t.TempDir(), "duban.db"))
	broken := fstest.MapFS{"migrations/0001.sql": &fstest.MapFile{Data: []byte("CREATE TABEL a (x);\n")}}
	err := migrate(db, d.schema, broken)
	if err == nil || errors.Unwrap(err) == nil || !strings.Contains(err.Error(), "TABEL") {
		t.Errorf("got %v", err)
	}
}
