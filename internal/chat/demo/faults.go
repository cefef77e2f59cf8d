package demo

import "image/color"

// litter strews bags, paper and bottles around an overflowing bin.
func (p *painter) litter() {
	x := p.in(160, 460)
	p.quad(x-34, 268, x+34, 268, x+26, 338, x-26, 338, color.RGBA{44, 104, 72, 255})
	p.rect(x-38, 262, x+38, 270, color.RGBA{34, 84, 58, 255})
	for range 5 {
		p.bag(x+p.in(-34, 34), 256+p.in(-8, 6))
	}
	for range 16 {
		p.bag(x+p.in(-150, 150), 336+p.in(-14, 40))
	}
	for range 70 {
		c := []color.RGBA{{238, 236, 228, 255}, {222, 196, 120, 255}, {196, 76, 64, 255}, {96, 150, 196, 255}}[p.r.IntN(4)]
		sx, sy := x+p.in(-220, 220), 320+p.in(0, 80)
		p.rect(sx, sy, sx+p.in(3, 10), sy+p.in(2, 6), c)
	}
	p.ellipse(x+p.in(-80, 80), 382, p.in(50, 90), 9, color.RGBA{70, 66, 60, 255})
}

func (p *painter) bag(x, y int) {
	c := []color.RGBA{{40, 40, 44, 255}, {214, 214, 210, 255}, {176, 60, 56, 255}, {60, 96, 150, 255}}[p.r.IntN(4)]
	p.ellipse(x, y, p.in(8, 18), p.in(7, 14), c)
	p.ellipse(x-3, y-4, 4, 3, shade(c, 40))
	p.rect(x-2, y-16, x+3, y-8, shade(c, -20))
}

// junk fills a landing with boxes and a bicycle.
func (p *painter) junk() {
	for range 9 {
		w, h := p.in(50, 110), p.in(36, 80)
		x, y := p.in(10, 480), p.in(372, 450)
		c := shade(color.RGBA{184, 144, 92, 255}, p.in(-26, 22))
		p.rect(x, y-h, x+w, y, c)
		p.rect(x, y-h, x+w, y-h+6, shade(c, 24))
		p.rect(x+w/2-4, y-h, x+w/2+4, y, shade(c, -26))
	}
	x := p.in(120, 380)
	for _, wheel := range []int{x, x + 96} {
		p.ellipse(wheel, 408, 36, 36, color.RGBA{34, 34, 38, 255})
		p.ellipse(wheel, 408, 30, 30, color.RGBA{168, 164, 156, 255})
	}
	p.line(x, 408, x+40, 360, color.RGBA{176, 44, 44, 255})
	p.line(x+40, 360, x+96, 408, color.RGBA{176, 44, 44, 255})
	p.line(x+30, 350, x+54, 350, color.RGBA{40, 40, 40, 255})
	p.line(x+86, 340, x+96, 408, color.RGBA{176, 44, 44, 255})
}

// cars stand on the pavement.
func (p *painter) cars() {
	for x := p.in(-20, 60); x < sceneWidth-80; x += p.in(170, 230) {
		c := []color.RGBA{{232, 232, 230, 255}, {46, 48, 54, 255}, {150, 36, 38, 255}, {60, 84, 124, 255}}[p.r.IntN(4)]
		p.quad(x+36, 274, x+112, 274, x+136, 304, x+16, 304, shade(c, -12))
		p.quad(x+44, 280, x+74, 280, x+74, 302, x+28, 302, color.RGBA{90, 112, 126, 255})
		p.quad(x+80, 280, x+108, 280, x+124, 302, x+80, 302, color.RGBA{90, 112, 126, 255})
		p.rect(x, 304, x+156, 336, c)
		p.rect(x, 318, x+6, 328, color.RGBA{250, 226, 150, 255})
		p.rect(x+150, 318, x+156, 328, color.RGBA{190, 40, 36, 255})
		for _, wheel := range []int{x + 32, x + 122} {
			p.ellipse(wheel, 338, 17, 17, color.RGBA{26, 26, 28, 255})
			p.ellipse(wheel, 338, 8, 8, color.RGBA{150, 150, 152, 255})
		}
	}
}

