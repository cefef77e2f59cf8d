package media

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestWhole: a file that was cut short, emptied or replaced is known, whatever made its name.
func TestWhole(t *testing.T) {
	picture := append(append([]byte{0xff, 0xd8}, bytes.Repeat([]byte("pixels"), 9)...), 0xff, 0xd9)
	other := append(append([]byte{0xff, 0xd8}, bytes.Repeat([]byte("others"), 9)...), 0xff, 0xd9)
	sha := hash([]byte("the original"))
	for _, tt := range []struct {
		name     string
		data     []byte
		replaced bool // that it was replaced by another picture is known
	}{
		{Original(hash(picture), ".jpg"), picture, true},
		{Copy(sha, picture), picture, true},
		{Original(sha, ".shown.jpg"), picture, false},
	} {
		for name, c := range map[string]struct {
			data  []byte
			whole bool
		}{
			"whole": {tt.data, true}, "cut": {tt.data[:20], false}, "one byte less": {tt.data[:len(tt.data)-1], false}, "empty": {nil, false},
			"replaced": {other, !tt.replaced}, "text": {[]byte("gone"), false},
		} {
			if got := Whole(tt.name, c.data); got != c.whole {
				t.Errorf("%s, %s: %v", tt.name, name, got)
			}
			if got := Whole(filepath.FromSlash(tt.name), c.data); got != c.whole {
				t.Errorf("%s, %s: %v", tt.name, name, got)
			}
		}
	}
	if !Whole("台账.xlsx", []byte("x")) || Whole("台账.xlsx", nil) {
		t.Error("a file with another name")
	}
}

func TestRead(t *testing.T) {
	folder := t.TempDir()
	name := Original(hash([]byte("x")), ".jpg")
	path := filepath.Join(folder, filepath.FromSlash(name))
	if _, err := Read(folder, name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if data, err := Read(folder, name); err != nil || string(data) != "x" {
		t.Errorf("%q, %v", data, err)
	}
	if err := os.WriteFile(path, []byte("y"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := Read(folder, name); !errors.Is(err, ErrDamaged) || data != nil {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := Read(folder, "../"+filepath.Base(folder)); err == nil || errors.Is(err, ErrDamaged) {
		t.Errorf("elsewhere: %v", err)
	}
}
