package chattest

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"duban/internal/chat"
)

// running starts a channel and, where the bot may not write first, lets a person write to it.
func running(t *testing.T, n Network) *Sink {
	t.Helper()
	s := NewSink()
	start(t, n, s)
	if !n.Channel.Can().Opens {
		n.Say(t, "上报 引出一个会话")
		s.await(t, 1)
	}
	return s
}

// send sends a text that must arrive.
func send(t *testing.T, n Network, id, text string) {
	t.Helper()
	if err := n.Channel.Send(t.Context(), chat.Outgoing{ID: id, Conversation: n.Group(t), Text: text}); err != nil {
		t.Fatal(err)
	}
}

// sees compares the texts that have arrived in the group.
func sees(t *testing.T, n Network, want ...string) {
	t.Helper()
	if got := n.Seen(); !slices.Equal(got, want) {
		t.Errorf("the group sees %q, want %q", got, want)
	}
}

// testSends: what is sent arrives, as it is, in order, also where nobody has written yet if the channel says so.
func testSends(t *testing.T, n Network) {
	running(t, n)
	want := []string{"已立案 #1 <b>甲&乙</b>", "第一行\n第二行"}
	for k, text := range want {
		send(t, n, fmt.Sprint(k), text)
	}
	sees(t, n, want...)
}

// unlimited is the length of a text for channels that know no limit, in characters.
const unlimited = 20000

// testLongText: a text of as many characters as the channel says arrives whole, even if each of them needs four bytes.
func testLongText(t *testing.T, n Network) {
	running(t, n)
	most := n.Channel.Can().MaxText
	if most <= 0 {
		most = unlimited
	}
	line := strings.Repeat("𠮷", 49) + "\n"
	text := strings.Repeat(line, most/50) + strings.Repeat("末", most%50)
	if rest, ok := strings.CutSuffix(text, "\n"); ok { // the end of a text is nobody's
		text = rest + "末"
	}
	send(t, n, "1", text)
	if got := n.Seen(); len(got) != 1 || got[0] != text {
		t.Errorf("%d characters went out in one message; %d messages arrived", most, len(got))
	}
}

