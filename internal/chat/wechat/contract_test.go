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
		// online waits until the account is logged in; what is said before that is old.
		online := func(t *testing.T) {
			if err := srv.WaitCount(t.Context(), "synccheck", 1); err != nil {
				t.Error(err)
			}
		}
		return chattest.Network{
			Channel: c,
			Say:     func(t *testing.T, text string) { online(t); srv.PostText(group, zhang, text) },
			SendPicture: func(t *testing.T, text string, data []byte) {
				online(t)
				if text != "" {
					srv.PostText(group, zhang, text)
				}
				srv.PostPicture(group, zhang, data)
			},
			SendFile:  func(t *testing.T, name string, data []byte) { online(t); srv.PostFile(group, zhang, name, data) },
			Group:     func(*testing.T) string { return group.Key() },
			Seen:      func() []string { return seenTexts(srv) },
			SeenFiles: func() []chattest.SeenFile { return seenFiles(srv) },
			TooOften:  func(*testing.T) { srv.Inject("webwxsendmsg", wechattest.Fault{Ret: 1205}) },
			Refuse:    func(*testing.T) { srv.Inject("webwxsendmsg", wechattest.Fault{Ret: 1204}) },
			Lose:      func(*testing.T) { srv.Inject("webwxsendmsg", wechattest.Fault{After: true}) },
			Break:     func(*testing.T) { srv.Break() },
			Twice:     func(t *testing.T, text string) { online(t); srv.Again(srv.PostText(group, zhang, text)) },
		}
	})
}

func seenTexts(srv *wechattest.Server) (out []string) {
	for _, s := range srv.Sent() {
		if s.Kind == 1 {
			out = append(out, s.Text)
		}
	}
	return out
}

func seenFiles(srv *wechattest.Server) (out []chattest.SeenFile) {
	for _, s := range srv.Sent() {
		if s.Kind != 1 {
			out = append(out, chattest.SeenFile{Name: s.Title, Picture: s.Kind == 3, Data: s.Data})
		}
	}
	return out
}
