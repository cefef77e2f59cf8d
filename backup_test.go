package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBackupAndRestore: a report comes back from the backup, in place of what happened later, which is set aside.
func TestBackupAndRestore(t *testing.T) {
	file := county(t)
	if code, _, errOut := duban(t, "", "backup", "--config", file); code != 1 || !strings.Contains(errOut, "没有数据库") {
		t.Errorf("before the first run: exit %d, %q", code, errOut)
	}
	say := func(text string) string {
		code, out, errOut := duban(t, text, "console", "--config", file, "--start", "2026-11-23 09:00")
		if code != 0 {
			t.Fatalf("exit %d, %q", code, errOut)
		}
		return out
	}
	say("张敏@inspect: 上报 金水湾小区3号楼楼道堆放杂物\n")
	code, out, errOut := duban(t, "", "backup", "--config", file)
	if code != 0 || !strings.Contains(out, "读回检查过") || !strings.Contains(out, "1 件问题") {
		t.Fatalf("exit %d, %q, %q", code, out, errOut)
	}
	data := filepath.Join(filepath.Dir(file), "data")
	made, err := filepath.Glob(filepath.Join(data, "backup", "duban-*.db"))
	if err != nil || len(made) != 1 {
		t.Fatalf("%q, %v", made, err)
	}
	if kept, err := os.ReadFile(strings.TrimSuffix(made[0], ".db") + ".yaml"); err != nil || !strings.Contains(string(kept), "兴安县") {
		t.Errorf("the configuration beside it: %v", err)
	}
	say("张敏@inspect: 上报 红星中路站牌破损\n")
	code, _, errOut = duban(t, "", "restore", "--config", file, file)
	if code != 1 || !strings.Contains(errOut, "不是数据库文件") || !strings.Contains(errOut, "原来的数据库没有动") {
		t.Errorf("no backup: exit %d, %q", code, errOut)
	}
	if out := say("张敏@inspect: 查 2\n"); !strings.Contains(out, "站牌破损") {
		t.Errorf("the refused restoration took something: %q", out)
	}
	code, out, errOut = duban(t, "", "restore", "--config", file, made[0])
	for _, want := range []string{"1 件问题", "最近一条是 2026-11-23 09:00", "改名为", "登录状态不在备份里"} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("%q is missing: exit %d, %q, %q", want, code, out, errOut)
		}
	}
	out = say("张敏@inspect: 查 1\n张敏@inspect: 查 2\n")
	if !strings.Contains(out, "楼道堆放杂物") || strings.Contains(out, "站牌破损") {
		t.Errorf("after the restoration: %q", out)
	}
	if aside, err := filepath.Glob(filepath.Join(data, "duban.db.before-*")); err != nil || len(aside) != 1 {
		t.Errorf("set aside: %q, %v", aside, err)
	}
}
