package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// duban runs a command line as a user would and gives its exit code and what it wrote.
func duban(t *testing.T, in string, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(in), &o, &e)
	return code, o.String(), e.String()
}

// county is a configuration file in a folder of its own, so that the database is thrown away.
func county(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("config.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// shownIn is the answer that a README shows to this report.
func shownIn(t *testing.T, readme string) string {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "张敏@inspect: 上报 金水湾小区3号楼楼道堆放杂物\n")
	answer, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatalf("%s shows no answer", readme)
	}
	return answer
}

func TestUsage(t *testing.T) {
	if code, out, _ := duban(t, ""); code != 0 || !strings.Contains(out, "demo") {
		t.Errorf("no arguments: exit %d, %q", code, out)
	}
	if code, _, errOut := duban(t, "", "dance"); code != 2 || !strings.Contains(errOut, "命令行不对") {
		t.Errorf("unknown command: exit %d, %q", code, errOut)
	}
	if code, out, _ := duban(t, "", "version"); code != 0 || !strings.HasPrefix(out, "duban ") {
		t.Errorf("version: exit %d, %q", code, out)
	}
}

func TestCheck(t *testing.T) {
	if code, out, errOut := duban(t, "", "check", county(t)); code != 0 || !strings.Contains(out, "配置正确") {
		t.Errorf("exit %d, %q, %q", code, out, errOut)
	}
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("units:\n  - {id: a, name: 甲, lead: nobody}\nunitz: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errOut := duban(t, "", "check", bad)
	if code != 1 || !strings.Contains(errOut, "nobody") || !strings.Contains(errOut, "unitz") {
		t.Errorf("both faults are wanted at once: exit %d, %q", code, errOut)
	}
	if code, _, errOut := duban(t, "", "check", bad+".none"); code != 1 || !strings.Contains(errOut, "config.example.yaml") {
		t.Errorf("a missing file: exit %d, %q", code, errOut)
	}
}

// TestConsole plays a report through the command, and a code from one command binds a stranger in another.
func TestConsole(t *testing.T) {
	file := county(t)
	code, out, errOut := duban(t, "张敏@inspect: 上报 金水湾小区3号楼楼道堆放杂物\n", "console", "--config", file, "--start", "2026-11-23 09:00")
	if code != 0 || errOut != "" {
		t.Fatalf("exit %d, %q, %q", code, out, errOut)
	}
	for _, readme := range []string{"README.md", "README.zh-CN.md"} {
		if answer := shownIn(t, readme); !strings.HasPrefix(out, answer) {
			t.Errorf("%s shows %q, the bot says %q", readme, answer, out)
		}
	}
	if code, out, errOut = duban(t, "", "code", "person", "王芳", "--config", file); code != 0 {
		t.Fatalf("exit %d, %q", code, errOut)
	}
	secret := regexp.MustCompile(`绑定 ([0-9A-Z]{8})`).FindStringSubmatch(out)
	if secret == nil {
		t.Fatalf("no code in %q", out)
	}
	say := "新来的?@inspect: 绑定 " + secret[1] + "\n新来的?@inspect: 我是谁\n冒充的?@inspect: 绑定 " + secret[1] + "\n查 1\n"
	code, out, errOut = duban(t, say, "console", "--config", file)
	for _, want := range []string{"已绑定：您是王芳", "> 您是王芳", "绑定码不对，或已用过"} {
		if !strings.Contains(out, want) {
			t.Errorf("the bot did not say %q: exit %d, %q, %q", want, code, out, errOut)
		}
	}
	if !strings.Contains(errOut, "第 4 行") {
		t.Errorf("a line that is no step must be named: %q", errOut)
	}
	if info, err := os.Stat(filepath.Join(filepath.Dir(file), "data", "duban.db")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the database's mode: %v, %v", info, err)
	}
}
