package document

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// pdf lets LibreOffice turn a document into PDF and gives its text. The test is skipped where a program is missing, unless
// DUBAN_OFFICE=required. DUBAN_SHOTS keeps the document and the PDF in a folder.
func pdf(t *testing.T, name string, docx []byte) string {
	t.Helper()
	for _, program := range []string{"soffice", "pdftotext"} {
		if _, err := exec.LookPath(program); err == nil {
			continue
		}
		if os.Getenv("DUBAN_OFFICE") == "required" {
			t.Fatalf("no %s on this machine, and DUBAN_OFFICE=required", program)
		}
		t.Skipf("no %s on this machine", program)
	}
	dir := t.TempDir()
	if shots := os.Getenv("DUBAN_SHOTS"); shots != "" {
		dir = shots
	}
	file := filepath.Join(dir, name+".docx")
	if err := os.WriteFile(file, docx, 0o600); err != nil {
		t.Fatal(err)
	}
	// A profile of its own, so that it neither waits for nor talks to an office that is open. It never ends where it cannot read a path.
	profile := url.URL{Scheme: "file", Path: t.TempDir()}
	office := exec.CommandContext(t.Context(), "soffice", "-env:UserInstallation="+profile.String(), "--headless", "--convert-to", "pdf", "--outdir", dir, file)
	office.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	if out, err := office.CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", strings.TrimSuffix(file, "docx")+"pdf", "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	return string(out)
}

func TestOfficeBulletin(t *testing.T) {
	b := sample()
	data, err := b.Docx(album(t))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(strings.Fields(pdf(t, "bulletin", data)), "")
	for _, want := range []string{
		b.Bureau, b.Number, b.Title, "各责任单位：",
		"一、总体情况", "“乱堆乱放”18件", "新立案应处置按期处置已销号超期未处置按期率57524441584.6%",
		"二、排名情况", "（一）街道和乡镇", "1城关街道97.501414", "↑2", "—平川镇样本不足220", "—县教育局无应处置000",
		"三、突出问题", "（一）河东街道（3件）", "（金水湾小区）", "（编号17，超期3天，退回2次）。", "整改前整改后",
		"四、反弹和虚假整改", "（虚假整改）。", "五、工作要求", "一是压实责任。", b.Bureau + "2026年11月23日", "—1—", "—2—",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the PDF lacks %q", want)
		}
	}
	if strings.Contains(got, DraftMark) {
		t.Error("a published bulletin is marked as a draft")
	}
	if t.Failed() {
		t.Log(got)
	}
}

// Words without any place to break stay on the page, in the text and in cells.
func TestOfficeLongWords(t *testing.T) {
	word := strings.Repeat("w", 300)
	b := Bulletin{
		Bureau: "甲", Title: "乙", Draft: true, Overview: word,
		Groups: []Group{{"丙", []Rank{{Unit: word, Rank: 1, Score: "90.00"}}}},
		Units:  []Unit{{"丁", []Place{{"戊", []Item{{Text: word}}}}, 3}},
	}
	data, err := b.Docx(nil)
	if err != nil {
		t.Fatal(err)
	}
	got := pdf(t, "long", data)
	if n := strings.Count(got, "w"); n != 900 {
		t.Errorf("%d of 900 letters are on the pages", n)
	}
	if !strings.Contains(got, DraftMark) {
		t.Error("the draft is not marked")
	}
}
