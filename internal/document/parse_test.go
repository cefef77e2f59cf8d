package document

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"
	"testing"
)

// element is a piece of XML as a tree: names with the last word of their namespace, w:p becoming "main p" without it.
type element struct {
	name string
	attr map[string]string
	kids []*element
	text string
}

// opened is a document that was unzipped and parsed.
type opened struct {
	files map[string][]byte
	parts map[string]*element
}

// open unzips a document and parses every XML part of it; a part that is not well-formed fails the test.
func open(t interface {
	Helper()
	Fatalf(string, ...any)
}, docx []byte,
) opened {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	if err != nil {
		t.Fatalf("no zip file: %v", err)
	}
	o := opened{files: map[string][]byte{}, parts: map[string]*element{}}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		if o.files[f.Name] != nil {
			t.Fatalf("%s is twice in the file", f.Name)
		}
		o.files[f.Name] = data
		if ending := path.Ext(f.Name); ending == ".xml" || ending == ".rels" {
			tree, err := parse(data)
			if err != nil {
				t.Fatalf("%s: %v\n%s", f.Name, err, data)
			}
			o.parts[f.Name] = tree
		}
	}
	return o
}

func parse(data []byte) (*element, error) {
	root := &element{}
	stack := []*element{root}
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return root.kids[0], nil
		}
		if err != nil {
			return nil, err
		}
		top := stack[len(stack)-1]
		switch tok := tok.(type) {
		case xml.StartElement:
			if strings.Contains(tok.Name.Local, ":") || tok.Name.Space != "" && !strings.HasPrefix(tok.Name.Space, "http") {
				return nil, errors.New("prefix without a namespace: " + tok.Name.Space + " " + tok.Name.Local)
			}
			e := &element{name: tok.Name.Local, attr: map[string]string{}}
			for _, a := range tok.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			top.kids = append(top.kids, e)
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += string(tok)
		}
	}
}

// all gives the elements of a name, wherever they are below, in order.
func (e *element) all(name string) []*element {
	var out []*element
	for _, k := range e.kids {
		if k.name == name {
			out = append(out, k)
		}
		out = append(out, k.all(name)...)
	}
	return out
}

// at follows child elements by name; an element without content if there is none.
func (e *element) at(names ...string) *element {
	for _, n := range names {
		next := &element{attr: map[string]string{}}
		for _, k := range e.kids {
			if k.name == n {
				next = k
				break
			}
		}
		e = next
	}
	return e
}

// words are what the element shows: paragraphs, line ends and tabs are characters.
func (e *element) words() string {
	var b strings.Builder
	e.read(&b)
	return b.String()
}

func (e *element) read(b *strings.Builder) {
	switch e.name {
	case "t":
		b.WriteString(e.text)
	case "br":
		b.WriteString("\n")
	case "tab":
		b.WriteString("\t")
	}
	for _, k := range e.kids {
		k.read(b)
	}
	if e.name == "p" {
		b.WriteString("\n")
	}
}

// find gives the first paragraph that begins with words.
func (o opened) find(t *testing.T, words string) *element {
	t.Helper()
	for _, p := range o.parts["word/document.xml"].all("p") {
		if strings.HasPrefix(p.words(), words) {
			return p
		}
	}
	t.Fatalf("no paragraph begins with %q", words)
	return nil
}
