package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"duban/internal/issue"
)

// file is a configuration file that lies in memory: "错" in a line is a fault.
type file struct {
	text    string
	version int
	saved   int
	reloads int
}

func (f *file) lent() ConfigFile {
	return ConfigFile{
		Name: "/etc/duban/config.yaml",
		Read: func() (string, string, error) { return f.text, fmt.Sprint(f.version), nil },
		Check: func(_ context.Context, text, version string) (Verdict, error) {
			return f.judge(text, version), nil
		},
		Save: func(_ context.Context, text, version, by string) (string, Verdict, error) {
			v := f.judge(text, version)
			if v.Good() {
				f.text = text
				f.version++
				f.saved++
			}
			return by + " 配置已生效：\n新增单位 1：城管局", v, nil
		},
		Fill: func(data []byte, _ bool) (string, string, []string, error) {
			if string(data) == "坏" {
				return "", "", nil, issue.Fail(issue.CodeInput, "单位 第 3 行 名称：没有写", "")
			}
			return f.text + "  - name: " + string(data) + "\n", fmt.Sprint(f.version), []string{"读到：单位 1 行"}, nil
		},
		Reload: func(context.Context, string) (string, error) { f.reloads++; return "配置没有改动", nil },
	}
}

func (f *file) judge(text, version string) Verdict {
	v := Verdict{Stale: version != fmt.Sprint(f.version), Changes: []string{"新增单位 1：城管局"}}
	for n, line := range strings.Split(text, "\n") {
		if strings.Contains(line, "错") {
			v.Faults = append(v.Faults, Fault{Line: n + 1, Where: "units[0].lead", Text: "没有这个人"})
		}
	}
	if strings.Contains(text, "删单位") {
		v.Refused = "昭阳街道还有 2 件没有销号"
	}
	return v
}

// edit sends the text of the configuration page, as a browser does, to a path.
func (br *browser) edit(path, text, version, form string) (int, string) {
	br.t.Helper()
	return br.post(path, url.Values{"text": {strings.ReplaceAll(text, "\n", "\r\n")}, "version": {version}, "form": {form}})
}

func TestConfigPage(t *testing.T) {
	b := newBoard(t)
	f := &file{text: "units: []\n# <b>注释</b>\n"}
	b.server.Lent.Config = f.lent()
	admin := b.as("wu_di")
	_, page := admin.get("/config")
	contains(t, page, "/etc/duban/config.yaml", "# &lt;b&gt;注释&lt;/b&gt;", `name="version" value="0"`, "-没有错误")

	bad := "a: 1\nb: 2\nlead: 错\nc: 3\nd: 4\n"
	status, page := admin.edit("/config/check", bad, "0", "")
	contains(t, page, "有 1 处错误", `href="#L3"`, `<div id="L3" class="wrong">`, `<div id="L2">`, "没有这个人", "lead: 错", `-id="L5"`)
	if status != http.StatusOK || f.saved != 0 {
		t.Errorf("check: %d, saved %d", status, f.saved)
	}
	status, page = admin.edit("/config", bad, "0", admin.form("/config"))
	contains(t, page, "有 1 处错误", "lead: 错\nc: 3")
	if status != http.StatusUnprocessableEntity || f.saved != 0 {
		t.Errorf("save with a fault: %d, saved %d", status, f.saved)
	}
	_, page = admin.edit("/config", "删单位", "0", admin.form("/config"))
	contains(t, page, "不能这样改", "还有 2 件没有销号", "-没有错误")
	_, page = admin.edit("/config/check", "units: [1]\n", "0", "")
	contains(t, page, "没有错误", "新增单位 1：城管局")

	form := admin.form("/config")
	for range 2 { // pressed twice
		status, _ = admin.edit("/config", "units: [1]\n", "0", form)
		if status != http.StatusSeeOther || f.saved != 1 || f.text != "units: [1]\n" {
			t.Errorf("save: %d, saved %d times %q", status, f.saved, f.text)
		}
	}
}

// Whoever saves after somebody else loses nothing, and overwrites nothing.
func TestConfigWasEdited(t *testing.T) {
	b := newBoard(t)
	f := &file{text: "units: []\n"}
	b.server.Lent.Config = f.lent()
	admin := b.as("wu_di")
	form := admin.form("/config")
	f.text, f.version = "theirs: 1\n", 1
	status, page := admin.edit("/config", "mine: 1\n", "0", form)
	contains(t, page, "已被别人改过", "mine: 1", `name="version" value="0"`)
	if status != http.StatusUnprocessableEntity || f.text != "theirs: 1\n" {
		t.Errorf("%d %q", status, f.text)
	}
}

func TestConfigReload(t *testing.T) {
	b := newBoard(t)
	f := &file{text: "units: []\n"}
	b.server.Lent.Config = f.lent()
	contains(t, b.as("wu_di").press("/config", "/config/reload"), "配置没有改动")
	if f.reloads != 1 {
		t.Errorf("reloaded %d times", f.reloads)
	}
}

// Where there is no file, as in the demo, the page says so, and nothing can be sent to it.
func TestNoConfigFile(t *testing.T) {
	b := newBoard(t)
	admin := b.as("wu_di")
	_, page := admin.get("/config")
	contains(t, page, "这里没有配置文件", "-<textarea")
	for _, path := range []string{"/config", "/config/check", "/config/reload"} {
		if status, _ := admin.edit(path, "x", "0", strings.Repeat("A", formDigits)); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
}
