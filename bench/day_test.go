package bench

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"duban/bot"
	"duban/internal/calendar"
	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/issue"
	"duban/internal/store/storetest"
)

// What a normal day may come to.
const (
	normal     = 10_000 // messages
	mostCPU    = 432    // seconds of processor time, five thousandths of the day of one core
	mostAnswer = 2000   // milliseconds from a message to its answer at the network
	mostLeft   = 16     // megabytes of memory in the evening above those of the morning
	mostGrown  = 32     // megabytes of the database
)

// BenchmarkDay lets the county live through a whole Monday of 10,000 messages, from four in the morning to the next: people report, sign,
// complete with photos, review, ask and chat at the hours at which they do, while all jobs run at their times. The clock is the story's;
// what is measured is real. At the end everything must have happened, once.
func BenchmarkDay(b *testing.B) {
	messages := normal
	if testing.Short() {
		messages /= 20 // as few as it takes for all that is asserted
	}
	b.Run(fmt.Sprintf("%d messages", messages), func(b *testing.B) {
		d := newDay(b, messages)
		d.live()
		d.check()
		d.report()
	})
}

// day is a network on which the county's people talk.
type day struct {
	b      *testing.B
	bot    *bot.Bot
	cfg    *config.Config
	start  time.Time
	db     *sql.DB // the same database once more
	past   int64   // the last issue of the past
	used   time.Duration
	heap   [2]uint64 // in the morning and in the evening
	bytes  [2]int64
	photos [][]byte

	mu        sync.Mutex
	agenda    *agenda
	arrived   int // messages
	shown     int // photos
	kept      int // of them, that the bot has to keep: commands and pictures
	waits     map[string]*waited
	asked     int             // of those, that need an answer
	delays    []time.Duration // of the answers
	sent      map[string]int  // by id
	minutes   [24*60 + 1]int  // how much was sent in each
	surprises []string        // what nobody has asked for
}

// waited is a message that waits for its answer.
type waited struct {
	said
	want *regexp.Regexp
	at   time.Time
	came chan struct{}
}

func newDay(b *testing.B, messages int) *day {
	b.Helper()
	b.StopTimer()
	dir := b.TempDir()
	d := &day{b: b, cfg: county(b, dir), agenda: newAgenda(messages), waits: map[string]*waited{}, sent: map[string]int{}}
	d.start = beginning(b, d.cfg).Truncate(24 * time.Hour).Add((dawn - 8) * time.Hour) // eight hours east of Greenwich
	d.settle()
	h := storetest.History{Reg: d.cfg.Register(), End: d.start, Issues: messages, Daily: messages / 10, Open: messages / 20}
	h.Fill(b, d.cfg.Storage.DSN.Reveal())
	d.past = int64(h.Issues)
	d.owe()
	for n := range d.agenda.photos + d.agenda.loose {
		d.photos = append(d.photos, draw(b, n, smallWide, smallHigh))
	}
	var err error
	if d.bot, err = bot.New(b.Context(), d.cfg, bot.Options{Log: slog.New(slog.DiscardHandler), Start: d.start}); err != nil {
		b.Fatal(err)
	}
	d.bot.Add(d)
	b.Cleanup(func() {
		if err := d.bot.Close(); err != nil {
			b.Error(err)
		}
	})
	d.db = connect(b, d.cfg.Storage.Place())
	return d
}

// settle gives the county inspectors, leaders who read, nights, and backups.
func (d *day) settle() {
	for n := range d.cfg.People {
		if n%5 == 4 {
			d.cfg.People[n].Roles = []issue.Role{issue.RoleInspector}
		}
	}
	for n := range d.cfg.Units {
		d.cfg.Units[n].Head, d.cfg.Units[n].Deputy = fmt.Sprintf("u%dp2", n), fmt.Sprintf("u%dp4", n)
	}
	d.cfg.Chats = append(d.cfg.Chats, issue.Chat{ID: "leaders", Name: "创城领导群", For: []issue.Purpose{issue.ForSummary, issue.ForRanking}})
	d.cfg.Calendar.QuietHours = calendar.Period{From: 21*60 + 30, To: 7*60 + 30}
}

// owe spreads the deadlines of the open issues of the past over Friday and the day.
func (d *day) owe() {
	friday := d.start.AddDate(0, 0, -3).Add(5 * time.Hour)
	db := connect(d.b, d.cfg.Storage.Place())
	defer db.Close()
	_, err := db.ExecContext(d.b.Context(), `UPDATE issues SET due = ? + id * 7919 % 5000 * 60000000, next_alarm = ? + id * 7919 % 5000 * 60000000 - 7200000000
		WHERE status = 'working'`, friday.UnixMicro(), friday.UnixMicro())
	if err != nil {
		d.b.Fatal(err)
	}
}

