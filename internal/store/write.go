package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// Write runs fn in the one writing transaction. All of it is kept, or, if fn fails or panics, nothing. What is kept is on the disk
// when Write returns. ctx is looked at before and after fn and interrupts nothing: that would take back what others wrote with it. fn
// may run on the goroutine of another writer.
func (s *Store) Write(ctx context.Context, now time.Time, fn func(*Tx) error) error {
	return s.turn(s.transaction(ctx, now, fn), 0)
}

// soon is how long what hurries nobody waits for others to share a commit with.
const soon = 5 * time.Millisecond

// WriteSoon is Write for what nobody waits for: until somebody else writes, but no longer than a few milliseconds, it does not begin.
func (s *Store) WriteSoon(ctx context.Context, now time.Time, fn func(*Tx) error) error {
	return s.turn(s.transaction(ctx, now, fn), soon)
}

func (s *Store) transaction(ctx context.Context, now time.Time, fn func(*Tx) error) *turn {
	late := ctx.Err()
	return newTurn(func(c *conn) error {
		if late != nil {
			return late
		}
		if err := ctx.Err(); err != nil { // the others had the database all the time
			return fmt.Errorf("begin writing: %w: %w", errBusy, err)
		}
		err := fn(newTx(on(context.WithoutCancel(ctx), s.writer, c), now))
		if err == nil {
			err = ctx.Err()
		}
		if err == nil && !c.dialect.whole(c) {
			err = errSpoilt
		}
		return c.why(err)
	})
}

// alone runs one statement that belongs to no transaction.
func (s *Store) alone(ctx context.Context, statement string) error {
	t := newTurn(func(c *conn) error {
		return c.afresh(ctx, func() error {
			_, err := c.ExecContext(ctx, statement)
			return err
		})
	})
	t.alone = true
	return s.turn(t, 0)
}

// turn waits in line until something is done and on the disk.
func (s *Store) turn(t *turn, wait time.Duration) error {
	c, ok := s.writer.ConnPool.(*conn)
	if !ok {
		return errors.New("the database was opened to be looked at")
	}
	if s.line.enter(t, c, wait) || <-t.wake {
		s.line.lead(c)
	}
	if t.panicked != nil {
		panic(t.panicked)
	}
	return t.err
}

// line lets one goroutine write at a time. Who has come first leads: it does the work of all that stand in line, and then commits it for
// them together, because the commit waits for the disk and is the slowest part of a short transaction. Nobody has to be woken between
// one's work and the next one's.
type line struct {
	mu      sync.Mutex
	waiting []*turn
	led     bool // somebody leads, or has been told to
}

// turn is something to do on the writing connection.
type turn struct {
	do       func(*conn) error
	alone    bool      // outside of any transaction
	wake     chan bool // true: it is at the head of the line and leads; false: it is over
	err      error
	panicked any
	batch    *batch // with which it was committed
}

func newTurn(do func(*conn) error) *turn { return &turn{do: do, wake: make(chan bool, 1)} }

// enter puts a turn in line and says whether it is to lead. One that may wait is led by somebody else, in the end by a timer.
func (l *line) enter(t *turn, c *conn, wait time.Duration) (lead bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, t)
	if l.led {
		return false
	}
	if wait == 0 {
		l.led = true
		return true
	}
	if len(l.waiting) == 1 {
		time.AfterFunc(wait, func() {
			if l.begin() {
				l.lead(c)
			}
		})
	}
	return false
}

// begin says whether somebody waits and nobody leads.
func (l *line) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	begin := !l.led && len(l.waiting) > 0
	l.led = l.led || begin
	return begin
}

// next takes the first out of the line; nil if there is none.
func (l *line) next() *turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		return nil
	}
	t := l.waiting[0]
	l.waiting[0], l.waiting = nil, l.waiting[1:]
	return t
}

// pass lets the first in line lead.
func (l *line) pass() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.led = len(l.waiting) > 0
	if l.led {
		l.waiting[0].wake <- true
	}
}

// patience is how long a lost database is asked what became of a transaction, and waited for before the next one.
const patience = 10 * time.Second

