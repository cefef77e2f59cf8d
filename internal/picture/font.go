package picture

import (
	"errors"
	"fmt"
	"strings"

	"github.com/golang/freetype/truetype"
	"github.com/mojocn/base64Captcha"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// dpi makes a point a pixel.
const dpi = 72

// sample is what a font must have: simplified Chinese, and the signs that the pictures themselves draw.
const sample = "创建文明城市问题排名处置街道得分按期超期整改曝光，。：；、（）【】《》“”—…·｜〔〕①⑩↑↓％〓≥0123456789#/.+-"

// typeface is a parsed font. It may be shared; the faces that it makes may not, so that every drawing makes its own.
type typeface struct {
	outlined func(rune) bool                       // has an outline for this character
	face     func(size float64) (font.Face, error) // size in pixels
}

// embedded is WenQuanYi Micro Hei, which a module carries for its own purposes (docs/adr/0020-pictures.md). Nothing else in
// the program knows where the font comes from.
func embedded() typeface {
	return ofTrueType(base64Captcha.DefaultEmbeddedFonts.LoadFontByName("fonts/wqy-microhei.ttc"))
}

// The faults of a configured font.
var errNoFont = errors.New("字体文件无法读取：不是 .ttf、.ttc 或 .otf 字体，或文件已损坏，请换一个字体文件")

// parse reads a font with two libraries, since each reads files that the other refuses: x/image knows OpenType outlines and
// every font of a collection, freetype the collections of WenQuanYi.
func parse(data []byte) (typeface, error) {
	var found []typeface
	for _, read := range []func([]byte) []typeface{openTypes, trueTypes} {
		found = append(found, guarded(func() []typeface { return read(data) })...)
	}
	if len(found) == 0 {
		return typeface{}, errNoFont
	}
	var lacks []rune
	for i, f := range found {
		l := guarded(f.lacks)
		if l != nil && len(l) == 0 {
			return f, nil
		}
		if i == 0 || len(l) > 0 && len(l) < len(lacks) {
			lacks = l
		}
	}
	if len(lacks) == 0 {
		return typeface{}, errNoFont
	}
	return typeface{}, fmt.Errorf("字体缺少 %d 个要用的字（如 %s），请换一个简体中文字体，或去掉这一项用自带的字体",
		len(lacks), string(lacks[:min(len(lacks), 5)]))
}

// guarded runs a reader of fonts on a file of unknown origin. If it panics, the file is bad, not the program.
func guarded[T any](fn func() []T) (out []T) {
	defer func() {
		if recover() != nil {
			out = nil
		}
	}()
	return fn()
}

// openTypes gives the fonts of a file, those that say that they are for simplified Chinese first: collections have one for
// each country, with the same characters in other shapes.
func openTypes(data []byte) []typeface {
	all, err := opentype.ParseCollection(data)
	if err != nil {
		return nil
	}
	var simplified, others []typeface
	for i := range all.NumFonts() {
		f, err := all.Font(i)
		if err != nil {
			continue
		}
		name, _ := f.Name(nil, sfnt.NameIDFamily)
		if strings.HasSuffix(name, " SC") {
			simplified = append(simplified, ofOpenType(f))
		} else {
			others = append(others, ofOpenType(f))
		}
	}
	return append(simplified, others...)
}

func trueTypes(data []byte) []typeface {
	f, err := truetype.Parse(data)
	if err != nil {
		return nil
	}
	return []typeface{ofTrueType(f)}
}

func ofOpenType(f *opentype.Font) typeface {
	return typeface{
		outlined: func(r rune) bool {
			var b sfnt.Buffer
			i, err := f.GlyphIndex(&b, r)
			if err != nil || i == 0 {
				return false
			}
			outline, err := f.LoadGlyph(&b, i, fixed.I(bodySize), nil)
			return err == nil && (len(outline) > 0 || r == ' ')
		},
		face: func(size float64) (font.Face, error) {
			return opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: dpi})
		},
	}
}

func ofTrueType(f *truetype.Font) typeface {
	return typeface{
		outlined: func(r rune) bool {
			var outline truetype.GlyphBuf
			i := f.Index(r)
			err := outline.Load(f, fixed.I(bodySize), i, font.HintingNone)
			return i != 0 && err == nil && (len(outline.Points) > 0 || r == ' ')
		},
		face: func(size float64) (font.Face, error) {
			// The default cache of 512 glyphs takes 8 MB for each size.
			return truetype.NewFace(f, &truetype.Options{Size: size, DPI: dpi, GlyphCacheEntries: 64}), nil
		},
	}
}

// has says whether the font draws a character. Some fonts promise characters for which they have no outline, and a damaged
// outline may make its reader panic.
func (f typeface) has(r rune) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return f.outlined(r)
}

// lacks gives the characters of the sample that the font does not draw, whatever it promises; empty and not nil when it
// draws all.
func (f typeface) lacks() []rune {
	face, err := f.face(bodySize)
	if err != nil {
		return nil
	}
	out := []rune{}
	for _, r := range sample {
		if !f.has(r) || !inked(face, r) {
			out = append(out, r)
		}
	}
	return out
}

// inked says whether a character leaves a trace.
func inked(face font.Face, r rune) bool {
	rect, mask, at, _, ok := face.Glyph(fixedPoint(0, 0), r)
	if !ok || rect.Empty() {
		return false
	}
	for y := range rect.Dy() {
		for x := range rect.Dx() {
			if _, _, _, a := mask.At(at.X+x, at.Y+y).RGBA(); a > 0 {
				return true
			}
		}
	}
	return false
}
