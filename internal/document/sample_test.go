package document

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io/fs"
	"strings"
	"testing"
	"time"
)

var shanghai = time.FixedZone("CST", 8*60*60)

// sample is a bulletin as a county would send it.
func sample() Bulletin {
	return Bulletin{
		Bureau: "兴安县创建全国文明城市指挥部办公室",
		Number: "创城通报〔2026〕9号",
		Title:  "关于11月16日至22日创城问题整改情况的通报",
		To:     "各责任单位",
		Date:   time.Date(2026, time.November, 23, 9, 0, 0, 0, shanghai),
		Overview: "11月16日至22日，县创城办对12个社区、6个农贸市场、5所学校、3家医院、2个车站和18条主次干道进行了实地督查，共检查点位46个，" +
			"新立案问题57件，全部通过工作群派单到责任单位。截至11月22日24时，整改情况如下。\n" +
			"从类别看，“乱堆乱放”18件、“车辆乱停”14件、“小广告”9件，三类占总数的71.9%；从点位看，金水湾小区、城关农贸市场问题较为集中。",
		Figures: []Figure{
			{"新立案", "57"}, {"应处置", "52"}, {"按期处置", "44"}, {"已销号", "41"}, {"超期未处置", "5"}, {"按期率", "84.6%"},
		},
		Groups: []Group{
			{"街道和乡镇", []Rank{
				{Unit: "城关街道", Rank: 1, Last: 3, Score: "97.50", Entering: 14, OnTime: 14},
				{Unit: "河东街道", Rank: 2, Last: 2, Score: "92.33", Entering: 12, OnTime: 10, Overdue: 1},
				{Unit: "河西街道", Rank: 2, Last: 1, Score: "92.33", Entering: 11, OnTime: 9, Overdue: 1},
				{Unit: "平川镇", Entering: 2, OnTime: 2},
			}},
			{"县直部门", []Rank{
				{Unit: "县综合行政执法局", Rank: 1, Last: 1, Score: "95.00", Entering: 8, OnTime: 8},
				{Unit: "县市场监督管理局", Rank: 2, Score: "81.25", Entering: 5, OnTime: 3, Overdue: 3},
				{Unit: "县教育局"},
			}},
		},
		Units: []Unit{
			{"河东街道", []Place{
				{"金水湾小区", []Item{
					{Issue: 17, Text: "3号楼一单元楼道堆放杂物，两辆电动自行车停在一层楼梯口", Overdue: 3, Returns: 2, Before: "17-before.jpg", After: "17-after.jpg"},
					{Issue: 18, Text: "小区东门外小广告未清理。"},
				}},
				{"建设路", []Item{{Issue: 22, Text: "建设路与人民路交叉口非机动车停在盲道上", Overdue: 1}}},
			}, 0},
			{"县市场监督管理局", []Place{
				{"城关农贸市场", []Item{
					{Issue: 31, Text: "水产区占道经营，地面有积水和污物", Overdue: 5, Returns: 1, Before: "31-before.png", After: "31-after.png"},
					{Issue: 32, Text: "公益广告破损2处", Overdue: 2},
				}},
			}, 0},
		},
		Setbacks: []Setback{
			{Relapse, "河西街道", "新华小区", "10月28日销号的楼道堆物11月19日回头看时再次出现"},
			{Falsified, "河东街道", "建设路", "以其他路段照片作为整改后照片提交"},
		},
		Demands: []string{
			"一是压实责任。各责任单位主要负责同志要亲自过问本单位超期问题，11月25日17:30前整改到位并报县创城办核查。",
			"二是举一反三。对照通报问题开展自查，防止同类问题反复出现；对反弹问题要查清原因，落实日常管护责任人。",
			"三是严肃纪律。凡虚假整改的，一经查实按规定扣分，并在全县通报。",
		},
		MaxPairs: 6,
	}
}

// album holds the photos of the sample and says for others that they are gone.
func album(t *testing.T) func(string) ([]byte, error) {
	t.Helper()
	shapes := map[string][2]int{
		"17-before.jpg": {960, 1280}, "17-after.jpg": {1280, 960}, "31-before.png": {640, 480}, "31-after.png": {640, 480},
	}
	return func(name string) ([]byte, error) {
		s, ok := shapes[name]
		if !ok {
			return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
		}
		return picture(s[0], s[1], name), nil
	}
}

// picture draws stripes; the format follows from the ending of the name.
func picture(width, height int, name string) []byte {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.Set(x, y, color.RGBA{uint8(x * 255 / width), uint8(y * 255 / height), uint8(len(name) * 10), 255})
		}
	}
	var b bytes.Buffer
	if strings.HasSuffix(name, "png") {
		_ = png.Encode(&b, img) // a buffer takes everything
	} else {
		_ = jpeg.Encode(&b, img, nil)
	}
	return b.Bytes()
}
