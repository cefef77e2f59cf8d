package dingtalk

import (
	"bytes"
	"errors"
	"maps"
	"testing"

	"duban/internal/chat"
	"duban/internal/chat/chattest"
	"duban/internal/chat/dingtalk/dingtalktest"
)

// with changes a message.
func with(m map[string]any, changes map[string]any) map[string]any {
	maps.Copy(m, changes)
	return m
}

func TestMessages(t *testing.T) {
	s := dingtalktest.New(t)
	sink := chattest.NewSink()
	online(t, newChannel(t, s, nil), sink)
	say := func(text string) map[string]any { return dingtalktest.InGroup(room, "zhang", text) }
	type object = map[string]any
	photo := []byte("a picture")
	n := 0
	for name, c := range map[string]struct {
		said     object
		text     string
		quote    chat.Quote
		pictures int
		files    int
		sender   string // zhang if ""
	}{
		"text":               {said: say("上报 南门菜场门口"), text: "上报 南门菜场门口"},
		"mention left there": {said: say("@督办\u2005上报 南门"), text: "上报 南门"},
		"mention alone":      {said: say("@督办"), text: ""},
		"somebody's name":    {said: say("派单 17 @王芳"), text: "派单 17 @王芳"},
		"two lines":          {said: say("上报 甲\n乙"), text: "上报 甲\n乙"},
		"picture":            {said: with(say(""), object{"msgtype": "picture", "content": object{"downloadCode": "x"}}), pictures: 1},
		"old code":           {said: with(say(""), object{"msgtype": "picture", "content": object{"pictureDownloadCode": "x"}}), pictures: 1},
		"rich":               {said: s.Rich(say(""), "上报 南门", photo), text: "上报 南门", pictures: 1},
		"rich of two":        {said: s.Rich(say(""), "完成 17 已清理", photo, photo), text: "完成 17 已清理", pictures: 2},
		"rich around": {said: with(say(""), object{"msgtype": "richText", "content": object{"richText": []object{
			{"text": "@督办 "}, {"text": "上报 "}, {"text": "南门"}, {"type": "picture", "downloadCode": "x"}, {"text": "已通知"},
		}}}), text: "上报 南门\n已通知", pictures: 1},
		"voice":           {said: with(dingtalktest.Private("zhang", ""), object{"msgtype": "audio", "content": object{"recognition": "我的"}}), text: "我的"},
		"file":            {said: with(dingtalktest.Private("zhang", ""), object{"msgtype": "file", "content": object{"downloadCode": "x", "fileName": "反馈.xlsx"}}), files: 1},
		"unknown":         {said: with(say(""), object{"msgtype": "chatRecord", "content": object{"summary": "[]"}})},
		"content is text": {said: with(say(""), object{"msgtype": "video", "content": object{"content": object{}}})},
		"private":         {said: dingtalktest.Private("zhang", "后台"), text: "后台"},
		"quote": {
			said: dingtalktest.Quote(say("完成"), "", "text", object{"text": "已立案 #17 堆放杂物"}), text: "完成",
			quote: chat.Quote{ID: "quoted", Text: "已立案 #17 堆放杂物", FromBot: true},
		},
		"quote by its other name": {
			said: dingtalktest.Quote(say("完成"), "$:someone", "text", object{"content": "#17"}), text: "完成", quote: chat.Quote{ID: "quoted", Text: "#17"},
		},
		"quoted picture": {
			said: dingtalktest.Quote(say("上报 南门"), "$:x", "picture", object{"downloadCode": "x"}), text: "上报 南门", pictures: 1, quote: chat.Quote{ID: "quoted"},
		},
		"quoted rich": {
			said: dingtalktest.Quote(say("上报 南门"), "$:x", "richText", object{"richText": []object{
				{"msgType": "text", "content": "看这里"}, {"msgType": "picture", "downloadCode": "x"},
			}}), text: "上报 南门", pictures: 1, quote: chat.Quote{ID: "quoted", Text: "看这里"},
		},
		"quoted file": {said: dingtalktest.Quote(say("导入 问题"), "$:x", "file", object{"downloadCode": "x", "fileName": "a.xlsx"}), text: "导入 问题", files: 1, quote: chat.Quote{ID: "quoted"}},
		"quoted card": {said: dingtalktest.Quote(say("完成"), "", "interactiveCard", object{}), text: "完成", quote: chat.Quote{ID: "quoted", FromBot: true}},

		"outsider":                               {said: with(say("上报"), object{"senderStaffId": "", "senderId": "$:x"}), text: "上报", sender: "outsider:$:x"},
		"another company":                        {said: with(say("上报"), object{"senderCorpId": "corp-other", "senderId": "$:y"}), text: "上报", sender: "outsider:$:y"},
		"a staff id that looks like an outsider": {said: with(say("上报"), object{"senderStaffId": "outsider:$:y", "senderId": "$:z"}), text: "上报", sender: "outsider:$:z"},
		"a staff id that looks like a group":     {said: with(dingtalktest.Private("x", "上报"), object{"senderStaffId": "group:" + room, "senderId": "$:z"}), text: "上报", sender: "outsider:$:z"},
	} {
		t.Run(name, func(t *testing.T) {
			s.Say(c.said)
			n++
			m := received(t, sink, n)[n-1]
			if c.sender == "" {
				c.sender = "zhang"
			}
			if m.Text != c.text || len(m.Pictures) != c.pictures || len(m.Files) != c.files || m.From.Key != c.sender || m.From.Name == "" || m.SentAt.IsZero() {
				t.Errorf("got %+v", m)
			}
			private := c.said["conversationType"] == "1"
			where := chat.Conversation{Key: "group:" + room, Name: "创城工作群"}
			if private {
				where = chat.Conversation{Key: c.sender, Private: true}
			}
			if m.Conversation != where || m.Mentioned == private {
				t.Errorf("in %+v, mentioned: %v", m.Conversation, m.Mentioned)
			}
			if quote := (chat.Quote{}); m.Quote != nil && *m.Quote != c.quote || m.Quote == nil && c.quote != quote {
				t.Errorf("quote: %+v", m.Quote)
			}
		})
	}
}

