package document

import (
	"strings"
	"testing"
)

// TestBrief: what leaders read says what the bulletin is about and its figures, and lists nothing.
func TestBrief(t *testing.T) {
	b := Bulletin{
		Title: "关于11月16日至22日\n创城问题整改情况的通报", Number: "创城通报〔2026〕9号", Overview: "发现问题 57 件。",
		Figures: []Figure{{"发现问题", "57"}, {"已销号", "28"}},
		Units:   []Unit{{Name: "昭阳街道", Places: []Place{{Name: "南门菜场", Items: []Item{{Text: "污水横流"}}}}}}, Demands: []string{"立即整改。"},
	}
	want := "【关于11月16日至22日 创城问题整改情况的通报】\n创城通报〔2026〕9号\n发现问题 57 件。\n发现问题 57｜已销号 28\n全文见附件"
	if got := b.Brief(); got != want {
		t.Errorf("%s", got)
	}
	if text := b.Text(); !strings.Contains(text, "污水横流") {
		t.Errorf("the whole text lists nothing: %s", text)
	}
}
