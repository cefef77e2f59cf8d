package publish

import (
	"testing"

	"duban/internal/picture"
)

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
