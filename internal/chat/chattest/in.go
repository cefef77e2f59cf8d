package chattest

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"duban/internal/chat"
)

// testArrives: what people write reaches the sink once, in order, with everything that the bot needs to answer.
func testArrives(t *testing.T, n Network) {
	hears(t, n)
	s := NewSink()
	start(t, n, s)
	n.Say(t, "上报 第一件")
	n.Say(t, "上报 第二件\n第二行")
	got := s.await(t, 2)
	if want := "上报 第一件|上报 第二件\n第二行"; strings.Join(texts(got), "|") != want {
		t.Errorf("got %q, want %q", texts(got), want)
	}
	if got[0].ID == "" || got[0].ID == got[1].ID {
		t.Errorf("message ids %q and %q must be there and differ", got[0].ID, got[1].ID)
	}
	for _, m := range got {
		if m.Channel != n.Channel.Name() || m.From.Key == "" || m.Conversation.Private || m.Conversation.Key != n.Group(t) {
			t.Errorf("message is not complete: %+v", m)
		}
		if n.Channel.Can().MentionOnly && !m.Mentioned {
			t.Errorf("nothing but mentions arrive, and this is none: %+v", m)
		}
	}
}

// testOfferedAgain: a message that the sink could not keep comes again.
func testOfferedAgain(t *testing.T, n Network) {
	hears(t, n)
	s := NewSink()
	s.Refuse = 2
	start(t, n, s)
	n.Say(t, "上报 不能丢")
	if got := s.await(t, 1); got[0].Text != "上报 不能丢" {
		t.Errorf("got %q", got[0].Text)
	}
}

// testTwice: a message that the network delivers again has the same id, by which the inbox drops it, or is not offered again.
func testTwice(t *testing.T, n Network) {
	if n.Twice == nil {
		t.Skip("there is no network that delivers twice")
	}
	s := NewSink()
	start(t, n, s)
	n.Twice(t, "上报 来了两次")
	n.Say(t, "上报 另一件")
	got := s.awaitText(t, "上报 另一件")
	for _, m := range got[:len(got)-1] {
		if m.Text != "上报 来了两次" || m.ID != got[0].ID || m.ID == got[len(got)-1].ID {
			t.Errorf("the same message has the ids %q and %q: %+v", got[0].ID, m.ID, m)
		}
	}
	if len(got) < 2 || len(got) > 3 {
		t.Errorf("%d messages of two: %+v", len(got), got)
	}
}

// testPictures: a picture arrives with what is said to it, and by itself where the network lets loose ones through. It is brought
// whole, also by a handle that was stored. A handle that leads nowhere says so.
func testPictures(t *testing.T, n Network) {
	fetcher, ok := n.Channel.(chat.PictureFetcher)
	if ok != (n.SendPicture != nil) {
		t.Fatalf("brings pictures: %v, and the test can send them: %v", ok, n.SendPicture != nil)
	}
	if !ok {
		t.Skip("the channel brings no pictures")
	}
	s := NewSink()
	start(t, n, s)
	data := picture(t)
	n.SendPicture(t, "上报 南门菜场门口", data)
	got := s.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(pictures(got)) >= 1 && said(got) != "" })
	if p := pictures(got); len(p) != 1 || said(got) != "上报 南门菜场门口" {
		t.Fatalf("messages are not complete: %+v", got)
	}
	if !n.Channel.Can().Loose && len(got) != 1 {
		t.Errorf("the picture came without its words: %+v", got)
	}
	wholePicture(t, n, fetcher, got[len(got)-1], data)

	n.SendPicture(t, "", data)
	got = s.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(pictures(got)) >= 2 })
	last := got[len(got)-1]
	if last.Text != "" || len(last.Pictures) != 1 {
		t.Errorf("a picture alone is %+v", last)
	}
	wholePicture(t, n, fetcher, last, data)
	if b, err := fetcher.FetchPicture(t.Context(), chat.Picture{Ref: "nowhere"}); !errors.Is(err, chat.ErrGone) || b != nil {
		t.Errorf("from nowhere: %d bytes, %v", len(b), err)
	}
}

