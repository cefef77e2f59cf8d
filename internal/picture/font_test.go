package picture

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/mojocn/base64Captcha"
	"golang.org/x/image/font/gofont/goregular"
)

// collection reads the font of the module as an administrator's file.
func collection(t testing.TB) []byte {
	t.Helper()
	at := reflect.ValueOf(base64Captcha.NewEmbeddedFontsStorage).Pointer()
	file, _ := runtime.FuncForPC(at).FileLine(at)
	if !filepath.IsAbs(file) {
		t.Skip("built with -trimpath: the module's files are not known")
	}
	data, err := os.ReadFile(filepath.Join(filepath.Dir(file), "fonts", "wqy-microhei.ttc"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestConfiguredFont(t *testing.T) {
	p, err := New(collection(t))
	if err != nil {
		t.Fatal(err)
	}
	r := rankings()["two_groups"]
	own, err := p.Ranking(r)
	if err != nil {
		t.Fatal(err)
	}
	embedded, err := painter(t).Ranking(r)
	if err != nil || !bytes.Equal(own[0], embedded[0]) {
		t.Errorf("the same font draws another picture: %v", err)
	}
}

func TestFaultyFonts(t *testing.T) {
	whole := collection(t)
	const unreadable, lacks = "无法读取", "字体缺少"
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", []byte{}, unreadable},
		{"no font", []byte("<html>404</html>"), unreadable},
		{"cut short", whole[:len(whole)/100], unreadable},
		{"latin", goregular.TTF, lacks},
		{"no outlines", withoutOutlines(whole), ""},
	} {
		p, err := New(tt.data)
		if err == nil || p != nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "请换一个") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := New(goregular.TTF); !strings.Contains(err.Error(), "创建文明城") {
		t.Errorf("the error names no characters: %v", err)
	}
}

// withoutOutlines wipes the outlines of a collection's fonts, as a damaged disk might: the characters are promised and
// nothing is drawn.
func withoutOutlines(ttc []byte) []byte {
	out := bytes.Clone(ttc)
	for i := range binary.BigEndian.Uint32(out[8:]) {
		at := binary.BigEndian.Uint32(out[12+4*i:])
		for n := range uint32(binary.BigEndian.Uint16(out[at+4:])) {
			entry := out[at+12+16*n:]
			if string(entry[:4]) == "glyf" {
				offset, length := binary.BigEndian.Uint32(entry[8:]), binary.BigEndian.Uint32(entry[12:])
				clear(out[offset : offset+length])
			}
		}
	}
	return out
}

// FuzzNew: a file of unknown origin makes a painter that draws, or an error, and never a crash.
func FuzzNew(f *testing.F) {
	f.Add([]byte{})
	f.Add(goregular.TTF)
	f.Add(goregular.TTF[:2000])
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := New(data)
		if (p == nil) == (err == nil) {
			t.Fatal(p, err)
		}
		if p == nil {
			return
		}
		if _, err := p.Ranking(Ranking{Title: "排名"}); err != nil {
			t.Fatal(err)
		}
	})
}
