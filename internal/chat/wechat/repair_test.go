package wechat

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eatmoreapple/openwechat"
	"github.com/google/go-cmp/cmp"
)

const goodKey = `"SyncKey":{"Count":2,"List":[{"Key":1,"Val":5},{"Key":2,"Val":7}]}`

func TestReadSync(t *testing.T) {
	tests := []struct {
		name, body string
		count      int
		wrong      string
	}{
		{"good", `{"BaseResponse":{"Ret":0},` + goodKey + `}`, 2, ""},
		{"counts too little", `{"SyncKey":{"Count":1,"List":[{"Key":1,"Val":5},{"Key":2,"Val":7}]}}`, 2, ""},
		{"counts below nothing", `{"SyncKey":{"Count":-1,"List":[{"Key":1,"Val":5}]}}`, 1, ""},
		{"counts far too much", `{"SyncKey":{"Count":1000000000,"List":[{"Key":1,"Val":5}]}}`, 1, ""},
		{"values as text", `{"SyncKey":{"Count":1,"List":[{"Key":"1","Val":"9007199254740993"}]}}`, 1, ""},
		{"no key", `{"BaseResponse":{"Ret":0}}`, 0, "no sync key"},
		{"null key", `{"SyncKey":null}`, 0, "0 entries"},
		{"empty key", `{"SyncKey":{"Count":0,"List":[]}}`, 0, "0 entries"},
		{"key is a text", `{"SyncKey":"x"}`, 0, "nonsense"},
		{"messages are no list", `{"AddMsgList":{},` + goodKey + `}`, 0, "nonsense"},
		{"a list", `[]`, 0, "nonsense"},
	}
	for _, tt := range tests {
		_, key, err := readSync([]byte(tt.body))
		if (err != nil) != (tt.wrong != "") || err != nil && !strings.Contains(err.Error(), tt.wrong) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err == nil && (key.Count != tt.count || len(key.List) != tt.count) {
			t.Errorf("%s: %+v", tt.name, key)
		}
	}
	_, _, err := readSync([]byte(`{"BaseResponse":{"Ret":1101},` + goodKey + `}`))
	if ret, ok := retOf(orNone(err)); !ok || ret != 1101 {
		t.Errorf("the code is not told: %v", err)
	}
}

func TestCutList(t *testing.T) {
	out, err := cutList([]byte(`{"BaseResponse":{"Ret":0},"ContactList":[{"UserName":"a"},{"UserName":"b"}]}`), 1)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ ContactList []struct{ UserName string } }
	if err := json.Unmarshal(out, &got); err != nil || len(got.ContactList) != 1 || got.ContactList[0].UserName != "a" {
		t.Errorf("%s, %v", out, err)
	}
}

// TestLongBatchAnswerIsCut goes through the guard: the library indexes its question by the answer's length.
func TestLongBatchAnswerIsCut(t *testing.T) {
	g := &guard{base: roundTrip(func(*http.Request) string {
		return `{"BaseResponse":{"Ret":0},"ContactList":[{"UserName":"@@1"},{"UserName":"@@2"},{"UserName":"@@3"}]}`
	})}
	bot := openwechat.NewBot(t.Context())
	bot.Caller.Client.HTTPClient().Transport = g
	bot.Caller.Client.Domain = "wx.qq.com"
	got, err := bot.Caller.WebWxBatchGetContact(ours(t.Context()), openwechat.Members{{UserName: "@@1"}}, &openwechat.BaseRequest{})
	if err != nil || len(got) != 1 || got[0].UserName != "@@1" {
		t.Errorf("%v, %v", got, err)
	}
}

// roundTrip answers every request with a text.
type roundTrip func(*http.Request) string

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) {
	return local(req, []byte(f(req))), nil
}

func TestBodiesAreCapped(t *testing.T) {
	g := &guard{pace: Pacing{}.withDefaults(), base: roundTrip(func(*http.Request) string { return "{" + strings.Repeat(" ", maxSmall) + "}" })}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxoplog", nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := g.RoundTrip(req); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("%v, %v", resp, err)
	}
}

// TestStatusIsChecked: the library takes the body of an error for an answer.
func TestStatusIsChecked(t *testing.T) {
	g := &guard{pace: Pacing{}.withDefaults(), last: map[string]time.Time{}, base: failing{}}
	for _, endpoint := range []string{"webwxsync", "webwxsendmsg", "webwxgetmsgimg", "webwxoplog", "synccheck"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://wx.qq.com/cgi-bin/mmwebwx-bin/"+endpoint, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := g.RoundTrip(req); err == nil || !strings.Contains(err.Error(), "answered 500") {
			t.Errorf("%s: %v, %v", endpoint, resp, err)
		}
	}
}

