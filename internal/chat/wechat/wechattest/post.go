package wechattest

import (
	"html"
	"maps"
	"strings"
	"time"
)

// event is one entry of the account's log: a message, a changed contact, or a deleted one.
type event struct {
	seq     int64
	id      string // of the message
	message func(gen int) object
	changed Conversation
	deleted Conversation
}

// addEvent appends to the log and wakes the long poll. The caller holds s.mu.
func (s *Server) addEvent(e *event) {
	e.seq = int64(len(s.log)) + 1
	s.log = append(s.log, e)
	s.wake()
}

// Escape turns what a person typed into what the protocol carries: escaped once, with <br/> for a line break.
func Escape(text string) string {
	return strings.ReplaceAll(html.EscapeString(text), "\n", "<br/>")
}

// post adds a message and returns its id. Content is as the protocol carries it, without the sender prefix; extra
// fields replace the usual ones.
func (s *Server) post(where Conversation, from *Person, kind int, content string, extra object) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(where, from, kind, content, extra)
}

// add is post for a caller who holds s.mu.
func (s *Server) add(where Conversation, from *Person, kind int, content string, extra object) string {
	n := s.newID()
	at := time.Now().Unix()
	s.addEvent(&event{id: itoa(n), message: func(gen int) object {
		m := object{
			"MsgId": itoa(n), "NewMsgId": n, "MsgType": kind, "CreateTime": at, "Status": 3, "Url": "", "FileName": "",
			"FileSize": "", "AppMsgType": 0, "StatusNotifyCode": 0, "Ticket": "", "VoiceLength": 0, "MediaId": "", "EncryFileName": "",
			"AppInfo": object{"Type": 0, "AppID": ""}, "RecommendInfo": object{"UserName": "", "QQNum": 0},
		}
		s.address(m, gen, where, from, content)
		maps.Copy(m, extra)
		return m
	}})
	return itoa(n)
}

// Again delivers a message a second time, under the same id, as happens after a new login.
func (s *Server) Again(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.log {
		if e.id == id {
			s.addEvent(&event{id: id, message: e.message})
			return
		}
	}
}

// address fills in who sends to whom and the content with its prefix, as the three cases of the protocol do it.
func (s *Server) address(m object, gen int, where Conversation, from *Person, content string) {
	_, inGroup := where.(*Group)
	m["Content"] = content
	switch {
	case from == s.bot:
		m["FromUserName"], m["ToUserName"] = s.bot.key(gen), where.key(gen)
	case inGroup && from != nil:
		m["Content"] = from.key(gen) + ":<br/>" + content
		fallthrough
	default:
		m["FromUserName"], m["ToUserName"] = where.key(gen), s.bot.key(gen)
	}
}

// PostText posts what a person typed and returns the message's id. From may be the bot: then its own phone wrote it.
// A *Person as the place means a private chat with that person.
func (s *Server) PostText(where Conversation, from *Person, text string) string {
	return s.post(where, from, 1, Escape(text), nil)
}

// PostContent posts a text message whose content is given as the protocol carries it.
func (s *Server) PostContent(where Conversation, from *Person, content string) string {
	return s.post(where, from, 1, content, nil)
}

// PostAged posts a text that was written earlier by the given time.
func (s *Server) PostAged(where Conversation, from *Person, text string, age time.Duration) string {
	return s.post(where, from, 1, Escape(text), object{"CreateTime": time.Now().Add(-age).Unix()})
}

// PostPicture posts a picture that can be fetched under the returned id.
func (s *Server) PostPicture(where Conversation, from *Person, data []byte) string {
	return s.PostSpoilt(where, from, data)
}

// PostSpoilt posts a picture whose first fetches bring something else, one after the other.
func (s *Server) PostSpoilt(where Conversation, from *Person, data []byte, first ...[]byte) string {
	content := Escape(`<?xml version="1.0"?><msg><img length="1"/></msg>`)
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.add(where, from, 3, content, object{"ImgWidth": 120, "ImgHeight": 90})
	s.pictures[id], s.spoilt[id] = data, first
	return id
}

// PostFile posts a file that can be fetched from the file host.
func (s *Server) PostFile(where Conversation, from *Person, name string, data []byte) string {
	media := "@crypt_" + token("media", name)[:24]
	s.mu.Lock()
	s.files[media] = data
	s.mu.Unlock()
	content := Escape("<msg><appmsg><title>" + html.EscapeString(name) + "</title><type>6</type></appmsg></msg>")
	return s.post(where, from, 49, content, object{"AppMsgType": 6, "FileName": name, "FileSize": itoa(int64(len(data))), "MediaId": media})
}

// PostQuote posts a reply to a quoted text the way the web protocol carries it: as text with a ruled line.
func (s *Server) PostQuote(where Conversation, from *Person, author, original, reply string) string {
	return s.PostText(where, from, "「"+author+"："+original+"」\n- - - - - - - - - - - - - - -\n"+reply)
}

// PostQuoteXML posts a reply to a quoted text the way PC clients carry it: an app message of type 57.
func (s *Server) PostQuoteXML(where Conversation, from *Person, id, author, original, reply string) string {
	esc := html.EscapeString
	content := Escape(`<?xml version="1.0"?>` + "\n<msg><appmsg appid=\"\" sdkver=\"0\"><title>" + esc(reply) +
		"</title><type>57</type><refermsg><type>1</type><svrid>" + id + "</svrid><displayname>" + esc(author) +
		"</displayname><content>" + esc(original) + "</content></refermsg></appmsg></msg>")
	return s.post(where, from, 49, content, object{"AppMsgType": 57})
}

// PostLocation posts a shared location as the web protocol carries it: a text message with a map address.
func (s *Server) PostLocation(where Conversation, from *Person, place string) string {
	content := Escape(place+":") + "<br/>/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url=xxx&amp;msgid=1&amp;pictype=location"
	return s.post(where, from, 1, content, object{"Url": "http://apis.map.qq.com/uri/v1/geocoder?coord=30.1,104.1"})
}

// PostSystem posts a notice of the system, which has no sender.
func (s *Server) PostSystem(where Conversation, text string) string {
	return s.post(where, nil, 10000, text, nil)
}

// PostKind posts a message of any type with any further fields, also of wrong JSON types.
func (s *Server) PostKind(where Conversation, from *Person, kind int, content string, fields map[string]any) string {
	return s.post(where, from, kind, content, fields)
}

// PostStatusNotify posts the message of type 51 that clients get when the phone opens a chat.
func (s *Server) PostStatusNotify(where Conversation) string {
	return s.post(where, s.bot, 51, Escape("<msg><op id='2'></op></msg>"), object{"StatusNotifyCode": 2})
}
