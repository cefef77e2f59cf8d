package metrics

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"duban/internal/chat"
	"duban/internal/health"
	"duban/internal/issue"
	"duban/internal/store"
)

var at = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)

func TestFigures(t *testing.T) {
	state := health.State{
		At: at, DiskFree: 5e9, Backup: at.Add(-6 * time.Hour),
		Channels: []health.Channel{{Name: "wechat", State: chat.StateOnline}, {Name: "console", State: chat.StateStopped}},
		Load: store.Load{
			Queued: 3, Dead: 2, LateSince: at.Add(-30 * time.Second), Unread: 1, UnreadAt: at.Add(-time.Minute), Filed: 17,
			Open: map[issue.Status]int{issue.Working: 4}, Bytes: 4096,
		},
		Runs: []store.Run{{Job: "ranking", Slot: at.Add(-time.Hour), Result: store.RunDone}},
	}
	m := New("v1", func() health.State { return state })
	m.Received("wechat")
	m.Handled([]string{"上报", "完成"}, Done, 30*time.Millisecond)
	m.Handled([]string{"完成"}, Refused, time.Millisecond)
	m.Failed()
	m.Tried("wechat", Later)
	m.Ran("backup", store.RunDone, 3*time.Second)
	text := scrape(t, m, "127.0.0.1:1000", "")
	for _, want := range []string{
		`duban_messages_received_total{channel="wechat"} 1`, `duban_commands_total{command="完成",result="done"} 1`,
		`duban_commands_total{command="完成",result="refused"} 1`, `duban_failures_total 1`, `duban_sends_total{channel="wechat",result="later"} 1`,
		`duban_job_runs_total{job="backup",result="done"} 1`, `duban_job_seconds_bucket{job="backup",le="10"} 1`, `duban_handling_seconds_count 2`,
		`duban_channel_online{channel="wechat"} 1`, `duban_channel_online{channel="console"} 0`, `duban_outbox_queued 3`, `duban_outbox_dead 2`,
		`duban_outbox_oldest_seconds 30`, `duban_inbox_oldest_seconds 60`, `duban_issues_open{status="working"} 4`, `duban_issues_filed 17`,
		`duban_job_last_timestamp_seconds{job="ranking",result="done"}`, `duban_database_bytes 4096`, `duban_disk_free_bytes 5e+09`, `duban_up 1`,
		`duban_build_info{go="go`, `go_goroutines`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing: %s", want)
		}
	}
	if problems, err := testutil.GatherAndLint(m.registry); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	state.Unwritten, state.Unread = errors.New("disk full"), errors.New("gone")
	if text = scrape(t, m, "[::1]:1000", ""); !strings.Contains(text, "duban_up 0") || strings.Contains(text, "outbox_queued") {
		t.Error("figures of a database that cannot be read")
	}
	var none *Metrics
	none.Received("x")
	none.Handled(nil, Done, 0)
	none.Failed()
	none.Tried("x", Sent)
	none.Ran("x", "done", 0)
}

func scrape(t *testing.T, m *Metrics, from, token string) string {
	t.Helper()
	w := request(m, from, token, nil)
	if w.Code != http.StatusOK {
		t.Errorf("from %s: %d", from, w.Code)
	}
	return w.Body.String()
}

func request(m *Metrics, from, authorization string, header map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.RemoteAddr = from
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	m.Handler("the-token").ServeHTTP(w, r)
	return w
}

// TestWhoMayScrape: this computer, or whoever has the token.
func TestWhoMayScrape(t *testing.T) {
	m := New("v1", func() health.State { return health.State{} })
	for _, tt := range []struct {
		from, authorization string
		header              map[string]string
		want                int
	}{
		{"127.0.0.1:9", "", nil, 200},
		{"[::1]:9", "", nil, 200},
		{"[::ffff:127.0.0.1]:9", "", nil, 200},
		{"127.0.0.1:9", "", map[string]string{"X-Forwarded-For": "203.0.113.5"}, 401}, // a proxy on this computer
		{"192.168.1.5:9", "", nil, 401},
		{"192.168.1.5:9", "Bearer wrong", nil, 401},
		{"192.168.1.5:9", "Bearer ", nil, 401},
		{"192.168.1.5:9", "the-token", nil, 401},
		{"192.168.1.5:9", "Bearer the-token", nil, 200},
		{"", "", nil, 401},
	} {
		if w := request(m, tt.from, tt.authorization, tt.header); w.Code != tt.want {
			t.Errorf("%+v: %d", tt, w.Code)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.RemoteAddr = "192.168.1.5:9"
	r.Header.Set("Authorization", "Bearer ")
	w := httptest.NewRecorder()
	if m.Handler("").ServeHTTP(w, r); w.Code != 401 {
		t.Errorf("without a token: %d", w.Code)
	}
}