// failing answers with status 500 and a body that looks well.
type failing struct{}

func (failing) RoundTrip(req *http.Request) (*http.Response, error) {
	resp := local(req, []byte(`{"BaseResponse":{"Ret":0},`+goodKey+`}`))
	resp.StatusCode = http.StatusInternalServerError
	return resp, nil
}

func TestCleanMessages(t *testing.T) {
	in := []string{
		`{"MsgId":"1","MsgType":1,"FromUserName":"@a","Content":"x","Unknown":[1]}`,
		`null`, `7`, `[]`, `"x"`,
		`{"MsgId":2,"MsgType":"1","FromUserName":"@a","Content":"x"}`,
		`{"MsgId":3,"MsgType":1,"Content":"x"}`,
		`{"MsgId":4,"FromUserName":"@a","Content":"x"}`,
		`{"MsgId":{},"MsgType":1,"FromUserName":"@a"}`,
	}
	var raw []json.RawMessage
	for _, s := range in {
		raw = append(raw, json.RawMessage(s))
	}
	var reports []string
	var ids []string
	for _, m := range cleanMessages(raw, func(what string, _ json.RawMessage, err error) { reports = append(reports, fmt.Sprint(what, err)) }) {
		var got openwechat.Message
		if err := json.Unmarshal(m, &got); err != nil {
			t.Errorf("%s: %v", m, err)
		}
		ids = append(ids, got.MsgId)
	}
	if diff := cmp.Diff([]string{"1", "2"}, ids); diff != "" || len(reports) != 8 {
		t.Errorf("%s\n%q", diff, reports)
	}
}

func TestRedact(t *testing.T) {
	const token = "@crypt_0123abc"
	for _, s := range []string{
		`Get "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxgetmsgimg?MsgID=1&skey=` + token + `": EOF`,
		`skey=` + token, `pass_ticket=` + token + `&x=1`, `{"Skey": "` + token + `"}`, `Get "https://file.wx.qq.com/x?encryfilename=` + token + `": EOF`, `uuid=` + token,
	} {
		err := fmt.Errorf("sync check failed: %w", errors.New(s))
		if got := fault(err).Value.String(); strings.Contains(got, token) || !strings.Contains(got, "sync check failed") {
			t.Errorf("%q became %q", s, got)
		}
		if got := redacted(err); strings.Contains(got.Error(), token) || !errors.Is(got, err) {
			t.Errorf("%q became %v", s, got)
		}
	}
	if diff := cmp.Diff("uin 是什么", redact("uin 是什么")); diff != "" {
		t.Error(diff)
	}
}

// FuzzSync feeds answers of webwxsync through the guard and then through the library's own decoder: it must accept what
// the guard lets through.
func FuzzSync(f *testing.F) {
	for _, s := range []string{
		`{"BaseResponse":{"Ret":0},` + goodKey + `,"AddMsgList":[{"MsgId":"1","MsgType":1,"FromUserName":"@a","Content":"x"}]}`,
		`{` + goodKey + `,"AddMsgList":[null,{"MsgId":1,"MsgType":"1","FromUserName":"@a","AppInfo":7}]}`,
		`{` + goodKey + `,"AddMsgList":[{"NewMsgId":"9223372036854775807","MsgType":1,"FromUserName":"@a","VoiceLength":1e5}]}`,
		`{` + goodKey + `,"ModContactList":[null,{"UserName":"@@g","MemberList":[null]}],"DelContactList":[3]}`,
		`{"SyncKey":{"Count":-1,"List":[{}]}}`, `{}`, `[]`, ``, `<html>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		reply, key, err := readSync(body)
		if err != nil {
			return
		}
		book := newContacts()
		book.modify(readContacts(reply.ModContactList))
		book.remove(readContacts(reply.DelContactList))
		clean := cleanMessages(reply.AddMsgList, func(string, json.RawMessage, error) {})
		out, err := syncBody(key, clean)
		if err != nil {
			t.Fatalf("the cleaned answer cannot be written: %v", err)
		}
		var got openwechat.WebWxSyncResponse
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("the library cannot decode %s: %v", out, err)
		}
		if got.SyncKey == nil || got.SyncKey.Count != len(got.SyncKey.List) || got.SyncKey.Count == 0 {
			t.Fatalf("sync key %+v", got.SyncKey)
		}
		for _, m := range got.AddMsgList {
			if m == nil {
				t.Fatal("an empty message")
			}
			copyMessage(m)
		}
	})
}
