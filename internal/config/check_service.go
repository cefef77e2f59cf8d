package config

import (
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// service checks what the program itself needs: time zone, storage, channels, dashboard, log and jobs.
func (k *checker) service() {
	k.checkCampaign()
	k.checkStorage()
	k.checkChannels()
	k.checkWeb()
	k.one("log.level", k.c.Log.Level, []string{"debug", "info", "warn", "error"})
	k.checkRetention()
	k.one("log.format", k.c.Log.Format, []string{LogText, LogJSON})
	k.between("log.max_mb", k.c.Log.MaxMB, 1, 1000)
	k.between("log.keep", k.c.Log.Keep, 0, 1000)
	k.checkBackup()
	k.checkAlerts()
	k.one("identity", k.c.Identity, []string{IdentityBound, IdentityGroupCard})
	k.checkSchedule()
}

func (k *checker) checkCampaign() {
	c := k.c.Campaign
	if c.Name == "" || strings.Contains(c.Name, "\n") {
		k.fault("campaign.name", "要写一行文字，例如 兴安县创建全国文明城市")
	}
	_, err := time.LoadLocation(c.Timezone)
	// LoadLocation takes the machine's own zone for these two, which would make deadlines depend on the machine.
	if err != nil || c.Timezone == "" || c.Timezone == "Local" {
		k.fault("campaign.timezone", "没有这个时区；中国写 Asia/Shanghai"+maybe(c.Timezone, []string{"Asia/Shanghai", "Asia/Urumqi"}))
	}
	if c.Start.Year < 2000 || c.Start.Year > 2100 {
		k.fault("campaign.start", "要写 2000 到 2100 年之间的日期，例如 2026-01-01")
	}
}

func (k *checker) checkStorage() {
	s := k.c.Storage
	switch s.Driver {
	case DriverSQLite:
		k.checkFile("storage.dsn", s.Place())
	case DriverPostgres:
		k.checkAddress("storage.dsn", s.Place())
	case "mysql":
		k.fault("storage.driver", "这个版本的程序不能用 mysql，请写 sqlite 或 postgres")
	default:
		k.one("storage.driver", s.Driver, []string{DriverSQLite, DriverPostgres})
	}
	if s.Media == "" {
		k.fault("storage.media", "要写存放照片的文件夹，例如 data/media")
	}
	k.lasts("storage.takeover_after", s.Takeover, 10*time.Second, 10*time.Minute)
}

// checkBackup also keeps backups out of the photos' folder, where they would be taken for photos.
func (k *checker) checkBackup() {
	b := k.c.Backup
	if b.Folder == "" {
		k.fault("backup.folder", "要写存放备份的文件夹，例如 data/backup；不需要备份请把 schedule.backup 写成 off")
	}
	media := k.c.Storage.Media
	if b.Folder != "" && media != "" && within(b.Folder, media) {
		k.fault("backup.folder", "不能放在照片文件夹（storage.media）里，例如写 data/backup")
	}
	if b.CopyTo != "" && (filepath.Clean(b.CopyTo) == filepath.Clean(b.Folder) || media != "" && within(b.CopyTo, media)) {
		k.fault("backup.copy_to", "要写另一个地方，最好在另一块硬盘上；不需要请留空")
	}
	k.between("backup.keep", b.Keep, 1, 3650)
}

// within says whether a folder lies in another one, or is it.
func within(folder, other string) bool {
	rel, err := filepath.Rel(other, folder)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// checkFile refuses what SQLite would not take for the name of a file: data kept in memory only would be lost.
func (k *checker) checkFile(path, dsn string) {
	switch {
	case dsn == "":
		k.fault(path, "要写数据库文件，例如 data/duban.db")
	case strings.HasPrefix(dsn, "file:") || strings.Contains(dsn, ":memory:") || strings.ContainsAny(dsn, "?#%"):
		k.fault(path, "sqlite 只写文件路径，例如 data/duban.db，不带 file: 和参数")
	case strings.Contains(dsn, "://"):
		k.fault(path, "这是数据库服务器的地址，要同时写 driver: postgres；用 sqlite 请写文件路径，例如 data/duban.db")
	}
}

// serverForm is what the address of a server looks like.
const serverForm = "例如 postgres://duban:${DUBAN_DB_PASSWORD}@127.0.0.1:5432/duban"

// checkAddress refuses what is no address of a PostgreSQL server with a database. Nothing of it is shown: a password may be in it.
func (k *checker) checkAddress(path, dsn string) {
	u, err := url.Parse(dsn)
	switch {
	case dsn == "" || dsn == Default().Storage.Place():
		k.fault(path, "driver 是 postgres，这里要写服务器的地址，"+serverForm)
	case err != nil:
		k.fault(path, "不是地址，"+serverForm+"；口令里的 @、/、:、#、?、% 要写成 %40、%2F、%3A、%23、%3F、%25")
	case u.Scheme != "postgres" && u.Scheme != "postgresql":
		k.fault(path, "要以 postgres:// 开头，"+serverForm)
	case strings.Trim(u.Path, "/") == "":
		k.fault(path, "没有写库名，"+serverForm)
	case u.User.Username() == "":
		k.fault(path, "没有写用户名，"+serverForm)
	}
}

func (k *checker) checkChannels() {
	w := k.c.Channels.WeChat
	k.one("channels.wechat.mode", w.Mode, []string{ModeDesktop, ModeNormal})
	if w.Session == "" {
		k.fault("channels.wechat.session", "要写保存登录状态的文件，例如 data/wechat.session")
	}
	k.between("channels.wechat.send.per_minute", w.Send.PerMinute, 1, 60)
	k.lasts("channels.wechat.send.jitter", w.Send.Jitter, 0, time.Minute)
	k.checkWeCom(k.c.Channels.WeCom)
	k.checkWeComHook(k.c.Channels.WeComHook)
	k.checkFeishu(k.c.Channels.Feishu)
	k.checkDingTalk(k.c.Channels.DingTalk)
}

func (k *checker) checkFeishu(f Feishu) {
	k.one("channels.feishu.receive", f.Receive, []string{ReceiveMentions, ReceiveAll})
	k.isHTTPS("channels.feishu.url", f.URL, "飞书")
	if f.Enabled && f.AppID == "" {
		k.fault("channels.feishu.app_id", "启用飞书要写应用的 App ID，在开放平台“凭证与基础信息”里复制")
	}
	if f.Enabled && f.Secret.IsZero() {
		k.fault("channels.feishu.secret", "启用飞书要写应用的 App Secret，在开放平台“凭证与基础信息”里复制；建议放在环境变量里，写 ${名字}")
	}
}

func (k *checker) checkDingTalk(d DingTalk) {
	k.isHTTPS("channels.dingtalk.url", d.URL, "钉钉")
	k.isHTTPS("channels.dingtalk.oapi_url", d.OapiURL, "钉钉")
	if d.Enabled && d.ClientID == "" {
		k.fault("channels.dingtalk.client_id", "启用钉钉要写应用的 Client ID，在开发者后台“凭证与基础信息”里复制")
	}
	if d.Enabled && d.Secret.IsZero() {
		k.fault("channels.dingtalk.secret", "启用钉钉要写应用的 Client Secret，在开发者后台“凭证与基础信息”里复制；建议放在环境变量里，写 ${名字}")
	}
}

// isHTTPS checks where a network's open interface is, if that is written.
func (k *checker) isHTTPS(path, address, network string) {
	u, err := url.Parse(address)
	if address != "" && (err != nil || u.Host == "" || u.RawQuery != "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname()))) {
		k.fault(path, "要写 https:// 开头的地址；用"+network+"公有服务的不写")
	}
}

func (k *checker) checkWeCom(w WeCom) {
	if w.URL != "" {
		u, err := url.Parse(w.URL)
		if err != nil || u.Host == "" || u.Scheme != "wss" && (u.Scheme != "ws" || !loopback(u.Hostname())) {
			k.fault("channels.wecom.url", "要写 wss:// 开头的地址；用企业微信公有服务的不写")
		}
	}
	if w.Enabled && w.BotID == "" {
		k.fault("channels.wecom.bot_id", "启用企业微信要写机器人的 Bot ID，在管理后台“智能机器人”里复制")
	}
	if w.Enabled && w.Secret.IsZero() {
		k.fault("channels.wecom.secret", "启用企业微信要写机器人的 Secret，在管理后台“智能机器人”里复制；建议放在环境变量里，写 ${名字}")
	}
}

var hookKey = regexp.MustCompile(`^[0-9A-Za-z_-]+$`)

func (k *checker) checkWeComHook(h WeComHook) {
	const at = "channels.wecom_hook."
	if h.URL != "" {
		u, err := url.Parse(h.URL)
		if err != nil || u.Host == "" || u.RawQuery != "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
			k.fault(at+"url_base", "要写 https:// 开头的地址，只到域名为止；用企业微信公有服务的不写")
		}
	}
	if !h.Enabled {
		return
	}
	if len(h.Groups) == 0 {
		k.fault(at+"groups", "启用企业微信群机器人至少要写一个群：chat 写群的编号，key 写机器人地址里 key= 后面的一段")
	}
	chats, seen := newCatalogue("chats", "群", byID), map[string]bool{}
	for _, c := range k.c.Chats {
		chats.add(c.ID, c.Name)
	}
	for i, g := range h.Groups {
		path := item(at+"groups", i)
		switch k.ref(path+".chat", g.Chat, chats); {
		case g.Chat == "":
			k.fault(path+".chat", "要写群的编号（id），在 chats 里")
		case seen[g.Chat]:
			k.fault(path+".chat", "这个群已经有一个机器人了，一个群写一次")
		}
		seen[g.Chat] = true
		switch {
		case g.Key.IsZero():
			k.fault(path+".key", "要写机器人地址里 key= 后面的一段；建议放在环境变量里，写 ${名字}")
		case !hookKey.MatchString(g.Key.Reveal()):
			k.fault(path+".key", "只写机器人地址里 key= 后面的一段，不要写整个地址")
		}
	}
}

func (k *checker) checkWeb() {
	w := k.c.Web
	if w.Listen == Off {
		return
	}
	host, port, err := net.SplitHostPort(w.Listen)
	number, portErr := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil || portErr != nil || strconv.FormatUint(number, 10) != port || !validHost(host):
		k.fault("web.listen", "要写 地址:端口，端口 0 到 65535，例如 127.0.0.1:8711；不要看板写 off")
	case w.Token.IsZero() && !loopback(host):
		k.fault("web.listen", "这个地址别的电脑也能访问，必须先设置 web.token；只在本机看请写 127.0.0.1:"+port)
	}
	if w.PublicURL == "" {
		return
	}
	u, err := url.Parse(w.PublicURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		k.fault("web.public_url", "要写完整的网址，例如 https://duban.example.cn，或留空")
	}
}

