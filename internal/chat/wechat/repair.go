package wechat

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/eatmoreapple/openwechat"
)

// maxKeys is more keys than a sync key ever has; a longer one is refused.
const maxKeys = 1000

type syncKey struct {
	Count int
	List  []syncItem
}

type syncItem struct{ Key, Val int64 }

// syncReply is what matters of an answer to webwxsync. Its lists stay raw, so that one bad entry spoils only itself.
type syncReply struct {
	BaseResponse   baseReply
	SyncKey        json.RawMessage
	AddMsgCount    number
	AddMsgList     []json.RawMessage
	ModContactList []json.RawMessage
	DelContactList []json.RawMessage
}

type baseReply struct{ Ret number }

// err is the code of an answer as an error, or nil.
func (b baseReply) err() error {
	if b.Ret == 0 {
		return nil
	}
	return openwechat.Ret(b.Ret)
}

// readSync reads an answer to webwxsync. The library checks neither the code nor whether there is a sync key, and crashes
// without one.
func readSync(body []byte) (reply syncReply, key syncKey, err error) {
	if err := json.Unmarshal(body, &reply); err != nil {
		return reply, key, fmt.Errorf("webwxsync answered nonsense: %w", err)
	}
	if err := reply.BaseResponse.err(); err != nil {
		return reply, key, fmt.Errorf("webwxsync refused: %w", err)
	}
	if n := len(reply.AddMsgList); int(reply.AddMsgCount) > n {
		// Taken as it is, the position would go past messages that nobody has seen.
		return reply, key, fmt.Errorf("webwxsync brought %d messages of %d", n, reply.AddMsgCount)
	}
	key, err = readKey(reply.SyncKey)
	return reply, key, err
}

// readKey reads a sync key and makes its count true: the library indexes by the count while it goes through the list.
func readKey(raw json.RawMessage) (syncKey, error) {
	var in struct {
		List []struct{ Key, Val number }
	}
	if len(raw) == 0 {
		return syncKey{}, errors.New("the answer has no sync key")
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return syncKey{}, fmt.Errorf("the sync key is nonsense: %w", err)
	}
	if len(in.List) == 0 || len(in.List) > maxKeys {
		return syncKey{}, fmt.Errorf("the sync key has %d entries", len(in.List))
	}
	key := syncKey{Count: len(in.List)}
	for _, item := range in.List {
		key.List = append(key.List, syncItem{int64(item.Key), int64(item.Val)})
	}
	return key, nil
}

// rawMessage is the part of a message that the channel uses, read leniently.
type rawMessage struct {
	MsgID                text   `json:"MsgId"`
	NewMsgID             number `json:"NewMsgId"`
	MsgType              number
	AppMsgType           number
	CreateTime           number
	StatusNotifyCode     number
	FromUserName         text
	ToUserName           text
	Content              text
	URL                  text `json:"Url"`
	FileName             text
	StatusNotifyUserName text
}

// cleanMessages returns the messages that the library can decode. One with a field of a wrong type would make the whole
// batch undecodable, and it would be fetched again for ever; such a message is reduced to its important fields, or
// dropped if those are unreadable. Dropped ones are reported.
func cleanMessages(list []json.RawMessage, report func(what string, raw json.RawMessage, err error)) []json.RawMessage {
	clean := make([]json.RawMessage, 0, len(list))
	for _, raw := range list {
		var probe *openwechat.Message
		err := json.Unmarshal(raw, &probe)
		if err == nil && probe != nil {
			clean = append(clean, raw)
			continue
		}
		fixed, fixErr := reduce(raw)
		if fixErr != nil {
			report("dropped an unreadable message", raw, fixErr)
			continue
		}
		report("repaired a message with a field of a wrong type", raw, err)
		clean = append(clean, fixed)
	}
	return clean
}

func reduce(raw json.RawMessage) (json.RawMessage, error) {
	var m *rawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, err
	}
	if m == nil || m.FromUserName == "" || m.MsgType == 0 {
		return nil, errors.New("sender or type is missing")
	}
	return json.Marshal(m)
}

// syncBody is the answer that the library gets instead of the server's.
func syncBody(key syncKey, messages []json.RawMessage) ([]byte, error) {
	return json.Marshal(struct {
		BaseResponse struct{ Ret int }
		AddMsgCount  int
		AddMsgList   []json.RawMessage
		SyncKey      syncKey
	}{AddMsgCount: len(messages), AddMsgList: messages, SyncKey: key})
}

// initReply is what matters of an answer to webwxinit.
type initReply struct {
	BaseResponse baseReply
	SyncKey      json.RawMessage
	SystemTime   number
	ContactList  []json.RawMessage
	User         struct {
		UserName text
		NickName text
		Uin      number
	}
}

// readInit reads an answer to webwxinit and returns what the library may see of it: no contacts, because an empty entry
// among them would crash it, and a sync key whose count is true.
func readInit(body []byte) (initReply, []byte, error) {
	var in initReply
	if err := json.Unmarshal(body, &in); err != nil {
		return in, nil, fmt.Errorf("webwxinit answered nonsense: %w", err)
	}
	if in.BaseResponse.Ret != 0 {
		return in, body, nil // the library reads the code
	}
	key, err := readKey(in.SyncKey)
	if err != nil {
		return in, nil, fmt.Errorf("webwxinit: %w", err)
	}
	if in.User.UserName == "" {
		return in, nil, errors.New("webwxinit names no account")
	}
	out, err := json.Marshal(map[string]any{
		"BaseResponse": map[string]int{"Ret": 0}, "SyncKey": key, "SystemTime": in.SystemTime,
		"User": map[string]any{"UserName": in.User.UserName, "NickName": in.User.NickName, "Uin": in.User.Uin},
	})
	return in, out, err
}
