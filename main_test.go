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
	none := filepath.Join(t.TempDir(), "none", "schema.json")
	if code, _, errOut := duban(t, "", "schema", "-o", none); code != 1 || !strings.HasPrefix(errOut, "没有写成 "+none) {
		t.Errorf("no such folder: exit %d, %q", code, errOut)
	}
	if code, out, _ := duban(t, "", "version"); code != 0 || !strings.HasPrefix(out, "duban ") {
		t.Errorf("version: exit %d, %q", code, out)
	}
}

// TestUsageIsChinese: whatever is wrong on the command line, and every command's help, is said in Chinese.
func TestUsageIsChinese(t *testing.T) {
	english := regexp.MustCompile(`(?i)[a-z]{2,} [a-z]{2,}|usage|flags|unknown|expected|missing|did you`)
	for line, want := range map[string]string{
		"help":                  "看不懂 help",
		"chek":                  `看不懂 chek；是不是 "check"？`,
		"--":                    "要写一个命令：",
		"run config.yaml":       "看不懂 config.yaml",
		"run --confg x":         `没有选项 --confg；是不是 "--config"？`,
		"run --config":          "--config 后面要写内容",
		"export --from":         "--from 后面要写内容",
		"export --status":       "--status 后面要写内容",
		"export --format xml":   `--format 只能是 "xlsx","csv","json"，不能是 "xml"`,
		"export --photos=maybe": `--photos 后面不用写 "maybe"`,
		"erase":                 "还要写 --person=ID",
		"restore":               `还要写 "<备份>"`,
		"code person":           `还要写 "<姓名或群名>"`,
	} {
		code, out, errOut := duban(t, "", strings.Fields(line)...)
		if code != 2 || out != "" || !strings.Contains(errOut, want) || english.MatchString(strings.ReplaceAll(errOut, "duban --help", "")) {
			t.Errorf("%s: exit %d, %q, %q", line, code, out, errOut)
		}
	}
	_, out, _ := duban(t, "", "--help")
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z-]+)( |$)`).FindAllStringSubmatch(out, -1) {
		_, text, _ := duban(t, "", m[1], "--help")
		out += text
	}
	out = regexp.MustCompile(`用法：duban [a-z-]+|运行 duban|JSON Schema`).ReplaceAllString(out, "")
	if found := english.FindString(out); found != "" || strings.Count(out, "显示用法") < 15 {
		t.Errorf("%q in\n%s", found, out)
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

// TestExport: what was reported in the console is in the files; a file is made once, and a wrong word is answered with what may be
// written.
func TestExport(t *testing.T) {
	file := county(t)
	dir := filepath.Dir(file)
	if code, _, errOut := duban(t, "", "export", "--config", file, "--format", "csv"); code != 1 || !strings.Contains(errOut, "没有数据库") {
		t.Errorf("before the first run: exit %d, %q", code, errOut)
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); err == nil {
		t.Error("a database was made")
	}
	say := "张敏@inspect: 上报 金水湾小区3号楼楼道堆放杂物\nat 2026-12-01 09:00\n张敏@inspect: 上报 =1+1 金水湾小区垃圾桶满溢\n"
	if code, _, errOut := duban(t, say, "console", "--config", file, "--start", "2026-11-23 09:00"); code != 0 {
		t.Fatalf("exit %d, %q", code, errOut)
	}
	export := func(args ...string) (code int, out, errOut string) {
		return duban(t, "", append([]string{"export", "--config", file}, args...)...)
	}
	code, out, errOut := export("--format", "csv")
	if lines := strings.Split(strings.TrimSpace(out), "\r\n"); code != 0 || len(lines) != 3 || !strings.HasPrefix(out, "\uFEFF编号,") || errOut != "已导出 2 件到 标准输出\n" {
		t.Errorf("exit %d, %q, %q", code, out, errOut)
	}
	code, out, _ = export("--format", "json", "--from", "2026-11-01", "--to", "2026-11-30", "--unit", "zhaoyang", "--status", "待签收,已销号")
	if code != 0 || strings.Count(out, `"id":`) != 1 || !strings.Contains(out, "楼道堆放杂物") {
		t.Errorf("exit %d, %q", code, out)
	}
	target := filepath.Join(dir, "台账.xlsx")
	code, out, errOut = export("-o", target, "--period", "2026年", "--photos")
	info, err := os.Stat(target)
	if code != 0 || out != "" || err != nil || info.Mode().Perm() != 0o600 || !strings.Contains(errOut, "已导出 2 件到 "+target) {
		t.Fatalf("exit %d, %q, %v, %v", code, errOut, info, err)
	}
	for _, tt := range []struct {
		args []string
		want string // "" if it succeeds
	}{
		{[]string{"-o", target}, "已经存在"},
		{[]string{"-o", target, "--force"}, ""},
		{[]string{"--format", "csv", "--photos"}, "--photos 只用于 xlsx"},
		{[]string{"--format", "csv", "--period", "哪天"}, "“哪天”看不出是什么时间"},
		{[]string{"--format", "csv", "--period", "本月", "--to", "2026-11-30"}, "只能用一种"},
		{[]string{"--format", "csv", "--from", "2026-11-30", "--to", "2026-11-29"}, "--from 不能晚于 --to"},
		{[]string{"--format", "csv", "--unit", "无此单位"}, "没有“无此单位”这个单位"},
		{[]string{"--format", "csv", "--status", "办好了"}, "可写 待派单"},
	} {
		code, out, errOut := export(tt.args...)
		if (code == 0) != (tt.want == "") || !strings.Contains(errOut, tt.want) || out != "" {
			t.Errorf("%v: exit %d, %q, %q", tt.args, code, out, errOut)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 3 { // the configuration, the data and the file
		t.Errorf("%v left, %v", left, err)
	}
}

// TestInit: a new county's file is taken by the other commands, and a second init leaves it alone.
func TestInit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "我的 配置.yaml")
	code, out, errOut := duban(t, "兴安县\n陈静\n\n\n\n", "init", file)
	if code != 0 || !strings.Contains(out, `duban run --config "`+file+`"`) {
		t.Fatalf("exit %d, %q, %q", code, out, errOut)
	}
	if code, out, errOut := duban(t, "", "check", file); code != 0 || !strings.Contains(out, "配置正确") {
		t.Errorf("exit %d, %q, %q", code, out, errOut)
	}
	if code, _, errOut := duban(t, "兴安县\n陈静\n\n\n\n", "init", file); code != 1 || !strings.Contains(errOut, "已经有了") {
		t.Errorf("exit %d, %q", code, errOut)
	}
	code, out, errOut = duban(t, "陈静@inspect: 上报 南门菜场污水横流\n", "console", "--config", file, "--start", "2026-11-23 09:00")
	if code != 0 || !strings.Contains(out, "已立案 #1") {
		t.Errorf("exit %d, %q, %q", code, out, errOut)
	}
}

// TestDoctor: what cannot work is told, and makes the command fail; nothing is made.
func TestDoctor(t *testing.T) {
	file := county(t)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	quiet := strings.NewReplacer("enabled: true", "enabled: false", "127.0.0.1:8711", "127.0.0.1:0").Replace(string(text)) // without the network
	if err := os.WriteFile(file, []byte(quiet), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errOut := duban(t, "", "doctor", "--config", file)
	if code != 0 || errOut != "" || !strings.Contains(out, "✓ 字体：能画中文图片") || !strings.Contains(out, "！ 数据库：还没有") {
		t.Errorf("exit %d, %q, %q", code, out, errOut)
	}
	if code, out, errOut := duban(t, "", "doctor", "--config", file+".none"); code != 1 || !strings.Contains(out, "✗ 配置：") || !strings.Contains(errOut, "先处理") {
		t.Errorf("exit %d, %q, %q", code, out, errOut)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); len(left) != 1 || err != nil {
		t.Errorf("%v left, %v", left, err)
	}
}

// TestDirectory: a directory that cannot be read is said so; it is read for no channel that is not enabled.
func TestDirectory(t *testing.T) {
	file := county(t)
	for _, channel := range []string{"feishu", "wechat"} {
		code, out, errOut := duban(t, "", "directory", channel, "--config", file)
		if code != 1 || out != "" || !strings.Contains(errOut, "的通讯录：") || !strings.Contains(errOut, "启用") {
			t.Errorf("%s: exit %d, %q, %q", channel, code, out, errOut)
		}
	}
}
