package torture

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"duban/internal/store"
)

// death is a moment at which to kill.
type death struct {
	name string
	wait func(r *run)
	term bool // ask it to end first
}

// deaths are the moments: at the start, at any time, around a request of one kind, at the end, and where jobs begin.
var deaths = []death{
	{name: "start", wait: func(r *run) { r.pause(400 * time.Millisecond) }},
	{name: "any", wait: func(r *run) { r.pause(3 * time.Second) }},
	{name: "request", wait: (*run).untilRequest},
	{name: "request", wait: (*run).untilRequest},
	{name: "end", wait: func(r *run) { r.pause(3 * time.Second) }, term: true},
}

// tick is the death near a full minute, at which all jobs run. They look at the clock once a second.
var tick = death{name: "tick", wait: func(r *run) {
	<-time.After(time.Until(nextMinute()))
	r.pause(1500 * time.Millisecond)
}}

func nextMinute() time.Time { return time.Now().Truncate(time.Minute).Add(time.Minute) }

func (r *run) death() death {
	if time.Until(nextMinute()) < 4*time.Second {
		return tick
	}
	return deaths[r.IntN(len(deaths))]
}

// moments are the requests around which to kill, sending more often than others.
var moments = []string{
	"webwxsendmsg", "webwxsendmsg", "webwxsendmsg", "webwxsendmsgimg", "webwxuploadmedia", "webwxsync", "webwxsync", "webwxgetmsgimg", "webwxinit",
	"webwxgetcontact", "synccheck",
}

// untilRequest waits for a few requests of one kind, not for ever, and then for the blink of an eye.
func (r *run) untilRequest() {
	endpoint := moments[r.IntN(len(moments))]
	ctx, cancel := context.WithTimeout(r.Context(), 4*time.Second)
	defer cancel()
	_ = r.srv.WaitCount(ctx, endpoint, r.srv.Count(endpoint)+1+r.IntN(8)) // an error: there were none
	r.pause(15 * time.Millisecond)
}

// calm waits until nothing is left to be done: every arrival is handled and everything that is due is sent.
func (r *run) calm() {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Minute)
	defer cancel()
	t := time.NewTicker(100 * time.Millisecond)
	defer t.Stop()
	for left := -1; left != 0; {
		select {
		case <-ctx.Done():
			r.Fatalf("%d things are still open", left)
		case <-t.C:
			left = r.left()
		}
	}
}

// left counts what is not done yet.
func (r *run) left() (n int) {
	s, err := store.View(r.place, slog.New(slog.DiscardHandler))
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	now := r.clock.now()
	err = s.Read(r.Context(), now.Add(furthest), func(tx *store.Tx) error {
		open, err := tx.OpenArrivals()
		if err != nil {
			return err
		}
		queued, err := tx.DueOutgoing(1000)
		if err != nil {
			return err
		}
		queued = slices.DeleteFunc(queued, func(o store.Outgoing) bool {
			return o.Dedup != nil && waits(*o.Dedup, time.UnixMicro(o.DueAt), now)
		})
		n = len(open) + len(queued)
		for _, job := range jobs {
			last, ran, err := tx.LastRun(job)
			if err != nil {
				return err
			}
			if ran && job != "reminders" && last.Before(r.clock.began()) {
				n++
			}
		}
		return nil
	})
	if err != nil {
		r.Fatal(err)
	}
	return n
}

// waits says whether a message rightly waits: it tells, when the time for photos is over, that none came. Nothing waits longer, whatever the
// clock showed when it was queued or tried.
func waits(dedup string, due, now time.Time) bool {
	asks := strings.HasPrefix(dedup, "await/") || strings.HasPrefix(dedup, "before/")
	return asks && due.After(now) && !due.After(now.Add(window+time.Second))
}

// database is the path by which tests call the database; r.place is where it stands.
func (r *run) database() string { return filepath.Join(r.dir, "data", "duban.db") }

// age makes the unfinished files of killed lives old, because the program leaves alone what may be another's work of this moment.
func (r *run) age() {
	long := time.Now().Add(-48 * time.Hour)
	for _, file := range r.unfinished() {
		if err := os.Chtimes(file, long, long); err != nil {
			r.Fatal(err)
		}
	}
}

// tidy waits until what killed backups left is gone: the next one removes it, and where none has ever been finished, none is made up for.
func (r *run) tidy() {
	for until := time.Now().Add(90 * time.Second); len(r.unfinished()) > 0 && time.Now().Before(until); {
		r.pause(time.Second)
	}
}

// unfinished are the files that nothing but an interrupted write explains.
func (r *run) unfinished() (files []string) {
	err := filepath.WalkDir(filepath.Join(r.dir, "data"), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // gone meanwhile
			return nil
		}
		if err == nil && d.Type().IsRegular() && (strings.Contains(d.Name(), ".new") || strings.Contains(d.Name(), "tmp")) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
	return files
}
