package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/config"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// settled is an installation in good order; %s is the address of the dashboard.
const settled = `campaign: {name: 兴安县创建全国文明城市}
web: {listen: "%s", token: 0123456789abcdef}
alerts: {webhook: "https://alert.example.cn/hook"}
groups: [{id: street, name: 街道}]
units: [{id: zhaoyang, name: 昭阳街道, group: street, liaison: li_qiang}]
people:
  - {id: li_qiang, name: 李强, unit: zhaoyang}
  - {id: chen_jing, name: 陈静, roles: [office, admin]}
  - {id: zhang_min, name: 张敏, roles: [inspector]}
  - {id: liu_jian, name: 刘建, roles: [leader]}
places: [{name: 金水湾小区, unit: zhaoyang}]
chats: [{id: office, name: 创城办, for: [intake, reminders, ranking, summary, admin, drafts]}]
`

// clinic is a folder with an installation, and what it takes to examine it.
type clinic struct {
	Patient
	t   *testing.T
	dir string
	env map[string]string
	net http.RoundTripper
}

func open(t *testing.T) *clinic {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "duban")
	server := httptest.NewUnstartedServer(http.NotFoundHandler()) // any answer will do
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	c := &clinic{t: t, dir: dir, env: map[string]string{}, net: server.Client().Transport}
	c.Patient = Patient{
		LastBackup: func(*config.Config) (time.Time, error) { return storetest.At(t, "2026-06-01 03:00"), nil },
		File:       filepath.Join(dir, "config.yaml"), Now: storetest.At(t, "2026-06-01 09:00"), Env: func(name string) string { return c.env[name] },
		Draw: func(string) error { return nil }, Trials: func(*config.Config) []Trial { return nil }, JobTitle: func(string) string { return "日报" },
		Servers: func(*config.Config) ([]Server, error) { return []Server{{server.Listener.Addr().String(), c.net}}, nil }, Log: slog.New(slog.DiscardHandler),
	}
	if err := os.MkdirAll(filepath.Join(dir, "data", "media"), 0o700); err != nil {
		t.Fatal(err)
	}
	c.write("config.yaml", fmt.Sprintf(settled, "127.0.0.1:0"))
	c.write("data/wechat.session", "{}")
	c.inside(func(tx *store.Tx) error {
		err := tx.BindPerson(store.PersonBinding{Channel: "wechat", Session: "s", Sender: "@1", Person: "chen_jing", How: "code"})
		if err != nil {
			return err
		}
		if _, err := tx.ClaimRun("ranking", tx.Now(), store.RunDone, ""); err != nil {
			return err
		}
		return tx.BindChat(store.ChatBinding{Channel: "wechat", Chat: "office", Session: "s", Conversation: "@@1", Name: "创城办"}, "chen_jing")
	})
	return c
}

func (c *clinic) path(name string) string { return filepath.Join(c.dir, name) }

func (c *clinic) write(name, text string) {
	c.t.Helper()
	err := os.WriteFile(c.path(name), []byte(text), 0o600)
	if err := errors.Join(err, os.Chtimes(c.path(name), c.Now, c.Now)); err != nil {
		c.t.Fatal(err)
	}
}