// mostShared bounds how many transactions share a commit, so that the first does not wait long for it.
const mostShared = 64

// lead does what stands in line, and commits it.
func (l *line) lead(c *conn) {
	b := &batch{conn: c}
	defer l.pass()
	defer b.commit() // also when a test ends its goroutine in the middle
	for range mostShared {
		t := l.next()
		if t == nil {
			runtime.Gosched() // whom the last commit has woken may be about to write again
			if t = l.next(); t == nil {
				return
			}
		}
		b.take(t)
	}
}

// batch are transactions that are committed together. Each but the first runs inside a savepoint, so that it can be taken back alone.
type batch struct {
	conn *conn
	open bool
	name string  // the database's, of the transaction
	kept []*turn // what was written since the last commit
}

// take does what a turn is about.
func (b *batch) take(t *turn) {
	done := false
	defer func() {
		if p := recover(); p != nil {
			t.panicked = fmt.Sprintf("%v\n%s", p, debug.Stack())
		} else if !done {
			t.err = errors.New("the writer's goroutine has ended")
		}
		if !done {
			b.takeBack(errors.New("panic"))
			t.wake <- false
		}
	}()
	if t.alone {
		b.commit()
		t.err = t.do(b.conn)
		done = true
		t.wake <- false
		return
	}
	err := b.begin()
	if err == nil {
		if err = t.do(b.conn); err != nil {
			b.takeBack(err)
		}
	}
	if err == nil {
		err = b.keep(t)
	}
	done = true
	if err != nil {
		t.err = err
		t.wake <- false
	}
}

// begin begins a transaction, within the one that is open if there is one.
func (b *batch) begin() error {
	if b.open {
		return b.orEnd(b.conn.run("SAVEPOINT one"))
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := b.conn.afresh(ctx, func() (err error) {
		b.name, err = b.conn.dialect.begin(context.WithoutCancel(ctx), b.conn)
		return err
	})
	if err != nil {
		return fmt.Errorf("begin writing: %w", err)
	}
	b.open = true
	return nil
}

// keep counts a transaction among those that will be committed.
func (b *batch) keep(t *turn) error {
	if len(b.kept) > 0 {
		if err := b.orEnd(b.conn.run("RELEASE one")); err != nil {
			return err
		}
	}
	b.kept, t.batch = append(b.kept, t), b
	return nil
}

// takeBack undoes what the present transaction wrote and nothing else. What caused it may have spoilt the others, too.
func (b *batch) takeBack(cause error) {
	if len(b.kept) == 0 {
		_ = b.conn.run("ROLLBACK") // it fails where the database has undone everything itself
		b.open = false
		return
	}
	err := b.conn.run("ROLLBACK TO one")
	if err == nil {
		err = b.conn.run("RELEASE one")
	}
	if err != nil {
		_ = b.orEnd(errors.Join(cause, err))
	}
}

// commit puts on the disk what is open, and tells those who wrote it.
func (b *batch) commit() {
	if b.open && b.orEnd(b.committed()) == nil {
		b.end(nil)
	}
}

// committed commits. It asks a database that was lost before it answered whether it has kept the transaction, as soon as it can be asked.
func (b *batch) committed() error {
	err := b.conn.run("COMMIT")
	if err == nil || !b.conn.lost() {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err = b.conn.why(err)
	if again := b.conn.renew(ctx); again != nil {
		return errors.Join(err, again)
	}
	kept, asked := b.conn.dialect.committed(ctx, b.conn, b.name)
	if kept && asked == nil {
		return nil
	}
	return errors.Join(err, asked, errLost)
}

// orEnd ends what is open if an error has spoilt it, for all that have a part in it: a database that could not write may have undone
// everything since the last commit.
func (b *batch) orEnd(err error) error {
	if err != nil {
		err = b.conn.why(err)
		_ = b.conn.run("ROLLBACK")
		b.end(err)
	}
	return err
}

func (b *batch) end(err error) {
	for _, t := range b.kept {
		t.err = err
		t.wake <- false
	}
	b.open, b.kept = false, nil
}
