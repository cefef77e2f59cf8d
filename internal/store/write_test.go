package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// crowd is a database and writers that all wait for the turn of the first one.
type crowd struct {
	*Store
	t       *testing.T
	batches map[string]*batch
	errs    map[string]error
	sizes   map[*batch]int
}

// together runs the writers in one go: the first begins and waits until all others wait for it.
func together(t *testing.T, writers map[string]func(*Tx) error) *crowd {
	t.Helper()
	s, err := openAt(t, filepath.Join(t.TempDir(), "duban.db"))
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{Store: s, t: t, batches: map[string]*batch{}, errs: map[string]error{}, sizes: map[*batch]int{}}
	var mu sync.Mutex
	var all sync.WaitGroup
	write := func(name string, fn func(*Tx) error) {
		turn, err := s.transaction(t.Context(), time.UnixMicro(1), fn), errors.New("panicked")
		defer func() {
			_ = recover()
			mu.Lock()
			defer mu.Unlock()
			c.batches[name], c.errs[name] = turn.batch, err
			c.sizes[turn.batch]++
		}()
		err = s.turn(turn, 0)
	}
	begun := make(chan struct{})
	all.Go(func() {
		write("first", func(tx *Tx) error {
			close(begun)
			for s.line.length() < len(writers) {
				runtime.Gosched() // until they have all come
			}
			return note(tx, "first")
		})
	})
	<-begun
	for name, fn := range writers {
		all.Go(func() { write(name, fn) })
	}
	all.Wait()
	return c
}

func (l *line) length() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}

// note writes a row.
func note(tx *Tx, name string) error {
	return tx.db.Create(&ChatBinding{Channel: "wechat", Chat: name}).Error
}

func noting(name string) func(*Tx) error { return func(tx *Tx) error { return note(tx, name) } }

