package picture

import (
	"errors"
	"flag"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// samples is where TestSamples writes its pictures, for somebody to look at.
var samples = flag.String("samples", "", "directory for sample pictures")

// TestSamples draws one picture of everything. go test ./internal/picture -run TestSamples -samples /tmp/pictures.
func TestSamples(t *testing.T) {
	p := painter(t)
	for name, r := range rankings() {
		pages, err := p.Ranking(r)
		keep(t, "ranking_"+name, pages, err)
	}
	for name, tr := range trends() {
		page, err := p.Trend(tr)
		keep(t, "trend_"+name, [][]byte{page}, err)
	}
	for name, e := range exposures() {
		pages, err := p.Exposure(e, load)
		keep(t, "exposure_"+name, pages, err)
	}
}

// keep checks what holds for every picture and writes it to the directory of samples, if there is one.
func keep(t *testing.T, name string, pages [][]byte, err error) {
	t.Helper()
	if err != nil || len(pages) == 0 {
		t.Fatalf("%s: %d pictures, %v", name, len(pages), err)
	}
	for i, page := range pages {
		check(t, fmt.Sprintf("%s %d", name, i+1), page)
		if *samples == "" {
			continue
		}
		file := filepath.Join(*samples, fmt.Sprintf("%s_%d.png", name, i+1))
		if err := os.WriteFile(file, page, 0o600); err != nil {
			t.Error(err)
		}
	}
}

// units are n ranked units; the points fall by one from place to place.
func units(n int) []RankRow {
	names := []string{"昭阳街道", "城东街道", "城西街道", "桥南街道", "北苑街道", "城管局", "住建局", "交警大队", "市场监管局", "教体局", "卫健局", "交通运输局"}
	var out []RankRow
	for i := range n {
		points := 9833 - 100*i
		out = append(out, RankRow{
			Rank: i + 1, Unit: names[i%len(names)], Score: fmt.Sprintf("%d.%02d", points/100, points%100), Bar: float64(points) / 10000,
			Counts: fmt.Sprintf("按期 %d/%d", 35-i/2, 40), Overdue: i % 3, Change: i%5 - 2,
		})
	}
	return out
}

const longName = "兴安县文化广电旅游体育新闻出版管理局机关" // twenty characters

func rankings() map[string]Ranking {
	const heading, note = "3 月 2 日创城排名", "截至 18:00，未定稿。按 2026-1 版规则计分，有异议请联系创城办"
	two := units(12)
	streets, depts := two[:5], two[5:]
	for i := range depts {
		depts[i].Rank = i + 1
	}
	extreme := []RankRow{
		{Rank: 1, Unit: longName, Score: "100.00", Bar: 1, Counts: "按期 40/40", Change: 12},
		{Rank: 1, Unit: "并列第一街道", Score: "100.00", Bar: 1, Counts: "按期 3/3", New: true},
		{Rank: 3, Unit: longName + longName, Score: "5.10", Bar: 0.051, Counts: "按期 1234567/12345678，返工 123456，扣分 98765", Overdue: 123456, Change: -120},
		{Rank: 120, Unit: "零分单位", Score: "0.00", Counts: "按期 0/7", Overdue: 7},
		{Rank: 0, Unit: "𠮷田😀街道", Score: "12345678.90", Bar: 7, Counts: "没有应处置"},
	}
	late := units(6)
	for i := range late {
		late[i].Overdue = 3 + i*7
	}
	return map[string]Ranking{
		"one": {heading, note, []RankGroup{{Name: "街道", Rows: units(1)}}},
		"two_groups": {heading, note, []RankGroup{
			{"街道", streets, []string{"不足 5 件不排名：高新区 2 件（超期 1）", "无应处置：经开区、河西街道"}},
			{"部门", depts, nil},
		}},
		"forty":   {heading, note, []RankGroup{{"街道", units(40), []string{"不足 5 件不排名：" + strings.Repeat("高新区 2 件、", 30) + "经开区 1 件"}}}},
		"none":    {Title: heading, Note: note},
		"idle":    {heading, note, []RankGroup{{"街道", nil, []string{"各单位均无应处置"}}, {Name: "部门"}}},
		"extreme": {"兴安县创建全国文明城市工作指挥部办公室 3 月 2 日至 3 月 31 日创城工作综合排名", note + strings.Repeat("，说明", 40), []RankGroup{{"街道和部门", extreme, nil}}},
		"late":    {heading, "", []RankGroup{{"街道", late, nil}}},
	}
}

func trends() map[string]Trend {
	days := func(n int, count func(i int) (int, int, int)) []TrendDay {
		var out []TrendDay
		for i := range n {
			f, c, o := count(i)
			out = append(out, TrendDay{"3/" + strconv.Itoa(i+2), f, c, o})
		}
		return out
	}
	usual := func(i int) (int, int, int) { return (i*7 + 12) % 31, (i*5 + 9) % 27, i * 3 % 5 }
	return map[string]Trend{
		"week":  {"本周问题趋势", "3 月 2 日至 3 月 8 日，办结指核查通过", days(7, usual)},
		"one":   {"本周问题趋势", "", days(1, usual)},
		"none":  {"本周问题趋势", "", nil},
		"zero":  {"本周问题趋势", "", days(7, func(int) (int, int, int) { return 0, 0, 0 })},
		"huge":  {"本周问题趋势", "", days(7, func(i int) (int, int, int) { return 123456789 * i, 99999 + i, 1<<62 + i })},
		"month": {"本月问题趋势", "", days(31, usual)},
	}
}

func exposures() map[string]Exposure {
	const note = "办结后自动撤下。截至 3 月 2 日 18:00"
	usual := Case{"#17", "暴露垃圾", "金水湾小区 3 号楼楼道口堆放杂物和建筑垃圾，占用消防通道", "金水湾小区", "昭阳街道", "超期 3 天", "landscape", "portrait"}
	missing := Case{"#1024", "小广告", "楼道小广告", "幸福里小区", "城东街道", "", "portrait", ""}
	broken := Case{"#3", "", strings.Repeat("下水道堵塞，污水外溢，", 20), "人民路与建设路交叉口东北角向北五十米公交站牌后", longName, "超期 120 天", "broken", "panic"}
	odd := Case{"#4", "乱停乱放", "照片大小不一", "", "住建局", "超期 1 天", "tiny", "huge"}
	wide := Case{"#5", "乱停乱放", "照片又长又窄", "人民路", "", "", "strip", "column"}
	return map[string]Exposure{
		"usual": {"曝光台", note, []Case{usual, missing, usual}},
		"odd":   {"曝光台", note, []Case{broken, odd, wide}},
		"none":  {"曝光台", note, nil},
		"noise": {"曝光台", "", []Case{{Number: "#1", Before: "noise", After: "noise"}, {Number: "#2", Before: "noise", After: "noise"}, {Number: "#3", Before: "noise", After: "noise"}}},
	}
}

// load is a store of photos of all shapes.
func load(name string) (image.Image, error) {
	switch name {
	case "landscape":
		return scene(1280, 960), nil
	case "portrait":
		return scene(960, 1280), nil
	case "tiny":
		return scene(20, 15), nil
	case "huge":
		return scene(3000, 2000), nil
	case "strip":
		return scene(3000, 10), nil
	case "column":
		return scene(10, 3000), nil
	case "noise":
		return noise(1280, 1280), nil
	case "panic":
		panic("decoder")
	}
	return nil, errors.New("no such photo")
}
