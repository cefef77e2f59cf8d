package document

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// cells are the words of a table, row by row.
func cells(tbl *element) [][]string {
	var out [][]string
	for _, r := range tbl.all("tr") {
		var row []string
		for _, c := range r.all("tc") {
			row = append(row, strings.TrimSpace(c.words()))
		}
		out = append(out, row)
	}
	return out
}

func TestTables(t *testing.T) {
	tables := draw(t, sample()).parts["word/document.xml"].all("tbl")
	if len(tables) != 5 {
		t.Fatalf("%d tables, want figures, two groups and two pairs of photos", len(tables))
	}
	want := [][][]string{
		{{"新立案", "应处置", "按期处置", "已销号", "超期未处置", "按期率"}, {"57", "52", "44", "41", "5", "84.6%"}},
		{
			{"名次", "单位", "得分", "应处置", "按期", "超期", "较上期"},
			{"1", "城关街道", "97.50", "14", "14", "0", "↑2"},
			{"2", "河东街道", "92.33", "12", "10", "1", "持平"},
			{"2", "河西街道", "92.33", "11", "9", "1", "↓1"},
			{"—", "平川镇", "样本不足", "2", "2", "0", "—"},
		},
		{
			{"名次", "单位", "得分", "应处置", "按期", "超期", "较上期"},
			{"1", "县综合行政执法局", "95.00", "8", "8", "0", "持平"},
			{"2", "县市场监督管理局", "81.25", "5", "3", "3", "—"},
			{"—", "县教育局", "无应处置", "0", "0", "0", "—"},
		},
		{{"", ""}, {"整改前", "整改后"}},
		{{"", ""}, {"整改前", "整改后"}},
	}
	for k, tbl := range tables {
		if diff := cmp.Diff(want[k], cells(tbl)); diff != "" {
			t.Errorf("table %d (-want +got)\n%s", k, diff)
		}
	}
	ranking, photos := tables[1], tables[3]
	if n := len(ranking.all("tblHeader")); n != 1 || len(ranking.at("tr", "trPr").all("tblHeader")) != 1 {
		t.Errorf("%d repeated rows, want the first alone", n)
	}
	if len(ranking.at("tr").all("b")) != 7 {
		t.Error("the head is not bold")
	}
	if len(ranking.at("tblPr", "tblBorders").kids) != 6 || len(photos.at("tblPr", "tblBorders").kids) != 0 {
		t.Error("a ranking has borders, photos have none")
	}
}

