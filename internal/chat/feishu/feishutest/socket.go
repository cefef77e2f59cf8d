package feishutest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/larksuite/oapi-sdk-go/v3/ws"
)

func (s *Server) endpoint(w http.ResponseWriter, r *http.Request) {
	switch s.fault("bootstrap") {
	case Broken:
		w.WriteHeader(http.StatusInternalServerError)
		return
	case Garbage:
		_, _ = io.WriteString(w, "<html>")
		return
	}
	s.mu.Lock()
	tries := s.tries
	s.mu.Unlock()
	var b ws.BootstrapRequest
	if json.NewDecoder(r.Body).Decode(&b) != nil || b.AppID != s.AppID || b.AppSecret != s.Secret {
		reply(w, map[string]any{"code": 1000040345, "msg": "invalid app"})
		return
	}
	reply(w, map[string]any{"code": 0, "data": map[string]any{
		"URL":          "ws" + strings.TrimPrefix(s.http.URL, "http") + "/ws?device_id=d&service_id=1",
		"ClientConfig": map[string]int{"ReconnectCount": tries, "ReconnectInterval": 0, "ReconnectNonce": 0, "PingInterval": 120},
	}})
}

func (s *Server) connect(w http.ResponseWriter, r *http.Request) {
	switch s.fault("handshake") {
	case Crowded:
		w.Header().Set(ws.HeaderHandshakeStatus, strconv.Itoa(ws.AuthFailed))
		w.Header().Set(ws.HeaderHandshakeAuthErrCode, strconv.Itoa(ws.ExceedConnLimit))
		w.WriteHeader(http.StatusBadRequest)
		return
	case Forbidden:
		w.Header().Set(ws.HeaderHandshakeStatus, strconv.Itoa(ws.Forbidden))
		w.WriteHeader(http.StatusForbidden)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }()
	s.mu.Lock()
	s.conn = conn
	s.change.Broadcast()
	s.mu.Unlock()
	for {
		_, data, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		var f ws.Frame
		if f.Unmarshal(data) != nil || ws.FrameType(f.Method) != ws.FrameTypeData {
			continue
		}
		var answer ws.Response
		_ = json.Unmarshal(f.Payload, &answer)
		s.mu.Lock()
		s.acks[ws.Headers(f.Headers).GetString(ws.HeaderMessageID)] = answer
		s.change.Broadcast()
		s.mu.Unlock()
	}
}

// Break cuts the long connection, as soon as there is one.
func (s *Server) Break() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.conn == nil {
		s.change.Wait()
	}
	s.cut()
}

func (s *Server) cut() {
	if s.conn != nil {
		_ = s.conn.CloseNow()
		s.conn = nil
	}
}

func (s *Server) close() {
	s.mu.Lock()
	s.cut()
	s.mu.Unlock()
	s.http.Close()
}

// Say delivers a message as an event, and again until it is acknowledged, as the network does.
func (s *Server) Say(message map[string]any, sender string) {
	s.t.Helper()
	event := s.Event(message, sender)
	for s.Push(event).StatusCode != http.StatusOK {
		continue
	}
}

// Event is the event of a message; message_id is filled in unless it is there.
func (s *Server) Event(message map[string]any, sender string) []byte {
	s.t.Helper()
	if _, ok := message["message_id"]; !ok {
		message["message_id"] = s.next("om")
	}
	return s.encode(map[string]any{
		"schema": "2.0", "header": map[string]string{"event_id": s.next("ev"), "event_type": "im.message.receive_v1"},
		"event": map[string]any{"sender": map[string]any{"sender_id": map[string]string{"open_id": sender}, "sender_type": "user"}, "message": message},
	})
}

func (s *Server) encode(v any) []byte {
	s.t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		s.t.Fatal(err)
	}
	return data
}

func (s *Server) next(kind string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	return fmt.Sprintf("%s_%d", kind, s.n)
}

// Push delivers an event once and gives the answer.
func (s *Server) Push(payload []byte) ws.Response {
	s.t.Helper()
	id := s.next("frame")
	headers := ws.Headers{}
	for k, v := range map[string]string{ws.HeaderType: string(ws.MessageTypeEvent), ws.HeaderMessageID: id, ws.HeaderSum: "1", ws.HeaderSeq: "0"} {
		headers.Add(k, v)
	}
	f := ws.Frame{Method: int32(ws.FrameTypeData), Service: 1, Headers: headers, Payload: payload}
	data, err := f.Marshal()
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	const never = -1
	late := time.AfterFunc(patience, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.acks[id] = ws.Response{StatusCode: never}
		s.change.Broadcast()
	})
	defer late.Stop()
	s.write(data, func() bool { return s.acks[id].StatusCode == 0 })
	for s.acks[id].StatusCode == 0 {
		s.change.Wait()
	}
	if s.acks[id].StatusCode == never {
		s.t.Fatal("the event was never acknowledged")
	}
	return s.acks[id]
}

// write waits for a connection and writes a frame to it; the lock is held.
func (s *Server) write(data []byte, more func() bool) {
	for s.conn == nil && more() {
		s.change.Wait()
	}
	if s.conn == nil {
		s.t.Fatal("nobody is connected")
	}
	if err := s.conn.Write(s.t.Context(), websocket.MessageBinary, data); err != nil {
		s.t.Fatal(err)
	}
}

// Noise sends what is no frame.
func (s *Server) Noise(data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(data, func() bool { return true })
}
