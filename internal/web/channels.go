package web

import (
	"fmt"
	"net/http"

	"rsc.io/qr"

	"duban/internal/chat"
	"duban/internal/health"
)

// scanRefresh is how soon, in seconds, the page loads itself anew while a channel waits for somebody.
const scanRefresh = 3

type channelsView struct{ Channels []channelView }

type channelView struct {
	health.Channel
	Label string
	Next  string // what to do
}

// todo says what there is to do in each state, where the channel itself says nothing better.
var todo = map[chat.State]string{
	chat.StateConnecting: "请稍等，连上后这里会变成“在线”。",
	chat.StateScan:       "请用督办账号的手机微信扫描下面的二维码，再在手机上点“登录”。",
	chat.StateOnline:     "一切正常，不用做什么。",
	chat.StateOffline:    "会自动重连，不用做什么。十分钟还没有恢复，请检查这台电脑的网络。",
	chat.StateStopped:    "不会再自动重连。请看日志里的原因，处理好以后重新启动 duban。",
}

// refresh loads the page anew as long as something is about to change.
func (p channelsView) refresh() int {
	for _, c := range p.Channels {
		if c.State == chat.StateScan || c.State == chat.StateConnecting {
			return scanRefresh
		}
	}
	return 0
}

// channels shows how every channel is connected.
func (v *visit) channels() error {
	var page channelsView
	for _, c := range v.s.Lent.Channels() {
		c.Since, c.Down = c.Since.In(v.now.Location()), c.Down.In(v.now.Location())
		page.Channels = append(page.Channels, channelView{Channel: c, Label: health.Network(c.Name), Next: todo[c.State]})
	}
	return v.render(http.StatusOK, "channels", "通道", page)
}

// channelQR draws the QR code that waits to be scanned. Whoever sees it can log in as the bot, so that it is for administrators
// alone, like the page.
func (v *visit) channelQR() error {
	for _, c := range v.s.Lent.Channels() {
		if c.Name != v.r.PathValue("name") || c.QR == "" {
			continue
		}
		code, err := qr.Encode(c.QR, qr.M)
		if err != nil {
			return fmt.Errorf("draw login code: %w", err)
		}
		v.w.Header().Set("Content-Type", "image/png")
		_, _ = v.w.Write(code.PNG())
		return nil
	}
	return notFound("现在没有要扫的二维码")
}
