package doctor

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"duban/internal/store"
	"duban/internal/store/pgtest"
	"duban/internal/store/storetest"
)

// TestPostgresDoctor: a server that is not there, one whose database is new, and one that is used.
func TestPostgresDoctor(t *testing.T) {
	pgtest.NeedsServer(t)
	empty, used := pgtest.Bare(t, t.TempDir()), pgtest.Place(t, t.TempDir())
	const secret = "geheim"
	for _, tt := range []struct {
		name, address string
		sound         bool
		want          []string
	}{
		{"gone", "postgres://duban:" + secret + "@127.0.0.1:1/duban", false, []string{"✗ 数据库：数据库 127.0.0.1:1/duban 连不上：服务器没有启动，或地址、端口、防火墙不对"}},
		{"new", empty, true, []string{"数据库连上了，还是空的，第一次运行时自动建表"}},
		{"used", used, true, []string{"结构版本", "数据完整：由 PostgreSQL 服务器负责", "请确认每天有 pg_dump"}},
	} {
		c := open(t)
		c.write("config.yaml", fmt.Sprintf(settled, "127.0.0.1:0")+fmt.Sprintf("storage: {driver: postgres, dsn: %q}\n", tt.address))
		if tt.name == "used" {
			s := storetest.OpenAt(t, tt.address)
			storetest.Write(t, s, c.Now.Add(-time.Hour), func(tx *store.Tx) error { return tx.Audit("", "test", "") })
		}
		found, sound := c.examine()
		text := strings.Join(found, "\n")
		for _, want := range tt.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: not told: %s\n%s", tt.name, want, text)
			}
		}
		if sound != tt.sound || strings.Contains(text, secret) || strings.Contains(text, "dial") {
			t.Errorf("%s: sound %v\n%s", tt.name, sound, text)
		}
	}
}
