package publish

import (
	"testing"

	"duban/internal/picture"
	"duban/internal/store"
)

// TestNewestThatMayBeShown: the original is never shown, and neither is a photo of another kind.
func TestNewestThatMayBeShown(t *testing.T) {
	photos := []store.Photo{
		{Kind: store.PhotoBefore, File: "a.jpg", Shown: "a.show.jpg"},
		{Kind: store.PhotoBefore, File: "b.jpg", Shown: "b.show.jpg"},
		{Kind: store.PhotoBefore, File: "c.jpg"},
		{Kind: store.PhotoCheck, File: "d.jpg", Shown: "d.show.jpg"},
		{Kind: store.PhotoAfter, File: "e.jpg"},
	}
	if got := newest(photos, store.PhotoBefore); got != "b.show.jpg" {
		t.Errorf("before: %q", got)
	}
	if got := newest(photos, store.PhotoAfter); got != "" {
		t.Errorf("after: %q", got)
	}
}

func TestBoardText(t *testing.T) {
	b := Board{Title: "11月23日曝光台", Until: "截至 17:30", Cases: []Exposed{
		{Case: picture.Case{Number: "#17", Place: "金水湾小区", Unit: "昭阳街道", Late: "超期 3 天"}, Note: "多次退回"},
		{Case: picture.Case{Number: "#18", Unit: "住建局"}},
	}}
	want := "【11月23日曝光台】截至 17:30，共 2 件\n#17 金水湾小区｜昭阳街道｜超期 3 天：多次退回\n#18｜住建局\n核查通过后自动撤下"
	if got := b.text(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
