package bot

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/health"
)

// gaveUp is a network that refuses the account for good.
type gaveUp struct{ fakeNet }

func (g *gaveUp) Run(_ context.Context, sink chat.Sink) error {
	sink.Status(chat.Status{Channel: g.name, State: chat.StateScan, Text: "请扫码", QR: "login-secret"})
	return errors.New("账号被限制登录")
}

// TestChannelStates: what a channel says of itself is known until it says something else, and how it ended stays known.
func TestChannelStates(t *testing.T) {
	net := &gaveUp{fakeNet{name: "wechat", can: identified}}
	b := openBot(t, awakeConfig(t), time.Time{}, net)
	defer b.Close()
	if list := b.Channels(); len(list) != 1 || list[0].State != chat.StateConnecting || list[0].Down.IsZero() {
		t.Errorf("before it ran: %+v", list)
	}
	b.Status(chat.Status{Channel: "wechat", State: chat.StateOnline, Account: "小督"})
	if list := b.Channels(); !list[0].Online() || list[0].Account != "小督" || !list[0].Down.IsZero() {
		t.Errorf("online: %+v", list)
	}
	if err := b.Run(t.Context()); err == nil {
		t.Error("the program goes on without its channel")
	}
	got := b.Channels()[0]
	if got.State != chat.StateStopped || !strings.Contains(got.Text, "限制登录") || got.QR != "" || got.Down.IsZero() || got.Account != "小督" {
		t.Errorf("at the end: %+v", got)
	}
}

// TestNetworkWords: every channel that can be configured has a word for people.
func TestNetworkWords(t *testing.T) {
	for f := range reflect.TypeFor[config.Channels]().Fields() {
		if name := f.Tag.Get("yaml"); health.Network(name) == name {
			t.Errorf("no word for %s", name)
		}
	}
}
