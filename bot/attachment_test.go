package bot

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/photo"
	"duban/internal/store"
)

// album is a stage that keeps what is sent, attachments and all.
type album struct {
	*stage
	sent []chat.Outgoing
}

func (a *album) Send(_ context.Context, out chat.Outgoing) error {
	a.sent = append(a.sent, out)
	return nil
}

func newAlbum(t *testing.T) *album {
	t.Helper()
	a := &album{stage: newStage(t, time.Date(2026, 11, 23, 9, 0, 0, 0, shanghai(t)))}
	a.bot.channels = []chat.Channel{a}
	return a
}

// says lets somebody say a text with pictures and gives what is answered.
func (a *album) says(person, group, text string, pictures ...string) []chat.Outgoing {
	a.t.Helper()
	a.n++
	m := said(a.Name(), a.n, person, group, text)
	for _, p := range pictures {
		m.Pictures = append(m.Pictures, chat.Picture{Ref: p})
	}
	if err := a.bot.Receive(a.t.Context(), m); err != nil {
		a.t.Fatal(err)
	}
	settle(a.t, a.bot)
	out := a.sent
	a.sent = nil
	return out
}

// TestShownPicturesTellNothing: what 照片 sends is the picture and nothing else. The original says when and where it was taken.
func TestShownPicturesTellNothing(t *testing.T) {
	a := newAlbum(t)
	a.says("zhang_min", "inspect", "上报 金水湾小区垃圾桶满溢", "2026-11-23_08:50@32.94,119.83@桶.jpg")
	out := a.says("sun_li", "inspect", "照片 1")
	if len(out) != 2 || out[1].Attachment == nil || !out[1].Attachment.Picture || out[1].Attachment.Name != "1-整改前-1.jpg" {
		t.Fatalf("照片 1 was answered with %+v", out)
	}
	path := out[1].Attachment.Path
	if below, err := filepath.Rel(a.bot.edition().cfg.Storage.Media, path); err != nil || !filepath.IsLocal(below) {
		t.Errorf("%s is not in the media folder", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	facts, _, err := photo.Examine(data, shanghai(t))
	if err != nil {
		t.Fatal(err)
	}
	if !facts.TakenAt.IsZero() || facts.Located || bytes.Contains(data, []byte("Exif")) {
		t.Errorf("the picture tells its time and place: %+v", facts)
	}
}

// TestPictureThatIsGone: instead of a file that is not there any more people read that it is gone, and nothing is repeated.
func TestPictureThatIsGone(t *testing.T) {
	a := newAlbum(t)
	a.says("zhang_min", "inspect", "上报 金水湾小区垃圾桶满溢", "桶.jpg")
	if err := os.RemoveAll(a.bot.edition().cfg.Storage.Media); err != nil {
		t.Fatal(err)
	}
	out := a.says("sun_li", "inspect", "照片 1")
	if len(out) != 2 || out[1].Attachment != nil || out[1].Text != "“1-整改前-1.jpg”的文件不在了，请告诉管理员" {
		t.Errorf("照片 1 was answered with %+v", out)
	}
}

// TestFilesThatTheNetworkDoesNotCarry: they are not tried; whoever asked reads why, and gets the text and what else there is.
func TestFilesThatTheNetworkDoesNotCarry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, make([]byte, 1<<20+1), 0o600); err != nil {
		t.Fatal(err)
	}
	both := chat.Capabilities{Identified: true, Pictures: true, Files: true}
	limited := func(n int64) chat.Capabilities { c := both; c.MaxFile = n; return c }
	for name, tt := range map[string]struct {
		can     chat.Capabilities
		picture bool
		want    string // in place of the file; "" if it goes out
	}{
		"no limit":          {both, false, ""},
		"at the limit":      {limited(1<<20 + 1), false, ""},
		"too large":         {limited(1 << 20), false, "\n“台账.xlsx”有 1.1 MB，这里最多能发 1 MB，请向管理员要"},
		"picture too large": {limited(5), true, "\n“台账.xlsx”有 1.1 MB，这里最多能发 0.1 MB，请向管理员要"},
		"no files":          {chat.Capabilities{Identified: true, Pictures: true}, false, "\n“台账.xlsx”在这里发不了，请向管理员要"},
		"no pictures":       {chat.Capabilities{Identified: true, Files: true}, true, "\n“台账.xlsx”在这里发不了，请向管理员要"},
	} {
		net := &fakeNet{name: "net", can: tt.can}
		sending(t, net, func(t *testing.T, b *Bot) {
			queue(t, b, store.Out{To: store.ToChat("inspect"), Text: "台账", File: &store.OutFile{Name: "台账.xlsx", Path: path, Picture: tt.picture}})
			after(time.Second)
			list := net.all()
			if len(list) != 1 || list[0].out.Text != "台账"+tt.want || (list[0].out.Attachment == nil) != (tt.want != "") {
				t.Errorf("%s: %+v", name, list)
			}
		})
	}
}

// TestAttachmentsStayInTheirFolder: a relative path that leads out of the media folder is never opened; an absolute one is
// the program's own.
func TestAttachmentsStayInTheirFolder(t *testing.T) {
	a := newAlbum(t)
	outside := filepath.Join(t.TempDir(), "排名.png")
	if err := os.WriteFile(outside, []byte("png"), 0o600); err != nil {
		t.Fatal(err)
	}
	media := a.bot.edition().cfg.Storage.Media
	if err := os.Symlink(outside, filepath.Join(media, "link.png")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"../secret.yaml", "a/../../secret.yaml", "link.png", "", "."} {
		var failed *chat.SendError
		got, gone, err := a.bot.outbox.attachment(a.bot.edition().cfg.Storage.Media, &store.OutFile{Name: "x", Path: path})
		if got != nil || gone == "" && (!errors.As(err, &failed) || failed.Retry) {
			t.Errorf("%q: %+v, %q, %v", path, got, gone, err)
		}
	}
	got, gone, err := a.bot.outbox.attachment(a.bot.edition().cfg.Storage.Media, &store.OutFile{Name: "排名.png", Path: outside, Picture: true})
	if err != nil || gone != "" || got.Path != outside {
		t.Errorf("%+v, %q, %v", got, gone, err)
	}
}

// TestDamagedPhotoIsNotSent: of a photo whose file was cut short, emptied or replaced whoever asks reads that; nothing broken is sent, and
// who sends the photo again has mended it.
func TestDamagedPhotoIsNotSent(t *testing.T) {
	a := newAlbum(t)
	a.says("zhang_min", "inspect", "上报 金水湾小区垃圾桶满溢", "桶.jpg")
	out := a.says("sun_li", "inspect", "照片 1")
	if len(out) != 2 || out[1].Attachment == nil {
		t.Fatalf("照片 1 was answered with %+v", out)
	}
	path := out[1].Attachment.Path
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other, err := (&stage{}).FetchPicture(t.Context(), chat.Picture{Ref: "别的.jpg"})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"cut": whole[:len(whole)/2], "empty": nil, "one byte less": whole[:len(whole)-1], "replaced": other} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, o := range a.says("sun_li", "inspect", "照片 1")[1:] {
			if o.Attachment != nil || o.Text != "“1-整改前-1.jpg”的文件坏了，没有发，请告诉管理员" {
				t.Errorf("%s: %+v", name, o)
			}
		}
		a.says("zhang_min", "inspect", "上报 金水湾小区楼道堆放杂物", "桶.jpg")
		if again, err := os.ReadFile(path); err != nil || !bytes.Equal(again, whole) {
			t.Errorf("%s: not mended, %v", name, err)
		}
	}
}