// kept says whether a writer's row is there.
func (c *crowd) kept(name string) bool {
	c.t.Helper()
	var n int64
	err := c.Read(c.t.Context(), time.UnixMicro(1), func(tx *Tx) error {
		return tx.db.Model(&ChatBinding{}).Where("chat = ?", name).Count(&n).Error
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return n > 0
}

// TestWritersShareACommit: who waits for the turn is committed with the one before, and what fails among them takes back its own rows
// and no others.
func TestWritersShareACommit(t *testing.T) {
	boom := errors.New("boom")
	writers := map[string]func(*Tx) error{}
	for n := range 9 {
		name := fmt.Sprint(n)
		writers[name] = func(tx *Tx) error {
			if err := note(tx, name); err != nil || n%3 > 0 {
				return err
			}
			return boom
		}
	}
	c := together(t, writers)
	for name := range writers {
		fails := int(name[0]-'0')%3 == 0
		if errors.Is(c.errs[name], boom) != fails || c.kept(name) == fails {
			t.Errorf("%s: %v, kept: %v", name, c.errs[name], c.kept(name))
		}
		if !fails && c.batches[name] != c.batches["first"] {
			t.Errorf("%s has a commit of its own", name)
		}
	}
	if c.errs["first"] != nil || !c.kept("first") {
		t.Errorf("first: %v", c.errs["first"])
	}
}

// TestManyWritersDoNotWaitForEver: a commit is shared by so many and no more.
func TestManyWritersDoNotWaitForEver(t *testing.T) {
	writers := map[string]func(*Tx) error{}
	for n := range 2 * mostShared {
		writers[fmt.Sprint(n)] = noting(fmt.Sprint(n))
	}
	c := together(t, writers)
	for name, b := range c.batches {
		if c.sizes[b] > mostShared || !c.kept(name) {
			t.Errorf("%s: one of %d", name, c.sizes[b])
		}
	}
}

// TestSpoiltCommitIsEverybodysFailure: when the database has undone what was open, as it does when the disk is full, nobody is told that
// something was kept, and the next one can write.
func TestSpoiltCommitIsEverybodysFailure(t *testing.T) {
	c := together(t, map[string]func(*Tx) error{
		"spoils": func(tx *Tx) error {
			if err := note(tx, "spoils"); err != nil {
				return err
			}
			return tx.db.Exec("ROLLBACK").Error
		},
	})
	for _, name := range []string{"first", "spoils"} {
		if c.errs[name] == nil || c.kept(name) {
			t.Errorf("%s: %v, kept: %v", name, c.errs[name], c.kept(name))
		}
	}
	if err := c.Write(t.Context(), time.UnixMicro(1), noting("next")); err != nil || !c.kept("next") {
		t.Errorf("the next one: %v", err)
	}
}

// TestPanicTakesBackItsOwn: also among others.
func TestPanicTakesBackItsOwn(t *testing.T) {
	c := together(t, map[string]func(*Tx) error{
		"panics": func(tx *Tx) error {
			if err := note(tx, "panics"); err != nil {
				return err
			}
			panic("boom")
		},
		"other": noting("other"),
	})
	if c.errs["panics"] == nil || c.kept("panics") || !c.kept("first") || !c.kept("other") {
		t.Errorf("kept: %v, %v, %v", c.kept("panics"), c.kept("first"), c.kept("other"))
	}
}

// TestWaitedTooLong: whoever did not get the turn in time because others wrote may try again.
func TestWaitedTooLong(t *testing.T) {
	s, err := openAt(t, filepath.Join(t.TempDir(), "duban.db"))
	if err != nil {
		t.Fatal(err)
	}
	begun, end, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		ended <- s.Write(context.Background(), time.UnixMicro(1), func(*Tx) error { close(begun); <-end; return nil })
	}()
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		ended <- s.Write(ctx, time.UnixMicro(1), func(*Tx) error { return errors.New("it runs too late") })
	}()
	for s.line.length() == 0 {
		runtime.Gosched()
	}
	cancel()
	close(end)
	for range 2 {
		if err := <-ended; err != nil && (!Passing(err) || !errors.Is(err, context.Canceled)) {
			t.Error(err)
		}
	}
	if err := s.Write(ctx, time.UnixMicro(1), func(*Tx) error { return nil }); err == nil || Passing(err) {
		t.Errorf("what was given up before: %v", err)
	}
}

// TestSpoiltTogether: when the database undoes more than the transaction that could not be written, the others are told why, so that they
// are tried again.
func TestSpoiltTogether(t *testing.T) {
	c := together(t, map[string]func(*Tx) error{"second": func(tx *Tx) error {
		if err := tx.db.Exec("ROLLBACK").Error; err != nil { // as SQLite does by itself on a full disk
			return err
		}
		return syscall.ENOSPC
	}})
	for _, name := range []string{"first", "second"} {
		if c.kept(name) || !Passing(c.errs[name]) {
			t.Errorf("%s: kept %v, %v", name, c.kept(name), c.errs[name])
		}
	}
}

// TestSoonWaitsForOthers: what hurries nobody shares the commit of the next writer, and has its own if none comes.
func TestSoonWaitsForOthers(t *testing.T) {
	s, err := openAt(t, filepath.Join(t.TempDir(), "duban.db"))
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{Store: s, t: t}
	mark := s.transaction(t.Context(), time.UnixMicro(1), noting("mark"))
	ended := make(chan error)
	go func() { ended <- s.turn(mark, time.Hour) }()
	for s.line.length() == 0 {
		runtime.Gosched()
	}
	if c.kept("mark") {
		t.Fatal("it has not waited")
	}
	next := s.transaction(t.Context(), time.UnixMicro(1), noting("next"))
	if err := errors.Join(s.turn(next, 0), <-ended); err != nil || !c.kept("mark") || next.batch != mark.batch {
		t.Errorf("%v, kept: %v, together: %v", err, c.kept("mark"), next.batch == mark.batch)
	}
	if err := s.WriteSoon(t.Context(), time.UnixMicro(1), noting("alone")); err != nil || !c.kept("alone") {
		t.Errorf("nobody came: %v", err)
	}
}