// bills cover shutters and a cabinet.
func (p *painter) bills() {
	x := p.in(180, 380)
	p.rect(x, 200, x+120, 346, color.RGBA{148, 156, 152, 255})
	p.rect(x, 200, x+120, 208, color.RGBA{120, 128, 124, 255})
	for range 26 {
		c := []color.RGBA{{244, 240, 224, 255}, {246, 214, 92, 255}, {232, 122, 110, 255}, {150, 196, 226, 255}}[p.r.IntN(4)]
		bx, by, w, h := x+p.in(-60, 150), p.in(212, 320), p.in(18, 34), p.in(14, 26)
		p.rect(bx, by, bx+w, by+h, c)
		for row := by + 4; row < by+h-3; row += 5 {
			p.rect(bx+3, row, bx+w-4, row+2, shade(c, -90))
		}
	}
}

// pothole breaks the road, with a bent barrier beside it.
func (p *painter) pothole() {
	x, y := p.in(200, 430), p.in(392, 430)
	p.ellipse(x, y, p.in(80, 120), p.in(22, 34), color.RGBA{66, 62, 58, 255})
	p.ellipse(x+6, y+4, p.in(50, 74), p.in(12, 20), color.RGBA{44, 40, 38, 255})
	for range 40 {
		sx, sy := x+p.in(-130, 130), y+p.in(-34, 40)
		p.ellipse(sx, sy, p.in(2, 7), p.in(2, 5), shade(color.RGBA{124, 120, 112, 255}, p.in(-20, 20)))
	}
	for range 7 {
		sx := x + p.in(-120, 120)
		p.line(sx, y-p.in(10, 30), sx+p.in(-50, 50), y+p.in(20, 44), color.RGBA{58, 56, 54, 255})
	}
	p.line(x-150, 300, x-120, 396, color.RGBA{200, 60, 40, 255})
	p.line(x-150, 320, x-60, 352, color.RGBA{240, 240, 236, 255})
}

// stalls stand on the pavement under umbrellas.
func (p *painter) stalls() {
	for x := p.in(30, 90); x < sceneWidth-110; x += p.in(160, 220) {
		c := []color.RGBA{{196, 60, 52, 255}, {52, 112, 170, 255}, {226, 160, 44, 255}}[p.r.IntN(3)]
		p.quad(x+40, 204, x+70, 204, x+128, 240, x-18, 240, c)
		p.quad(x+40, 204, x+56, 204, x+58, 240, x+22, 240, color.RGBA{244, 240, 232, 255})
		p.rect(x+54, 240, x+58, 300, color.RGBA{110, 110, 112, 255})
		p.rect(x, 296, x+112, 304, color.RGBA{150, 112, 74, 255})
		p.rect(x+6, 304, x+106, 340, color.RGBA{190, 176, 150, 255})
		for range 16 {
			fruit := []color.RGBA{{220, 70, 50, 255}, {240, 180, 50, 255}, {110, 160, 60, 255}}[p.r.IntN(3)]
			p.ellipse(x+p.in(8, 104), 292+p.in(-6, 4), 6, 6, fruit)
		}
	}
}

// weeds overgrow a bed and its bare earth.
func (p *painter) weeds() {
	p.quad(60, 316, 580, 316, 620, 352, 30, 352, color.RGBA{122, 98, 70, 255})
	for range 260 {
		x, y := p.in(40, 606), p.in(322, 352)
		p.line(x, y, x+p.in(-10, 10), y-p.in(10, 44), shade(color.RGBA{120, 132, 58, 255}, p.in(-34, 30)))
	}
	for range 24 {
		p.bag(p.in(60, 590), p.in(326, 350))
	}
}

// flotsam drifts on the water and lies on the bank.
func (p *painter) flotsam() {
	p.ellipse(p.in(180, 460), 330, p.in(130, 190), 34, color.RGBA{96, 120, 74, 255})
	for range 60 {
		x, y := p.in(40, 600), p.in(270, 392)
		c := []color.RGBA{{236, 236, 230, 255}, {90, 140, 190, 255}, {190, 70, 60, 255}, {150, 122, 80, 255}}[p.r.IntN(4)]
		p.rect(x, y, x+p.in(4, 18), y+p.in(3, 7), c)
	}
	for range 12 {
		p.bag(p.in(60, 580), p.in(388, 440))
	}
}
