package config

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// dying tells a child of this test to write a configuration, and to be killed when the new text is on the disk and not in its place.
const dying = "DUBAN_TEST_DIE_WRITING"

func TestMain(m *testing.M) {
	if os.Getenv(dying) == "" {
		os.Exit(m.Run())
	}
	file := "config.yaml" // of the working folder
	onDisk = func(name string) {
		if strings.HasPrefix(filepath.Base(name), partOf(file)) && !strings.Contains(name, ".bak") {
			p, err := os.FindProcess(os.Getpid())
			if err == nil {
				err = p.Kill()
			}
			panic(err) // not reached: the signal cannot be caught
		}
	}
	before, err := os.ReadFile(file)
	if err == nil {
		err = Write(file, before, []byte("campaign: {name: 新}\n"))
	}
	panic(err)
}

// content is what a folder holds, by name.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(text)
	}
	return out
}

// TestKilledWhileWriting: a program that is killed between the new file and its renaming leaves the old file whole and readable; the next
// writing removes what it left.
func TestKilledWhileWriting(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	old := []byte("campaign: {name: 旧}\n")
	if err := os.WriteFile(file, old, 0o640); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), self)
	child.Env = append(os.Environ(), dying+"=yes")
	child.Dir = filepath.Dir(file)
	if out, err := child.CombinedOutput(); err == nil || bytes.Contains(out, []byte("panic")) {
		t.Fatalf("it was not killed: %v\n%s", err, out)
	}
	left := content(t, filepath.Dir(file))
	if len(left) != 3 || left["config.yaml"] != string(old) || left["config.yaml.bak"] != string(old) {
		t.Errorf("left behind: %q", left)
	}
	c, err := Load(file)
	if err != nil || c.Campaign.Name != "旧" {
		t.Errorf("read %v, %v", c, err)
	}
	if err := Write(file, old, []byte("campaign: {name: 新}\n")); err != nil {
		t.Fatal(err)
	}
	now := content(t, filepath.Dir(file))
	if len(now) != 2 || now["config.yaml"] != "campaign: {name: 新}\n" || now["config.yaml.bak"] != string(old) {
		t.Errorf("after the next writing: %q", now)
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "config.yaml")
	mode := func(name string) os.FileMode {
		t.Helper()
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	if err := Write(file, nil, []byte("a")); err != nil || mode("config.yaml") != 0o600 {
		t.Errorf("a new file: %v", err)
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := Write(file, []byte("a"), []byte("b")); err != nil || mode("config.yaml") != 0o640 || mode("config.yaml.bak") != 0o640 {
		t.Errorf("another text: %v", err)
	}
	for _, before := range [][]byte{nil, []byte("a"), {}} {
		if err := Write(file, before, []byte("c")); !errors.Is(err, ErrChanged) {
			t.Errorf("over what somebody else wrote: %v", err)
		}
	}
	if got := content(t, dir); len(got) != 2 || got["config.yaml"] != "b" || got["config.yaml.bak"] != "a" {
		t.Errorf("%q", got)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := Write(file, []byte("b"), []byte("c")); err == nil || !strings.Contains(err.Error(), "没有这个文件") {
		t.Errorf("a file that is gone: %v", err)
	}
	if runtime.GOOS == "windows" {
		return // links need a privilege there
	}
	target := filepath.Join(t.TempDir(), "real.yaml")
	if err := errors.Join(os.WriteFile(target, []byte("x"), 0o600), os.Symlink(target, file)); err != nil {
		t.Fatal(err)
	}
	if err := Write(file, []byte("x"), []byte("y")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(file); err != nil || info.Mode()&os.ModeSymlink == 0 || content(t, filepath.Dir(target))["real.yaml"] != "y" {
		t.Error("the link is a link no more")
	}
}
