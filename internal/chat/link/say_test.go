package link

import (
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"duban/internal/chat"
)

type refusal struct{ code int }

func (r *refusal) Error() string { return fmt.Sprint("refused: ", r.code) }

func TestOutcome(t *testing.T) {
	judge := func(r *refusal) chat.SendError {
		return chat.SendError{Retry: r.code == 1, After: time.Duration(r.code)}
	}
	own := &chat.SendError{Err: errors.New("attachment"), After: 7}
	for name, c := range map[string]struct {
		err     error
		want    chat.SendError
		certain chat.SendError
	}{
		"refused":   {&refusal{2}, chat.SendError{After: 2}, chat.SendError{After: 2}},
		"later":     {fmt.Errorf("send: %w", &refusal{1}), chat.SendError{Retry: true, After: 1}, chat.SendError{Retry: true, After: 1}},
		"no way":    {fmt.Errorf("send: %w", &net.OpError{Op: "dial", Err: errBroken}), chat.SendError{Retry: true}, chat.SendError{Retry: true}},
		"cut":       {&net.OpError{Op: "read", Err: errBroken}, chat.SendError{Retry: true, Unknown: true}, chat.SendError{Retry: true}},
		"something": {errBroken, chat.SendError{Retry: true, Unknown: true}, chat.SendError{Retry: true}},
		"own":       {fmt.Errorf("send: %w", own), chat.SendError{After: 7}, chat.SendError{After: 7}},
		"patience": {
			&chat.SendError{Err: errBroken, Retry: true, Unknown: true, After: 3},
			chat.SendError{Retry: true, Unknown: true, After: 3},
			chat.SendError{Retry: true, After: 3},
		},
	} {
		for _, g := range []struct {
			what string
			got  error
			want chat.SendError
		}{{"outcome", Outcome(c.err, judge), c.want}, {"certain", Certain(Outcome(c.err, judge)), c.certain}} {
			e, ok := errors.AsType[*chat.SendError](g.got)
			if !ok || e.Retry != g.want.Retry || e.Unknown != g.want.Unknown || e.After != g.want.After || e.Err == nil {
				t.Errorf("%s, %s: %+v", name, g.what, e)
			}
		}
	}
	if err := Outcome(nil, judge); err != nil {
		t.Errorf("none: %v", err)
	}
	if err := Certain(nil); err != nil {
		t.Errorf("none: %v", err)
	}
}

func TestCalls(t *testing.T) {
	out := chat.Outgoing{Text: "请李强处理", Mentions: []chat.Mention{{Key: "li", Name: "李强"}, {Name: "李强"}, {Name: "王芳"}, {Key: "out:x", Name: "赵六"}}}
	ring := func(m chat.Mention) string {
		if m.Key == "li" {
			return "<li>"
		}
		return ""
	}
	if got, want := Calls(out, ring), "<li> @王芳 @赵六"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Calls(chat.Outgoing{Text: "好"}, ring); got != "" {
		t.Errorf("nobody: %q", got)
	}
}

func TestWithoutMention(t *testing.T) {
	for said, want := range map[string]string{
		"@督办 上报 南门": "上报 南门", " @督办\u2005上报 ": "上报", "@督办\n上报\n甲": "上报\n甲", "@督办": "", "": "", "上报 @王芳": "上报 @王芳", "派单 17 @王芳 今天": "派单 17 @王芳 今天",
	} {
		if got := WithoutMention(said); got != want {
			t.Errorf("%q: got %q, want %q", said, got, want)
		}
	}
}
