package health

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/store"
)

// TestHandler: a machine learns whether the program works, and nothing that is nobody's business.
func TestHandler(t *testing.T) {
	now := time.Date(2026, 11, 25, 9, 0, 0, 0, time.FixedZone("", 8*60*60))
	well := State{
		At: now.Add(-10 * time.Second), Started: now.Add(-time.Hour), Written: now,
		Channels: []Channel{{Name: "wechat", State: chat.StateOnline, Account: "小督", Text: "微信已登录：小督", QR: "qr-secret"}},
		Load:     store.Load{LateSince: now.Add(-time.Minute)},
		Runs:     []store.Run{{Job: "ranking", Result: store.RunDone, Slot: now.Add(-time.Hour), At: now.Add(-time.Hour), Note: "note"}, {Job: "unowned", Result: store.RunDone, Slot: now.Add(-2 * time.Hour), At: now.Add(-2 * time.Hour)}},
	}
	for name, tt := range map[string]struct {
		change func(*State)
		code   int
		want   string
	}{
		"well":             {func(*State) {}, 200, `"status":"ok"`},
		"cannot write":     {func(s *State) { s.Unwritten = errors.New("disk I/O error in /opt/duban") }, 503, `"database":"failing"`},
		"cannot read":      {func(s *State) { s.Unread = errors.New("malformed") }, 503, `"database":"failing"`},
		"hangs":            {func(s *State) { s.At = now.Add(-3 * time.Minute) }, 503, `"age_seconds":180`},
		"not looked at":    {func(s *State) { *s = State{} }, 503, `"status":"failing"`},
		"banned":           {func(s *State) { s.Channels[0].State = chat.StateStopped }, 200, `"wechat":"stopped"`},
		"the newest job":   {func(*State) {}, 200, `"last_job":"ranking done 2026-11-25T08:00:00+08:00"`},
		"what waits":       {func(*State) {}, 200, `"outbox_oldest_seconds":60`},
		"channels by name": {func(*State) {}, 200, `"channels":{"wechat":"online"}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := well
			s.Channels = append([]Channel(nil), well.Channels...)
			tt.change(&s)
			w := httptest.NewRecorder()
			Handler(func() State { return s }, func() time.Time { return now }).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/healthz", nil))
			text := w.Body.String()
			if w.Code != tt.code || !strings.Contains(text, tt.want) || !json.Valid(w.Body.Bytes()) {
				t.Errorf("%d %s", w.Code, text)
			}
			for _, hidden := range []string{"小督", "qr-secret", "note", "/opt", "malformed"} {
				if strings.Contains(text, hidden) {
					t.Errorf("%q is shown: %s", hidden, text)
				}
			}
		})
	}
}

func TestDiskFree(t *testing.T) {
	if free, err := DiskFree(t.TempDir()); err != nil || free <= 0 {
		t.Errorf("%d, %v", free, err)
	}
	if _, err := DiskFree("/no/such/folder"); err == nil {
		t.Error("a folder that is not there has room")
	}
}
