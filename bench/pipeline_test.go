package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/internal/chat"
)

// network is one without a wire: what is sent has arrived. It counts what was filed.
type network struct {
	mu    sync.Mutex
	filed int
	sent  int
	ready chan struct{} // a poke for whoever waits
}

func newNetwork() *network { return &network{ready: make(chan struct{}, 1)} }

func (n *network) Name() string                               { return "bench" }
func (n *network) Can() chat.Capabilities                     { return chat.Capabilities{Identified: true} }
func (n *network) Run(ctx context.Context, _ chat.Sink) error { <-ctx.Done(); return nil }
func (n *network) Send(_ context.Context, out chat.Outgoing) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sent++
	if strings.HasPrefix(out.Text, "已立案") {
		n.filed++
	}
	select {
	case n.ready <- struct{}{}:
	default:
	}
	return nil
}

// wait returns when so many reports were answered.
func (n *network) wait(filed int) {
	for {
		n.mu.Lock()
		done := n.filed >= filed
		n.mu.Unlock()
		if done {
			return
		}
		<-n.ready
	}
}

// leastOfBare is which part of the bare program's rate the bot has to reach.
const leastOfBare = 0.5

// BenchmarkPipeline carries reports from their arrival to the answer that is on the wire: one after the other, and by twenty groups at
// once. Beside each stands the bare program, which writes the same rows one after the other, and in groups of 64. Run it alone and with a
// count, because the bare program writes what the bot wrote before: go test ./bench -run '^$' -bench Pipeline -benchtime 2000x. The
// processor time of a command (cpu-µs/op) tells more than the rate where other programs are busy.
func BenchmarkPipeline(b *testing.B) {
	var file string
	dir := b.TempDir()
	one := measure(b, "one by one", func(b *testing.B) { b.Helper(); file = carry(b, dir, 1) })
	bareOne := measure(b, "one by one, bare", func(b *testing.B) { b.Helper(); rewrite(b, file, 1) })
	many := measure(b, "20 groups", func(b *testing.B) { b.Helper(); carry(b, b.TempDir(), units) })
	bareMany := measure(b, "groups of 64, bare", func(b *testing.B) { b.Helper(); rewrite(b, file, 64) })
	b.Run("ratio", func(b *testing.B) {
		atLeast(b, one/bareOne, "one-by-one", leastOfBare)
		atLeast(b, many/bareMany, "under-load", leastOfBare)
		alone(b)
	})
}

// measure runs a part and gives its commands a second.
func measure(b *testing.B, name string, part func(b *testing.B)) (rate float64) {
	b.Helper()
	b.Run(name, func(b *testing.B) {
		part(b)
		rate = float64(b.N) / b.Elapsed().Seconds()
		b.ReportMetric(rate, "commands/s")
	})
	return rate
}

// carry says b.N reports, so many at a time, to a bot in a folder, and waits for the answers. It gives the file of the database.
func carry(b *testing.B, dir string, groups int) string {
	b.Helper()
	b.StopTimer()
	n := newNetwork()
	d, file := opened(b, filepath.Join(dir, fmt.Sprint(b.N)), n, false)
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error)
	go func() { ended <- d.Run(ctx) }()
	b.StartTimer()
	began := cpu()
	var all sync.WaitGroup
	for g := range groups {
		all.Go(func() {
			for k := g; k < b.N; k += groups {
				if err := d.Receive(ctx, report(k)); err != nil {
					b.Error(err)
				}
				if groups == 1 {
					n.wait(k + 1)
				}
			}
		})
	}
	all.Wait()
	n.wait(b.N)
	b.StopTimer()
	took(b, began)
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	if n.filed != b.N {
		b.Errorf("%d answers to %d reports", n.filed, b.N)
	}
	return file
}

// rewrite writes b.N commands out of a database with at least as many; give -benchtime a count.
func rewrite(b *testing.B, file string, group int) {
	b.Helper()
	b.StopTimer()
	w := newBare(b, file)
	if len(w.work) < b.N {
		b.Fatalf("%d commands for %d", len(w.work), b.N)
	}
	w.work = w.work[:b.N]
	b.StartTimer()
	began := cpu()
	if err := w.write(b.Context(), group); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	took(b, began)
}

// took reports the processor time of each command.
func took(b *testing.B, began time.Duration) {
	b.Helper()
	b.ReportMetric(float64((cpu()-began).Microseconds())/float64(b.N), "cpu-µs/op")
}