// draw is a picture of a size, unlike all others.
func draw(b *testing.B, nth, width, height int) []byte {
	b.Helper()
	r := rand.New(rand.NewPCG(uint64(nth), 1))
	var fields [5][5]color.RGBA
	for n := range 25 {
		fields[n/5][n%5] = color.RGBA{uint8(r.IntN(256)), uint8(r.IntN(256)), uint8(r.IntN(256)), 255}
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetRGBA(x, y, fields[y*5/height][x*5/width])
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// Name implements chat.Channel.
func (d *day) Name() string { return "bench" }

// Can implements chat.Channel.
func (d *day) Can() chat.Capabilities {
	return chat.Capabilities{Identified: true, Loose: true, Opens: true, Pictures: true, Files: true, Mentions: true}
}

// Run implements chat.Channel.
func (d *day) Run(ctx context.Context, _ chat.Sink) error { <-ctx.Done(); return nil }

// Send implements chat.Channel: what comes is the answer to the message that waits in its conversation, or a notice.
func (d *day) Send(_ context.Context, out chat.Outgoing) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sent[out.ID]++
	d.minutes[d.bot.Now().Sub(d.start)/time.Minute]++
	w := d.waits[out.Conversation]
	if w != nil {
		if found := w.want.FindStringSubmatch(out.Text); found != nil {
			delete(d.waits, out.Conversation)
			d.delays = append(d.delays, time.Since(w.at))
			if w.then != nil {
				w.then(found[len(found)-1])
			}
			close(w.came)
			return nil
		}
	}
	if !notice.MatchString(out.Text) && out.Attachment == nil {
		d.surprises = append(d.surprises, out.Conversation+": "+out.Text)
	}
	return nil
}

// notice is how messages begin that nobody has asked for.
var notice = regexp.MustCompile(`^(【|#\d+ (已退回|延期已同意))`)

// FetchPicture implements chat.PictureFetcher.
func (d *day) FetchPicture(_ context.Context, p chat.Picture) ([]byte, error) {
	n, err := strconv.Atoi(p.Ref)
	return d.photos[n%len(d.photos)], err
}

// live lets the day go by. The clock goes on while people talk, as it does.
func (d *day) live() {
	d.b.Helper()
	ctx, cancel := context.WithCancel(d.b.Context())
	ended := make(chan error)
	go func() { ended <- d.bot.Run(ctx) }()
	d.heap[0], d.bytes[0] = d.holds()
	d.b.StartTimer()
	began := cpu()
	for minute := range d.agenda.minutes {
		d.minute(ctx, minute)
		if minute == (27-dawn)*60 { // in a story the job of three in the morning is left out
			if err := bot.Backup(ctx, d.cfg, bot.Terminal{Out: io.Discard, ErrOut: io.Discard}, slog.New(slog.DiscardHandler)); err != nil {
				d.b.Error(err)
			}
		}
		if d.b.Failed() {
			break
		}
	}
	d.advance(ctx, 24*60)
	d.used = cpu() - began
	d.b.StopTimer()
	d.heap[1], d.bytes[1] = d.holds()
	cancel()
	if err := <-ended; err != nil {
		d.b.Fatal(err)
	}
}

func (d *day) advance(ctx context.Context, minute int) {
	if err := d.bot.Advance(ctx, d.start.Add(time.Duration(minute)*time.Minute)); err != nil {
		d.b.Error(err)
	}
}

// minute is one of the day's: the groups talk at the same time, and in each one after the other.
func (d *day) minute(ctx context.Context, minute int) {
	var all sync.WaitGroup
	for _, turns := range d.agenda.minutes[minute] {
		all.Go(func() {
			for _, t := range turns {
				for _, s := range d.says(t) {
					d.say(ctx, s)
				}
			}
		})
	}
	d.advance(ctx, minute)
	all.Wait()
}

// says is what is said in a turn, now.
func (d *day) says(t turn) []said {
	d.mu.Lock()
	defer d.mu.Unlock()
	return t()
}

// say says something and waits for the answer, if there is to be one.
func (d *day) say(ctx context.Context, s said) {
	w := &waited{said: s, want: regexp.MustCompile(s.want), came: make(chan struct{})}
	m := d.comes(w)
	if err := d.bot.Receive(ctx, m); err != nil {
		d.b.Error(err)
	}
	if s.want == "" || d.b.Failed() {
		return
	}
	select {
	case <-w.came:
	case <-time.After(time.Minute):
		d.b.Errorf("no answer to %s in %s", s.text, m.Conversation.Key)
	}
}

// comes is a message as the network brings it, from now on.
func (d *day) comes(w *waited) chat.Message {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := w.message(d.arrived, d.shown)
	d.arrived++
	d.shown += w.pictures
	if w.said.want != "" || w.pictures > 0 {
		d.kept++
	}
	if w.said.want != "" {
		d.asked++
		d.waits[m.Conversation.Key] = w
	}
	w.at = time.Now()
	return m
}

// holds is the memory that is in use and the size of the database, both tidied up.
func (d *day) holds() (heap uint64, size int64) {
	d.b.Helper()
	if err := d.bot.Settle(d.b.Context()); err != nil {
		d.b.Error(err)
	}
	if _, err := d.db.ExecContext(d.b.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		d.b.Error(err)
	}
	about, err := os.Stat(d.cfg.Storage.Place())
	if err != nil {
		d.b.Fatal(err)
	}
	runtime.GC()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	return mem.HeapAlloc, about.Size()
}