func TestTheSameMessageTwice(t *testing.T) {
	s := dingtalktest.New(t)
	sink := chattest.NewSink()
	online(t, newChannel(t, s, nil), sink)
	for range 2 {
		s.Say(with(dingtalktest.InGroup(room, "zhang", "上报 甲"), map[string]any{"msgId": "same"}))
	}
	if got := received(t, sink, 2); got[0].ID != got[1].ID { // the inbox drops the second by its id
		t.Errorf("got %q and %q", got[0].ID, got[1].ID)
	}
}

// A picture that is too large will not be smaller the next time; a file that is has its own words.
func TestTooLarge(t *testing.T) {
	s := dingtalktest.New(t)
	c := newChannel(t, s, nil)
	handle := handleOf(s.File(make([]byte, maxFile+1)), dingtalktest.ClientID)
	if data, err := c.FetchPicture(t.Context(), chat.Picture{Ref: handle}); data != nil || !errors.Is(err, chat.ErrGone) {
		t.Errorf("a picture: %d bytes, %v", len(data), err)
	}
	if data, err := c.FetchFile(t.Context(), chat.File{Ref: handle}, maxFile); data != nil || !errors.Is(err, chat.ErrTooLarge) || errors.Is(err, chat.ErrGone) {
		t.Errorf("a file: %d bytes, %v", len(data), err)
	}
}

func TestFetch(t *testing.T) {
	photo := bytes.Repeat([]byte("picture"), 1000)
	for name, c := range map[string]struct {
		kind  string
		fault dingtalktest.Fault
		ok    bool
		gone  bool
	}{
		"right":           {ok: true},
		"stale token":     {kind: "stale", ok: true},
		"unknown code":    {kind: dingtalktest.Exchange, fault: dingtalktest.Gone, gone: true},
		"refused":         {kind: dingtalktest.Exchange, fault: dingtalktest.Refused, gone: true},
		"forbidden":       {kind: dingtalktest.Exchange, fault: dingtalktest.Forbidden},
		"too often":       {kind: dingtalktest.Exchange, fault: dingtalktest.TooOften},
		"broken":          {kind: dingtalktest.Exchange, fault: dingtalktest.Broken},
		"garbage":         {kind: dingtalktest.Exchange, fault: dingtalktest.Garbage},
		"no token":        {kind: dingtalktest.Token, fault: dingtalktest.Refused},
		"token garbage":   {kind: dingtalktest.Token, fault: dingtalktest.Garbage},
		"gone":            {kind: dingtalktest.Download, fault: dingtalktest.Gone, gone: true},
		"download broken": {kind: dingtalktest.Download, fault: dingtalktest.Broken},
		"breaks off":      {kind: dingtalktest.Download, fault: dingtalktest.Short},
	} {
		t.Run(name, func(t *testing.T) {
			s := dingtalktest.New(t)
			ch := newChannel(t, s, nil)
			handle := handleOf(s.File(photo), dingtalktest.ClientID)
			if c.kind == "stale" {
				if _, err := ch.FetchPicture(t.Context(), chat.Picture{Ref: handle}); err != nil {
					t.Fatal(err)
				}
				s.ExpireTokens()
			} else if c.kind != "" {
				s.Fail(c.kind, c.fault)
			}
			got, err := ch.FetchPicture(t.Context(), chat.Picture{Ref: handle})
			if (err == nil) != c.ok || c.ok && !bytes.Equal(got, photo) || !c.ok && got != nil {
				t.Fatalf("got %d bytes, %v", len(got), err)
			}
			if errors.Is(err, chat.ErrGone) != c.gone {
				t.Errorf("got %v", err)
			}
			if c.ok {
				return
			}
			if c.kind != dingtalktest.Download || c.fault != dingtalktest.Gone { // nothing of a failure remains
				if got, err := ch.FetchPicture(t.Context(), chat.Picture{Ref: handle}); err != nil || !bytes.Equal(got, photo) {
					t.Errorf("later: got %d bytes, %v", len(got), err)
				}
			}
		})
	}
}
