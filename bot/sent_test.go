package bot

import (
	"fmt"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/store"
)

// TestMarkedTogether: a message to a target is marked as sent before the next one is sent there; on a quick network others need not be, on
// one with a limit a minute all are.
func TestMarkedTogether(t *testing.T) {
	for _, tt := range []struct {
		name      string
		perMinute int
		together  bool
	}{{"quick", 0, true}, {"limited", 60, false}} {
		t.Run(tt.name, func(t *testing.T) {
			var b *Bot
			last := map[string]int64{} // what was sent last, by conversation
			most := 0                  // messages that were not marked when one was sent
			net := &fakeNet{name: "net", can: chat.Capabilities{Identified: true, PerMinute: tt.perMinute}}
			net.answer = func(out chat.Outgoing, _ int) error {
				unmarked := 0
				read(t, b, func(tx *store.Tx) error {
					for where, id := range last {
						before, ok, err := tx.Outgoing(id)
						if err != nil || !ok {
							return fmt.Errorf("message %d: %v, %w", id, ok, err)
						}
						if before.State == store.OutSent {
							continue
						}
						if unmarked++; where == out.Conversation {
							t.Errorf("%s is sent before what came before it is marked", out.Text)
						}
					}
					return nil
				})
				most = max(most, unmarked)
				var id, part int64
				_, err := fmt.Sscanf(out.ID, "%d-%d", &id, &part)
				last[out.Conversation] = id
				return err
			}
			sending(t, net, func(t *testing.T, bot *Bot) {
				b = bot
				var outs []store.Out
				for n := range 40 {
					outs = append(outs, to([]string{"inspect", "leaders", "office", "zhaoyang_group"}[n%4], fmt.Sprint(n)))
				}
				queue(t, b, outs...)
				after(time.Hour)
				if n := len(net.all()); n != len(outs) {
					t.Errorf("%d messages instead of %d", n, len(outs))
				}
			})
			if most > 3 || (most > 0) != tt.together {
				t.Errorf("%d messages were not marked", most)
			}
		})
	}
}
