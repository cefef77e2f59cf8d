package files

import (
	"fmt"
	"io"
	"runtime"
	"testing"

	"duban/internal/store/storetest"
)

// BenchmarkExport50k exports a ledger of 50,000 issues from the database, 5,000 with -short. Besides what go test reports it tells
// the rows a second and the most heap in use that was seen at any thousand rows or at the end, the garbage included.
func BenchmarkExport50k(b *testing.B) {
	c := newCounty(b)
	rows, lived := 50_000, 2500
	if testing.Short() {
		rows, lived = 5000, 500
	}
	storetest.Lives(b, c.db, c.Policy, c.start, lived, 12)
	for n := lived; n < rows; n += lived {
		c.again(b, lived, n)
	}
	for _, f := range []Format{XLSX, CSV, JSON} {
		b.Run(string(f), func(b *testing.B) {
			b.ReportAllocs()
			var peak uint64
			look := func(int, int) {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
			runtime.GC()
			for b.Loop() {
				n, err := c.Write(b.Context(), c.start, Export{Format: f, TmpDir: b.TempDir(), Progress: look}, io.Discard)
				if n != rows || err != nil {
					b.Fatal(n, err)
				}
				look(0, 0)
			}
			b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(peak)/1e6, "peak-MB")
		})
	}
}

// again copies the first issues with their events under later numbers.
func (c county) again(b *testing.B, first, offset int) {
	b.Helper()
	for table, id := range map[string]string{"issues": "id", "events": "issue_id"} {
		c.exec(b, fmt.Sprintf("CREATE TABLE copied AS SELECT * FROM %s WHERE %s <= %d", table, id, first),
			fmt.Sprintf("UPDATE copied SET %s = %s + %d", id, id, offset), "INSERT INTO "+table+" SELECT * FROM copied", "DROP TABLE copied")
	}
}