// validHost accepts nothing (all addresses), an IP address and a host name.
func validHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		return true
	}
	for _, c := range host {
		if c != '.' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	// 1.2.3 is neither an address nor a name.
	return strings.ContainsFunc(host, func(c rune) bool { return c >= 'A' })
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}

// afterLookBack is for how many days more than until a look back the photos that it is compared with must stay.
const afterLookBack = 30

func (k *checker) checkRetention() {
	r := k.c.Retention
	for _, d := range []struct {
		key         string
		n, shortest int
	}{
		{"photos", r.Photos, 90}, {"loose_photos", r.LoosePhotos, 1}, {"chat_text", r.ChatText, 30}, {"drafts", r.Drafts, 7}, {"logs", r.Logs, 7},
	} {
		if path := "retention." + d.key; d.n != 0 && (d.n < d.shortest || d.n > 3650) {
			k.fault(path, "要写天数，"+strconv.Itoa(d.shortest)+" 到 3650；0 表示一直保留")
		}
	}
	if least := k.c.LookBack.After + afterLookBack; r.Photos >= 90 && r.Photos < least {
		k.fault("retention.photos", "回头看要对照照片：look_back.after 是 "+strconv.Itoa(k.c.LookBack.After)+" 天，这里不能少于 "+strconv.Itoa(least)+" 天")
	}
}

func (k *checker) checkSchedule() {
	v := reflect.ValueOf(k.c.Schedule)
	for i, name := range keysOf(v.Type()) {
		if text := checkSpec(v.Field(i).String(), k.c.Location()); text != "" {
			k.fault("schedule."+name, text)
		}
	}
}
