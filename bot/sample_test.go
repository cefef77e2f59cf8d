package bot

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSample: the texts in docs/img are what duban sample writes; the rest of it is there.
func TestSample(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine plays a week and draws its pictures")
	}
	t.Parallel()
	folder := t.TempDir()
	if _, err := Sample(t.Context(), folder, func(string) {}, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	kept, err := filepath.Glob("../docs/img/*.txt")
	if err != nil || len(kept) != 2 {
		t.Fatalf("%d texts in docs/img: %v", len(kept), err)
	}
	for _, file := range kept {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(folder, filepath.Base(file)))
		if diff := cmp.Diff(string(want), string(got)); err != nil || diff != "" {
			t.Errorf("%s (-docs +sample): %v\n%s", filepath.Base(file), err, diff)
		}
	}
	for _, name := range []string{"ranking.png", "ranking_week.png", "trend.png", "exposure.png", "bulletin.docx", "bulletin.xlsx", "ledger.xlsx"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
}
