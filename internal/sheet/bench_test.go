package sheet

import (
	"fmt"
	"io"
	"iter"
	"runtime"
	"testing"
	"time"

	"duban/internal/issue"
)

var zone = time.FixedZone("CST", 8*3600)

// many gives n rows as a busy year has them.
func many(n int) iter.Seq2[Row, error] {
	start := time.Date(2026, 1, 5, 1, 0, 0, 0, time.UTC)
	statuses := issue.Statuses()
	units := []string{"昭阳街道", "城市管理局", "住房和城乡建设局", "市场监督管理局", "交警大队"}
	texts := []string{"3号楼2单元楼道堆放纸箱、旧家具，影响通行", "路口东侧非机动车乱停乱放，压盲道", "垃圾桶满溢，周边有散落垃圾，异味明显，居民反映多次", "小广告未清理"}
	return func(yield func(Row, error) bool) {
		for i := range n {
			at := start.Add(time.Duration(i) * 10 * time.Minute)
			r := Row{
				ID: int64(i + 1), ReportedAt: at, Place: fmt.Sprintf("金水湾小区%d号楼", i%97), PlaceKind: "居民小区", Category: "环境卫生",
				Text: texts[i%len(texts)], Source: issue.FromInspection.Text(), Unit: units[i%len(units)], Person: "李强", Due: at.Add(24 * time.Hour),
				Status: statuses[i%len(statuses)], Reporter: "张三",
			}
			if i%3 == 0 {
				r.Late = time.Duration(i%5000+1) * time.Minute
			}
			if r.Status == issue.Closed {
				r.Measure, r.DoneAt, r.Review, r.ClosedAt = "已清理并安排专人巡查", at.Add(20*time.Hour), "通过（王芳）", at.Add(26*time.Hour)
				r.Returns, r.Extensions = i%3, i%2
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

var info = Info{
	Title: "昭阳县创建全国文明城市问题台账", Period: "2026年1月至11月", Filter: "全部单位",
	AsOf: time.Date(2026, 11, 25, 11, 0, 0, 0, time.UTC), Zone: zone,
}

type write func(io.Writer, Info, iter.Seq2[Row, error], Options) (int, error)

// benchmark writes 50,000 rows at a time. Besides what go test reports it tells the rows a second and the most heap in use that was
// seen at any thousand rows or at the end, the garbage included.
func benchmark(b *testing.B, do write) {
	b.Helper()
	const rows = 50_000
	b.ReportAllocs()
	var peak uint64
	look := func(int) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapInuse)
	}
	runtime.GC()
	for b.Loop() {
		if n, err := do(io.Discard, info, many(rows), Options{Progress: look, TmpDir: b.TempDir()}); n != rows || err != nil {
			b.Fatal(n, err)
		}
		look(0)
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(peak)/1e6, "peak-MB")
}

func BenchmarkLedger50k(b *testing.B) { benchmark(b, WriteLedger) }
func BenchmarkCSV50k(b *testing.B)    { benchmark(b, WriteCSV) }
func BenchmarkJSON50k(b *testing.B)   { benchmark(b, WriteJSON) }
