package bot

import (
	"context"
	"time"

	"duban/internal/store"
)

// sent is what has left over a channel and is not marked as sent yet, of each target the last message. A program that is killed sends it
// again under the same ids.
type sent struct {
	rows    []int64
	legs    []leg
	targets map[store.Target]bool
	slow    bool // the network takes its time, so that marking each message before the next one costs nothing beside it
}

const (
	mostUnmarked = 32                   // targets
	quick        = 2 * time.Millisecond // what takes longer to send is slow
)

// full says whether what was sent has to be marked before a message to a target is sent.
func (s *sent) full(next store.Target) bool {
	return s.targets[next] || len(s.targets) >= mostUnmarked
}

func (s *sent) add(to store.Target, rows []int64, on leg, slow bool) {
	if s.targets == nil {
		s.targets = map[store.Target]bool{}
	}
	s.targets[to] = true
	s.rows, s.legs, s.slow = append(s.rows, rows...), append(s.legs, on), s.slow || slow
}

// writer is store.Store.Write or WriteSoon.
type writer func(context.Context, time.Time, func(*store.Tx) error) error

// mark marks as sent what has left.
func (o *outbox) mark(ctx context.Context, s *sent, write writer) error {
	if len(s.rows) == 0 {
		return nil
	}
	err := write(context.WithoutCancel(ctx), o.bot.Now(), func(tx *store.Tx) error { return tx.MarkSent(s.rows...) })
	if err == nil {
		for _, on := range s.legs {
			o.parted(on, 0)
		}
	}
	return err
}

// together are a message and what was held together with it.
func (o *outbox) together(ctx context.Context, row store.Outgoing) (rows []store.Outgoing, err error) {
	if row.HeldUntil == 0 {
		return []store.Outgoing{row}, nil
	}
	err = o.bot.store.Read(context.WithoutCancel(ctx), o.bot.Now(), func(tx *store.Tx) (err error) {
		rows, err = tx.HeldWith(row)
		return err
	})
	return rows, err
}
