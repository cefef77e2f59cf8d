package bot

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/issue"
	"duban/internal/store"
)

// worked is a bot on whose database a person has reported, with a photo and one that belongs to nothing.
func worked(t *testing.T) (*Bot, *config.Config) {
	t.Helper()
	b, _ := mediaBot(t, map[string][]byte{"a": street(81), "b": street(82)})
	for n, m := range []chat.Message{
		said("net", 1, "zhang_min", "inspect", "上报 金水湾小区垃圾桶满溢"),
		said("net", 2, "li_qiang", "zhaoyang_group", "完成 1 张敏说的都清了"),
		said("net", 3, "zhang_min", "inspect", "通过 1"),
		said("net", 4, "zhang_min", "inspect", ""),
	} {
		if n == 0 || n == 1 || n == 3 {
			m.Pictures = []chat.Picture{{Ref: []string{"a", "b", "", "b"}[n]}}
		}
		if err := b.Receive(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		settle(t, b)
	}
	return b, b.edition().cfg
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// TestExportPerson: the zip holds what was said, done and sent, the originals of the photos, and of others nothing by name.
func TestExportPerson(t *testing.T) {
	_, cfg := worked(t)
	file := filepath.Join(t.TempDir(), "张敏.zip")
	for _, tt := range []struct {
		who  string
		e    Export
		want string // in the error; "" if it works
	}{
		{"张敏", Export{File: file}, ""}, {"zhang_min", Export{File: file}, "已经存在"}, {"zhang_min", Export{File: file, Force: true}, ""}, {"nobody", Export{File: file + "2"}, "没有“nobody”"},
	} {
		err := ExportPerson(t.Context(), cfg, tt.who, tt.e, Terminal{ErrOut: io.Discard}, quiet())
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.who, err, tt.want)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	in := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if in[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(in["照片/1.jpg"], street(81)) || !bytes.Equal(in["照片/3.jpg"], street(82)) || len(in) != 4 {
		t.Errorf("%d files", len(in))
	}
	text := string(in["个人信息.json"])
	var p struct {
		Sent []struct{ Text string }
		Told []struct{ Text string }
	}
	if err := json.Unmarshal(in["个人信息.json"], &p); err != nil {
		t.Fatal(err)
	}
	var sent []string
	for _, m := range p.Sent {
		sent = append(sent, m.Text)
	}
	if diff := cmp.Diff([]string{"上报 金水湾小区垃圾桶满溢", "通过 1", ""}, sent); diff != "" {
		t.Errorf("(-said +exported)\n%s", diff)
	}
	for _, other := range []string{"li_qiang", "李强"} {
		if strings.Contains(text, other) {
			t.Errorf("tells of %s", other)
		}
	}
}

// TestErasePerson: a dry run changes nothing; who is in the configuration or has open work is refused; afterwards nothing in the
// database or among the files tells who it was, but for words that others wrote, which are named.
func TestErasePerson(t *testing.T) {
	b, cfg := worked(t)
	before := ledger(t, b)
	erase := func(e Erasure) (string, error) {
		var out bytes.Buffer
		err := ErasePerson(t.Context(), cfg, e, Terminal{Out: &out, ErrOut: io.Discard}, quiet())
		return out.String(), err
	}
	if _, err := erase(Erasure{ID: "zhang_min", Yes: true}); err == nil || !strings.Contains(err.Error(), "张敏（zhang_min）还在配置里") {
		t.Errorf("in the configuration: %v", err)
	}
	copied := *cfg
	cfg = &copied
	cfg.People = slices.DeleteFunc(slices.Clone(cfg.People), func(p issue.Person) bool { return p.ID == "zhang_min" || p.ID == "li_qiang" })
	if _, err := erase(Erasure{ID: "nobody"}); err == nil || !strings.Contains(err.Error(), "没有编号“nobody”的人") {
		t.Errorf("nobody: %v", err)
	}
	text, err := erase(Erasure{ID: "zhang_min", Name: "张敏"})
	if err != nil || !strings.Contains(text, "预演") || !strings.Contains(text, "别人写的文字里有“张敏”，原文保留：#1") {
		t.Errorf("%v: %s", err, text)
	}
	if got := rawText(t, cfg); !strings.Contains(got, "zhang_min") {
		t.Error("the dry run has erased")
	}
	if text, err = erase(Erasure{ID: "zhang_min", Name: "张敏", Yes: true}); err != nil || !strings.Contains(text, "代号是“已注销人员1”") {
		t.Errorf("%v: %s", err, text)
	}
	for _, trace := range []string{"zhang_min", "person/zhang_min", "上报 金水湾小区垃圾桶满溢"} {
		if strings.Contains(rawText(t, cfg), trace) {
			t.Errorf("%s stands in the files of the database", trace)
		}
	}
	if diff := cmp.Diff(strings.ReplaceAll(before, "zhang_min", "已注销人员1"), ledger(t, b)); diff != "" {
		t.Errorf("(-before +after)\n%s", diff)
	}
	if _, err := erase(Erasure{ID: "zhang_min", Yes: true}); err == nil {
		t.Error("erased twice")
	}
	if err := b.Receive(t.Context(), said("net", 9, "wang_fang", "inspect", "上报 金水湾小区污水横流")); err != nil {
		t.Fatal(err)
	}
	settle(t, b)
	if _, err := erase(Erasure{ID: "li_qiang", Yes: true}); err == nil || !strings.Contains(err.Error(), "#2 还等着这个人办") {
		t.Errorf("with open work: %v", err)
	}
}

// ledger is every issue with its history.
func ledger(t *testing.T, b *Bot) string {
	t.Helper()
	var out []any
	read(t, b, func(tx *store.Tx) error {
		for i, err := range tx.EachIssue(store.Filter{}) {
			if err != nil {
				return err
			}
			events, err := tx.Events(i.ID)
			if err != nil {
				return err
			}
			out = append(out, i, events)
		}
		return nil
	})
	text, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// rawText is all that the files of a database hold.
func rawText(t *testing.T, cfg *config.Config) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(cfg.Storage.Folder(), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(d.Name(), ".db") {
			return err
		}
		data, err := os.ReadFile(path)
		b.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
