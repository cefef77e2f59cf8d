package photo

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/bep/imagemeta"
	"golang.org/x/image/webp"
)

// format is a kind of picture file.
type format struct {
	name   string
	starts string // the first bytes
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	meta   imagemeta.ImageFormat // where its EXIF is; ImageFormatAuto: it has none
}

// formats are what people send. They are listed here and not registered with the image package, where whatever any other
// package registers would be decoded too.
var formats = [...]format{
	{"jpeg", "\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode, imagemeta.JPEG},
	{"png", "\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode, imagemeta.PNG},
	{"gif", "GIF8", gif.DecodeConfig, gif.Decode, imagemeta.ImageFormatAuto},
	{"webp", "RIFF", webp.DecodeConfig, webp.Decode, imagemeta.WebP},
}

var (
	errFormat = errors.New("no picture of a known format")
	errEmpty  = errors.New("no pixels")
)

// decode gives the pixels of a file that is within the limits. The error is always an *Error.
func decode(data []byte) (image.Image, format, error) {
	fault := &Error{Fault: Unreadable, Bytes: len(data)}
	if len(data) > MaxBytes {
		fault.Fault = TooHeavy
		return nil, format{}, fault
	}
	form, ok := sniff(data)
	if !ok {
		fault.Cause = errFormat
		return nil, form, fault
	}
	cfg, err := guarded(func() (image.Config, error) { return form.config(bytes.NewReader(data)) })
	fault.Width, fault.Height, fault.Cause = cfg.Width, cfg.Height, err
	switch {
	case err != nil:
		return nil, form, fault
	case tooLarge(cfg, form, data):
		fault.Fault = TooLarge
		return nil, form, fault
	}
	img, err := guarded(func() (image.Image, error) { return form.decode(bytes.NewReader(data)) })
	if err == nil && img.Bounds().Empty() {
		err = errEmpty
	}
	if fault.Cause = err; err != nil {
		return nil, form, fault
	}
	return img, form, nil
}

func sniff(data []byte) (format, bool) {
	for _, f := range formats {
		if bytes.HasPrefix(data, []byte(f.starts)) {
			return f, true
		}
	}
	return format{}, false
}

// guarded runs a decoder on bytes of strangers: if it panics, the picture is bad, not the program.
func guarded[T any](fn func() (T, error)) (out T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("decoder panicked: %v", p)
		}
	}()
	return fn()
}

// tooLarge judges a picture by its header. The sides come first: their product must not overflow.
func tooLarge(cfg image.Config, form format, data []byte) bool {
	if cfg.Width > MaxSide || cfg.Height > MaxSide {
		return true
	}
	pixels := cfg.Width * cfg.Height
	return pixels > MaxPixels || int64(pixels)*int64(pixelCost(cfg.ColorModel, form, data)) > maxMemory
}

// pixelCost is how many bytes the decoder takes for one pixel at worst. A file of a few kilobytes can ask for a gigabyte:
// a progressive JPEG keeps its coefficients until the end, 4 bytes each, and a PNG can have 16 bits a channel.
func pixelCost(model color.Model, form format, data []byte) int {
	cost := 4
	switch model {
	case color.GrayModel:
		cost = 1
	case color.YCbCrModel:
		cost = 3
	case color.Gray16Model:
		cost = 2
	case color.RGBA64Model, color.NRGBA64Model, color.CMYKModel, color.NYCbCrAModel:
		cost = 8
	}
	switch {
	case form.name == "jpeg" && progressive(data):
		return cost + 4*min(cost, 4)
	case form.name == "png" && len(data) > 28 && data[28] != 0: // interlaced: every pass is a picture of its own
		return 2 * cost
	}
	return cost
}

// progressive says whether a JPEG is sent in passes: its frame header is SOF2. Between the segments it reads on over what
// does not belong there, as the decoder does, or a stray byte would hide the header from it.
func progressive(data []byte) bool {
	const sof0, sof1, sof2, rst0, rst7, startOfScan = 0xc0, 0xc1, 0xc2, 0xd0, 0xd7, 0xda
	for at := 2; at+4 <= len(data); {
		marker := data[at+1]
		switch {
		case data[at] != 0xff || marker == 0xff:
			at++
		case marker == 0 || marker >= rst0 && marker <= rst7: // these have no length
			at += 2
		case marker == sof0 || marker == sof1 || marker == startOfScan:
			return false
		case marker == sof2:
			return true
		default:
			at += 2 + int(data[at+2])<<8 + int(data[at+3])
		}
	}
	return false
}
