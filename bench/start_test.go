package bench

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// What the program may take.
const (
	mostStart  = 1000 // milliseconds until it answers
	mostMemory = 100  // megabytes until then, at its peak
	mostKept   = 16   // bytes for each stored issue; an issue in memory would take 600
	mostExport = 300  // megabytes at the peak of an export, however long
)

// BenchmarkStart starts the program on databases that hold ever more, until its dashboard answers.
func BenchmarkStart(b *testing.B) {
	var peaks []float64
	for _, issues := range sizes() {
		b.Run(fmt.Sprintf("until it answers/issues=%d", issues), func(b *testing.B) {
			dir := past(b, issues)
			var peak float64
			for b.Loop() {
				p := launch(b, dir)
				b.StopTimer()
				peak = max(peak, p.peak(b))
				p.end(b)
				b.StartTimer()
			}
			peaks = append(peaks, peak)
			b.ReportMetric(each(b), "ms")
			b.ReportMetric(peak, "MB")
			if issues == largest() {
				within(b, each(b), "ms", mostStart)
				within(b, peak, "MB", mostMemory)
			}
			alone(b)
		})
	}
	if len(peaks) < len(sizes()) {
		return
	}
	b.Run("memory of each stored issue", func(b *testing.B) {
		all := sizes()
		grown := max(0, peaks[len(peaks)-1]-peaks[0])
		within(b, grown*(1<<20)/float64(all[len(all)-1]-all[0]), "B", mostKept)
		alone(b)
	})
}

// BenchmarkExport lets the running program write ledgers as spreadsheets, of a month and of three.
func BenchmarkExport(b *testing.B) {
	dir := past(b, largest())
	end := beginning(b, county(b, dir))
	for _, months := range []int{1, 3} {
		if months > 1 && testing.Short() {
			break
		}
		b.Run(fmt.Sprintf("%d months as XLSX", months), func(b *testing.B) {
			p := launch(b, dir)
			p.login(b)
			q := url.Values{"from": {end.AddDate(0, -months, 0).Format(time.DateOnly)}, "to": {end.Format(time.DateOnly)}}
			var size int64
			for b.Loop() {
				size = p.get(b, "/issues/export/xlsx?"+q.Encode())
			}
			b.StopTimer()
			within(b, p.peak(b), "MB", mostExport)
			b.ReportMetric(each(b), "ms")
			b.ReportMetric(float64(size)/1e6, "MB-file")
			alone(b)
			p.end(b)
		})
	}
}

// program is duban while it runs.
type program struct {
	*exec.Cmd
	input io.Closer // the console's
	base  string    // of its pages
	http.Client
}

// built is the program as it is released.
var built = sync.OnceValues(func() (string, error) {
	exe := filepath.Join(kept, "duban")
	out, err := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", exe, "duban").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return exe, err
})

// launch starts the program in a county's folder and returns when it answers. It has no network but the console.
func launch(b *testing.B, dir string) *program {
	b.Helper()
	b.StopTimer()
	if runtime.GOOS != "linux" {
		b.Skip("what a program has taken is read from /proc")
	}
	exe, err := built()
	if err != nil {
		b.Fatal(err)
	}
	listen := free(b)
	text := written(dir) + fmt.Sprintf("channels: {wechat: {enabled: false}, console: {enabled: true}}\nweb: {listen: %q, token: %s}\n", listen, token) +
		"schedule: {reminders: \"0 4 1 1 *\"}\n" // or it would press what is late by today's date
	file := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	p := &program{Cmd: exec.Command(exe, "run", "--config", file), base: "http://" + listen}
	p.Jar, _ = cookiejar.New(nil) // never an error
	if p.input, err = p.StdinPipe(); err != nil {
		b.Fatal(err)
	}
	p.Stderr = os.Stderr
	b.StartTimer()
	if err := p.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = p.Process.Kill() })
	p.answers(b)
	return p
}

// token opens the dashboard.
const token = "bench-token-of-nobody"

// free is an address on which nobody listens.
func free(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// answers waits for the first page. Until the program listens it is asked again and again; then it takes its time.
func (p *program) answers(b *testing.B) {
	b.Helper()
	for range 100_000 {
		r, err := p.Get(p.base + "/login")
		if err == nil {
			_ = r.Body.Close()
			if r.StatusCode != http.StatusOK {
				b.Fatal(r.Status)
			}
			return
		}
		if !errors.Is(err, syscall.ECONNREFUSED) {
			b.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	b.Fatal("it does not start")
}

func (p *program) login(b *testing.B) {
	b.Helper()
	r, err := p.PostForm(p.base+"/login", url.Values{"token": {token}})
	if err != nil {
		b.Fatal(err)
	}
	if _ = r.Body.Close(); r.StatusCode != http.StatusOK {
		b.Fatal(r.Status)
	}
}

// get reads a page or a file to its end and gives its length in bytes.
func (p *program) get(b *testing.B, path string) int64 {
	b.Helper()
	r, err := p.Get(p.base + path)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Body.Close()
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		b.Fatal(path, r.Status, err)
	}
	return n
}

// peak is the most memory that the program had so far, in megabytes.
func (p *program) peak(b *testing.B) float64 {
	b.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if kB, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			n, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(kB, "kB")), 64)
			if err != nil {
				b.Fatal(err)
			}
			return n / 1024
		}
	}
	b.Fatal("no VmHWM")
	return 0
}

// end stops the program.
func (p *program) end(b *testing.B) {
	b.Helper()
	_ = p.Process.Signal(syscall.SIGTERM) // an error says that it has ended, which Wait tells
	_ = p.input.Close()
	if err := p.Wait(); err != nil {
		b.Fatal(err)
	}
}
