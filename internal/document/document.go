// Package document writes Word documents in the form in which Chinese offices send them (公文格式, GB/T 9704): page, fonts and
// sizes, numbered sections, tables, photos. Data in, bytes out; the same data always give the same bytes.
package document

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"time"
)

// writer collects what a document shows, from top to bottom.
type writer struct {
	body   []any // paragraphs and tables
	media  []media
	mark   string // in the header of every page
	shapes int    // pictures drawn so far
}

// media is a picture file inside the document.
type media struct {
	name, file string // what the caller calls it, and its name in the package
	data       []byte
	size       size
}

// about is what the file says of itself.
type about struct {
	Title, Author string
	Date          time.Time
}

type part struct {
	name string
	data []byte
}

// bytes is the finished .docx file.
func (w *writer) bytes(a about) ([]byte, error) {
	parts, err := w.parts(a)
	if err != nil {
		return nil, err
	}
	for _, m := range w.media {
		parts = append(parts, part{"word/" + m.file, m.data})
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range parts {
		// Create leaves the time of the file empty, so that the bytes follow from the data alone.
		f, err := z.Create(p.name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		if _, err := f.Write(p.data); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("docx: %w", err)
	}
	return out.Bytes(), nil
}

// parts are the XML files of the document; readers look for the content types first.
func (w *writer) parts(a about) ([]part, error) {
	var err error
	encode := func(v any) []byte {
		data, e := xml.Marshal(v)
		if e != nil && err == nil {
			err = fmt.Errorf("docx: %w", e)
		}
		return append([]byte(xml.Header), data...)
	}
	if len(w.body) > 0 {
		if _, ends := w.body[len(w.body)-1].(table); ends {
			w.write(below, "") // Word wants a paragraph behind a table
		}
	}
	section := pageSection()
	if w.mark != "" {
		section.Header = &reference{Type: "default", ID: headerID}
	}
	out := []part{
		{"[Content_Types].xml", encode(w.contentTypes())},
		{"_rels/.rels", encode(packageRelations())},
		{"docProps/core.xml", encode(coreProperties(a))},
		{"word/document.xml", encode(documentRoot{namespaces: names(), Body: body{Content: w.body, Section: section}})},
		{"word/styles.xml", encode(defaultStyles())},
		{"word/settings.xml", encode(defaultSettings())},
		{"word/fontTable.xml", encode(fontTable())},
		{"word/footer.xml", encode(footerRoot{namespaces: names(), Content: []any{pageNumber()}})},
		{"word/_rels/document.xml.rels", encode(w.relations())},
	}
	if w.mark != "" {
		out = append(out, part{"word/header.xml", encode(headerRoot{namespaces: names(), Content: []any{headerMark.paragraph(w.mark)}})})
	}
	return out, err
}
