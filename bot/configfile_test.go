package bot

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/roster"
	"duban/internal/web"
)

// secretive is a bot whose file has a token written out, and the file as the dashboard edits it.
func secretive(t *testing.T) (*stage, web.ConfigFile) {
	t.Helper()
	cfg := editable(t)
	text, err := os.ReadFile(cfg.File)
	if err == nil {
		err = os.WriteFile(cfg.File, append(text, "web:\n  token: sesame-open-the-door\n"...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if cfg, err = config.Load(cfg.File); err != nil {
		t.Fatal(err)
	}
	s := stageOf(t, cfg, time.Date(2026, 11, 24, 9, 0, 0, 0, shanghai(t)))
	return s, s.bot.configFile()
}

// saveAs saves an edit of the file as somebody.
func saveAs(t *testing.T, f web.ConfigFile, by string, edit func(text string) string) (string, web.Verdict) {
	t.Helper()
	text, version, err := f.Read()
	if err != nil {
		t.Fatal(err)
	}
	said, v, err := f.Save(t.Context(), edit(text), version, by)
	if err != nil {
		t.Fatal(err)
	}
	return said, v
}

// TestConfigFileIsSaved: what is saved on the dashboard counts at once, is announced, and keeps the secret that nobody saw.
func TestConfigFileIsSaved(t *testing.T) {
	s, f := secretive(t)
	text, version, err := f.Read()
	if err != nil || strings.Contains(text, "sesame") || !strings.Contains(text, "token: <已隐藏 1>") {
		t.Fatalf("the file is shown as %q: %v", text, err)
	}
	edited := strings.Replace(text, "name: 临湖街道", "name: 临湖新区", 1)
	v, err := f.Check(t.Context(), edited, version)
	if err != nil || !v.Good() || !slices.ContainsFunc(v.Changes, func(c string) bool { return strings.Contains(c, "临湖新区") }) {
		t.Fatalf("check: %+v %v", v, err)
	}
	if u, _ := s.bot.register().Unit("linhu"); u.Name != "临湖街道" {
		t.Error("checking changed something")
	}
	said, v := saveAs(t, f, "chen_jing", func(text string) string { return strings.Replace(text, "name: 临湖街道", "name: 临湖新区", 1) })
	if !v.Good() || !strings.Contains(said, "已保存。配置已生效：") || !strings.Contains(said, "临湖新区") {
		t.Errorf("said %q %+v", said, v)
	}
	settle(t, s.bot)
	if told := strings.Join(s.heard(), "\n"); !strings.Contains(told, "【配置】已生效（陈静）") {
		t.Errorf("told %q", told)
	}
	if u, _ := s.bot.register().Unit("linhu"); u.Name != "临湖新区" {
		t.Errorf("in force: %s", u.Name)
	}
	written, err := os.ReadFile(f.Name)
	if err != nil || !bytes.Contains(written, []byte("token: sesame-open-the-door\n")) || bytes.Contains(written, []byte("已隐藏")) {
		t.Errorf("written: %s %v", written, err)
	}
	if said, err := f.Reload(t.Context(), "chen_jing"); err != nil || said != "配置没有改动" {
		t.Errorf("reload: %q %v", said, err)
	}
}

// TestConfigFileIsGuarded: neither faults, nor a mark in a wrong place, nor what is still needed, nor somebody else's edit is lost by
// saving: the file stays as it was.
func TestConfigFileIsGuarded(t *testing.T) {
	s, f := secretive(t)
	steps, err := chat.ParseScript(strings.NewReader("张敏@inspect: 上报 金水湾小区垃圾桶满溢"))
	if err != nil {
		t.Fatal(err)
	}
	s.do(steps[0])
	before, err := os.ReadFile(f.Name)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		from, to string
		bad      func(v web.Verdict) bool
	}{
		"fault": {"lead: zhou_jun", "lead: zhou_jnu", func(v web.Verdict) bool {
			return len(v.Faults) > 0 && v.Faults[0].Line > 0 && strings.Contains(v.Faults[0].Text, "zhou_jun")
		}},
		"no yaml": {"units:", "units: [", func(v web.Verdict) bool { return len(v.Faults) > 0 }},
		"mark":    {"token: <已隐藏 1>", "token: <已隐藏 2>", func(v web.Verdict) bool { return len(v.Faults) == 1 && strings.Contains(v.Faults[0].Text, "已隐藏") }},
		"needed": {"li_qiang", "li_qiang2", func(v web.Verdict) bool {
			return len(v.Faults) == 0 && strings.Contains(v.Refused, "李强还有 1 件没有销号：#1")
		}},
	} {
		said, v := saveAs(t, f, "chen_jing", func(text string) string { return strings.ReplaceAll(text, tt.from, tt.to) })
		after, err := os.ReadFile(f.Name)
		if said != "" || v.Good() || !tt.bad(v) || err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: %q %+v, changed %v %v", name, said, v, !bytes.Equal(before, after), err)
		}
		for _, fault := range v.Faults {
			if strings.Contains(fault.Text, "sesame") {
				t.Errorf("%s tells the secret: %s", name, fault.Text)
			}
		}
	}
	text, version, err := f.Read()
	if err != nil {
		t.Fatal(err)
	}
	theirs := append(before, "# theirs\n"...)
	if err := os.WriteFile(f.Name, theirs, 0o600); err != nil {
		t.Fatal(err)
	}
	said, v, err := f.Save(t.Context(), text+"# mine\n", version, "chen_jing")
	after, err2 := os.ReadFile(f.Name)
	if said != "" || !v.Stale || err != nil || err2 != nil || !bytes.Equal(theirs, after) {
		t.Errorf("another's edit: %q %+v %v %v", said, v, err, err2)
	}
}

// TestSheetFillsConfigFile: a workbook of the register becomes the text of the file, which is checked like any other and not saved yet.
func TestSheetFillsConfigFile(t *testing.T) {
	s, f := secretive(t)
	reg := *s.bot.register()
	reg.Units = slices.Clone(reg.Units)
	reg.Units[1].Name = "临湖新区"
	var book bytes.Buffer
	if err := roster.Write(&book, &reg); err != nil {
		t.Fatal(err)
	}
	text, version, notes, err := f.Fill(book.Bytes(), false)
	if err != nil || !strings.Contains(text, "临湖新区") || strings.Contains(text, "sesame") || len(notes) == 0 || !strings.Contains(notes[0], "单位 4 行") {
		t.Fatalf("%q %q %v", text, notes, err)
	}
	if v, err := f.Check(t.Context(), text, version); err != nil || !v.Good() {
		t.Errorf("%+v %v", v, err)
	}
	if _, _, _, err := f.Fill([]byte("PK nonsense"), false); err == nil || strings.Contains(err.Error(), "zip") {
		t.Errorf("nonsense: %v", err)
	}
	if now, _, err := f.Read(); err != nil || strings.Contains(now, "临湖新区") {
		t.Errorf("it is in the file already: %v", err)
	}
}
