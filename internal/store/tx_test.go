package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/pgtest"
	"duban/internal/store/storetest"
)

// chats counts the bound groups, which stand for any rows in these tests.
func chats(t *testing.T, s *store.Store, now time.Time) int {
	t.Helper()
	var n int
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		list, err := tx.ChatBindings()
		n = len(list)
		return err
	})
	return n
}

func bind(tx *store.Tx, chat string) error {
	return tx.BindChat(store.ChatBinding{Channel: "wechat", Chat: chat, Session: "s1", Conversation: "c-" + chat}, "chen_jing")
}

func TestWriteKeepsAllOrNothing(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	boom := errors.New("boom")
	err := s.Write(t.Context(), now, func(tx *store.Tx) error {
		if err := bind(tx, "inspect"); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Errorf("the error of the function is lost: %v", err)
	}
	if n := chats(t, s, now); n != 0 {
		t.Errorf("%d rows were kept after an error", n)
	}
	storetest.Write(t, s, now, func(tx *store.Tx) error { return bind(tx, "inspect") })
	if n := chats(t, s, now); n != 1 {
		t.Errorf("%d rows after a success, want 1", n)
	}
}

func TestPanicKeepsNothingAndHoldsNothing(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	panics := func(run func(func(*store.Tx) error) error) {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = run(func(tx *store.Tx) error {
			_, _ = tx.ChatBindings()
			_ = bind(tx, "inspect")
			panic("boom")
		})
	}
	for range 6 { // more often than there are connections
		panics(func(fn func(*store.Tx) error) error { return s.Write(t.Context(), now, fn) })
		panics(func(fn func(*store.Tx) error) error { return s.Read(t.Context(), now, fn) })
	}
	if n := chats(t, s, now); n != 0 {
		t.Errorf("%d rows were kept after a panic", n)
	}
	storetest.Write(t, s, now, func(tx *store.Tx) error { return bind(tx, "inspect") })
}

func TestCancelledWorkHoldsNothing(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	for range 6 { // more often than there are connections
		for _, run := range []func(context.Context, time.Time, func(*store.Tx) error) error{s.Read, s.Write} {
			ctx, cancel := context.WithCancel(t.Context())
			err := run(ctx, now, func(tx *store.Tx) error {
				_ = bind(tx, "office")
				cancel()
				return bind(tx, "office")
			})
			cancel()
			if err == nil {
				t.Error("work that was cancelled succeeded")
			}
		}
	}
	storetest.Write(t, s, now, func(tx *store.Tx) error { return bind(tx, "inspect") })
	if n := chats(t, s, now); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

// TestReadIsOneState: what a writer commits while somebody reads is not seen by that reader.
func TestReadIsOneState(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	storetest.Write(t, s, now, func(tx *store.Tx) error { return bind(tx, "inspect") })
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		before, err := tx.ChatBindings()
		if err != nil {
			return err
		}
		storetest.Write(t, s, now, func(tx *store.Tx) error { return bind(tx, "office") })
		after, err := tx.ChatBindings()
		if len(before) != 1 || len(after) != 1 {
			t.Errorf("first %d rows, then %d: not one state", len(before), len(after))
		}
		return err
	})
	if n := chats(t, s, now); n != 2 {
		t.Errorf("%d rows for the next reader, want 2", n)
	}
}

func TestReadCannotWrite(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	_ = s.Read(t.Context(), now, func(tx *store.Tx) error { return bind(tx, "inspect") })
	if n := chats(t, s, now); n != 0 {
		t.Error("a reader wrote")
	}
}

// TestQueriesOfOneReadAreIndependent: one query's conditions must not cling to the next.
func TestQueriesOfOneReadAreIndependent(t *testing.T) {
	s, p, now := storetest.Open(t), storetest.County(t), storetest.At(t, "2026-11-23 09:05")
	for _, unit := range []string{"zhaoyang", "zhujian"} {
		storetest.Issue(t, s, p, now, issue.Change{Reporter: "zhang_min", Text: unit, Unit: unit})
	}
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		for id := int64(1); id <= 2; id++ {
			if i, err := tx.Issue(id); err != nil || i.ID != id {
				t.Errorf("issue %d: %d, %v", id, i.ID, err)
			}
		}
		for _, unit := range []string{"zhaoyang", "zhujian"} {
			if n, err := tx.CountIssues(store.Filter{Unit: unit}); n != 1 || err != nil {
				t.Errorf("%d issues of %s, %v", n, unit, err)
			}
		}
		return nil
	})
}

func TestDatabaseIsReadableByItsOwnerAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such file modes")
	}
	pgtest.NeedsFile(t, "a server has its own")
	dir := filepath.Join(t.TempDir(), "data")
	s := storetest.OpenAt(t, filepath.Join(dir, "duban.db"))
	storetest.Write(t, s, time.Now(), func(tx *store.Tx) error { return bind(tx, "inspect") })
	for _, name := range []string{"duban.db", "duban.db-wal", "duban.db-shm"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o, want 600", name, mode)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v", info.Mode(), err)
	}
}

func TestPathsWithStrangeCharacters(t *testing.T) {
	pgtest.NeedsFile(t, "a server has no paths")
	s := storetest.OpenAt(t, filepath.Join(t.TempDir(), "创城 50%?#&.db"))
	storetest.Write(t, s, time.Now(), func(tx *store.Tx) error { return bind(tx, "inspect") })
}

// TestInstantsAreKeptAsTheTransactionSaysThem: finer instants than the database keeps would differ after reading.
func TestInstantsAreKeptAsTheTransactionSaysThem(t *testing.T) {
	s := storetest.Open(t)
	storetest.Write(t, s, storetest.At(t, "2026-11-23 09:05").Add(1234567), func(tx *store.Tx) error {
		if now := tx.Now(); now.Nanosecond() != 1234000 {
			t.Errorf("the transaction's instant has %d ns", now.Nanosecond())
		}
		return nil
	})
}
