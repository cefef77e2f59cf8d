package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"duban/internal/health"
)

// gauges are the figures of the newest look at the program.
type gauges struct {
	last func() health.State
	desc map[string]*prometheus.Desc
}

func newGauges(last func() health.State) *gauges {
	g := &gauges{last: last, desc: map[string]*prometheus.Desc{}}
	for _, d := range []struct {
		name, help string
		labels     []string
	}{
		{"up", "Whether the database can be read and written.", nil},
		{"looked_timestamp_seconds", "When the program last looked at itself; the gauges are of then.", nil},
		{"channel_online", "Whether a channel is online.", []string{"channel"}},
		{"lease_here", "Whether this process does what only one of several may do: a channel, or the jobs.", []string{"lease"}},
		{"outbox_queued", "Messages that wait to be sent.", nil},
		{"outbox_dead", "Messages that were given up.", nil},
		{"outbox_oldest_seconds", "How long the message that waits longest has been due.", nil},
		{"inbox_open", "Messages that were not answered yet.", nil},
		{"inbox_oldest_seconds", "How long the oldest of them has waited.", nil},
		{"issues_open", "Issues that are not over, by status. What is over is not counted: it only grows.", []string{"status"}},
		{"issues_filed", "The highest number of an issue.", nil},
		{"job_last_timestamp_seconds", "The newest slot of a job in the ledger.", []string{"job", "result"}},
		{"backup_timestamp_seconds", "The last backup; 0 if there is none.", nil},
		{"database_bytes", "The database's file and its log.", nil},
		{"disk_free_bytes", "What may still be written beside the database.", nil},
	} {
		g.desc[d.name] = prometheus.NewDesc("duban_"+d.name, d.help, d.labels, nil)
	}
	return g
}

// Describe implements prometheus.Collector.
func (g *gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range g.desc {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	s := g.last()
	if s.At.IsZero() {
		return
	}
	put := func(name string, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(g.desc[name], prometheus.GaugeValue, v, labels...)
	}
	put("up", truth(s.Healthy(s.At)))
	put("looked_timestamp_seconds", seconds(s.At))
	for _, c := range s.Channels {
		put("channel_online", truth(c.Online()), c.Name)
	}
	for _, l := range s.Leases {
		put("lease_here", truth(l.Here), l.Name)
	}
	if s.Unread == nil {
		put("outbox_queued", float64(s.Load.Queued))
		put("outbox_dead", float64(s.Load.Dead))
		put("outbox_oldest_seconds", age(s.At, s.Load.LateSince))
		put("inbox_open", float64(s.Load.Unread))
		put("inbox_oldest_seconds", age(s.At, s.Load.UnreadAt))
		put("issues_filed", float64(s.Load.Filed))
		for status, n := range s.Load.Open {
			put("issues_open", float64(n), string(status))
		}
		for _, r := range s.Runs {
			put("job_last_timestamp_seconds", seconds(r.Slot), r.Job, r.Result)
		}
		put("backup_timestamp_seconds", seconds(s.Backup))
	}
	put("database_bytes", float64(s.Load.Bytes))
	if s.DiskFree >= 0 {
		put("disk_free_bytes", float64(s.DiskFree))
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

// age is how long ago an instant was; 0 for none.
func age(now, t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return now.Sub(t).Seconds()
}
