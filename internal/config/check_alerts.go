package config

import (
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"time"
)

// checkAlerts never repeats the webhook's address: it is a key.
func (k *checker) checkAlerts() {
	a := k.c.Alerts
	k.one("alerts.format", a.Format, []string{WebhookWeCom, WebhookDingTalk, WebhookFeishu, WebhookJSON})
	if !a.Webhook.IsZero() && !validWebhook(a.Webhook.Reveal()) {
		k.fault("alerts.webhook", "要写机器人的完整网址，以 https:// 开头（http:// 只能用于本机），从群机器人的设置里复制")
	}
	k.lasts("alerts.offline_after", a.OfflineAfter, time.Minute, 24*time.Hour)
	k.between("alerts.disk_free_mb", a.DiskFreeMB, 0, 1_000_000)
	k.between("alerts.per_hour", a.PerHour, 1, 60)
	k.checkEmail(a.Email)
}

// validWebhook wants encryption, because the address itself is the key; this computer needs none.
func validWebhook(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && u.Fragment == "" && (u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()))
}

func (k *checker) checkEmail(e Email) {
	if e.Server == "" {
		if e.From+e.User != "" || len(e.To) > 0 || !e.Password.IsZero() {
			k.fault("alerts.email.server", "没有写邮件服务器，例如 smtp.example.cn:465；不用邮件请把 alerts.email 整段删掉")
		}
		return
	}
	host, port, err := net.SplitHostPort(e.Server)
	if number, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil || number == 0 || host == "" || !validHost(host) {
		k.fault("alerts.email.server", "要写 地址:端口，例如 smtp.example.cn:465")
	}
	if !plainAddress(e.From) {
		k.fault("alerts.email.from", "要写发件人的邮箱，例如 duban@example.cn")
	}
	if len(e.To) == 0 {
		k.fault("alerts.email.to", "要写收件人的邮箱，可以几个，例如 [chengban@example.cn]")
	}
	for n, to := range e.To {
		if !plainAddress(to) {
			k.fault(fmt.Sprintf("alerts.email.to[%d]", n), "这不是邮箱地址，例如 chengban@example.cn")
		}
	}
	if (e.User == "") != e.Password.IsZero() {
		k.fault("alerts.email.user", "user 和 password 要一起写，或者都不写")
	}
}

func plainAddress(text string) bool {
	a, err := mail.ParseAddress(text)
	return err == nil && a.Address == text
}
