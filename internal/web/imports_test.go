package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// upload sends a spreadsheet with a form's number and fields, as key, value, key, value.
func (br *browser) upload(path, form, name, sheet string, fields ...string) (status int, next string) {
	br.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for n := 0; n < len(fields); n += 2 {
		_ = w.WriteField(fields[n], fields[n+1])
	}
	_ = w.WriteField("form", form)
	part, err := w.CreateFormFile("sheet", name)
	if err != nil {
		br.t.Fatal(err)
	}
	_, _ = part.Write([]byte(sheet))
	_ = w.Close()
	r := br.request(http.MethodPost, path, &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return br.answer(r)
}

func (b *board) issues() (n int) {
	b.t.Helper()
	storetest.Read(b.t, b.store, b.now, func(tx *store.Tx) error {
		list, err := tx.Issues(store.Filter{})
		n = len(list)
		return err
	})
	return n
}

const problems = "序号,问题,点位,类别,责任单位\n1,垃圾满溢,金水湾小区,环境卫生,昭阳街道\n2,站牌破损,红星中路,公共设施,住建局\n"

func TestImportIssues(t *testing.T) {
	b := newBoard(t)
	b.policy.Reg.Chats = []issue.Chat{{ID: "zhaoyang_group", Name: "昭阳群", For: []issue.Purpose{issue.ForReminders}, Units: []string{"zhaoyang"}}}
	office := b.as("chen_jing")
	_, page := office.get("/import")
	contains(t, page, "问题表格", "还没有", "-组织表格")
	form := office.form("/import")
	status, next := office.upload("/import/issues", form, "测评反馈.csv", problems, "source", "省模拟测评", "limit", "5个工作日")
	if status != http.StatusSeeOther || b.issues() != 0 {
		t.Fatalf("preview: %d %s", status, next)
	}
	page = office.follow(next)
	contains(t, page, "【导入预览】", "省模拟测评", "昭阳街道 1、住建局 1", "等待确认", `action="/import/1/confirm"`)
	if len(b.lender.kept) != 1 {
		t.Errorf("kept %q", b.lender.kept)
	}
	confirm := office.form("/import")
	for range 2 { // pressed twice
		status, next = office.submit("/import/1/confirm", confirm)
		if status != http.StatusSeeOther || b.issues() != 2 {
			t.Fatalf("confirm: %d %s, %d issues", status, next, b.issues())
		}
	}
	contains(t, office.follow(next), "已导入 2 件（#1–#2）", "导入过的", "2 件，#1–#2", "-等待确认")
	if b.lender.sent == 0 || b.lender.poked == 0 {
		t.Error("nobody was told")
	}
	if _, said := office.submit("/import/1/confirm", office.form("/import")); b.issues() != 2 {
		t.Errorf("filed twice: %s", said)
	}
	status, page = office.upload("/import/issues", office.form("/import"), "又一次.csv", problems)
	contains(t, page, "没有导入")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("the same file again: %d", status)
	}
	_, audit := b.as("wu_di").get("/audit")
	contains(t, audit, "导入问题", "测评反馈，2 件")
}

func TestImportFaults(t *testing.T) {
	b := newBoard(t)
	office := b.as("chen_jing")
	for name, tt := range map[string]struct {
		file, sheet string
		says        []string
	}{
		"rows":     {"a.csv", "问题,责任单位\n垃圾满溢,昭阳街道\n,昭阳街道\n<b>站牌</b>破损,没有这个局\n", []string{"处要改，一件也没有导入", "没有这个局", "&lt;b&gt;站牌"}},
		"old":      {"a.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", []string{"没有导入", ".xlsx"}},
		"no sheet": {"a.xlsx", "PK\x03\x04 broken", []string{"没有导入"}},
		"empty":    {"a.csv", "", []string{"没有导入"}},
	} {
		status, page := office.upload("/import/issues", office.form("/import"), tt.file, tt.sheet, "source", "省模拟测评")
		if status != http.StatusUnprocessableEntity || b.issues() != 0 {
			t.Errorf("%s: %d", name, status)
		}
		contains(t, page, append(tt.says, `value="省模拟测评"`)...)
	}
	if status, said := office.upload("/import/issues", office.form("/import"), "big.csv", strings.Repeat("x", sheetForm)); status != http.StatusBadRequest {
		t.Errorf("too large: %d %.100s", status, said)
	}
	if status, said := office.submit("/import/issues", office.form("/import")); status != http.StatusBadRequest {
		t.Errorf("without a sheet: %d %.100s", status, said)
	}
}

func TestImportIsDropped(t *testing.T) {
	b := newBoard(t)
	office := b.as("chen_jing")
	if status, said := office.upload("/import/issues", office.form("/import"), "测评.csv", problems); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, said)
	}
	contains(t, office.press("/import", "/import/1/drop"), "已取消：测评，一件也没有导入", "-等待确认")
	if _, said := office.submit("/import/1/confirm", office.form("/import")); b.issues() != 0 {
		t.Errorf("filed what was dropped: %s", said)
	}
}

// Whoever has only the token has no name to file under, and administrators file nothing.
func TestWhoImportsIssues(t *testing.T) {
	b := newBoard(t)
	b.policy.Reg.Chats = []issue.Chat{{ID: "office", Name: "创城办"}}
	if status, _ := b.as("wu_di").upload("/import/issues", strings.Repeat("A", formDigits), "a.csv", problems); status != http.StatusForbidden {
		t.Errorf("an administrator: %d", status)
	}
	if status, said := b.visitors()["token"].upload("/import/issues", strings.Repeat("A", formDigits), "a.csv", problems); status != http.StatusConflict || !strings.Contains(said, "没有姓名") {
		t.Errorf("the token: %d %s", status, said)
	}
}

// A sheet of the register fills in the configuration, which is looked at and saved like any other edit.
func TestFillConfig(t *testing.T) {
	b := newBoard(t)
	f := &file{text: "units: []\n"}
	b.server.Lent.Config = f.lent()
	admin := b.as("wu_di")
	_, page := admin.get("/import")
	contains(t, page, "组织表格", "-问题表格")
	status, page := admin.upload("/config/sheet", "", "组织.xlsx", "城管局")
	contains(t, page, "表格已填入下面的配置，还没有保存", "读到：单位 1 行", "name: 城管局", "新增单位 1：城管局", "没有错误")
	if status != http.StatusOK || f.saved != 0 {
		t.Errorf("%d, saved %d", status, f.saved)
	}
	status, page = admin.upload("/config/sheet", "", "组织.xlsx", "坏")
	contains(t, page, "没有导入", "组织.xlsx", "单位 第 3 行 名称：没有写", "-<textarea")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a sheet with faults: %d", status)
	}
}
