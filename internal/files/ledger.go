package files

import (
	"context"
	"time"

	"duban/internal/issue"
)

// Ledger says which issues a ledger 台账 lists.
type Ledger struct {
	From, To time.Time      // reported in [From, To); zero: at any time
	Period   string         // in words
	Unit     string         // unit id; "" for all
	Statuses []issue.Status // nil: all
	Photos   bool           // with thumbnails
}

func (w *work) ledger(context.Context, time.Time) error { return nil }

func (w *work) bulletinSheet() error { return nil }
