package sheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"duban/internal/issue"
)

// What the XML of a workbook may look like. The library takes fifty bytes of memory and more for a byte that opens an element in another, or
// gives an element one more attribute.
const (
	maxDepth  = 100    // elements in each other; a worksheet has about ten
	maxEquals = 40_000 // signs = from one < to the next: a cell's text has fewer characters
)

// form reads XML and refuses elements with attributes without end, before they are taken apart.
type form struct {
	r      io.Reader
	equals int // since the last <, which neither a text nor an attribute can hold
}

// Read implements io.Reader.
func (f *form) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	for _, b := range p[:n] {
		switch b {
		case '<':
			f.equals = 0
		case '=':
			f.equals++
		}
		if f.equals > maxEquals {
			return 0, tooLarge(fmt.Errorf("more than %d attributes", maxEquals))
		}
	}
	return n, err
}

// elements goes through XML and shows each element's beginning. Its error is that of the XML, of see, or says that elements stand too deep
// in each other.
func elements(d *xml.Decoder, see func(xml.StartElement) error) error {
	depth := 0
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch e := t.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return tooLarge(fmt.Errorf("more than %d elements in each other", maxDepth))
			}
			if err := see(e); err != nil {
				return err
			}
		case xml.EndElement:
			depth--
		}
	}
}

// tryParts looks through all parts of an archive before the library does: which of them it reads as what is written in the archive itself. What is
// no XML, or is broken, is for the library to judge.
func tryParts(archive *zip.Reader) error {
	charset := excelize.NewFile().CharsetReader
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			return damaged(err)
		}
		d := xml.NewDecoder(&form{r: r})
		d.CharsetReader = charset
		err = elements(d, func(xml.StartElement) error { return nil })
		_ = r.Close() // it was only read
		if _, ours := issue.AsError(err); ours {
			return err
		}
	}
	return nil
}
