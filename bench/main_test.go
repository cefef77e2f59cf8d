package bench

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"duban/internal/store/storetest"
)

// kept is the folder of what benchmarks share in a run.
var kept string

// TestMain keeps the databases for the next run if DUBAN_BENCH_DIR names a folder for them, which saves minutes while something is
// measured again and again.
func TestMain(m *testing.M) {
	kept = os.Getenv("DUBAN_BENCH_DIR")
	if kept != "" {
		os.Exit(m.Run())
	}
	dir, err := os.MkdirTemp("", "duban-bench-")
	if err != nil {
		panic(err)
	}
	kept = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// sizes are how many issues the databases hold that costs are compared on; with -short they are small.
func sizes() []int {
	if testing.Short() {
		return []int{10_000, 50_000}
	}
	return []int{10_000, 100_000, 1_000_000}
}

// largest is the last of the sizes.
func largest() int { return sizes()[len(sizes())-1] }

// What all databases have alike, however many issues they hold: the present.
const (
	daily = 500  // issues a day
	open  = 2000 // issues that are being handled
)

// past is the folder of a county whose database holds so many issues, the last of them filed when the story begins. It is made
// once in a run: what a benchmark adds to it is little beside it.
func past(b *testing.B, issues int) string {
	b.Helper()
	return filled(b, strconv.Itoa(issues), storetest.History{Issues: issues, Daily: daily, Open: open})
}

func filled(b *testing.B, name string, h storetest.History) string {
	b.Helper()
	dir := filepath.Join(kept, name)
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	began, making := time.Now(), dir+".part"
	cfg := county(b, making)
	h.Reg, h.End = cfg.Register(), beginning(b, cfg)
	h.Photos, h.Texts = cfg.Retention.Photos, cfg.Retention.ChatText
	h.Fill(b, cfg.Storage.DSN.Reveal())
	if err := os.Rename(making, dir); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d issues in %v", h.Issues, time.Since(began).Round(time.Second))
	return dir
}

// within reports a value with the most that it may be.
func within(b *testing.B, value float64, unit string, most float64) {
	b.Helper()
	b.ReportMetric(value, unit)
	b.ReportMetric(most, "most-"+unit)
}

// atLeast reports a value with the least that it has to be.
func atLeast(b *testing.B, value float64, unit string, least float64) {
	b.Helper()
	b.ReportMetric(value, unit)
	b.ReportMetric(least, "least-"+unit)
}

// alone leaves out what go test reports by itself where it says nothing.
func alone(b *testing.B) {
	b.Helper()
	b.ReportMetric(0, "ns/op")
}

// each is how long one operation took, in milliseconds.
func each(b *testing.B) float64 {
	b.Helper()
	return b.Elapsed().Seconds() * 1000 / float64(b.N)
}
