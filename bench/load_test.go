package bench

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/bot"
	"duban/internal/chat"
	"duban/internal/issue"
)

// What a minute of the heaviest traffic may come to.
const (
	loadRate  = 200 // commands a second, from twenty groups
	mostWait  = 500 // commands that wait for their turn at any moment
	mostHeap  = 64  // megabytes above what the program held before
	mostDelay = 2000
	loadChat  = 20 // besides, messages a second that are no commands
	mix       = 12 // commands of a group until it begins anew: seven reports, two questions, and one each of the others
)

// BenchmarkLoad lets 200 commands a second arrive for a minute of real time: reports, 签收, 完成 with a photo, 通过, 退回, questions, and
// chatter beside. The delay is that from the arrival of a command to the answer at the network.
func BenchmarkLoad(b *testing.B) {
	lasts := time.Minute
	if testing.Short() {
		lasts = 2 * time.Second
	}
	b.Run(fmt.Sprintf("%d commands a second", loadRate), func(b *testing.B) {
		l := newLoad(b)
		l.run(lasts)
		l.report()
	})
}

// load is a network of groups whose people work.
type load struct {
	b    *testing.B
	bot  *bot.Bot
	file string
	*gauge

	mu      sync.Mutex
	asked   map[string][]question // by group, in the order in which they were asked
	delays  []time.Duration
	todo    map[string][]int // issues, by the unit and what comes next
	said    int
	refused []string
}

// question is a command that waits for its answer.
type question struct {
	at   time.Time
	want string // what the answer begins with
	then func(answer string)
}

func newLoad(b *testing.B) *load {
	b.Helper()
	cfg := county(b, filepath.Join(b.TempDir(), "load"))
	for n := range cfg.People {
		if n%5 == 4 { // of every unit a few
			cfg.People[n].Roles = []issue.Role{issue.RoleInspector}
		}
	}
	d, err := bot.New(b.Context(), cfg, bot.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := d.Close(); err != nil {
			b.Error(err)
		}
	})
	l := &load{b: b, bot: d, file: cfg.Storage.Place(), asked: map[string][]question{}, todo: map[string][]int{}}
	d.Add(l)
	return l
}

// Name implements chat.Channel.
func (l *load) Name() string { return "bench" }

// Can implements chat.Channel.
func (l *load) Can() chat.Capabilities { return chat.Capabilities{Identified: true, Loose: true} }

// Run implements chat.Channel.
func (l *load) Run(ctx context.Context, _ chat.Sink) error { <-ctx.Done(); return nil }

// Send implements chat.Channel: an answer is that to the first question of its group that it fits.
func (l *load) Send(_ context.Context, out chat.Outgoing) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := l.asked[out.Conversation]
	n := slices.IndexFunc(waiting, func(q question) bool { return strings.HasPrefix(out.Text, q.want) })
	if n < 0 {
		if !strings.HasPrefix(out.Text, "【") && len(l.refused) < 5 {
			l.refused = append(l.refused, out.Text)
		}
		return nil
	}
	q := waiting[n]
	l.asked[out.Conversation] = slices.Delete(waiting, n, n+1)
	l.delays = append(l.delays, time.Since(q.at))
	if q.then != nil {
		q.then(out.Text)
	}
	return nil
}

// FetchPicture implements chat.PictureFetcher: every picture is another one.
func (l *load) FetchPicture(_ context.Context, p chat.Picture) ([]byte, error) {
	pic := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for n := range pic.Pix {
		pic.Pix[n] = p.Ref[n%len(p.Ref)] * byte(1+n/4096)
	}
	pic.Set(0, 0, color.White)
	var out bytes.Buffer
	err := jpeg.Encode(&out, pic, nil)
	return append(out.Bytes(), p.Ref...), err
}

// run lets people work for a time, and waits until all are answered.
func (l *load) run(lasts time.Duration) {
	l.b.Helper()
	ctx, cancel := context.WithCancel(l.b.Context())
	ended := make(chan error)
	go func() { ended <- l.bot.Run(ctx) }()
	l.gauge = watched(l.b, l.file)
	groups := make([]chan chat.Message, units)
	var all sync.WaitGroup
	for g := range groups {
		groups[g] = make(chan chat.Message, 1000)
		all.Go(func() {
			for m := range groups[g] {
				if err := l.bot.Receive(ctx, m); err != nil {
					l.b.Error(err)
				}
			}
		})
	}
	begun, every := time.Now(), time.Second/(loadRate+loadChat)
	for k := range int(lasts / every) {
		time.Sleep(time.Until(begun.Add(time.Duration(k) * every)))
		groups[k%units] <- l.message(k)
	}
	for _, g := range groups {
		close(g)
	}
	all.Wait()
	if err := l.bot.Settle(ctx); err != nil {
		l.b.Error(err)
	}
	l.end()
	if _, err := l.db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		l.b.Error(err)
	}
	l.b.ReportMetric(float64(len(l.delays))/time.Since(begun).Seconds(), "commands/s")
	cancel()
	if err := <-ended; err != nil {
		l.b.Fatal(err)
	}
}

// numbered finds an issue's number in an answer.
var numbered = regexp.MustCompile(`#(\d+)`)

