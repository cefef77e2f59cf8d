package store_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"duban/internal/store"
	"duban/internal/store/pgtest"
	"duban/internal/store/storetest"
)

// filled is a database with random lives in it, and its path.
func filled(t *testing.T, n int) (*store.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "duban.db")
	s := storetest.OpenAt(t, path)
	storetest.Lives(t, s, storetest.County(t), storetest.At(t, "2026-11-02 00:00"), n, 3)
	return s, path
}

// execSQL changes a database file behind the program's back.
func execSQL(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	_, err = db.Exec(text)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestCopy: a copy that is made while everybody works is whole, is nobody else's to read, and never goes over a file.
func TestCopy(t *testing.T) {
	pgtest.NeedsFile(t, "a server is copied by pg_dump")
	s, path := filled(t, 40)
	copied := filepath.Join(t.TempDir(), "copy.db")
	now := storetest.At(t, "2026-11-25 03:00")
	// A transaction that is not over does not hold the copy up, and is not in it.
	err := s.Write(t.Context(), now, func(tx *store.Tx) error {
		if err := tx.Send(store.Out{To: store.ToChat("office"), Text: "后来"}); err != nil {
			return err
		}
		return s.Copy(t.Context(), copied)
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := store.Inspect(t.Context(), copied)
	if err != nil {
		t.Fatal(err)
	}
	live, err := s.Holds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Issues != 40 || got.Issues != live.Issues || got.Events != live.Events || got.Queued != live.Queued-1 || got.Newest.IsZero() || got.Newest.After(now) {
		t.Errorf("the copy holds %+v, the database %+v", got, live)
	}
	info, err := os.Stat(copied)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := s.Copy(t.Context(), copied); err == nil {
		t.Error("a copy went over another")
	}
	if left, err := filepath.Glob(copied + "-*"); err != nil || len(left) > 0 {
		t.Errorf("beside the copy: %v, %v", left, err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := s.Copy(stopped, copied+"2"); !errors.Is(err, context.Canceled) {
		t.Errorf("a copy that was broken off: %v", err)
	}
	if _, err := os.Stat(copied + "2"); err == nil {
		t.Error("half a copy is left")
	}
	if _, err := store.Inspect(t.Context(), path); err == nil || !strings.Contains(err.Error(), "-wal") {
		t.Errorf("a database in use is no backup: %v", err)
	}
}

// TestInspect: what cannot be restored is told before anything is touched.
func TestInspect(t *testing.T) {
	pgtest.NeedsFile(t, "a server is copied by pg_dump")
	s, _ := filled(t, 30)
	good := filepath.Join(t.TempDir(), "good.db")
	if err := s.Copy(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	overwritten := append([]byte(nil), whole...)
	for n := len(overwritten) / 2; n < len(overwritten)/2+9000; n++ {
		overwritten[n] = 0x5a
	}
	tests := map[string]struct {
		data []byte
		sql  string // done to a good copy instead
		want string
	}{
		"cut off":      {data: whole[:len(whole)/2], want: "已损坏"},
		"overwritten":  {data: overwritten, want: "已损坏"},
		"no database":  {data: []byte("台账\n"), want: "不是数据库文件"},
		"empty":        {data: nil, want: "不是数据库文件"},
		"another's":    {sql: "DROP TABLE outbox", want: "不是 duban 的数据"},
		"newer":        {sql: "INSERT INTO schema_steps (step) VALUES (9999)", want: "请使用更新的 duban"},
		"dangling":     {sql: "PRAGMA foreign_keys = 0; UPDATE events SET issue_id = 777777 WHERE issue_id = 1 AND seq = 1", want: "已损坏"},
		"as it was":    {data: whole},
		"older schema": {sql: "DELETE FROM schema_steps WHERE step > 9"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "backup.db")
			if tt.sql != "" {
				tt.data = whole
			}
			if err := os.WriteFile(path, tt.data, 0o600); err != nil {
				t.Fatal(err)
			}
			if tt.sql != "" {
				execSQL(t, path, tt.sql)
			}
			before, _ := os.ReadFile(path)
			_, err := store.Inspect(t.Context(), path)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file was changed")
			}
			if left, _ := filepath.Glob(path + "-*"); len(left) > 0 {
				t.Errorf("made beside it: %v", left)
			}
		})
	}
	if _, err := store.Inspect(t.Context(), good+".none"); err == nil || !strings.Contains(err.Error(), "没有这个文件") {
		t.Errorf("a missing file: %v", err)
	}
}

// TestAlone: who exchanges the file waits for nobody and lets nobody in.
func TestAlone(t *testing.T) {
	pgtest.NeedsFile(t, "a server's database is not exchanged by us")
	s, path := filled(t, 1)
	if _, err := store.Alone(path); !errors.Is(err, store.ErrInUse) {
		t.Errorf("a database in use was taken: %v", err)
	}
	second := storetest.OpenAt(t, path) // two may share it
	if err := errors.Join(s.Close(), second.Close()); err != nil {
		t.Fatal(err)
	}
	release, err := store.Alone(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), path, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "正在恢复") {
		t.Errorf("opened meanwhile: %v", err)
	}
	if err := store.Fold(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(path + "-*"); err != nil || len(left) > 0 {
		t.Errorf("beside the database: %v, %v", left, err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if err := storetest.OpenAt(t, path).Close(); err != nil {
		t.Error(err)
	}
}