func TestManyFigures(t *testing.T) {
	var b Bulletin
	for k := range 7 {
		b.Figures = append(b.Figures, Figure{"数" + strconv.Itoa(k), strconv.Itoa(k)})
	}
	got := cells(draw(t, b).parts["word/document.xml"].all("tbl")[0])
	want := [][]string{{"数0", "数1", "数2", "数3"}, {"0", "1", "2", "3"}, {"数4", "数5", "数6", ""}, {"4", "5", "6", ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// headings are the level-one headings of a bulletin, in both of its forms.
func headings(t *testing.T, b Bulletin) (docx, chat []string) {
	t.Helper()
	for _, p := range draw(t, b).parts["word/document.xml"].all("p") {
		if p.at("pPr", "outlineLvl").attr["val"] == "0" {
			docx = append(docx, strings.TrimSpace(p.words()))
		}
	}
	for l := range strings.Lines(b.Text()) {
		if before, _, ok := strings.Cut(l, "、"); ok && strings.Contains("一二三四五", before) {
			chat = append(chat, strings.TrimSpace(l))
		}
	}
	return docx, chat
}

func TestSectionsMoveUp(t *testing.T) {
	for _, tt := range []struct {
		name string
		drop func(*Bulletin)
		want string
	}{
		{"all", func(*Bulletin) {}, "一、总体情况 二、排名情况 三、突出问题 四、反弹和虚假整改 五、工作要求"},
		{"no setbacks", func(b *Bulletin) { b.Setbacks = nil }, "一、总体情况 二、排名情况 三、突出问题 四、工作要求"},
		{"no ranking", func(b *Bulletin) { b.Groups = []Group{{Name: "空"}} }, "一、总体情况 二、突出问题 三、反弹和虚假整改 四、工作要求"},
		{"no items", func(b *Bulletin) { b.Units = []Unit{{Name: "甲", Places: []Place{{Name: "乙"}}}} }, "一、总体情况 二、排名情况 三、反弹和虚假整改 四、工作要求"},
		{"figures alone", func(b *Bulletin) { b.Overview = " \n" }, "一、总体情况 二、排名情况 三、突出问题 四、反弹和虚假整改 五、工作要求"},
		{"blank demands", func(b *Bulletin) { b.Demands = []string{" "} }, "一、总体情况 二、排名情况 三、突出问题 四、反弹和虚假整改"},
		{"nothing", func(b *Bulletin) { *b = Bulletin{} }, ""},
	} {
		b := sample()
		tt.drop(&b)
		docx, chat := headings(t, b)
		if got := strings.Join(docx, " "); got != tt.want {
			t.Errorf("%s: the document has %s", tt.name, got)
		}
		if got := strings.Join(chat, " "); got != tt.want {
			t.Errorf("%s: the message has %s", tt.name, got)
		}
	}
}

func TestEmptyUnitsTakeNoNumber(t *testing.T) {
	b := Bulletin{Units: []Unit{{"甲", nil, 0}, {"乙", []Place{{"空", nil}, {"丙", []Item{{Text: "丁"}}}}, 0}}}
	words := draw(t, b).parts["word/document.xml"].words()
	if !strings.Contains(words, "（一）乙（1件）\n（丙）\n（1）丁。") || strings.Contains(words, "甲") || strings.Contains(words, "空") {
		t.Errorf("%q", words)
	}
	if got, want := b.Text(), "\n一、突出问题\n（一）乙（1件）\n（丙）\n(1) 丁。"; !strings.HasSuffix(got, want) {
		t.Errorf("%q", got)
	}
}

func TestPhotos(t *testing.T) {
	o := draw(t, sample())
	type extent struct{ Width, Height int }
	var got []extent
	for _, e := range o.parts["word/document.xml"].all("inline") {
		x := e.at("extent").attr
		w, _ := strconv.Atoi(x["cx"])
		h, _ := strconv.Atoi(x["cy"])
		got = append(got, extent{w, h})
	}
	// 960 × 1280, 1280 × 960 and twice 640 × 480 in boxes of 70 mm × 48 mm.
	want := []extent{{1296000, 1728000}, {2304000, 1728000}, {2304000, 1728000}, {2304000, 1728000}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if o.files["word/media/image1.jpeg"] == nil || o.files["word/media/image3.png"] == nil {
		t.Error("the files are not what the photos are")
	}
}

func TestFewPhotos(t *testing.T) {
	b := sample()
	for _, tt := range []struct{ pairs, pictures int }{{0, 0}, {1, 2}, {2, 4}, {9, 4}} {
		b.MaxPairs = tt.pairs
		if n := len(draw(t, b).parts["word/document.xml"].all("blip")); n != tt.pictures {
			t.Errorf("%d pairs: %d pictures, want %d", tt.pairs, n, tt.pictures)
		}
	}
	data, err := b.Docx(nil)
	if err != nil || len(open(t, data).parts["word/document.xml"].all("blip")) != 0 {
		t.Errorf("without a loader: %v", err)
	}
	b.Units = []Unit{{"甲", []Place{{"乙", []Item{{Text: "丙", Before: "17-before.jpg"}, {Text: "丁", Before: "17-before.jpg", After: "gone.jpg"}}}}, 0}}
	o := draw(t, b)
	tables := o.parts["word/document.xml"].all("tbl")
	if got := cells(tables[len(tables)-2]); len(got[0]) != 1 {
		t.Errorf("a photo alone is in %v", got)
	}
	if got := cells(tables[len(tables)-1]); got[0][1] != "（照片缺失）" {
		t.Errorf("a photo that is gone: %v", got)
	}
	if o.files["word/media/image1.jpeg"] == nil || o.files["word/media/image2.jpeg"] != nil {
		t.Error("a photo that is shown twice is in the file once")
	}
}

func TestPhotoFaults(t *testing.T) {
	b := Bulletin{MaxPairs: 1, Units: []Unit{{"甲", []Place{{"乙", []Item{{Text: "丙", After: "x.webp"}}}}, 0}}}
	disk := errors.New("disk")
	for name, load := range map[string]Loader{
		"disk":           func(string) ([]byte, error) { return nil, disk },
		"neither":        func(string) ([]byte, error) { return []byte("RIFF....WEBP"), nil },
		"unexpected EOF": func(string) ([]byte, error) { return picture(8, 8, "a.png")[:20], nil },
	} {
		_, err := b.Docx(load)
		if err == nil || !strings.Contains(err.Error(), "x.webp") || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if name == "disk" && !errors.Is(err, disk) {
			t.Errorf("the cause is lost: %v", err)
		}
	}
	if _, err := b.Docx(func(name string) ([]byte, error) { return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist) }); err != nil {
		t.Errorf("a photo that is gone stops the bulletin: %v", err)
	}
}

// Frozen in a database and drawn later, a bulletin is the same.
func TestFrozen(t *testing.T) {
	b := sample()
	data, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var later Bulletin
	if err := json.Unmarshal(data, &later); err != nil {
		t.Fatal(err)
	}
	one, err := b.Docx(album(t))
	if err != nil {
		t.Fatal(err)
	}
	two, err := later.Docx(album(t))
	if err != nil {
		t.Fatal(err)
	}
	if string(one) != string(two) || b.Text() != later.Text() {
		t.Error("the frozen bulletin is drawn in another way")
	}
}

func TestDayInItsZone(t *testing.T) {
	b := Bulletin{Date: time.Date(2026, 11, 23, 0, 30, 0, 0, shanghai)} // still the 22nd in UTC
	if got := b.Text(); !strings.Contains(got, "2026年11月23日") {
		t.Error(got)
	}
}

func TestSentences(t *testing.T) {
	for _, tt := range []struct{ words, added, want string }{
		{"小广告", "", "小广告。"},
		{"小广告。", "（超期1天）", "小广告（超期1天）。"},
		{"小广告 ；\n", "", "小广告。"},
		{"马上处理！", "", "马上处理！"},
		{"马上处理！", "（编号1）", "马上处理！（编号1）。"},
		{"“乱堆乱放”", "", "“乱堆乱放”。"},
	} {
		if got := sentence(tt.words, tt.added); got != tt.want {
			t.Errorf("%q + %q = %q, want %q", tt.words, tt.added, got, tt.want)
		}
	}
}

func TestText(t *testing.T) {
	b := sample()
	b.Draft = true
	b.Overview = "11月16日至22日，新立案57件。"
	b.Demands = b.Demands[:1]
	want := `【征求意见稿】
【关于11月16日至22日创城问题整改情况的通报】
创城通报〔2026〕9号
各责任单位：
一、总体情况
11月16日至22日，新立案57件。
新立案 57｜应处置 52｜按期处置 44｜已销号 41｜超期未处置 5｜按期率 84.6%
二、排名情况
— 街道和乡镇 —
1. 城关街道 97.50 ↑2｜按期 14/14
2. 河东街道 92.33｜按期 10/12，超期 1 件
2. 河西街道 92.33 ↓1｜按期 9/11，超期 1 件
平川镇 样本不足｜按期 2/2
— 县直部门 —
1. 县综合行政执法局 95.00｜按期 8/8
2. 县市场监督管理局 81.25｜按期 3/5，超期 3 件
县教育局 无应处置
三、突出问题
（一）河东街道（3件）
（金水湾小区）
(1) 3号楼一单元楼道堆放杂物，两辆电动自行车停在一层楼梯口（编号17，超期3天，退回2次）。
(2) 小区东门外小广告未清理（编号18）。
（建设路）
(1) 建设路与人民路交叉口非机动车停在盲道上（编号22，超期1天）。
（二）县市场监督管理局（2件）
（城关农贸市场）
(1) 水产区占道经营，地面有积水和污物（编号31，超期5天，退回1次）。
(2) 公益广告破损2处（编号32，超期2天）。
四、反弹和虚假整改
(1) 河西街道（新华小区）：10月28日销号的楼道堆物11月19日回头看时再次出现（反弹）。
(2) 河东街道（建设路）：以其他路段照片作为整改后照片提交（虚假整改）。
五、工作要求
一是压实责任。各责任单位主要负责同志要亲自过问本单位超期问题，11月25日17:30前整改到位并报县创城办核查。
兴安县创建全国文明城市指挥部办公室
2026年11月23日`
	if diff := cmp.Diff(want, b.Text()); diff != "" {
		t.Error(diff)
	}
}
