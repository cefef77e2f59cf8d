package document

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"strconv"
	"strings"
)

// emuPerMM is the unit of drawings: 36,000 English Metric Units are a millimetre.
const emuPerMM = 36000

type size struct{ width, height int }

// Loader reads a photo by the name that a bulletin gives it.
type Loader = func(name string) ([]byte, error)

// kinds are the formats that every version of Word shows, found by their first bytes.
var kinds = []struct {
	magic, ending string
	config        func(io.Reader) (image.Config, error)
}{
	{"\x89PNG\r\n\x1a\n", "png", png.DecodeConfig},
	{"\xff\xd8\xff", "jpeg", jpeg.DecodeConfig},
}

var errFormat = errors.New("neither PNG nor JPEG")

// look finds the format and the size in pixels of a picture by its header.
func look(data []byte) (ending string, s size, err error) {
	for _, k := range kinds {
		if !bytes.HasPrefix(data, []byte(k.magic)) {
			continue
		}
		c, err := k.config(bytes.NewReader(data))
		if err != nil {
			return "", size{}, fmt.Errorf("%s: %w", k.ending, err)
		}
		if c.Width < 1 || c.Height < 1 {
			return "", size{}, fmt.Errorf("%s of %d × %d pixels", k.ending, c.Width, c.Height)
		}
		return k.ending, size{c.Width, c.Height}, nil
	}
	return "", size{}, errFormat
}

// within is the largest size of the same shape in a box.
func (s size) within(box size) size {
	if s.width*box.height > s.height*box.width {
		return size{box.width, max(1, s.height*box.width/s.width)}
	}
	return size{max(1, s.width*box.height/s.height), box.height}
}

// embed puts a picture into the file once, however often it is shown, and gives its place in the list.
func (w *writer) embed(name string, load Loader) (int, error) {
	for k, m := range w.media {
		if m.name == name {
			return k, nil
		}
	}
	data, err := load(name)
	if err != nil {
		return 0, fmt.Errorf("photo %s: %w", name, err)
	}
	ending, s, err := look(data)
	if err != nil {
		return 0, fmt.Errorf("photo %s: %w", name, err)
	}
	w.media = append(w.media, media{name: name, file: fmt.Sprintf("media/image%d.%s", len(w.media)+1, ending), data: data, size: s})
	return len(w.media) - 1, nil
}

// photo is a picture that has a name and words below it.
type photo struct{ name, caption string }

// attribute is a text that can stand between quotation marks in XML.
func attribute(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(clean(s))) // a strings.Builder takes everything
	return b.String()
}

// photos adds pictures with their captions beside each other, on one page.
func (w *writer) photos(all []photo, load Loader) error {
	box := size{90 * emuPerMM, 60 * emuPerMM}
	shares := []int{1}
	if len(all) > 1 {
		box = size{70 * emuPerMM, 48 * emuPerMM}
		shares = []int{1, 1}
	}
	widths := spread(measure, shares)
	shown, captions := row{Props: rowProps{Whole: &on{}}}, row{Props: rowProps{Whole: &on{}}}
	for k, p := range all {
		pic, err := w.picture(p, box, load)
		if err != nil {
			return err
		}
		shown.Cells = append(shown.Cells, newCell(widths[k], pic))
		captions.Cells = append(captions.Cells, newCell(widths[k], captionRow.paragraph(p.caption)))
	}
	t := newTable(widths, borders{})
	t.Rows = []row{shown, captions}
	w.body = append(w.body, t)
	return nil
}

func (w *writer) picture(p photo, box size, load Loader) (paragraph, error) {
	k, err := w.embed(p.name, load)
	if errors.Is(err, fs.ErrNotExist) {
		return pictureBox.paragraph("（照片缺失）"), nil // a frozen bulletin outlives the photos that are cleared away
	}
	if err != nil {
		return paragraph{}, err
	}
	w.shapes++
	s := w.media[k].size.within(box)
	inline := strings.NewReplacer(
		"{width}", strconv.Itoa(s.width), "{height}", strconv.Itoa(s.height), "{id}", strconv.Itoa(w.shapes), "{rel}", mediaID(k), "{words}", attribute(p.caption),
	).Replace(inlinePicture)
	return paragraph{Props: pictureBox.props, Content: []any{run{Props: small.props(), Content: []any{drawing{Inline: inline}}}}}, nil
}

// inlinePicture is a picture that stands in the line like a character.
const inlinePicture = `<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{width}" cy="{height}"/>` +
	`<wp:docPr id="{id}" name="照片{id}" descr="{words}"/>` +
	`<wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr>` +
	`<a:graphic><a:graphicData uri="` + drawingNS + `picture"><pic:pic>` +
	`<pic:nvPicPr><pic:cNvPr id="{id}" name="照片{id}"/><pic:cNvPicPr/></pic:nvPicPr>` +
	`<pic:blipFill><a:blip r:embed="{rel}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>` +
	`<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>` +
	`<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>` +
	`</pic:pic></a:graphicData></a:graphic></wp:inline>`