// inside changes the database and closes it again.
func (c *clinic) inside(fn func(tx *store.Tx) error) {
	c.t.Helper()
	s, err := store.Open(c.t.Context(), c.path("data/duban.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		c.t.Fatal(err)
	}
	storetest.Write(c.t, s, c.Now.Add(-time.Hour), fn)
	if err := errors.Join(s.Close(), os.Chtimes(c.path("data/duban.db"), c.Now, c.Now)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *clinic) examine() (found []string, sound bool) {
	c.t.Helper()
	sound = c.Examine(c.t.Context(), func(f Finding) { found = append(found, f.String()) })
	return found, sound
}

// files are all files of the installation with what is in them and when they were changed.
func (c *clinic) files() map[string]string {
	c.t.Helper()
	out := map[string]string{}
	err := filepath.Walk(c.dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			var text []byte
			text, err = os.ReadFile(path)
			out[path] = info.Mode().String() + info.ModTime().String() + string(text)
		} else if err == nil {
			out[path] = info.Mode().String() + info.ModTime().String()
		}
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

// TestHealthy: an installation in good order has nothing but ✓, and is as it was.
func TestHealthy(t *testing.T) {
	c := open(t)
	before := c.files()
	found, sound := c.examine()
	for _, line := range found {
		if !strings.HasPrefix(line, "✓ ") {
			t.Error(line)
		}
	}
	if !sound || len(found) < 14 {
		t.Errorf("sound: %v\n%s", sound, strings.Join(found, "\n"))
	}
	if diff := cmp.Diff(before, c.files()); diff != "" {
		t.Errorf("the examination changed something: %.500s", diff)
	}
}

// failing is a transport that fails in one way.
type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// TestFindings: each thing that can be wrong is found, with what to do, and is as bad as it is.
func TestFindings(t *testing.T) {
	for name, tt := range map[string]struct {
		harm func(c *clinic)
		want string // the beginning of a line
		say  string // what else the line says
	}{
		"no configuration":  {func(c *clinic) { remove(c, "config.yaml") }, "✗ 配置：", "duban init"},
		"faults":            {func(c *clinic) { c.write("config.yaml", "unitz: 1\nidentity: x\n") }, "✗ 配置：", "2 处错误，程序不能启动。运行 duban check"},
		"warnings":          {func(c *clinic) { c.edit("roles: [leader]", "roles: []") }, "！ 配置：没有错误，有 1 条提示", "duban check"},
		"readable file":     {func(c *clinic) { mode(c, "config.yaml", 0o644) }, "！ 配置：配置文件里有口令", "chmod 600"},
		"clock":             {func(c *clinic) { c.Now = c.Now.Add(-time.Hour) }, "✗ 时钟：", "自动对时"},
		"clock by records":  {func(c *clinic) { c.old("config.yaml", "data/duban.db"); c.Now = c.Now.Add(-2 * time.Hour) }, "✗ 时钟：", "数据库里最后的记录"},
		"next year":         {func(c *clinic) { c.Now = time.Date(2040, 12, 1, 9, 0, 0, 0, time.UTC) }, "！ 节假日：2040 年", "calendar.days_off"},
		"font":              {func(c *clinic) { c.Draw = func(string) error { return errors.New("没有字体文件 x.ttf") } }, "✗ 字体：没有字体文件", "pictures.font"},
		"file for a folder": {func(c *clinic) { remove(c, "data/media"); c.write("data/media", "") }, "✗ 文件夹：放照片的", "不是文件夹"},
		"readable folder":   {func(c *clinic) { mode(c, "data/media", 0o755) }, "！ 文件夹：放照片的文件夹", "chmod 700"},
		"no database":       {func(c *clinic) { remove(c, "data/duban.db") }, "！ 数据库：还没有", "自动建立"},
		"not a database":    {func(c *clinic) { c.write("data/duban.db", strings.Repeat("x", 9000)) }, "✗ 数据库：", "用备份恢复"},
		"newer database":    {func(c *clinic) { c.exec("INSERT INTO schema_steps (step) VALUES (999)") }, "✗ 数据库：结构版本是 999", "更新的 duban"},
		"older database":    {func(c *clinic) { c.exec("DELETE FROM schema_steps WHERE step > 3") }, "！ 数据库：结构版本 3", "自动升级"},
		"readable database": {func(c *clinic) { mode(c, "data/duban.db", 0o644) }, "！ 数据库：", "chmod 600"},
		"damaged pages":     {func(c *clinic) { storetest.Ruin(c.t, c.path("data/duban.db"), "issues") }, "✗ 数据完整：", "用备份恢复"},
		"port taken":        {taken(http.NotFoundHandler()), "✗ 看板：", "请改 web.listen"},
		"strange address":   {func(c *clinic) { c.edit("127.0.0.1:0", "192.0.2.1:8711") }, "✗ 看板：192.0.2.1:8711 不能用，这台电脑没有这个地址", "0.0.0.0"},
		"duban runs":        {taken(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})), "✓ 看板：duban 正在运行", ""},
		"weak token":        {func(c *clinic) { c.edit("127.0.0.1:0", "0.0.0.0:0"); c.edit("0123456789abcdef", "1234567") }, "✗ 看板：局域网里能打开", "16 个"},
		"no token":          {func(c *clinic) { c.edit(", token: 0123456789abcdef", "") }, "！ 看板：没有口令", "后台"},
		"no login":          {func(c *clinic) { remove(c, "data/wechat.session") }, "！ 登录状态：", "二维码"},
		"readable login":    {func(c *clinic) { mode(c, "data/wechat.session", 0o640) }, "✗ 登录状态：", "chmod 600"},
		"old login":         {func(c *clinic) { c.Now = c.Now.AddDate(0, 0, 4) }, "！ 登录状态：", "重新扫码"},
		"bad proxy":         {func(c *clinic) { c.env["HTTPS_PROXY"] = "http://" }, "✗ 代理：HTTPS_PROXY", "http://10.0.0.1:8080"},
		"proxy's password":  {func(c *clinic) { c.env["https_proxy"] = "http://me:secret@proxy:1" }, "✓ 代理：经过 proxy:1 上网", ""},
		"no certificates":   {func(c *clinic) { c.env["SSL_CERT_FILE"] = c.File }, "✗ 代理：SSL_CERT_FILE", "没有证书"},
		"lost certificates": {func(c *clinic) { c.env["SSL_CERT_FILE"] = c.path("none") }, "✗ 代理：SSL_CERT_FILE", "读不出来"},
		"bad certificate": {func(c *clinic) {
			c.Servers = func(*config.Config) ([]Server, error) { return nil, errors.New("channels.wecom.ca 无法读取") }
		}, "✗ 网络：channels.wecom.ca", ""},
		"no name":           {func(c *clinic) { c.net = failing{&net.DNSError{Err: "no such host"}} }, "！ 网络：", "DNS"},
		"timeout":           {func(c *clinic) { c.net = failing{context.DeadlineExceeded} }, "！ 网络：", "8 秒"},
		"refused":           {func(c *clinic) { c.net = failing{errors.New("connection refused")} }, "！ 网络：", "被拒绝"},
		"strange authority": {func(c *clinic) { c.net = &http.Transport{} }, "！ 网络：", "SSL_CERT_FILE"},
		"key tried":         {trial(Trial{Try: tried("", nil)}), "✓ 密钥：机器人：能用", ""},
		"key refused":       {trial(Trial{Try: tried("不认识这个 key", nil)}), "✗ 密钥：机器人：不认识这个 key", ""},
		"key not tried":     {trial(Trial{Try: tried("", &net.DNSError{Err: "no such host"})}), "！ 密钥：机器人：没有试成", "DNS"},
		"login not tried":   {trial(Trial{Alone: true}), "✓ 密钥：机器人：没有试登录", "duban doctor --login"},
		"login tried":       {func(c *clinic) { c.Login = true; trial(Trial{Alone: true, Try: tried("密钥不对", nil)})(c) }, "✗ 密钥：机器人：密钥不对", ""},
		"login while it runs": {func(c *clinic) {
			c.Login = true
			taken(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))(c)
			trial(Trial{Alone: true})(c)
		}, "！ 密钥：机器人：duban 正在运行", "先停下"},
		"group with a robot": {func(c *clinic) {
			c.edit("{id: office, name: 创城办", "{id: new, name: 督查群")
			c.edit("groups: [{id: street", "channels: {wecom_hook: {enabled: true, groups: [{chat: new, key: abc}]}}\ngroups: [{id: street")
		}, "✓ 绑定：1 人、1 个群已绑定", ""},
		"unbound group":   {func(c *clinic) { c.edit("{id: office, name: 创城办", "{id: new, name: 督查群") }, "！ 绑定：1 人已绑定；1 个群还没有绑定：督查群", "绑定本群 督查群"},
		"unbound officer": {func(c *clinic) { c.edit("{id: chen_jing", "{id: chen_jing2") }, "！ 绑定：", "duban code person"},
		"no backup":       {func(c *clinic) { c.LastBackup = func(*config.Config) (time.Time, error) { return time.Time{}, nil } }, "！ 备份：还没有", "duban backup"},
		"old backup":      {func(c *clinic) { c.Now = c.Now.AddDate(0, 0, 2) }, "！ 备份：上次备份是 2026-06-01 03:00，太久了", "duban backup"},
		"lost backups": {func(c *clinic) {
			c.LastBackup = func(*config.Config) (time.Time, error) { return time.Time{}, errors.New("x") }
		}, "✗ 备份：", "backup.folder"},
		"failed job": {func(c *clinic) {
			c.inside(func(tx *store.Tx) error {
				_, err := tx.ClaimRun("summary", tx.Now(), store.RunFailed, "")
				return err
			})
		}, "！ 定时任务：“日报”上一次", "日志"},
		"dead letters": {func(c *clinic) {
			c.inside(func(tx *store.Tx) error {
				if err := tx.Send(store.Out{To: store.ToChat("office"), Text: "一"}); err != nil {
					return err
				}
				due, err := tx.DueOutgoing(1)
				return errors.Join(err, tx.Bury(due[0], "gone"))
			})
		}, "！ 发不出的消息：1 条", "群还绑定着没有"},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t)
			tt.harm(c)
			before := c.files()
			found, sound := c.examine()
			line := ""
			for _, f := range found {
				if strings.HasPrefix(f, tt.want) {
					line = f
				}
				if strings.Contains(f, "secret") {
					t.Errorf("a password is shown: %s", f)
				}
			}
			if line == "" || !strings.Contains(line, tt.say) {
				t.Errorf("not found: %s … %s\n%s", tt.want, tt.say, strings.Join(found, "\n"))
			}
			if bad := strings.Contains("\n"+strings.Join(found, "\n"), "\n✗"); bad == sound {
				t.Errorf("sound is %v\n%s", sound, strings.Join(found, "\n"))
			}
			if diff := cmp.Diff(before, c.files()); diff != "" {
				t.Errorf("the examination changed something: %.500s", diff)
			}
		})
	}
}

