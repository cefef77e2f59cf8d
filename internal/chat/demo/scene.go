package demo

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"strconv"
	"strings"
)

// The plan on which scenes are drawn. Their pictures are smaller, see shrink.
const (
	sceneWidth  = 640
	sceneHeight = 480
)

// IsScene says whether a picture's ref names a drawn scene, as the demo's scripts do: "scene:垃圾:17:before".
func IsScene(ref string) bool { return strings.HasPrefix(ref, "scene:") }

// OpenScene draws the scene that a ref names: "scene:KIND:SEED:before" or "…:after". Errors are Chinese sentences.
func OpenScene(ref string) ([]byte, error) {
	parts := strings.Split(ref, ":")
	if len(parts) != 4 || parts[0] != "scene" || (parts[3] != "before" && parts[3] != "after") {
		return nil, fmt.Errorf("演示图片“%s”要写成 scene:垃圾:17:before", ref)
	}
	seed, err := strconv.Atoi(parts[2])
	if err != nil {
		return nil, fmt.Errorf("演示图片“%s”的编号不是数字", ref)
	}
	return Scene(parts[1], seed, parts[3] == "after"), nil
}

// Scene draws a street, a stairwell or a river bank as JPEG, with a fault of a kind (垃圾, 楼道, 乱停, 广告, 路面, 占道, 绿化,
// 河道, 设施) before it was put right, or the same place without it after. One seed always draws the same place, two seeds
// draw different ones. Unknown kinds show litter. No photo of a real place is needed, and none is used.
func Scene(kind string, seed int, after bool) []byte {
	h := fnv.New64a()
	_, _ = h.Write([]byte(kind)) // a hash never fails
	r := rand.New(rand.NewPCG(h.Sum64(), uint64(seed)))
	p := &painter{img: image.NewRGBA(image.Rect(0, 0, shrink(sceneWidth), shrink(sceneHeight))), r: r}
	fault := p.litter
	switch kind {
	case "楼道":
		p.stairwell()
		fault = p.junk
	case "河道":
		p.river()
		fault = p.flotsam
	default:
		p.street()
		switch kind {
		case "乱停":
			fault = p.cars
		case "广告":
			fault = p.bills
		case "路面", "设施":
			fault = p.pothole
		case "占道":
			fault = p.stalls
		case "绿化":
			fault = p.weeds
		}
	}
	if after {
		p.light(1.06)
	} else {
		fault()
	}
	p.grain(after)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, p.img, &jpeg.Options{Quality: 82}); err != nil {
		panic(err) // memory does not refuse writes
	}
	return out.Bytes()
}

// street draws houses, a pavement with trees and a road.
func (p *painter) street() {
	p.sky(200 + p.in(0, 30))
	x := -p.in(0, 60)
	for x < sceneWidth {
		w, top := p.in(90, 170), p.in(60, 170)
		p.house(x, top, w, 300)
		x += w
	}
	p.rect(0, 300, sceneWidth, 350, shade(color.RGBA{176, 172, 164, 255}, p.in(-12, 12)))
	for tile := -20; tile < sceneWidth; tile += 32 {
		p.line(tile, 300, tile-22, 350, color.RGBA{150, 147, 140, 255})
	}
	p.rect(0, 350, sceneWidth, sceneHeight, shade(color.RGBA{92, 94, 98, 255}, p.in(-10, 10)))
	p.rect(0, 346, sceneWidth, 353, color.RGBA{205, 203, 196, 255})
	for dash := -p.in(0, 60); dash < sceneWidth; dash += 90 {
		p.quad(dash, 428, dash+50, 428, dash+46, 436, dash-4, 436, color.RGBA{226, 226, 220, 255})
	}
	for tree := p.in(20, 120); tree < sceneWidth; tree += p.in(150, 240) {
		p.tree(tree, 315)
	}
}

