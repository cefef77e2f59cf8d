package wechat

import (
	"path/filepath"
	"testing"
	"time"

	"duban/internal/chat/chattest"
	"duban/internal/chat/wechat/wechattest"
)

// TestContract: the adapter keeps what package chat promises.
func TestContract(t *testing.T) {
	chattest.Run(t, func(t *testing.T) chattest.Network {
		srv := wechattest.New("督办", wechattest.WithHold(time.Second))
		zhang := srv.AddFriend("小张", "张敏")
		group := srv.AddGroup("督查群", true, zhang)
		c, err := New(Config{
			Session: filepath.Join(t.TempDir(), "wechat.session"), Transport: srv.Transport(),
			Pacing: Pacing{SyncSpacing: time.Millisecond, LoginSpacing: time.Millisecond, ReceivePause: time.Millisecond},
		})
		if err != nil {
			t.Fatal(err)
		}
		return chattest.Network{
			Channel: c,
			Say: func(t *testing.T, text string) {
				if err := srv.WaitCount(t.Context(), "synccheck", 1); err != nil {
					t.Error(err)
				}
				srv.PostText(group, zhang, text)
			},
			SendFile: func(t *testing.T, name string, data []byte) {
				if err := srv.WaitCount(t.Context(), "synccheck", 1); err != nil {
					t.Error(err)
				}
				srv.PostFile(group, zhang, name, data)
			},
			Group: func(*testing.T) string { return group.Key() },
			Seen: func() (out []string) {
				for _, s := range srv.Sent() {
					out = append(out, s.Text)
				}
				return out
			},
		}
	})
}
