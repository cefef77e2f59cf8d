package bot

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"duban/internal/chat"
	"duban/internal/photo"
	"duban/internal/photo/phototest"
)

// FetchPicture makes a picture from its name: the same name is the same picture, and what stands before an @ is done to the
// one whose name follows. A name that ends in .txt is no picture.
//
//	甲.jpg                    a scene of its own
//	压缩@甲.jpg               the same scene, smaller and recompressed, as when a photo is sent on
//	重复@甲.jpg               the very same file
//	2026-11-20_08:00@甲.jpg   the scene, taken then by its EXIF
//	32.94,119.83@甲.jpg       the scene, taken there by its EXIF
func (s *stage) FetchPicture(_ context.Context, p chat.Picture) ([]byte, error) {
	if strings.HasSuffix(p.Ref, ".txt") {
		return []byte("this is not a picture"), nil
	}
	return drawn(p.Ref)
}

func drawn(ref string) ([]byte, error) {
	parts := strings.Split(ref, "@")
	size, quality := 160, 90
	var camera phototest.Camera
	for _, how := range parts[:len(parts)-1] {
		day, clock, isTime := strings.Cut(how, "_")
		var lat, lng float64
		_, err := fmt.Sscanf(how, "%g,%g", &lat, &lng)
		switch {
		case how == "重复":
		case how == "压缩":
			size, quality = 120, 60
		case isTime:
			camera.Taken, camera.Offset = strings.ReplaceAll(day, "-", ":")+" "+clock+":00", "+08:00"
		case err == nil:
			camera.Lat, camera.Lng, camera.Located = lat, lng, true
		default:
			return nil, fmt.Errorf("nobody knows how to make a picture %q", how)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, scene(parts[len(parts)-1], size), &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	if camera == (phototest.Camera{}) {
		return b.Bytes(), nil
	}
	return camera.JPEG(b.Bytes()), nil
}

// scene paints waves that depend on nothing but the name, so that scenes are as unlike each other as photos are.
func scene(name string, size int) image.Image {
	h := fnv.New64a()
	h.Write([]byte(name))
	r := rand.New(rand.NewPCG(h.Sum64(), 1))
	type wave struct{ x, y, phase, height float64 }
	var waves [12]wave
	for n := range waves {
		waves[n] = wave{r.Float64() * 4, r.Float64() * 4, r.Float64() * 2 * math.Pi, 0.5 + r.Float64()}
	}
	img := image.NewRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			sum := 0.0
			for _, w := range waves {
				sum += w.height * math.Cos(2*math.Pi*(w.x*float64(x)+w.y*float64(y))/float64(size)+w.phase)
			}
			v := uint8(128 + 12*max(-10, min(10, sum)))
			img.Set(x, y, color.RGBA{v, v, 255 - v, 255})
		}
	}
	return img
}

// TestDrawnPictures: the pictures of the conversations are what their names promise, or the conversations show nothing.
func TestDrawnPictures(t *testing.T) {
	facts := func(ref string) photo.Facts {
		t.Helper()
		data, err := drawn(ref)
		if err != nil {
			t.Fatal(err)
		}
		f, _, err := photo.Examine(data, shanghai(t))
		if err != nil || f.Flat {
			t.Fatalf("%s: %v, flat %v", ref, err, f.Flat)
		}
		return f
	}
	a, again, small := facts("甲.jpg"), facts("重复@甲.jpg"), facts("压缩@甲.jpg")
	if again.SHA256 != a.SHA256 || small.SHA256 == a.SHA256 || !a.Alike(small.Look) {
		t.Errorf("the same picture, or another file of it: %+v", small)
	}
	if d := photo.Distance(a.Hash, facts("乙.jpg").Hash); d <= 3*photo.Near {
		t.Errorf("other pictures: distance %d", d)
	}
	told := facts("2026-11-20_08:00@32.94,119.83@甲.jpg")
	if !told.Located || told.Lat < 32.93 || told.Lat > 32.95 || !told.Zoned || told.TakenAt.Format("01-02 15:04") != "11-20 08:00" {
		t.Errorf("EXIF: %+v", told)
	}
}
