package bench

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"duban/bot"
	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// cost is something that people or the clock ask of a bot.
type cost struct {
	name  string
	most  float64 // milliseconds on the largest database; 0: only the growth counts
	do    func(b *testing.B, o *old)
	grows float64 // instead of mostGrowth
}

// mostGrowth is how much more processor time anything may take on the largest database than on the smallest, which holds a hundredth of
// it. What follows what is stored takes a hundred times as long; what does not finds its pages less often in the caches.
const mostGrowth = 4

// costs are what happens all day, and the pages and papers that are asked for. None may follow what is stored.
func costs() []cost {
	page := func(path string, q ...string) func(*testing.B, *old) {
		for n := 0; n < len(q); n += 2 {
			path += map[bool]string{true: "?", false: "&"}[n == 0] + q[n] + "=" + url.QueryEscape(q[n+1])
		}
		return func(b *testing.B, o *old) { b.Helper(); o.get(b, path) }
	}
	return []cost{
		{name: "file a report 上报", do: func(b *testing.B, o *old) { b.Helper(); o.say(b, report(o.said)) }},
		{name: "one's own 我的", do: asks("u7p0", "g7", "我的")},
		{name: "a place 查", do: asks(office, office, "查 "+place(3, 7))},
		{name: "a unit 查", do: asks(office, office, "查 第3街道")},
		{name: "what is late 逾期", do: asks(office, office, "逾期")},
		{name: "today's ranking, with its picture 排名", do: asks(office, office, "排名")},
		{name: "summary 日报", do: asks(office, office, "日报")},
		{name: "last week's bulletin 草稿 通报", do: asks(office, office, "草稿 通报")},
		{name: "what repeats 热点", do: asks(office, office, "热点")},
		{name: "tick without work", do: func(b *testing.B, o *old) { b.Helper(); o.advance(b, time.Minute) }},                    // the first deadline is days away
		{name: "a photo that may have been used before", grows: 20, do: func(b *testing.B, o *old) { b.Helper(); o.compare(b) }}, // one of 8,192 shares a band by chance, and is left out by its hash
		{name: "page overview", do: page("/")},
		{name: "page ledger", most: 50, do: page("/issues")},
		{name: "page ledger of a unit", most: 50, do: page("/issues", "unit", "u7")},
		{name: "page ledger of a unit, rare status", most: 50, do: page("/issues", "unit", "u7", "status", "作废")},
		{name: "page ledger far down", most: 50, do: func(b *testing.B, o *old) { b.Helper(); o.get(b, "/issues?after="+o.middle) }},
		{name: "page ledger, what is late", most: 50, do: page("/issues", "status", "超期")},
		{name: "page ledger, search for nothing", do: page("/issues", "q", "没有的")},
		{name: "page unit", do: page("/units/u7")},
		{name: "page places", do: page("/places")},
		{name: "page exposure board 曝光台", do: page("/exposure")},
		{name: "page wall 大屏", do: page("/wall")},
	}
}

// asks is a question that somebody asks in a conversation.
func asks(who, where, text string) func(*testing.B, *old) {
	return func(b *testing.B, o *old) {
		b.Helper()
		o.say(b, chat.Message{From: chat.Sender{Key: who}, Conversation: chat.Conversation{Key: where, Private: who == where}, Text: text})
	}
}

// BenchmarkGrowth asks the same of counties that are ten and a hundred times as old.
func BenchmarkGrowth(b *testing.B) {
	took := map[string][]float64{}
	for _, issues := range sizes() {
		o := grown(b, issues)
		for _, c := range costs() {
			b.Run(fmt.Sprintf("%s/issues=%d", c.name, issues), func(b *testing.B) {
				c.do(b, o) // what is prepared once, and what the caches hold of an hour's questions
				began := cpu()
				for b.Loop() {
					c.do(b, o)
				}
				used := (cpu() - began).Seconds() * 1000 / float64(b.N)
				took[c.name] = append(took[c.name], used)
				b.ReportMetric(used, "cpu-ms")
				b.ReportMetric(each(b), "ms")
				if c.most > 0 && issues == 1_000_000 {
					b.ReportMetric(c.most, "most-ms")
				}
				alone(b)
			})
		}
	}
	for _, c := range costs() {
		t := took[c.name]
		if len(t) < len(sizes()) {
			continue // left out by -bench
		}
		b.Run(c.name+"/growth", func(b *testing.B) {
			within(b, t[len(t)-1]/t[0], "times", cmp.Or(c.grows, mostGrowth))
			alone(b)
		})
	}
}

// old is a bot with a past, which is asked one thing after the other.
type old struct {
	bot    *bot.Bot
	n      *network
	pages  http.Handler
	cookie string
	store  *store.Store // the same database once more
	said   int
	middle string // where a page of the ledger begins that is half way down
}

// grown opens a county with so many issues.
func grown(b *testing.B, issues int) *old {
	b.Helper()
	o := &old{n: newNetwork()}
	var file string
	o.bot, file = opened(b, past(b, issues), o.n, true)
	o.store = storetest.OpenAt(b, file)
	web := config.Web{Token: "bench-token-of-nobody"}
	var err error
	if o.pages, err = o.bot.Dashboard(web); err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "http://127.0.0.1/login", strings.NewReader(url.Values{"token": {web.Token.Reveal()}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	o.pages.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther {
		b.Fatalf("login: %d %s", w.Code, w.Body)
	}
	o.cookie = w.Result().Cookies()[0].String()
	at := o.bot.Now().Add(-time.Duration(issues/2) * 24 * time.Hour / daily)
	o.middle = strconv.FormatInt(at.UnixMicro(), 36) + "." + strconv.FormatInt(int64(issues/2), 36)
	return o
}

// say says something and lets all that follows from it happen.
func (o *old) say(b *testing.B, m chat.Message) {
	b.Helper()
	o.said++
	m.Channel, m.ID = "bench", fmt.Sprintf("%s/%d", b.Name(), time.Now().UnixNano())
	before := o.n.sent
	if err := o.bot.Receive(b.Context(), m); err != nil {
		b.Fatal(err)
	}
	if err := o.bot.Settle(b.Context()); err != nil {
		b.Fatal(err)
	}
	if o.n.sent == before {
		b.Fatalf("no answer to %s", m.Text)
	}
}

// advance moves the clock.
func (o *old) advance(b *testing.B, d time.Duration) {
	b.Helper()
	if err := o.bot.Advance(context.WithoutCancel(b.Context()), o.bot.Now().Add(d)); err != nil {
		b.Fatal(err)
	}
}

// compare looks for the pictures that a photo is like.
func (o *old) compare(b *testing.B) {
	b.Helper()
	o.said++
	p := store.Photo{SHA256: strconv.Itoa(o.said), PHash: int64(rand.Uint64()), Sketch: strings.Repeat("A", 344)}
	storetest.Read(b, o.store, o.bot.Now(), func(tx *store.Tx) error {
		_, err := tx.Lookalikes(p, 3)
		return err
	})
}

// get reads a page of the dashboard.
func (o *old) get(b *testing.B, path string) {
	b.Helper()
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "http://127.0.0.1"+path, nil)
	r.Header.Set("Cookie", o.cookie)
	w := httptest.NewRecorder()
	o.pages.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
}
