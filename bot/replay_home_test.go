package bot

import (
	"cmp"
	"context"
	"os"
	"sync"
	"testing"

	"duban/internal/chat"
)

// home is the stage as a network: what is said is heard, and keys are the register's own ids.
type home struct {
	*stage
	sink chat.Sink
	mu   sync.Mutex
	sent []sight
}

func onStage(t *testing.T, b *Bot) town { return &home{stage: &stage{t: t, bot: b}} }

func (h *home) channel() chat.Channel { return h }

func (h *home) Run(ctx context.Context, sink chat.Sink) error {
	h.sink = sink
	sink.Status(chat.Status{Channel: h.Name(), State: chat.StateOnline})
	<-ctx.Done()
	return nil
}

func (h *home) say(w words) int {
	h.n++
	m := said(h.Name(), h.n, w.person, cmp.Or(w.group, chat.PrivateKey(w.person)), w.text)
	m.Conversation.Private, m.Mentioned, m.Quote, m.SentAt = w.group == "", w.mention, w.quote, h.bot.Now()
	for _, ref := range w.pictures {
		m.Pictures = append(m.Pictures, chat.Picture{Ref: ref})
	}
	if err := h.sink.Receive(h.t.Context(), m); err != nil {
		h.t.Error(err)
	}
	return 1
}

func (h *home) Send(_ context.Context, out chat.Outgoing) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if out.Text != "" {
		h.sent = append(h.sent, sight{where: out.Conversation, text: out.Text})
	}
	if a := out.Attachment; a != nil {
		data, err := os.ReadFile(a.Path)
		if err != nil {
			return err
		}
		file := "图"
		if !a.Picture {
			file = "文件 " + a.Name
		}
		h.sent = append(h.sent, sight{where: out.Conversation, file: file, data: data})
	}
	return nil
}

func (h *home) sights() []sight {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]sight(nil), h.sent...)
}

// photographed draws a picture that somebody sends.
func photographed(t *testing.T, ref string) []byte {
	t.Helper()
	data, err := drawn(ref)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
