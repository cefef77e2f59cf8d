package document

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// words are what people and files can hold: any characters, bytes that are no UTF-8, markup, line ends of all kinds.
func words() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		rapid.StringMatching(`([甲乙。！]|]]>|</w:t>|&amp;|<!--|\r\n|\n|\t|\x00|"){0,8}`),
		rapid.Just(strings.Repeat("很长", 500)),
	)
}

// anything is a bulletin of arbitrary words, and the words in it that must be found in the document.
func anything(t *rapid.T) (Bulletin, []string) {
	var said []string
	some := func(label string) string {
		s := words().Draw(t, label)
		for _, l := range lines(s) {
			// A full stop at the end of a text is set anew.
			if l = strings.TrimRight(l, "。.；;，,：: \t"); l != "" {
				said = append(said, strings.Join(strings.Fields(l), ""))
			}
		}
		return s
	}
	b := Bulletin{
		Bureau: "甲办", Number: some("number"), Title: some("title"), To: some("to"), Signer: some("signer"), Overview: some("overview"),
		Figures: []Figure{{some("name"), some("value")}}, Demands: []string{some("demand")}, Draft: rapid.Bool().Draw(t, "draft"),
		Groups:   []Group{{some("group"), []Rank{{Unit: some("ranked"), Score: some("score"), Rank: rapid.IntRange(0, 3).Draw(t, "rank"), Last: 2}}}},
		Units:    []Unit{{some("unit"), []Place{{some("place"), []Item{{Text: some("item"), Returns: 1}, {Text: some("item 2")}}}}, 0}},
		Setbacks: []Setback{{Relapse, some("setback unit"), some("setback place"), some("setback")}},
	}
	return b, said
}

// Whatever people write, every part is well-formed, and what they wrote is there.
func TestAnyWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, said := anything(t)
		data, err := b.Docx(nil)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(strings.Fields(open(t, data).parts["word/document.xml"].words()), "")
		chat := strings.Join(strings.Fields(b.Text()), "")
		for _, s := range said {
			if !strings.Contains(got, s) {
				t.Fatalf("%q is not in the document: %q", s, got)
			}
			if !strings.Contains(chat, s) {
				t.Fatalf("%q is not in the message: %q", s, chat)
			}
		}
	})
}

// Any size of a picture keeps its shape, to the rounding, and fits into its box.
func TestAnySize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := size{rapid.IntRange(1, 30000).Draw(t, "width"), rapid.IntRange(1, 30000).Draw(t, "height")}
		box := size{70 * emuPerMM, 48 * emuPerMM}
		got := s.within(box)
		if got.width > box.width || got.height > box.height || got.width < 1 || got.height < 1 {
			t.Fatalf("%v became %v", s, got)
		}
		if got.width != box.width && got.height != box.height {
			t.Fatalf("%v became %v, which is smaller than it could be", s, got)
		}
		// width : height is the same, within one unit of each side.
		if d := got.width*s.height - got.height*s.width; max(d, -d) > max(s.width, s.height) {
			t.Fatalf("%v became %v", s, got)
		}
	})
}

func FuzzLook(f *testing.F) {
	f.Add(picture(3, 2, "a.png"))
	f.Add(picture(3, 2, "a.jpg"))
	f.Add([]byte("\xff\xd8\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		ending, s, err := look(data)
		if err == nil && (s.width < 1 || s.height < 1 || ending == "") {
			t.Errorf("%q of %v", ending, s)
		}
	})
}
