package main

import (
	"io"
	"strings"
	"testing"
)

const measured = `goos: linux
goarch: amd64
pkg: duban/bench
cpu: Some CPU
BenchmarkPipeline/one_by_one-2 	 5 	 250.0 commands/s
BenchmarkPipeline/ratio-2 	 5 	 0 ns/op 	 0.9643 one-by-one 	 0.5000 least-one-by-one 	 0.0546 under-load 	 0.5000 least-under-load
BenchmarkGrowth/page_ledger/issues=10000-2 	 5 	 2.710 ms 	 50.00 most-ms
BenchmarkGrowth/page_ledger/issues=1000000-2 	 5 	 1234 ms
BenchmarkGrowth/page_ledger/growth-2 	 5 	 4.000 most-times 	 1.100 times
PASS
`

// TestTable: every value with a limit is beside it, in the order of the run, and a limit that is broken fails.
func TestTable(t *testing.T) {
	var out strings.Builder
	err := run(strings.NewReader(measured), &out, io.Discard)
	if err == nil || err.Error() != "1 of 4 limits are broken" {
		t.Errorf("%v", err)
	}
	if head, _, _ := strings.Cut(out.String(), "\n"); !strings.HasPrefix(head, "Some CPU, ") || !strings.Contains(head, " cores, ") {
		t.Errorf("head: %s", head)
	}
	_, tables, _ := strings.Cut(out.String(), "\n\n")
	want := `| measure | value | limit | value ÷ limit | met |
|---|--:|--:|--:|---|
| Pipeline/ratio | 0.964 one by one | ≥ 0.5 one by one | 1.93 | yes |
| Pipeline/ratio | 0.055 under load | ≥ 0.5 under load | 0.11 | **no** |
| Growth/page ledger/issues=10000 | 2.71 ms | ≤ 50 ms | 0.05 | yes |
| Growth/page ledger/growth | 1.1 times | ≤ 4 times | 0.28 | yes |

| milliseconds with so many issues stored | 10k | 1M |
|---|--:|--:|
| Growth/page ledger | 2.71 | 1234 |
`
	if tables != want {
		t.Errorf("got\n%s\nwant\n%s", tables, want)
	}
}

// TestTableFails: what did not run is no success.
func TestTableFails(t *testing.T) {
	for _, in := range []string{"", "PASS\n", "BenchmarkX-2 1 2 ms\nPASS\n", measured + "--- FAIL: BenchmarkY\n", measured + "panic: z\n"} {
		if err := run(strings.NewReader(in), io.Discard, io.Discard); err == nil {
			t.Errorf("no error for %q", in)
		}
	}
	met := strings.ReplaceAll(measured, "0.0546", "0.5460")
	if err := run(strings.NewReader(met), io.Discard, io.Discard); err != nil {
		t.Error(err)
	}
}
