package bot

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/issue"
	"duban/internal/media"
	"duban/internal/photo"
	"duban/internal/photo/phototest"
	"duban/internal/store"
)

// cameraNet is a network on which people send the files of a test.
type cameraNet struct {
	*fakeNet
	files map[string][]byte
}

var _ chat.PictureFetcher = (*cameraNet)(nil)

func (c *cameraNet) FetchPicture(_ context.Context, p chat.Picture) ([]byte, error) {
	if data, ok := c.files[p.Ref]; ok {
		return data, nil
	}
	return nil, chat.ErrGone
}

// street is a picture with something in it, different for each number.
func street(n int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for y := range 240 {
		for x := range 320 {
			v := uint8((x/40*37 + y/30*59 + x/40*(y/30)*n*11) % 256)
			img.SetRGBA(x, y, color.RGBA{v, v / 2, 255 - v, 255})
		}
	}
	return phototest.Encode(img, 90)
}

// located is what a phone writes into a photo of its user's own doorstep.
var located = phototest.Camera{Orientation: 6, Taken: "2026:11:23 09:05:07", Lat: 33.125, Lng: 116.25, Located: true}

func mediaBot(t *testing.T, files map[string][]byte) (*Bot, *cameraNet) {
	t.Helper()
	net := &cameraNet{&fakeNet{name: "net", can: identified}, files}
	b := openBot(t, talkConfig(t, t.TempDir()), morning(t), net)
	t.Cleanup(func() { _ = b.Close() })
	return b, net
}

// mediaFiles lists the media folder: paths with what is in them.
func mediaFiles(t *testing.T, b *Bot) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(b.edition().cfg.Storage.Media, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(b.edition().cfg.Storage.Media, path)
		if err != nil {
			return err
		}
		out[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRefusedPicturesAreExplained(t *testing.T) {
	b, _ := mediaBot(t, nil)
	whole := street(1)
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"text", []byte("this is not a picture"), "这张图片打不开。请用手机重新拍照发送"},
		{"nothing", nil, "这张图片打不开。请用手机重新拍照发送"},
		{"cut short", whole[:len(whole)*2/3], "这张图片打不开。请用手机重新拍照发送"},
		{"21 MB", make([]byte, 21<<20), "照片太大（21 MB），最大 20 MB。请压缩后重发"},
		// There is nothing behind these headers: who decodes them first says that they cannot be opened.
		{"70 million pixels", phototest.Header(10_000, 7000, false), "照片尺寸太大（10000×7000）。请压缩后重发"},
		{"long and thin", phototest.PNGHeader(100, 31_000, 8, 2, false), "照片尺寸太大（100×31000）。请压缩后重发"},
	} {
		p, err := keep(b.edition().cfg, tt.data)
		if e, ok := issue.AsError(err); !ok || e.Error() != tt.want || e.Code != issue.CodeInput {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
		if p != (store.Photo{}) {
			t.Errorf("%s: %+v", tt.name, p)
		}
	}
	if files := mediaFiles(t, b); len(files) != 0 {
		t.Errorf("%d files of refused pictures", len(files))
	}
	broken := errors.New("disk full")
	if err := refusal(broken); !errors.Is(err, broken) {
		t.Errorf("an error of another kind became %v", err)
	}
}

func TestOriginalIsKeptAndTheCopyTellsNothing(t *testing.T) {
	b, _ := mediaBot(t, nil)
	data := located.JPEG(street(1))
	p, err := keep(b.edition().cfg, data)
	if err != nil {
		t.Fatal(err)
	}
	files := mediaFiles(t, b)
	if len(files) != 2 || !bytes.Equal(files[p.File], data) {
		t.Fatalf("%d files, the original is kept: %v", len(files), bytes.Equal(files[p.File], data))
	}
	if base := p.SHA256[:2] + "/" + p.SHA256[2:4] + "/" + p.SHA256; p.File != base+".jpg" || !strings.HasPrefix(p.Shown, base+".") || !media.Whole(p.Shown, files[p.Shown]) {
		t.Errorf("original %s, copy %s", p.File, p.Shown)
	}
	for _, secret := range []string{"Exif", "II*\x00", "2026:11:23 09:05:07"} {
		if !bytes.Contains(data, []byte(secret)) {
			t.Errorf("the original does not have %q: this test would see nothing", secret)
		}
		if bytes.Contains(files[p.Shown], []byte(secret)) {
			t.Errorf("the copy has %q in it", secret)
		}
	}
	facts, _, err := photo.Examine(files[p.Shown], time.UTC)
	if err != nil || facts.Located || !facts.TakenAt.IsZero() || facts.Width != 240 || facts.Height != 320 {
		t.Errorf("the copy: %+v, %v", facts, err)
	}
}

// TestNobodyElseReadsTheMedia: the folder is the owner's alone.
func TestNobodyElseReadsTheMedia(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes are those of unix")
	}
	b, _ := mediaBot(t, nil)
	if _, err := keep(b.edition().cfg, street(1)); err != nil {
		t.Fatal(err)
	}
	seen := 0
	err := filepath.WalkDir(b.edition().cfg.Storage.Media, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if err == nil && info.Mode().Perm() != want {
			t.Errorf("%s has the mode %o", path, info.Mode().Perm())
		}
		seen++
		return err
	})
	if err != nil || seen != 6 { // the folder, that of what is being written, two for the picture, two files
		t.Errorf("%d entries, %v", seen, err)
	}
}