// TestOthersFiles: a database of another user is no damaged database.
func TestOthersFiles(t *testing.T) {
	if os.Geteuid() <= 0 {
		t.Skip("everything can be written here")
	}
	for _, name := range []string{"data/duban.db", "data/duban.db-wal"} {
		for _, m := range []os.FileMode{0, 0o400} {
			c := open(t)
			if name != "data/duban.db" {
				c.write(name, "")
			}
			mode(c, name, m)
			found, sound := c.examine()
			line := "✗ 数据库：" + c.path(name) + " 没有权限读写。"
			if text := strings.Join(found, "\n"); sound || !strings.Contains(text, line) || strings.Contains(text, "用备份恢复") {
				t.Errorf("%s %o: %s", name, m, text)
			}
		}
	}
}

// trial has a key tried; what is not to be tried has no way to.
func trial(t Trial) func(c *clinic) {
	t.What = "机器人"
	return func(c *clinic) { c.Trials = func(*config.Config) []Trial { return []Trial{t} } }
}

func tried(refused string, err error) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return refused, err }
}

func remove(c *clinic, name string) {
	if err := os.RemoveAll(c.path(name)); err != nil {
		c.t.Fatal(err)
	}
}

func mode(c *clinic, name string, m os.FileMode) {
	if err := os.Chmod(c.path(name), m); err != nil {
		c.t.Fatal(err)
	}
}

// old makes files as old as if nobody had written them for days.
func (c *clinic) old(names ...string) {
	for _, name := range names {
		if err := os.Chtimes(c.path(name), c.Now.AddDate(0, 0, -2), c.Now.AddDate(0, 0, -2)); err != nil {
			c.t.Fatal(err)
		}
	}
}

// edit changes the configuration.
func (c *clinic) edit(old, fresh string) {
	c.t.Helper()
	text, err := os.ReadFile(c.File)
	if err != nil || !strings.Contains(string(text), old) {
		c.t.Fatalf("no %s in the configuration, %v", old, err)
	}
	c.write("config.yaml", strings.ReplaceAll(string(text), old, fresh))
}

// taken lets a server have the dashboard's address.
func taken(h http.Handler) func(c *clinic) {
	return func(c *clinic) {
		server := httptest.NewServer(h)
		c.t.Cleanup(server.Close)
		c.edit("127.0.0.1:0", server.Listener.Addr().String())
	}
}

// exec changes the database past all rules.
func (c *clinic) exec(statement string) {
	c.t.Helper()
	storetest.Exec(c.t, c.path("data/duban.db"), statement)
}
