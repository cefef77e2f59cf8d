package wechat

import (
	"context"
	"fmt"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/wechat/wechattest"
)

// counter is a sink that counts and forgets.
type counter chan struct{}

func (c counter) Receive(context.Context, chat.Message) error { c <- struct{}{}; return nil }
func (c counter) Status(chat.Status)                          {}

// BenchmarkReceive is the time for one group message from the stand-in server to the sink, by the number of contacts.
func BenchmarkReceive(b *testing.B) {
	for _, contacts := range []int{3, 503, 2003} {
		b.Run(fmt.Sprint(contacts), func(b *testing.B) {
			srv := wechattest.New("督办", wechattest.WithBatch(200))
			zhang := srv.AddFriend("张", "张敏")
			for i := range contacts {
				srv.AddFriend(fmt.Sprint("人", i), fmt.Sprint("备注", i))
			}
			group := srv.AddGroup("工作群", true, zhang)
			ch, err := New(Config{
				Session: b.TempDir() + "/s", Transport: srv.Transport(),
				Pacing: Pacing{SyncSpacing: time.Nanosecond, LoginSpacing: time.Nanosecond},
			})
			if err != nil {
				b.Fatal(err)
			}
			sink := make(counter, 1000)
			ctx, cancel := context.WithCancel(b.Context())
			done := make(chan error, 1)
			go func() { done <- ch.Run(ctx, sink) }()
			if err := srv.WaitCount(ctx, "synccheck", 1); err != nil {
				b.Fatal(err)
			}
			srv.PostText(group, zhang, "热身")
			<-sink
			b.ResetTimer()
			for i := range b.N {
				srv.PostText(group, zhang, fmt.Sprint("@督办 完成 ", i))
			}
			for range b.N {
				<-sink
			}
			b.StopTimer()
			cancel()
			if err := <-done; err != nil {
				b.Error(err)
			}
		})
	}
}
