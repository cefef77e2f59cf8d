package health

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
)

// TestShift: a channel that has just gone is not taken for one that has been away for long because the clock was set.
func TestShift(t *testing.T) {
	now := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	var c Channels
	c.Set(chat.Status{Channel: "wechat", State: chat.StateOffline}, now)
	c.Set(chat.Status{Channel: "feishu", State: chat.StateOnline}, now)
	for _, by := range []time.Duration{24 * time.Hour, -48 * time.Hour} {
		c.Shift(by)
		now = now.Add(by + time.Minute)
		if c.Of("wechat").Away(now, 10*time.Minute) {
			t.Errorf("away since %v at %v", c.Of("wechat").Down, now)
		}
		if !c.Of("wechat").Away(now.Add(10*time.Minute), 10*time.Minute) {
			t.Errorf("not away since %v at %v", c.Of("wechat").Down, now)
		}
	}
	if !c.Of("feishu").Down.IsZero() {
		t.Error("what is online was moved")
	}
}

func TestChannels(t *testing.T) {
	start := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	var c Channels
	c.Add("wechat", at(0))
	c.Add("console", at(0))
	tests := []struct {
		say  chat.Status
		at   int
		want Channel
	}{
		{chat.Status{State: chat.StateScan, QR: "secret", Text: "请扫码"}, 1, Channel{State: chat.StateScan, Since: at(1), Down: at(0), Text: "请扫码", QR: "secret"}},
		{chat.Status{State: chat.StateScan, QR: "newer", Text: "请扫码"}, 3, Channel{State: chat.StateScan, Since: at(1), Down: at(0), Text: "请扫码", QR: "newer"}},
		{chat.Status{State: chat.StateOnline, Account: "小督"}, 4, Channel{State: chat.StateOnline, Since: at(4), Account: "小督"}},
		{chat.Status{State: chat.StateOffline, Text: "网络断开"}, 9, Channel{State: chat.StateOffline, Since: at(9), Down: at(9), Account: "小督", Text: "网络断开"}},
		// It tries and fails: it has been away since the first time.
		{chat.Status{State: chat.StateConnecting}, 10, Channel{State: chat.StateConnecting, Since: at(10), Down: at(9), Account: "小督"}},
		{chat.Status{State: chat.StateOffline, Text: "网络断开"}, 11, Channel{State: chat.StateOffline, Since: at(11), Down: at(9), Account: "小督", Text: "网络断开"}},
		{chat.Status{State: chat.StateStopped, Text: "账号被限制"}, 12, Channel{State: chat.StateStopped, Since: at(12), Down: at(9), Account: "小督", Text: "账号被限制"}},
		// It is let in and thrown out again: that ends nothing. Two minutes do.
		{chat.Status{State: chat.StateOnline}, 13, Channel{State: chat.StateOnline, Since: at(13), Account: "小督"}},
		{chat.Status{State: chat.StateOffline}, 14, Channel{State: chat.StateOffline, Since: at(14), Down: at(9), Account: "小督"}},
		{chat.Status{State: chat.StateOnline}, 15, Channel{State: chat.StateOnline, Since: at(15), Account: "小督"}},
		{chat.Status{State: chat.StateConnecting}, 16, Channel{State: chat.StateConnecting, Since: at(16), Down: at(9), Account: "小督"}},
		{chat.Status{State: chat.StateOnline}, 17, Channel{State: chat.StateOnline, Since: at(17), Account: "小督"}},
		{chat.Status{State: chat.StateOffline}, 19, Channel{State: chat.StateOffline, Since: at(19), Down: at(19), Account: "小督"}},
	}
	for _, tt := range tests {
		tt.say.Channel, tt.want.Name = "wechat", "wechat"
		c.Set(tt.say, at(tt.at))
		other := Channel{Name: "console", State: chat.StateConnecting, Since: at(0), Down: at(0)}
		if diff := cmp.Diff([]Channel{tt.want, other}, c.List()); diff != "" {
			t.Errorf("after %v: %s", tt.say, diff)
		}
		if c.List()[0].Says() == "" {
			t.Errorf("no word for %s", tt.say.State)
		}
	}
}
