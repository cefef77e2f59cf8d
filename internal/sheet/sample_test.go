package sheet

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// samples is a directory for files to look at with an office program:
//
//	go test ./internal/sheet -run TestSamples -samples /tmp
var samples = flag.String("samples", "", "directory into which samples are written")

func thumbnail(w, h int, c color.Color) []byte {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func TestSamples(t *testing.T) {
	if *samples == "" {
		t.Skip("no -samples")
	}
	save := func(name string, b *bytes.Buffer) {
		if err := os.WriteFile(filepath.Join(*samples, name), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, opt := range map[string]Options{"ledger.xlsx": {}, "pictures.xlsx": {Thumbnails: func(r Row) ([]byte, error) {
		return thumbnail(160+int(r.ID)*7%200, 120+int(r.ID)*13%200, color.RGBA{uint8(r.ID * 40), 120, 200, 255}), nil
	}}} {
		var b bytes.Buffer
		if _, err := WriteLedger(&b, info, many(45), opt); err != nil {
			t.Fatal(err)
		}
		save(name, &b)
	}
	var b bytes.Buffer
	if _, err := WriteLedger(&b, info, many(0), Options{}); err != nil {
		t.Fatal(err)
	}
	save("empty.xlsx", &b)
	for name, do := range map[string]write{"ledger.csv": WriteCSV, "ledger.json": WriteJSON} {
		var b bytes.Buffer
		if _, err := do(&b, info, many(45), Options{}); err != nil {
			t.Fatal(err)
		}
		save(name, &b)
	}
	var tables bytes.Buffer
	if err := WriteTables(&tables, sampleTables()); err != nil {
		t.Fatal(err)
	}
	save("tables.xlsx", &tables)
}

func sampleTables() []Table {
	bold := func(c Cell) Cell { c.Bold = true; return c }
	red := func(c Cell) Cell { c.Red = true; return c }
	at := time.Date(2026, 11, 25, 9, 30, 0, 0, time.UTC)
	ranking := Table{
		Sheet: "街道排名", Title: "昭阳县创城工作街道排名（2026年11月）",
		Head: []string{"名次", "单位", "得分", "应处置", "按时", "返工", "更新时间"},
	}
	for n, unit := range strings.Fields("昭阳街道 东城街道 西关街道 南岭镇 北河镇") {
		row := []Cell{Int(int64(n + 1)), Text(unit), Decimal([]string{"98.30", "96.00", "92.33", "88.10", "71.05"}[n]), Int(40), Int(int64(38 - n)), Int(int64(n)), Time(at, zone)}
		if n == 0 {
			row[1] = bold(row[1])
		}
		if n == 4 {
			row[2] = bold(red(row[2]))
		}
		ranking.Rows = append(ranking.Rows, row)
	}
	list := Table{Sheet: "逾期/通报", Title: "逾期问题通报", Head: []string{"序号", "问题", "责任单位", "超期"}}
	for n := range 60 {
		list.Rows = append(list.Rows, []Cell{
			Int(int64(n + 1)), Text("#17 金水湾小区3号楼2单元楼道堆放纸箱、旧家具，影响通行，多次催办未整改，居民反映强烈"), Text("昭阳街道"), red(Span(51*time.Hour + 5*time.Minute)),
		})
	}
	return []Table{ranking, list}
}