// message is the kth one.
func (l *load) message(k int) chat.Message {
	l.mu.Lock()
	defer l.mu.Unlock()
	m, group := report(k), k%units
	if k%(loadRate+loadChat)%11 == 10 {
		m.Text = "收到，马上安排人去看"
		return m
	}
	l.said++
	unit := fmt.Sprint(group)
	next := func(what string) (id int, ok bool) {
		list := l.todo[what+unit]
		if len(list) == 0 {
			return 0, false
		}
		l.todo[what+unit] = list[1:]
		return list[0], true
	}
	q := question{at: time.Now()}
	ask := func(verb string, id int, rest, want, then string) {
		m.Text, q.want = fmt.Sprintf("%s %d%s", verb, id, rest), fmt.Sprintf(want, id)
		if q.then = func(string) { l.todo[then] = append(l.todo[then], id) }; then == "" {
			q.then = nil
		}
	}
	m.From.Key = fmt.Sprintf("u%dp%d", group, 2+k/units%(people-2))
	answers := fmt.Sprintf("u%dp%d", group, k/units/mix%2) // one of the two who answer for the unit. No more is theirs than one may say in a minute
	switch k / units % mix {
	case 3:
		if id, ok := next("sign"); ok {
			ask("签收", id, "", "#%d 第", "done"+unit) // the name of who signed
			m.From.Key = answers
		}
	case 7:
		if id, ok := next("done"); ok {
			ask("完成", id, " 已清理干净", "#%d 已提交完成", fmt.Sprint("look", (group+1)%units))
			m.From.Key, m.Pictures = answers, []chat.Picture{{Ref: fmt.Sprint("photo-", k)}}
		}
	case 11:
		if id, ok := next("look"); ok {
			m.From.Key = fmt.Sprintf("u%dp%d", group, inspector(group, k))
			if k%3 == 0 {
				ask("退回", id, " 墙角还有", "#%d 已退回", fmt.Sprint("done", (group+units-1)%units))
			} else {
				ask("通过", id, "", "#%d 核查通过", "")
			}
		}
	case 1, 5:
		ask("查", 1+k/units, "", "#%d ", "")
	}
	if q.want == "" { // a report
		at := (group + 1 + k/units) % units
		q.want, q.then = "已立案 #", func(answer string) {
			if found := numbered.FindStringSubmatch(answer); found != nil {
				var id int
				_, _ = fmt.Sscan(found[1], &id)
				l.todo[fmt.Sprint("sign", at)] = append(l.todo[fmt.Sprint("sign", at)], id)
			}
		}
	}
	l.asked[m.Conversation.Key] = append(l.asked[m.Conversation.Key], q)
	return m
}

// inspector is somebody of a unit who may review: the first person of the register is of none.
func inspector(unit, k int) int {
	var able []int
	for p := range people {
		if (1+unit*people+p)%5 == 4 {
			able = append(able, p)
		}
	}
	return able[k/units%len(able)]
}

// report says how it went.
func (l *load) report() {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, left := l.b, 0
	for _, list := range l.asked {
		left += len(list)
	}
	if left > l.said/100 {
		b.Errorf("%d of %d commands were not answered as expected; for example the bot said:\n%s", left, l.said, strings.Join(l.refused, "\n"))
	}
	slices.Sort(l.delays)
	at := func(share float64) float64 {
		return float64(l.delays[int(share*float64(len(l.delays)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(at(0.5), "ms-p50")
	within(b, at(0.99), "ms-p99", mostDelay)
	within(b, float64(l.inbox), "waiting", mostWait)
	b.ReportMetric(float64(l.outbox), "unsent")
	within(b, float64(l.heap-l.heapBefore)/(1<<20), "MB-heap", mostHeap)
	b.ReportMetric(float64(l.heapBefore)/(1<<20), "MB-heap-before")
	b.ReportMetric(float64(l.rss)/1024, "MB-rss")
	b.ReportMetric(float64(l.rssBefore)/1024, "MB-rss-before")
	if about, err := os.Stat(l.file); err == nil { // what 10,000 commands, a normal day, leave behind
		b.ReportMetric(float64(about.Size())/float64(l.said)*10_000/(1<<20), "MB-a-day")
	}
	b.ReportMetric(0, "ns/op")
}

// gauge notes the highest of what it looks at four times a second.
type gauge struct {
	db               *sql.DB
	b                *testing.B
	inbox, outbox    int    // messages that wait
	heap, heapBefore uint64 // bytes
	rss, rssBefore   int    // kilobytes; 0 where the system does not tell
	stop             chan struct{}
	stopped          sync.WaitGroup
}

func watched(b *testing.B, file string) *gauge {
	b.Helper()
	g := &gauge{db: connect(b, file), b: b, stop: make(chan struct{})}
	runtime.GC()
	g.look()
	g.heapBefore, g.rssBefore = g.heap, g.rss
	g.stopped.Go(func() {
		t := time.NewTicker(time.Second / 4)
		defer t.Stop()
		for {
			select {
			case <-g.stop:
				return
			case <-t.C:
				g.look()
			}
		}
	})
	return g
}

func (g *gauge) end() {
	close(g.stop)
	g.stopped.Wait()
}

func (g *gauge) look() {
	due := "SELECT COUNT(*) FROM outbox WHERE state = 'queued' AND due_at <= " + fmt.Sprint(time.Now().UnixMicro())
	for query, into := range map[string]*int{"SELECT COUNT(*) FROM inbox WHERE cleared_at = 0 AND done_at = 0": &g.inbox, due: &g.outbox} {
		var n int
		if err := g.db.QueryRowContext(g.b.Context(), query).Scan(&n); err != nil {
			g.b.Error(err)
		}
		*into = max(*into, n)
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	g.heap = max(g.heap, mem.HeapInuse)
	status, _ := os.ReadFile("/proc/self/status")
	if _, after, ok := strings.Cut(string(status), "VmRSS:"); ok {
		var kb int
		_, _ = fmt.Sscan(after, &kb)
		g.rss = max(g.rss, kb)
	}
}
