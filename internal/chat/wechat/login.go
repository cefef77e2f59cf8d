package wechat

import (
	"bytes"
	"fmt"

	"github.com/eatmoreapple/openwechat"
	"github.com/mdp/qrterminal/v3"

	"duban/internal/chat"
)

// qrAddress is what the QR code of a login says.
const qrAddress = "https://login.weixin.qq.com/l/"

// loginData is the storage for one attempt: with the stored session for a hot login, without its position for a push
// login (the new session starts at its own position), and with nothing to read for a scan.
func (s *session) loginData() (*loginData, error) {
	l := &loginData{session: s}
	if s.kind == scanLogin {
		return l, nil
	}
	data, err := s.ch.store.load()
	if err == nil && s.kind == pushLogin {
		data, err = withoutPosition(data)
	}
	if err != nil {
		return nil, err
	}
	l.stored = bytes.NewReader(data)
	return l, nil
}

// showQR shows a new QR code in the terminal and tells the administrators. It never goes to a group: whoever scans it
// becomes the bot.
func (s *session) showQR(uuid string) {
	address := qrAddress + uuid
	if w := s.ch.cfg.QRWriter; w != nil {
		qrterminal.GenerateHalfBlock(address, qrterminal.L, w)
		_, _ = fmt.Fprintf(w, "请用督办账号的手机微信扫描二维码登录（约 5 分钟内有效）：%s\n", address)
	}
	s.sink.Status(chat.Status{Channel: Name, State: chat.StateScan, QR: address, Text: textScan})
}

// scanned tells that somebody scanned. The server says so several times.
func (s *session) scanned(openwechat.CheckLoginResponse) {
	s.mu.Lock()
	told := s.scanTold
	s.scanTold = true
	s.mu.Unlock()
	if !told {
		s.sink.Status(chat.Status{Channel: Name, State: chat.StateConnecting, Text: textScanned})
	}
}
