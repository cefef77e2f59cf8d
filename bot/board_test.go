package bot

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"duban/internal/chat"
)

// camera is a stage whose photos are of one colour, red.jpg or green.jpg, and that looks at the pictures which the bot sends.
type camera struct {
	*stage
	pictures []image.Image
}

func newCamera(t *testing.T) *camera {
	t.Helper()
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, shanghai(t))
	b, err := New(t.Context(), talkConfig(t, t.TempDir()), Options{Start: start, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	c := &camera{stage: &stage{t: t, bot: b, cast: cast(b.edition().world.Reg)}}
	b.Add(c)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

var filmed = map[string]color.RGBA{"red.jpg": {220, 20, 20, 255}, "green.jpg": {20, 200, 20, 255}}

func (c *camera) FetchPicture(_ context.Context, p chat.Picture) ([]byte, error) {
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	draw.Draw(img, img.Rect, image.NewUniform(filmed[p.Ref]), image.Point{}, draw.Src)
	var b bytes.Buffer
	err := jpeg.Encode(&b, img, nil)
	return b.Bytes(), err
}

func (c *camera) Send(ctx context.Context, out chat.Outgoing) error {
	if a := out.Attachment; a != nil && a.Picture {
		data, err := os.ReadFile(a.Path)
		if err != nil {
			return err
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			return err
		}
		c.pictures = append(c.pictures, img)
	}
	return c.stage.Send(ctx, out)
}

// say gives what the bot said to somebody's words, and the colours of the photos that were in its pictures.
func (c *camera) say(line string) (said, colours string) {
	c.t.Helper()
	steps, err := chat.ParseScript(strings.NewReader(line))
	if err != nil {
		c.t.Fatal(err)
	}
	c.pictures = nil
	said = strings.Join(c.do(steps[0]), "\n")
	var seen []string
	for _, name := range []string{"red.jpg", "green.jpg"} {
		for _, img := range c.pictures {
			if shows(img, filmed[name]) {
				seen = append(seen, strings.TrimSuffix(name, ".jpg"))
				break
			}
		}
	}
	return said, strings.Join(seen, " ")
}

// shows says whether a picture holds a photo of a colour, which is more than some strokes of a letter.
func shows(img image.Image, want color.RGBA) bool {
	near := func(a uint32, b uint8) bool { return max(a>>8, uint32(b))-min(a>>8, uint32(b)) < 12 }
	n := 0
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			if r, g, b, _ := img.At(x, y).RGBA(); near(r, want.R) && near(g, want.G) && near(b, want.B) {
				n++
			}
		}
	}
	return n > 20_000
}

// TestBoardShowsWhatTheOfficeSaw: the sheets hold the photos themselves; one that came after the draft is not shown until the
// office has seen it in another draft; and a photo that is gone does not keep the sheet from being sent.
func TestBoardShowsWhatTheOfficeSaw(t *testing.T) {
	c := newCamera(t)
	for _, tt := range []struct{ line, colours string }{
		{"张敏@inspect: 上报 金水湾小区垃圾桶满溢 [图 red.jpg]", ""},
		{"陈静@office: 曝光 1", "red"},
		{"陈静@office: 发布 曝光台", "red"},
		{"李强@zhaoyang_group: 完成 1 已清运 [图 green.jpg]", ""},
		{"陈静@office: 曝光台", "red"},
		{"陈静@office: 补发 曝光台", "red"},
		{"陈静@office: 撤下曝光 1", ""},
		{"陈静@office: 曝光 1", "red green"},
	} {
		if said, colours := c.say(tt.line); colours != tt.colours {
			t.Errorf("%s: %q, want %q\n%s", tt.line, colours, tt.colours, said)
		}
	}
	if err := os.RemoveAll(c.bot.edition().cfg.Storage.Media); err != nil {
		t.Fatal(err)
	}
	said, colours := c.say("陈静@office: 发布 曝光台")
	if len(c.pictures) != 1 || colours != "" || strings.Contains(said, "附件没有生成") {
		t.Errorf("without photos: %d pictures, %q\n%s", len(c.pictures), colours, said)
	}
}

// TestBoardIsBounded: more sheets than a few would bury the groups.
func TestBoardIsBounded(t *testing.T) {
	if raced {
		t.Skip("one goroutine draws")
	}
	t.Parallel()
	c := newCamera(t)
	for n := range 13 {
		c.say(fmt.Sprintf("张敏@inspect: 上报 金水湾小区%d号楼垃圾满地 [图 red.jpg]", n+1))
	}
	said, _ := c.say("陈静@office: 曝光 1-13")
	for _, want := range []string{"#13 没有列入，曝光台一次最多 12 件。请先发「发布 曝光台」", "共 12 件"} {
		if !strings.Contains(said, want) {
			t.Errorf("does not say %q:\n%s", want, said)
		}
	}
	if said, _ = c.say("陈静@office: 曝光 12"); !strings.Contains(said, "共 12 件") {
		t.Errorf("one that is in the draft already:\n%s", said)
	}
}
