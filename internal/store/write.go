package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// turns lets one goroutine write at a time, and those that wait for their turn share a commit with it: the commit waits for the
// disk and is the slowest part of a short transaction.
type turns struct {
	mu      sync.Mutex // held by whose turn it is
	waiting atomic.Int32
	open    *batch // what was written since the last commit; nil: nothing
}

// batch are transactions that are committed together.
type batch struct {
	name string // the database's, of the transaction
	size int
	done chan struct{} // closed when err is known
	err  error
}

// patience is how long a lost database is asked what became of a transaction.
const patience = 10 * time.Second

// mostShared bounds how many transactions share a commit, so that the first does not wait long for it.
const mostShared = 64

// Write runs fn in the one writing transaction. All of it is kept, or, if fn fails or panics, nothing. What is kept is on the disk
// when Write returns. ctx is looked at before and after fn and interrupts nothing: that would take back what others wrote with it.
func (s *Store) Write(ctx context.Context, now time.Time, fn func(*Tx) error) error {
	b, err := s.write(ctx, now, fn)
	if err != nil {
		return err
	}
	<-b.done
	return b.err
}

// write runs fn when it is its turn. Whoever is the last for now commits what all have written.
func (s *Store) write(ctx context.Context, now time.Time, fn func(*Tx) error) (*batch, error) {
	c, ok := s.writer.ConnPool.(*conn)
	if !ok {
		return nil, errors.New("the database was opened to be looked at")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t := &s.turns
	t.take()
	defer t.give(c)
	if err := ctx.Err(); err != nil { // the others had the database all the time
		return nil, fmt.Errorf("begin writing: %w: %w", errBusy, err)
	}
	if err := t.begin(ctx, c); err != nil {
		return nil, err
	}
	err := errors.New("panic")
	defer func() { // also when fn panics
		if err != nil {
			t.takeBack(c, err)
		}
	}()
	if err = fn(newTx(on(context.WithoutCancel(ctx), s.writer, c), now)); err == nil {
		err = ctx.Err()
	}
	if err == nil && !c.dialect.whole(c) {
		err = errSpoilt
	}
	if err != nil {
		err = c.why(err)
		return nil, err
	}
	return t.keep(c)
}

// alone runs one statement that belongs to no transaction.
func (s *Store) alone(ctx context.Context, statement string) error {
	c, ok := s.writer.ConnPool.(*conn)
	if !ok {
		return errors.New("the database was opened to be looked at")
	}
	t := &s.turns
	t.take()
	defer t.give(c)
	t.commit(c)
	return c.afresh(ctx, func() error {
		_, err := c.ExecContext(ctx, statement)
		return err
	})
}

// take waits for the turn.
func (t *turns) take() {
	t.waiting.Add(1)
	t.mu.Lock()
	t.waiting.Add(-1)
}

// give ends the turn, and commits unless the next one does.
func (t *turns) give(c *conn) {
	defer t.mu.Unlock()
	if t.waiting.Load() == 0 || t.open != nil && t.open.size >= mostShared {
		t.commit(c)
	}
}

// begin begins a transaction, within the one that is open if there is one.
func (t *turns) begin(ctx context.Context, c *conn) error {
	if t.open != nil {
		return t.orEnd(c, c.run("SAVEPOINT one"))
	}
	b := &batch{done: make(chan struct{})}
	err := c.afresh(ctx, func() (err error) {
		b.name, err = c.dialect.begin(context.WithoutCancel(ctx), c)
		return err
	})
	if err != nil {
		return fmt.Errorf("begin writing: %w", err)
	}
	t.open = b
	return nil
}

// keep counts a transaction among those that will be committed.
func (t *turns) keep(c *conn) (*batch, error) {
	b := t.open
	if b.size > 0 {
		if err := t.orEnd(c, c.run("RELEASE one")); err != nil {
			return nil, err
		}
	}
	b.size++
	return b, nil
}

// takeBack undoes what the present transaction wrote and nothing else. What caused it may have spoilt the others, too.
func (t *turns) takeBack(c *conn, cause error) {
	if t.open.size == 0 {
		_ = c.run("ROLLBACK") // it fails where the database has undone everything itself
		t.open = nil
		return
	}
	err := c.run("ROLLBACK TO one")
	if err == nil {
		err = c.run("RELEASE one")
	}
	if err != nil {
		_ = t.orEnd(c, errors.Join(cause, err))
	}
}

// commit puts on the disk what is open.
func (t *turns) commit(c *conn) {
	if t.open == nil {
		return
	}
	if t.orEnd(c, t.open.commit(c)) == nil {
		close(t.open.done)
		t.open = nil
	}
}

// commit asks a database that was lost before it answered whether it has kept the transaction, as soon as it can be asked.
func (b *batch) commit(c *conn) error {
	err := c.run("COMMIT")
	if err == nil || !c.lost() {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err = c.why(err)
	if again := c.renew(ctx); again != nil {
		return errors.Join(err, again)
	}
	kept, asked := c.dialect.committed(ctx, c, b.name)
	if kept && asked == nil {
		return nil
	}
	return errors.Join(err, asked, errLost)
}

// orEnd ends what is open if an error has spoilt it, for all that have a part in it: a database that could not write may have undone
// everything since the last commit.
func (t *turns) orEnd(c *conn, err error) error {
	if err == nil {
		return nil
	}
	err = c.why(err)
	_ = c.run("ROLLBACK")
	t.open.err = err
	close(t.open.done)
	t.open = nil
	return err
}
