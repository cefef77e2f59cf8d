package bot

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/files"
	"duban/internal/picture"
	"duban/internal/store"
)

// threePages is a recipe of two sheets of an exposure board and a ranking: three files.
func threePages(t *testing.T) store.Recipe {
	t.Helper()
	board := picture.Exposure{Title: "曝光台"}
	for range 5 {
		board.Cases = append(board.Cases, picture.Case{Number: "#1", Text: "楼道堆物", Place: "金水湾小区"})
	}
	r, err := files.Spec{Name: "排名", Ranking: &picture.Ranking{Title: "排名"}, Exposure: &board}.Recipe()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// opens fails the test if a picture cannot be opened while it is sent, and remembers where it was.
func opens(t *testing.T, out chat.Outgoing, paths *[]string) {
	if out.Attachment == nil {
		return
	}
	*paths = append(*paths, out.Attachment.Path)
	data, err := os.ReadFile(out.Attachment.Path)
	if err == nil {
		_, err = png.Decode(bytes.NewReader(data))
	}
	if err != nil {
		t.Errorf("%s: %v", out.Attachment.Name, err)
	}
}

// TestFilesOfARecipe: a text and three files arrive once each, however often the network fails between them, and nothing of what
// was made stays behind.
func TestFilesOfARecipe(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	var paths []string
	net := &fakeNet{name: "net", can: chat.Capabilities{Identified: true, Pictures: true, MaxText: 10}}
	net.answer = func(out chat.Outgoing, nth int) error {
		opens(t, out, &paths)
		if nth%2 == 1 {
			return &chat.SendError{Err: errNet, Retry: true}
		}
		return nil
	}
	sending(t, net, func(t *testing.T, b *Bot) {
		queue(t, b, store.Out{To: store.ToChat("inspect"), Text: "【11月23日创城排名】截至 18:00", Make: threePages(t)})
		after(time.Hour)
		var got []string
		for _, out := range arrivedOnce(t, net) {
			name := ""
			if out.Attachment != nil {
				name = out.Attachment.Name
			}
			got = append(got, strings.TrimSpace(out.Text+" "+name))
		}
		want := []string{"【11月23日创城排", "名】截至 18:00 排名.png", "排名-1.png", "排名-2.png"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 || len(paths) < 3 {
		t.Errorf("left behind: %v, %v; sent from %q", left, err, paths)
	}
}

// TestRecipeThatFails: the reader gets the text, and a sentence instead of the files.
func TestRecipeThatFails(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, b *Bot) store.Recipe{
		"no recipe": func(*testing.T, *Bot) store.Recipe { return "{" },
		"no font": func(t *testing.T, b *Bot) store.Recipe {
			change(b, func(e *edition) {
				e.files = files.New(b.store, e.world.Words, e.cfg.Storage.Media, painter(filepath.Join(t.TempDir(), "gone.ttf")))
			})
			return threePages(t)
		},
		"no temporary folder": func(t *testing.T, _ *Bot) store.Recipe {
			t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "gone"))
			return threePages(t)
		},
		"it panics": func(t *testing.T, b *Bot) store.Recipe {
			change(b, func(e *edition) { e.files = nil })
			return threePages(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			net := &fakeNet{name: "net", can: identified}
			b := openBot(t, talkConfig(t, t.TempDir()), time.Date(2026, 11, 23, 9, 0, 0, 0, shanghai(t)), net)
			recipe := spoil(t, b)
			write(t, b, func(tx *store.Tx) error {
				return tx.Send(store.Out{To: store.ToChat("inspect"), Text: "【排名】", Make: recipe})
			})
			if err := b.outbox.drain(t.Context()); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff([]string{"inspect: 【排名】\n附件没有生成，请告诉管理员"}, net.arrived()); diff != "" {
				t.Error(diff)
			}
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestRecipeFailsHalfway: who got the first of the files is told that the others do not come.
func TestRecipeFailsHalfway(t *testing.T) {
	net := &fakeNet{name: "net", can: identified}
	sending(t, net, func(t *testing.T, b *Bot) {
		made := b.edition()
		net.answer = func(_ chat.Outgoing, nth int) error {
			if nth == 3 {
				change(b, func(e *edition) { e.files = nil })
				return &chat.SendError{Err: errNet, Retry: true}
			}
			return nil
		}
		queue(t, b, store.Out{To: store.ToChat("inspect"), Text: "【排名】", Make: threePages(t)})
		after(time.Hour)
		b.live.Store(made)
		want := []string{"inspect: 【排名】", "inspect: ", "inspect: 附件没有生成，请告诉管理员"}
		if diff := cmp.Diff(want, net.arrived()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestRecipeIsNoPartOfADigest: what has files goes by itself in the morning, and the digest stays one text.
func TestRecipeIsNoPartOfADigest(t *testing.T) {
	net := &fakeNet{name: "net", can: identified}
	sending(t, net, func(t *testing.T, b *Bot) {
		until := b.Now().Add(time.Hour)
		held := func(text string, r store.Recipe) store.Out {
			return store.Out{To: store.ToChat("inspect"), Text: text, Make: r, HeldUntil: until}
		}
		empty, err := files.Spec{Name: "日报"}.Recipe()
		if err != nil {
			t.Fatal(err)
		}
		queue(t, b, held("一", ""), held("排名", threePages(t)), held("二", empty))
		after(30 * time.Minute)
		if len(net.all()) > 0 {
			t.Error("not held")
		}
		after(time.Hour)
		var got []string
		for _, a := range net.all() {
			kind := ""
			if a.out.Attachment != nil {
				kind = "+"
			}
			got = append(got, a.out.Text+kind)
		}
		if diff := cmp.Diff([]string{digestTitle + "\n一\n二", "排名+", "+", "+"}, got); diff != "" {
			t.Error(diff)
		}
	})
}
