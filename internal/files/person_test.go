package files

import (
	"strings"
	"testing"

	"duban/internal/store"
)

// TestEveryColumnHasALabel: what a person is given is headed by words and not by names of columns.
func TestEveryColumnHasALabel(t *testing.T) {
	for _, c := range store.ShownColumns() {
		table, column, _ := strings.Cut(c, ".")
		if Label(table) == table || Label(column) == column {
			t.Errorf("%s has no label", c)
		}
	}
}
