package photo

import (
	"bytes"
	"image"
	"image/jpeg"

	"golang.org/x/image/draw"
)

// How a picture is shown.
const (
	shownSide    = 1280 // pixels on the long side: a phone's screen, and enough to read a house number
	shownQuality = 82
)

// shrink brings a picture to the size in which it fits into a field, on white where it is transparent. It never enlarges. Halving
// with the quick scaler averages four pixels exactly, so that the careful one has little left to do: three times faster
// than careful from the start, as good to the eye, and its memory does not grow with the picture.
func shrink(img image.Image, field image.Point) *image.RGBA {
	size := img.Bounds().Size()
	target := fit(size, field)
	for size.X/2 >= target.X && size.Y/2 >= target.Y {
		size = size.Div(2)
		img = scale(draw.ApproxBiLinear, img, size)
	}
	if out, ok := img.(*image.RGBA); ok && size == target && out.Opaque() && out.Rect.Min == (image.Point{}) {
		return out
	}
	return scale(draw.CatmullRom, img, target)
}

// Thumbnail makes of a picture a small JPEG that fits into a field of so many pixels, with nothing in it but the picture. The
// error is always an *Error.
func Thumbnail(data []byte, field image.Point) ([]byte, error) {
	img, _, err := decode(data)
	if err != nil {
		return nil, err
	}
	return encode(shrink(img, field)), nil
}

// fit is the size in which a picture of a size fits into a field.
func fit(size, field image.Point) image.Point {
	switch {
	case size.X <= field.X && size.Y <= field.Y:
		return size
	case size.X*field.Y >= size.Y*field.X:
		return image.Pt(field.X, max(1, size.Y*field.X/size.X))
	}
	return image.Pt(max(1, size.X*field.Y/size.Y), field.Y)
}

func scale(s draw.Scaler, img image.Image, size image.Point) *image.RGBA {
	out := image.NewRGBA(image.Rectangle{Max: size})
	op := draw.Src
	if o, ok := img.(interface{ Opaque() bool }); !ok || !o.Opaque() {
		op = draw.Over
		draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	}
	if size == img.Bounds().Size() {
		draw.Draw(out, out.Rect, img, img.Bounds().Min, op)
		return out
	}
	s.Scale(out, out.Rect, img, img.Bounds(), op, nil)
	return out
}

// firstSideways is the first EXIF orientation by which width and height change places.
const firstSideways = 5

// turn makes a picture upright by its EXIF orientation, 1 to 8; others leave it as it is.
func turn(img *image.RGBA, orientation int) *image.RGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	var from func(x, y int) (int, int) // where a pixel of the upright picture comes from
	switch orientation {
	case 2:
		from = func(x, y int) (int, int) { return w - 1 - x, y }
	case 3:
		from = func(x, y int) (int, int) { return w - 1 - x, h - 1 - y }
	case 4:
		from = func(x, y int) (int, int) { return x, h - 1 - y }
	case 5:
		from = func(x, y int) (int, int) { return y, x }
	case 6:
		from = func(x, y int) (int, int) { return y, h - 1 - x }
	case 7:
		from = func(x, y int) (int, int) { return w - 1 - y, h - 1 - x }
	case 8:
		from = func(x, y int) (int, int) { return w - 1 - y, x }
	default:
		return img
	}
	size := img.Rect.Size()
	if orientation >= firstSideways {
		size = image.Pt(size.Y, size.X)
	}
	out := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			sx, sy := from(x, y)
			copy(out.Pix[out.PixOffset(x, y):][:4], img.Pix[img.PixOffset(sx, sy):][:4])
		}
	}
	return out
}

// encode writes a picture as a JPEG that holds nothing else: no camera, no time, no place.
func encode(img *image.RGBA) []byte {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: shownQuality}); err != nil {
		panic(err) // memory does not refuse writes, and the sides are far below the format's limit
	}
	return out.Bytes()
}