func (p *painter) house(x, top, w, bottom int) {
	walls := []color.RGBA{{214, 196, 170, 255}, {196, 202, 206, 255}, {206, 178, 160, 255}, {222, 214, 196, 255}, {180, 190, 178, 255}}
	wall := shade(walls[p.r.IntN(len(walls))], p.in(-10, 10))
	p.rect(x, top, x+w, bottom, wall)
	p.rect(x+w-4, top, x+w, bottom, shade(wall, -30))
	for y := top + 16; y < bottom-70; y += 34 {
		for wx := x + 12; wx+18 < x+w-6; wx += 30 {
			p.rect(wx, y, wx+18, y+20, shade(color.RGBA{104, 128, 146, 255}, p.in(-25, 25)))
			p.rect(wx, y+20, wx+18, y+22, shade(wall, -40))
		}
	}
	signs := []color.RGBA{{176, 48, 44, 255}, {38, 92, 150, 255}, {46, 120, 78, 255}, {190, 128, 36, 255}}
	sign := signs[p.r.IntN(len(signs))]
	p.rect(x+4, bottom-58, x+w-8, bottom-42, sign)
	for c := x + 14; c+10 < x+w-14; c += 16 {
		p.rect(c, bottom-54, c+9, bottom-46, color.RGBA{244, 236, 214, 255})
	}
	p.rect(x+8, bottom-42, x+w-12, bottom, color.RGBA{120, 124, 128, 255})
	for s := bottom - 38; s < bottom; s += 6 {
		p.line(x+8, s, x+w-12, s, color.RGBA{104, 108, 112, 255})
	}
}

func (p *painter) tree(x, foot int) {
	p.rect(x-4, foot-90, x+4, foot, color.RGBA{98, 76, 56, 255})
	for range 9 {
		leaf := shade(color.RGBA{76, 116, 62, 255}, p.in(-20, 20))
		p.ellipse(x+p.in(-32, 32), foot-105+p.in(-30, 22), p.in(16, 28), p.in(14, 24), leaf)
	}
}

// stairwell draws a landing with stairs, a window and a door.
func (p *painter) stairwell() {
	wall := shade(color.RGBA{224, 220, 208, 255}, p.in(-12, 10))
	p.rect(0, 0, sceneWidth, sceneHeight, wall)
	band := []color.RGBA{{120, 156, 140, 255}, {130, 150, 176, 255}, {178, 160, 130, 255}}[p.r.IntN(3)]
	p.rect(0, 230, sceneWidth, 350, band)
	p.quad(0, 350, sceneWidth, 350, sceneWidth, sceneHeight, 0, sceneHeight, shade(color.RGBA{160, 156, 150, 255}, p.in(-8, 8)))
	x := p.in(40, 110)
	p.rect(x, 70, x+110, 190, color.RGBA{188, 214, 228, 255})
	p.rect(x+53, 70, x+57, 190, color.RGBA{240, 240, 238, 255})
	p.rect(x, 128, x+110, 132, color.RGBA{240, 240, 238, 255})
	door := x + p.in(170, 220)
	p.rect(door, 110, door+110, 352, color.RGBA{128, 62, 48, 255})
	p.rect(door+10, 124, door+100, 210, color.RGBA{142, 74, 58, 255})
	p.rect(door+10, 226, door+100, 340, color.RGBA{142, 74, 58, 255})
	p.ellipse(door+98, 236, 4, 4, color.RGBA{220, 190, 110, 255})
	for step := range 6 {
		y, left := 352-step*34, sceneWidth-150+step*14
		p.rect(left, y-34, sceneWidth, y, shade(color.RGBA{176, 172, 166, 255}, -step*6))
		p.rect(left, y-34, sceneWidth, y-29, color.RGBA{204, 200, 192, 255})
	}
	p.line(sceneWidth-160, 250, sceneWidth-40, 20, color.RGBA{80, 60, 50, 255})
	p.line(sceneWidth-160, 252, sceneWidth-40, 22, color.RGBA{80, 60, 50, 255})
}

// river draws water between a bank with willows and a paved path.
func (p *painter) river() {
	p.sky(206 + p.in(0, 24))
	p.rect(0, 190, sceneWidth, 250, shade(color.RGBA{104, 138, 84, 255}, p.in(-10, 10)))
	for x := p.in(10, 60); x < sceneWidth; x += p.in(90, 160) {
		p.tree(x, 240)
	}
	water := shade(color.RGBA{98, 138, 146, 255}, p.in(-10, 10))
	p.rect(0, 250, sceneWidth, 400, water)
	for range 60 {
		x, y := p.in(0, sceneWidth), p.in(256, 396)
		p.line(x, y, x+p.in(10, 50), y, shade(water, p.in(-12, 18)))
	}
	p.rect(0, 400, sceneWidth, sceneHeight, color.RGBA{178, 170, 156, 255})
	p.rect(0, 396, sceneWidth, 404, color.RGBA{214, 208, 196, 255})
	for x := p.in(0, 60); x < sceneWidth; x += 70 {
		p.rect(x, 362, x+8, 402, color.RGBA{206, 206, 204, 255})
	}
	p.rect(0, 366, sceneWidth, 371, color.RGBA{206, 206, 204, 255})
}