func TestSamePictureIsWrittenOnce(t *testing.T) {
	b, _ := mediaBot(t, nil)
	first, err := keep(b.edition().cfg, street(1))
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-time.Hour).Truncate(time.Second)
	path := func(name string) string {
		return filepath.Join(b.edition().cfg.Storage.Media, filepath.FromSlash(name))
	}
	if err := errors.Join(os.Chtimes(path(first.File), before, before), os.Remove(path(first.Shown))); err != nil {
		t.Fatal(err)
	}
	again, err := keep(b.edition().cfg, street(1)) // the copy had not been written when the power failed
	if diff := cmp.Diff(first, again); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	files := mediaFiles(t, b)
	info, err := os.Stat(path(first.File))
	if err != nil || !info.ModTime().Equal(before) || len(files[first.Shown]) == 0 || len(files) != 2 {
		t.Errorf("%d files, the original was written %v, the copy has %d bytes, %v", len(files), info.ModTime(), len(files[first.Shown]), err)
	}
}

func TestPhotoRowSaysWhatThePictureSays(t *testing.T) {
	b, _ := mediaBot(t, nil)
	p, err := keep(b.edition().cfg, located.JPEG(street(1)))
	if err != nil {
		t.Fatal(err)
	}
	facts, _, err := photo.Examine(located.JPEG(street(1)), shanghai(t))
	if err != nil {
		t.Fatal(err)
	}
	want := store.Photo{
		SHA256: facts.SHA256, File: p.File, Shown: p.Shown, Width: 240, Height: 320, Bytes: int64(len(located.JPEG(street(1)))),
		PHash: int64(facts.Hash), Sketch: facts.Sketch, TakenAt: time.Date(2026, 11, 23, 1, 5, 7, 0, time.UTC).UnixMicro(),
		Lat: 33.125, Lng: 116.25, Located: true,
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	bare, err := keep(b.edition().cfg, phototest.WebP(64, 48, func(int, int) bool { return false }, nil))
	if err != nil || !bare.Flat || bare.TakenAt != 0 || bare.Located || !strings.HasSuffix(bare.File, ".webp") || !strings.HasSuffix(bare.Shown, ".jpg") {
		t.Errorf("%+v, %v", bare, err)
	}
}

// TestOnePictureIsDecodedAtATime: whoever wants to decode waits for the one who does.
func TestOnePictureIsDecodedAtATime(t *testing.T) {
	b, _ := mediaBot(t, nil)
	data, done := street(1), make(chan error, 1)
	decoding.Lock()
	go func() {
		_, err := keep(b.edition().cfg, data)
		done <- err
	}()
	for stack := make([]byte, 1<<20); ; runtime.Gosched() {
		text := string(stack[:runtime.Stack(stack, true)])
		if at := strings.Index(text, "duban/bot.examine("); at >= 0 && strings.Contains(text[max(0, at-600):at], "sync.(*Mutex).Lock") {
			break // it waits
		}
		select {
		case err := <-done:
			decoding.Unlock()
			t.Fatalf("a second picture was decoded at the same time (%v)", err)
		default:
		}
	}
	decoding.Unlock()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestPicturesOfAMessage: the good ones are stored, and of the bad one the sender is told; the command is done all the same.
func TestPicturesOfAMessage(t *testing.T) {
	whole := street(2)
	b, net := mediaBot(t, map[string][]byte{"good": located.JPEG(street(1)), "cut": whole[:len(whole)/2]})
	m := said("net", 1, "zhang_min", "inspect", "上报 金水湾小区3号楼楼道堆放杂物")
	m.Pictures = []chat.Picture{{Ref: "good"}, {Ref: "cut"}}
	if err := b.Receive(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	settle(t, b)
	answer := strings.Join(net.arrived(), "\n")
	for _, want := range []string{"#1", "这张图片打不开。请用手机重新拍照发送"} {
		if !strings.Contains(answer, want) {
			t.Errorf("the answer lacks %q:\n%s", want, answer)
		}
	}
	read(t, b, func(tx *store.Tx) error {
		list, err := tx.Photos(1)
		if len(list) != 1 || !list[0].Located || list[0].Sketch == "" || list[0].Shown == "" || list[0].Person != "zhang_min" {
			t.Errorf("photos of the issue: %+v", list)
		}
		return err
	})
}

// TestUnfinishedFilesGo: what a killed program began is removed by a later start; what may be another's work of this hour stays.
func TestUnfinishedFilesGo(t *testing.T) {
	b, _ := mediaBot(t, nil)
	media := b.started.Storage.Media
	if err := writeMedia(media, "ab/cd/whole.jpg", []byte("whole")); err != nil {
		t.Fatal(err)
	}
	old, young := filepath.Join(media, beginnings, ".new-1"), filepath.Join(media, beginnings, ".new-2")
	for _, file := range []string{old, young} {
		if err := os.WriteFile(file, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(old, time.Time{}, time.Now().Add(-2*abandoned)); err != nil {
		t.Fatal(err)
	}
	if err := b.resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left []string
	err := filepath.WalkDir(media, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			left = append(left, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{young, filepath.Join(media, "ab/cd/whole.jpg")}, left); diff != "" {
		t.Error(diff)
	}
}
