package lease

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestPlaces: nobody comes to a place where somebody is, and who comes to a place that was left is known by the same name.
func TestPlaces(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	settle := func() *Place {
		t.Helper()
		p, err := Settle(folder)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	a, b := settle(), settle()
	if a.ID == b.ID || a.ID == "" {
		t.Errorf("two in one place: %q, %q", a.ID, b.ID)
	}
	if err := a.Leave(); err != nil {
		t.Fatal(err)
	}
	c := settle()
	if c.ID != a.ID {
		t.Errorf("the same place has another name: %q, %q", a.ID, c.ID)
	}
	for range mostPlaces - 2 {
		settle()
	}
	if _, err := Settle(folder); err == nil || !strings.Contains(err.Error(), "已经有 8 个 duban") {
		t.Errorf("got %v", err)
	}
	if info, err := os.Stat(filepath.Join(folder, "process1.id")); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	other, err := Settle(filepath.Join(t.TempDir(), "data"))
	if err != nil || other.ID == a.ID {
		t.Errorf("two folders, one place: %v", err)
	}
}

// TestSpoiltPlace: a file that says nothing gets a new name.
func TestSpoiltPlace(t *testing.T) {
	folder := t.TempDir()
	for _, text := range []string{"", "x", strings.Repeat("A", 1000)} {
		if err := os.WriteFile(filepath.Join(folder, "process1.id"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := Settle(folder)
		if err != nil || p.ID == text || len(p.ID) < 20 {
			t.Errorf("%q: %v, %v", text, p, err)
		}
		if err := p.Leave(); err != nil {
			t.Error(err)
		}
	}
	if _, err := Settle(filepath.Join(folder, "process1.id")); err == nil {
		t.Error("a file is no folder")
	}
}
