package document

import (
	"strings"
	"testing"

	"duban/internal/photo/phototest"
)

// What belongs together stays on one page: headings with their text, items with their photos, the signature with the last
// words before it.
func TestKeptTogether(t *testing.T) {
	b := sample()
	o := draw(t, b)
	for words, want := range map[string]bool{
		"一、总体情况": true, "（一）街道和乡镇": true, "（一）河东街道": true, "（金水湾小区）": true,
		"（1）3号楼": true, "（2）小区东门": false, "一是压实责任": false, "三是严肃纪律": true, b.Bureau + "\n": true, "2026年": false,
	} {
		p := o.find(t, words)
		if strings.HasPrefix(words, b.Bureau) { // the second time, at the end
			all := o.parts["word/document.xml"].all("p")
			p = all[len(all)-2]
		}
		if got := len(p.at("pPr").all("keepNext")) == 1; got != want {
			t.Errorf("%q keeps the next paragraph: %v, want %v", words, got, want)
		}
	}
}

func TestLetterheadWithoutNumber(t *testing.T) {
	b := sample()
	b.Number = ""
	o := draw(t, b)
	if got := o.find(t, b.Bureau).at("pPr", "pBdr", "bottom").attr["color"]; got != red {
		t.Error("the red line is gone with the number")
	}
}

// The date stands four characters from the edge and the name above it in the middle; a long name moves the date instead.
func TestSignature(t *testing.T) {
	// The date takes 8¼ characters: eight digits, three characters, five changes of script.
	for _, tt := range []struct{ signer, name, date string }{
		{"甲办", "700", "400"},
		{"兴安县创城办", "500", "400"},
		{"兴安县创建全国文明城市指挥部办公室", "", "425"},
		{strings.Repeat("长", 20), "", "575"},
	} {
		b := Bulletin{Bureau: "甲", Signer: tt.signer, Date: sample().Date}
		o := draw(t, b)
		name, date := o.find(t, tt.signer).at("pPr", "ind").attr["rightChars"], o.find(t, "2026年").at("pPr", "ind").attr["rightChars"]
		if name != tt.name || date != tt.date {
			t.Errorf("%s: name %q, date %q, want %q, %q", tt.signer, name, date, tt.name, tt.date)
		}
	}
}

func TestTableLayout(t *testing.T) {
	body := draw(t, sample()).parts["word/document.xml"].at("body")
	for k, e := range body.kids {
		if e.name != "tbl" {
			continue
		}
		if got := e.at("tblPr", "tblLayout").attr["type"]; got != "fixed" {
			t.Errorf("layout %q: a long word widens the table", got)
		}
		if len(e.at("tblPr", "tblBorders").kids) > 0 && strings.TrimSpace(body.kids[k-1].words()+body.kids[k+1].words()) != "" {
			t.Errorf("the table sticks to %q or %q", body.kids[k-1].words(), body.kids[k+1].words())
		}
	}
}

func TestAddressee(t *testing.T) {
	for in, want := range map[string]string{"各责任单位": "各责任单位：", "各责任单位：": "各责任单位：", "各单位:": "各单位：", " ": ""} {
		if got := (Bulletin{To: in}).addressee(); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestPictureWithoutSize(t *testing.T) {
	if _, _, err := look(phototest.Header(0, 8, false)); err == nil {
		t.Error("a picture without pixels has a shape")
	}
}
