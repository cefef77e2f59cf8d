package roster

import (
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"duban/internal/issue"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// office lets LibreOffice turn a workbook into another format and gives the file. The test is skipped where it is missing, unless
// DUBAN_OFFICE=required. DUBAN_SHOTS keeps the files in a folder.
func office(t *testing.T, data []byte, format string) string {
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
	from, to := t.TempDir(), t.TempDir()
	if shots := os.Getenv("DUBAN_SHOTS"); shots != "" {
		to = shots
	}
	file := filepath.Join(from, "roster.xlsx")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	// A profile of its own, so that it neither waits for nor talks to an office that is open. It never ends where it cannot read a path.
	profile := url.URL{Scheme: "file", Path: t.TempDir()}
	cmd := exec.CommandContext(t.Context(), "soffice", "-env:UserInstallation="+profile.String(), "--headless", "--convert-to", format, "--outdir", to, file)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, out)
	}
	return filepath.Join(to, "roster."+format)
}

// A workbook that another program saved brings back the same, and what was filled in there.
func TestOfficeSavesTheTemplate(t *testing.T) {
	saved := func(data []byte) []byte {
		out, err := os.ReadFile(office(t, data, "xlsx"))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	got, err := Read(open(t, saved(template(t, village()))), village(), Options{Remove: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(village(), got.Register, alike); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(got.Notes)+len(got.Missing) > 0 {
		t.Errorf("notes %v, missing %v", got.Notes, got.Missing)
	}
	filled := altered(t, template(t, &issue.Register{}), func(f *excelize.File) error {
		return errors.Join(f.SetCellStr("点位包保", "A5", "东门菜场"), f.SetCellFormula("点位包保", "D5", `"住建"&"局"`))
	})
	got, err = Read(open(t, saved(filled)), village(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := village()
	want.Places = append(want.Places, issue.Place{Name: "东门菜场", Unit: "zhujian"})
	if diff := cmp.Diff(want, got.Register, alike); diff != "" {
		t.Errorf("examples are passed over, a formula's value counts (-want +got)\n%s", diff)
	}
}

func TestOfficeShowsTheTemplate(t *testing.T) {
	file := office(t, template(t, village()), "pdf")
	out, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", file, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	text := strings.Join(strings.Fields(string(out)), "")
	for _, want := range []string{
		"单位和人员登记表", "怎样填", "责任单位红字的列必填", "名称别名考核分组主要领导单位负责人联络员代班人编号", "昭阳街道昭阳街道李强zhaoyang",
		"姓名别名单位角色微信备注编号", "陈静创城办、管理员创城办陈静chen_jing", "金水湾小区金水湾社区小区昭阳街道金水社区陈静住建局是", "环境卫生1个工作日01", "24小时", "创城督查工作群上报、排名直接写命令inspect",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the PDF lacks %q", want)
		}
	}
	if strings.Contains(text, "必填。单位的全称") {
		t.Error("the notes lie open over the table")
	}
	if t.Failed() {
		t.Log(text)
	}
}
