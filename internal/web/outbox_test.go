package web

import (
	"log/slog"
	"strings"
	"testing"

	"duban/internal/chat"
	"duban/internal/chat/wecomhook"
	"duban/internal/chat/wecomhook/wecomhooktest"
)

// TestCauseOfLetter: what a network says is put into words, and what nobody knows is not shown as it is.
func TestCauseOfLetter(t *testing.T) {
	s := wecomhooktest.New(t)
	hook := wecomhook.New(wecomhook.Config{URL: s.URL(), Groups: map[string]string{"right": wecomhooktest.Key, "wrong": "x"}, Log: slog.New(slog.DiscardHandler)})
	failure := func(group string, fault wecomhooktest.Fault) string {
		s.Fail(fault)
		err := hook.Send(t.Context(), chat.Outgoing{ID: group, Conversation: group, Text: "日报"})
		if err == nil {
			t.Fatal("it arrived")
		}
		return err.Error()
	}
	for failure, want := range map[string]string{
		failure("wrong", wecomhooktest.None):          "key 不对",
		failure("right", wecomhooktest.TooOften):      "发得太快",
		"aibot_send_msg: 45009 api freq out of limit": "发得太快",
		"wrGROUP has had its share":                   "排队等着",
		"aibot_send_msg: connection lost":             "断线了",
		"42014 something":                             "对方网络没有收下",
		"":                                            "",
	} {
		if got := causeOfLetter(failure); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: %s", failure, got)
		}
	}
}
