package health

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"duban/internal/store"
)

// State is one look at the running program.
type State struct {
	At        time.Time
	Started   time.Time
	Written   time.Time // when the database was last written for trial
	Unwritten error     // why it could not be; nil if it could
	Unread    error     // why it could not be read
	Load      store.Load
	Runs      []store.Run // the newest of each job
	Backup    time.Time   // the last backup that was done; zero if there is none
	Backups   bool        // backups are wanted
	Channels  []Channel
	Leases    []Lease // what only one of several processes does at a time
	DiskFree  int64   // bytes; negative if it is not known
	// Jump is by how much the clock last changed otherwise than by the passing of time, and JumpAt when, by the new time.
	Jump   time.Duration
	JumpAt time.Time
}

// Lease says whether this process does what only one may do at a time: a channel, or "jobs".
type Lease struct {
	Name string
	Here bool
}

// stale is how old a look may be before the program counts as hung.
const stale = 2 * time.Minute

// Healthy says whether the program itself works: it looks at itself and its database can be read and written. A channel that is away
// does not make it ill: a restart would mend nothing, and one login more is what gets accounts banned.
func (s State) Healthy(now time.Time) bool {
	return s.Unwritten == nil && s.Unread == nil && !s.At.IsZero() && now.Sub(s.At) < stale
}

// answer is what /healthz says: no names, no secrets, no error texts.
type answer struct {
	Status   string            `json:"status"` // ok or failing
	Database string            `json:"database"`
	Channels map[string]string `json:"channels"`
	Leases   map[string]string `json:"leases,omitempty"`   // here or elsewhere, by channel and for "jobs"
	Job      string            `json:"last_job,omitempty"` // the newest run: ranking done 2026-11-25T18:00:00+08:00
	Oldest   int               `json:"outbox_oldest_seconds"`
	Age      int               `json:"age_seconds"` // of this look
}

// Handler answers checks from outside, as a container's or a load balancer's: 200 and a short JSON, or 503. It asks only what the
// program knows already, so that it may be asked by anybody as often as they like.
func Handler(last func() State, now func() time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s, at := last(), now()
		a := answer{Status: "ok", Database: "ok", Channels: map[string]string{}, Age: int(at.Sub(s.At).Seconds())}
		code := http.StatusOK
		if !s.Healthy(at) {
			code, a.Status = http.StatusServiceUnavailable, "failing"
		}
		if s.Unwritten != nil || s.Unread != nil {
			a.Database = "failing"
		}
		for _, c := range s.Channels {
			a.Channels[c.Name] = string(c.State)
		}
		for _, l := range s.Leases {
			if a.Leases == nil {
				a.Leases = map[string]string{}
			}
			a.Leases[l.Name] = map[bool]string{true: "here", false: "elsewhere"}[l.Here]
		}
		if r, ok := s.newest(); ok {
			a.Job = fmt.Sprintf("%s %s %s", r.Job, r.Result, r.Slot.In(at.Location()).Format(time.RFC3339))
		}
		if !s.Load.LateSince.IsZero() {
			a.Oldest = int(at.Sub(s.Load.LateSince).Seconds())
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(a) // who asked has gone
	})
}

// newest is the job that ran last.
func (s State) newest() (newest store.Run, found bool) {
	for _, r := range s.Runs {
		if r.At.After(newest.At) {
			newest, found = r, true
		}
	}
	return newest, found
}