// picture is a small picture.
func picture(t *testing.T) []byte {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, 9, 7))
	for k := range 9 * 7 {
		p.Set(k%9, k/9, color.RGBA{uint8(k * 4), 90, 200, 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// testAttachments: a picture and a file arrive whole, as what they are, each with the text that it was sent with.
func testAttachments(t *testing.T, n Network) {
	if n.SeenFiles == nil {
		t.Skip("the channel sends none")
	}
	running(t, n)
	can := n.Channel.Can()
	var want []SeenFile
	for k, f := range []struct {
		SeenFile
		can bool
	}{
		{SeenFile{"11月 排名.png", true, picture(t)}, can.Pictures},
		{SeenFile{"11月 台账.xlsx", false, []byte("PK\x03\x04" + strings.Repeat("表\x00", 100))}, can.Files},
	} {
		if !f.can {
			continue
		}
		path := filepath.Join(t.TempDir(), "kept-under-another-name")
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		out := chat.Outgoing{
			ID: fmt.Sprint(k), Conversation: n.Group(t), Text: "见附件" + fmt.Sprint(k),
			Attachment: &chat.Attachment{Name: f.Name, Path: path, Picture: f.Picture},
		}
		if err := n.Channel.Send(t.Context(), out); err != nil {
			t.Fatal(err)
		}
		want = append(want, f.SeenFile)
		if seen := n.Seen(); !slices.Contains(seen, out.Text) {
			t.Errorf("the group sees %q, not %q", seen, out.Text)
		}
	}
	got := n.SeenFiles()
	if len(got) != len(want) {
		t.Fatalf("the group sees %d files, want %d", len(got), len(want))
	}
	for k, f := range got {
		if f.Name != "" && f.Name != want[k].Name || f.Name == "" && !f.Picture || f.Picture != want[k].Picture {
			t.Errorf("the group sees %q, picture: %v; want %q, picture: %v", f.Name, f.Picture, want[k].Name, want[k].Picture)
		}
		if nameOnly := f.Data == nil && can.Identified; !nameOnly && !bytes.Equal(f.Data, want[k].Data) {
			t.Errorf("%s arrived with %d bytes of %d", want[k].Name, len(f.Data), len(want[k].Data))
		}
	}
}

// testOnce: a message that has arrived is not shown again when it is sent again under the same id; another one that says the same is.
func testOnce(t *testing.T, n Network) {
	running(t, n)
	for _, id := range []string{"1", "1", "2"} {
		send(t, n, id, "已立案 #1")
	}
	sees(t, n, "已立案 #1", "已立案 #1")
}

// fails sends a text that fails, says the error, and sends it again under the same id, which must work.
func fails(t *testing.T, n Network, s *Sink, want string) *chat.SendError {
	t.Helper()
	out := chat.Outgoing{ID: "1", Conversation: n.Group(t), Text: "已立案 #1"}
	err := n.Channel.Send(t.Context(), out)
	e, ok := errors.AsType[*chat.SendError](err)
	if !ok {
		t.Fatalf("%s: not a send error: %v", want, err)
	}
	if !n.Channel.Can().SendOnly {
		n.Say(t, "上报 接着说") // whoever lost the connection makes a new one for this
		s.awaitText(t, "上报 接着说")
		s.awaitOnline(t)
	}
	if err := n.Channel.Send(t.Context(), out); err != nil {
		t.Errorf("%s: the second attempt: %v", want, err)
	}
	return e
}

// testTooOften: a network that asks for a pause gets it.
func testTooOften(t *testing.T, n Network) {
	if n.TooOften == nil {
		t.Skip("there is no network that asks for a pause")
	}
	s := running(t, n)
	n.TooOften(t)
	if e := fails(t, n, s, "too often"); !e.Retry || e.After <= 0 || e.Unknown {
		t.Errorf("want Retry and After: %+v", *e)
	}
	sees(t, n, "已立案 #1")
}

// testRefused: what the network will never take is not worth a second attempt.
func testRefused(t *testing.T, n Network) {
	if n.Refuse == nil {
		t.Skip("there is no network that refuses")
	}
	s := running(t, n)
	n.Refuse(t)
	if e := fails(t, n, s, "refused"); e.Retry || e.Unknown {
		t.Errorf("want neither Retry nor Unknown: %+v", *e)
	}
	sees(t, n, "已立案 #1")
}

// testLost: a message whose answer was lost may have arrived, and the channel says so. The second attempt makes sure; a network that
// can drops the double.
func testLost(t *testing.T, n Network) {
	if n.Lose == nil {
		t.Skip("there is no network that loses answers")
	}
	s := running(t, n)
	n.Lose(t)
	if e := fails(t, n, s, "lost"); !e.Unknown {
		t.Errorf("want Unknown: %+v", *e)
	}
	if got := n.Seen(); len(got) < 1 || len(got) > 2 || len(slices.Compact(got)) != 1 || got[0] != "已立案 #1" {
		t.Errorf("the group sees %q", got)
	}
}

// testComesBack: after a broken connection the channel works as before, without help.
func testComesBack(t *testing.T, n Network) {
	if n.Break == nil {
		t.Skip("there is no connection that breaks")
	}
	s := running(t, n)
	send(t, n, "1", "断开以前")
	for k := range 2 {
		n.Break(t)
		text := fmt.Sprintf("上报 断开以后 %d", k)
		n.Say(t, text)
		s.awaitText(t, text)
	}
	s.awaitOnline(t)
	send(t, n, "2", "断开以后")
	sees(t, n, "断开以前", "断开以后")
}

// testActions: actions are shown in order below their text. A tap arrives as a message from whoever tapped, in the group, with the
// action's text, as if the bot was mentioned, and with an id of its own: two taps are two messages.
func testActions(t *testing.T, n Network) {
	if n.Buttons == nil {
		t.Skip("the channel shows no actions")
	}
	s := NewSink()
	start(t, n, s)
	n.Say(t, "上报 引出一个会话")
	who := s.await(t, 1)[0]
	out := chat.Outgoing{
		ID: "1", Conversation: n.Group(t), Text: "#17 等您核查\n请发「通过 17」",
		Actions: []chat.Action{{Label: "通过", Text: "通过 17"}, {Label: "退回", Text: "退回 17"}},
	}
	if err := n.Channel.Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	sees(t, n, out.Text)
	if got := n.Buttons(); !slices.Equal(got, []string{"通过", "退回"}) {
		t.Fatalf("the buttons are %q", got)
	}
	for _, label := range []string{"退回", "退回", "通过"} {
		n.Tap(t, label)
	}
	got := s.await(t, 4)[1:]
	if want := []string{"退回 17", "退回 17", "通过 17"}; !slices.Equal(texts(got), want) {
		t.Errorf("the taps say %q, want %q", texts(got), want)
	}
	ids := map[string]bool{who.ID: true}
	for _, m := range got {
		if m.From.Key != who.From.Key || m.Conversation.Key != n.Group(t) || m.Conversation.Private || !m.Mentioned || m.Channel != n.Channel.Name() {
			t.Errorf("a tap arrives as %+v; who said something was %+v", m, who.From)
		}
		if ids[m.ID] || m.ID == "" {
			t.Errorf("the id %q is not its own", m.ID)
		}
		ids[m.ID] = true
	}
}
