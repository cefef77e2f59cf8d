// Package metrics counts what the program does, for Prometheus.
package metrics

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"duban/internal/health"
)

// Metrics are the program's figures. All methods may be called at once, and on nil: then nothing is counted.
type Metrics struct {
	registry *prometheus.Registry
	received *prometheus.CounterVec
	commands *prometheus.CounterVec
	failures prometheus.Counter
	handling prometheus.Histogram
	sends    *prometheus.CounterVec
	jobs     *prometheus.CounterVec
	jobTime  *prometheus.HistogramVec
}

// How a command ended.
const (
	Done    = "done"
	Refused = "refused" // with a sentence for the writer
)

// The results of one attempt at sending.
const (
	Sent  = "sent"
	Later = "later" // it will be tried again
	Moved = "moved" // it goes by another channel from now on
	Dead  = "dead"
)

// New makes figures that begin at zero. last gives the newest look at the program: a scrape reads what is known and asks the database
// for nothing.
func New(version string, last func() health.State) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		received: counter("messages_received_total", "Messages that were for the bot, by channel.", "channel"),
		commands: counter("commands_total", "Commands by name and how they ended.", "command", "result"),
		failures: prometheus.NewCounter(prometheus.CounterOpts{Namespace: "duban", Name: "failures_total", Help: "Messages that could not be handled because of an internal error."}),
		handling: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "duban", Name: "handling_seconds", Help: "From taking up a message until its answer is queued.",
			Buckets: []float64{.005, .02, .1, .5, 2, 10, 60},
		}),
		sends: counter("sends_total", "Attempts at sending, by channel and result.", "channel", "result"),
		jobs:  counter("job_runs_total", "Runs of jobs by result.", "job", "result"),
		jobTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "duban", Name: "job_seconds", Help: "How long jobs ran.", Buckets: []float64{.01, .1, 1, 10, 60, 600},
		}, []string{"job"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: "duban", Name: "build_info", Help: "Always 1.", ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(m.received, m.commands, m.failures, m.handling, m.sends, m.jobs, m.jobTime, build, newGauges(last),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "duban", Name: name, Help: help}, labels)
}

// Received counts a message that was for the bot.
func (m *Metrics) Received(channel string) {
	if m != nil {
		m.received.WithLabelValues(channel).Inc()
	}
}

// Handled counts the commands of a message, which all ended alike, and how long they took. Names are the table's, never what people
// wrote.
func (m *Metrics) Handled(commands []string, result string, took time.Duration) {
	if m == nil {
		return
	}
	for _, c := range commands {
		m.commands.WithLabelValues(c, result).Inc()
	}
	m.handling.Observe(took.Seconds())
}

// Failed counts a message that an internal error kept from being handled.
func (m *Metrics) Failed() {
	if m != nil {
		m.failures.Inc()
	}
}

// Tried counts an attempt at sending.
func (m *Metrics) Tried(channel, result string) {
	if m != nil {
		m.sends.WithLabelValues(channel, result).Inc()
	}
}

// Ran counts the run of a job.
func (m *Metrics) Ran(job, result string, took time.Duration) {
	if m == nil {
		return
	}
	m.jobs.WithLabelValues(job, result).Inc()
	m.jobTime.WithLabelValues(job).Observe(took.Seconds())
}

// Handler answers scrapes from this computer, and from others with the token as bearer. Without a token others get none: the
// figures say who works how much.
func (m *Metrics) Handler(token string) http.Handler {
	figures := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !local(r) && !bears(r, token) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "需要口令：Authorization: Bearer <web.token>", http.StatusUnauthorized)
			return
		}
		figures.ServeHTTP(w, r)
	})
}

// local says whether a request comes from this computer itself and not through a proxy on it.
func local(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil || r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" || r.Header.Get("X-Real-Ip") != "" {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

func bears(r *http.Request, token string) bool {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && token != "" && subtle.ConstantTimeCompare([]byte(given), []byte(token)) == 1
}
