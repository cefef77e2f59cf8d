// Package files makes the pictures and documents that go along with messages, from recipes that say all there is to show. A
// recipe is queued with its message and followed when the message is sent: nothing is drawn inside a transaction, and nothing
// that can be made again is kept.
package files

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"duban/internal/document"
	"duban/internal/media"
	"duban/internal/picture"
	"duban/internal/report"
	"duban/internal/sheet"
	"duban/internal/store"
)

// Spec is what files show. What is nil is not made.
type Spec struct {
	Name     string             // the files are called by it
	Ranking  *picture.Ranking   `json:",omitempty"`
	Trend    *picture.Trend     `json:",omitempty"`
	Exposure *picture.Exposure  `json:",omitempty"`
	Bulletin *document.Bulletin `json:",omitempty"` // as Word document and as spreadsheet
	Ledger   *Ledger            `json:",omitempty"`
	Table    *Table             `json:",omitempty"`
}

// Table is a plain table, as a spreadsheet.
type Table struct {
	Title string
	Head  []string
	Rows  [][]string
}

// Recipe is the spec as it is queued; "" if it makes nothing.
func (s Spec) Recipe() (store.Recipe, error) {
	if s == (Spec{Name: s.Name}) {
		return "", nil
	}
	text, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("encode recipe: %w", err)
	}
	return store.Recipe(text), nil
}

// File is a file that was made.
type File struct {
	Name    string // as people see it
	Path    string
	Picture bool
}

// Maker follows recipes. It is safe for concurrent use.
type Maker struct {
	store   *store.Store
	words   report.Words
	media   string
	painter func() (*picture.Painter, error)
	exports chan struct{} // holds something while a ledger is written: each may take 200 MB
}

// New makes a maker. media is the folder of the photos; the painter is asked for when there is a picture to draw.
func New(s *store.Store, words report.Words, media string, painter func() (*picture.Painter, error)) *Maker {
	return &Maker{store: s, words: words, media: media, painter: painter, exports: make(chan struct{}, 1)}
}

// Make makes the files of a recipe in a folder that the caller removes.
func (m *Maker) Make(ctx context.Context, now time.Time, r store.Recipe, dir string) ([]File, error) {
	var s Spec
	if err := json.Unmarshal([]byte(r), &s); err != nil {
		return nil, fmt.Errorf("read recipe: %w", err)
	}
	return m.Files(ctx, now, s, dir)
}

// Files makes the files of a spec in a folder.
func (m *Maker) Files(ctx context.Context, now time.Time, s Spec, dir string) ([]File, error) {
	w := &work{Maker: m, spec: s, dir: dir}
	for _, step := range []func() error{
		w.pictures, w.bulletin, w.table, func() error { return w.ledger(ctx, now) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return w.made, nil
}

// work is a recipe that is being followed.
type work struct {
	*Maker
	spec Spec
	dir  string
	made []File
}

// add writes a file.
func (w *work) add(name string, data []byte, pic bool) error {
	return w.create(name, pic, func(f io.Writer) error {
		_, err := f.Write(data)
		return err
	})
}

// create makes a file that fill writes. If it fails, nothing is left.
func (w *work) create(name string, pic bool, fill func(io.Writer) error) error {
	path := filepath.Join(w.dir, fmt.Sprintf("%d%s", len(w.made), filepath.Ext(name)))
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := errors.Join(fill(f), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", name, err), os.Remove(path))
	}
	w.made = append(w.made, File{Name: fileName(name), Path: path, Picture: pic})
	return nil
}

// fileName keeps a name from being a path.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, name)
}

// table makes the table of a recipe.
func (w *work) table() error {
	t := w.spec.Table
	if t == nil {
		return nil
	}
	out := sheet.Table{Sheet: t.Title, Title: t.Title, Head: t.Head}
	for _, row := range t.Rows {
		var cells []sheet.Cell
		for _, field := range row {
			cells = append(cells, sheet.Text(field))
		}
		out.Rows = append(out.Rows, cells)
	}
	return w.create(w.spec.Name+".xlsx", false, func(f io.Writer) error { return sheet.WriteTables(f, []sheet.Table{out}) })
}

func (w *work) pictures() error {
	if w.spec.Ranking == nil && w.spec.Trend == nil && w.spec.Exposure == nil {
		return nil
	}
	p, err := w.painter()
	if err != nil {
		return err
	}
	if w.spec.Ranking != nil {
		pages, err := p.Ranking(*w.spec.Ranking)
		if err := w.pages(w.spec.Name, pages, err); err != nil {
			return err
		}
	}
	if w.spec.Trend != nil {
		page, err := p.Trend(*w.spec.Trend)
		if err := w.pages(w.spec.Trend.Title, [][]byte{page}, err); err != nil {
			return err
		}
	}
	if w.spec.Exposure != nil {
		pages, err := p.Exposure(*w.spec.Exposure, w.photo)
		return w.pages(w.spec.Name, pages, err)
	}
	return nil
}

// pages adds the pictures of one thing.
func (w *work) pages(name string, pages [][]byte, err error) error {
	if err != nil {
		return fmt.Errorf("draw %s: %w", name, err)
	}
	for n, page := range pages {
		title := name + ".png"
		if len(pages) > 1 {
			title = fmt.Sprintf("%s-%d.png", name, n+1)
		}
		if err := w.add(title, page, true); err != nil {
			return err
		}
	}
	return nil
}

// photo opens the copy to show of a photo, by its name below the media folder.
func (w *work) photo(name string) (image.Image, error) {
	data, err := w.readPhoto(name)
	if err != nil {
		return nil, err
	}
	return jpeg.Decode(bytes.NewReader(data))
}

// readPhoto reads the copy to show of a photo. One that cannot be read, is damaged or none, is as good as gone: a document of many pages
// does not fail because of it.
func (w *work) readPhoto(name string) ([]byte, error) {
	data, err := media.Read(w.media, name)
	if err == nil {
		_, err = jpeg.DecodeConfig(bytes.NewReader(data))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return data, nil
}

func (w *work) bulletin() error {
	if w.spec.Bulletin == nil {
		return nil
	}
	doc, err := w.spec.Bulletin.Docx(w.readPhoto)
	if err != nil {
		return fmt.Errorf("draw %s: %w", w.spec.Name, err)
	}
	if err := w.add(w.spec.Name+".docx", doc, false); err != nil {
		return err
	}
	return w.bulletinSheet()
}
