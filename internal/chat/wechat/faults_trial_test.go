package wechat

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"duban/internal/alert"
	"duban/internal/chat"
	"duban/internal/chat/wechat/wechattest"
	"duban/internal/health"
)

// row is a message in the outbox.
type row struct {
	chat.Outgoing
	asked time.Time
	due   time.Time
	tries int
}

// carry sends as the program's outbox does, one after the other, until the outbox is closed and empty.
func (tr *trial) carry(r *run) {
	defer close(tr.done)
	var rows []row
	for in := tr.outbox; in != nil || len(rows) > 0; {
		slices.SortStableFunc(rows, func(a, b row) int { return a.due.Compare(b.due) })
		var due <-chan time.Time
		if len(rows) > 0 {
			due = time.After(time.Until(rows[0].due))
		}
		select {
		case out, ok := <-in:
			if !ok {
				in = nil
				continue
			}
			rows = append(rows, row{Outgoing: out, asked: time.Now(), due: time.Now()})
		case <-due:
			if tr.send(r, &rows[0]) {
				rows = rows[1:]
			}
			time.Sleep(outboxPace)
		case <-tr.t.Context().Done(): // the test has failed
			return
		}
	}
}

// send makes one attempt and says whether it was the last one.
func (tr *trial) send(r *run, m *row) bool {
	m.Conversation = tr.group.Key() // it changes with a login
	err := r.ch.Send(tr.t.Context(), m.Outgoing)
	if err == nil {
		meets := slices.ContainsFunc(endpoints(m.Attachment), func(e string) bool { return slices.Contains(tr.asked(), e) })
		switch took := time.Since(m.asked); {
		case meets && tr.faulty.Load() && !tr.gentle:
			tr.t.Errorf("counted as sent: %+v", m.Outgoing)
		case !meets && !tr.told && took > tr.patience():
			tr.t.Errorf("it took %v to send %+v", took, m.Outgoing)
		}
		return true
	}
	e, ok := errors.AsType[*chat.SendError](err)
	if !ok || !e.Retry && !e.Unknown {
		tr.t.Errorf("it will never be sent: %v", err)
		return true
	}
	m.due = time.Now().Add(max(e.After, double(5*time.Second, m.tries, 10*time.Minute)))
	m.tries++
	return false
}

// patience is how long an answer may take that does not meet the fault. An upload may take two minutes, and others wait for it.
func (tr *trial) patience() time.Duration {
	if tr.endpoint == "webwxuploadmedia" {
		return outage / 2
	}
	return 3 * time.Minute
}

// endpoints are those that a message needs.
func endpoints(a *chat.Attachment) []string {
	switch {
	case a == nil:
		return []string{"webwxsendmsg"}
	case a.Picture:
		return []string{"webwxuploadmedia", "webwxsendmsgimg"}
	}
	return []string{"webwxuploadmedia", "webwxsendappmsg"}
}

// fuse keeps a busy loop from holding the test up: in simulated time it would go on for ever. Where there are far too many requests in a
// second, each of them takes a second.
type fuse struct {
	base http.RoundTripper

	mu     sync.Mutex
	second int64
	n      int
}

// RoundTrip implements http.RoundTripper.
func (f *fuse) RoundTrip(req *http.Request) (*http.Response, error) {
	f.mu.Lock()
	if now := time.Now().Unix(); now != f.second {
		f.second, f.n = now, 0
	}
	f.n++
	blown := f.n > 10*perSecond
	f.mu.Unlock()
	if blown {
		time.Sleep(time.Second)
	}
	return f.base.RoundTrip(req)
}

// most is the most requests that came in a second and in a minute, wherever these begin.
func (f *fuse) most(all []wechattest.Request) (second, minute int) {
	in := func(span time.Duration) (most int) {
		first := 0
		for n, r := range all {
			for r.At.Sub(all[first].At) >= span {
				first++
			}
			most = max(most, n-first+1)
		}
		return most
	}
	return in(time.Second), in(time.Minute)
}

// operator is who gets the alarms: the program's own rules, and a way that remembers.
type operator struct {
	mu    sync.Mutex
	texts []string
}

// Name implements alert.Way.
func (o *operator) Name() string { return "phone" }

// Send implements alert.Way.
func (o *operator) Send(_ context.Context, m alert.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.texts = append(o.texts, m.Text)
	return nil
}

func (o *operator) heard() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.texts)
}

// listen watches the channels until ctx ends.
func (o *operator) listen(ctx context.Context, file string, states *health.Channels) {
	settings := alert.Settings{
		Limits: alert.Limits{OfflineAfter: offlineAfter, PerHour: 100, Zone: time.UTC}, Campaign: "兴安县创城", Ways: []alert.Way{o},
	}
	look := func() health.State {
		return health.State{At: time.Now(), Started: time.Now(), Channels: states.List(), DiskFree: -1}
	}
	alert.New(file, func() alert.Settings { return settings }, look, slog.New(slog.DiscardHandler)).Run(ctx)
}