// testQuotedPicture: a quoted picture comes along with the message that quotes it, as one of its own.
func testQuotedPicture(t *testing.T, n Network) {
	if !n.Channel.Can().QuotesShown {
		t.Skip("what is quoted does not come along")
	}
	s := NewSink()
	start(t, n, s)
	data := picture(t)
	n.QuotePicture(t, data)
	m := s.await(t, 1)[0]
	if m.Text != "" || !m.Mentioned || m.Quote == nil || len(m.Pictures) != 1 {
		t.Fatalf("the quoting message is %+v", m)
	}
	wholePicture(t, n, n.Channel.(chat.PictureFetcher), m, data)
}

// wholePicture brings the pictures of a message by their handles as they are, and as they come back from the inbox.
func wholePicture(t *testing.T, n Network, fetcher chat.PictureFetcher, m chat.Message, want []byte) {
	t.Helper()
	if m.ID == "" || m.From.Key == "" || m.Conversation.Key != n.Group(t) {
		t.Errorf("message is not complete: %+v", m)
	}
	for _, p := range append(m.Pictures, stored(t, m).Pictures...) {
		if b, err := fetcher.FetchPicture(t.Context(), p); err != nil || !bytes.Equal(b, want) {
			t.Errorf("got %d bytes of %d, %v", len(b), len(want), err)
		}
	}
}

// stored is a message as it comes back from the inbox.
func stored(t *testing.T, m chat.Message) (again chat.Message) {
	t.Helper()
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &again); err != nil {
		t.Fatal(err)
	}
	return again
}

func pictures(got []chat.Message) (out []chat.Picture) {
	for _, m := range got {
		out = append(out, m.Pictures...)
	}
	return out
}

// said is what all messages say together.
func said(got []chat.Message) string { return strings.Join(texts(got), "") }

// testFiles: a file arrives with its name, by itself, and is brought whole and not beyond a limit, also by a handle that was stored.
// A handle that leads nowhere says so.
func testFiles(t *testing.T, n Network) {
	fetcher, ok := n.Channel.(chat.FileFetcher)
	if ok != (n.SendFile != nil) {
		t.Fatalf("brings files: %v, and the test can send them: %v", ok, n.SendFile != nil)
	}
	if !ok {
		t.Skip("the channel brings no files")
	}
	s := NewSink()
	start(t, n, s)
	data := []byte("PK\x03\x04" + strings.Repeat("表\x00", 100))
	n.SendFile(t, "11月 反馈.xlsx", data)
	m := s.await(t, 1)[0]
	if len(m.Files) != 1 || m.Files[0].Name != "11月 反馈.xlsx" || m.Text != "" || m.ID == "" || m.From.Key == "" || m.Conversation.Key != n.Group(t) {
		t.Fatalf("message is not complete: %+v", m)
	}
	if size := m.Files[0].Size; size != 0 && size != int64(len(data)) {
		t.Errorf("announced as %d bytes", size)
	}
	again := stored(t, m)
	if b, err := fetcher.FetchFile(t.Context(), again.Files[0], int64(len(data))); err != nil || string(b) != string(data) {
		t.Errorf("got %d bytes, %v", len(b), err)
	}
	if b, err := fetcher.FetchFile(t.Context(), again.Files[0], int64(len(data))-1); !errors.Is(err, chat.ErrTooLarge) || b != nil {
		t.Errorf("beyond the limit: %d bytes, %v", len(b), err)
	}
	if b, err := fetcher.FetchFile(t.Context(), chat.File{Ref: "nowhere"}, 1); !errors.Is(err, chat.ErrGone) || b != nil {
		t.Errorf("from nowhere: %d bytes, %v", len(b), err)
	}
}
