package feishutest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

func reply(w http.ResponseWriter, v any) { replyWith(w, http.StatusOK, v) }

func replyWith(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the bot may hang up
}

func (s *Server) auth(w http.ResponseWriter, r *http.Request) {
	var b struct {
		ID     string `json:"app_id"`
		Secret string `json:"app_secret"`
	}
	if json.NewDecoder(r.Body).Decode(&b) != nil || b.ID != s.AppID || b.Secret != s.Secret {
		reply(w, map[string]any{"code": 10014, "msg": "app secret invalid"})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token++
	reply(w, map[string]any{"code": 0, "tenant_access_token": s.bearer(), "expire": 7200})
}

func (s *Server) right(r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.Header.Get("Authorization") == "Bearer "+s.bearer()
}

// expire makes all tokens that were given bad ones.
func (s *Server) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token++
}

func (s *Server) bearer() string { return fmt.Sprintf("t-%s-%d", s.http.URL, s.token) }

// api wraps a call of the open interface with its token and its faults.
func (s *Server) api(call string, serve func(http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		fault := Expired
		if s.right(r) {
			fault = s.fault(call)
		}
		switch {
		case fault == Cut:
			panic(http.ErrAbortHandler)
		case fault == Lost:
			serve(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case fault == Garbage:
			_, _ = io.WriteString(w, "<html>502 Bad Gateway")
			return
		case fault == Expired:
			s.expire()
			replyWith(w, http.StatusBadRequest, map[string]any{"code": 99991663, "msg": "Invalid access token"})
			return
		case fault == Silence:
			_, _ = io.Copy(io.Discard, r.Body) // only then does the server hear that the bot hangs up
			s.silent <- struct{}{}
			<-r.Context().Done()
			return
		case fault == Empty:
			reply(w, map[string]any{"code": 0, "msg": "ok"})
			return
		case fault != 0:
			refuse(w, fault)
			return
		}
		serve(w, r)
	}
}

// refuse answers with an error as the service does.
func refuse(w http.ResponseWriter, fault Fault) {
	codes := map[Fault][2]int{
		Broken: {500, 2200}, TooOften: {429, 99991400}, GroupTooOften: {400, 230020}, Refused: {400, 230002}, Barred: {400, 99991672}, Botless: {400, 11205},
	}
	answer := map[string]any{"code": codes[fault][1], "msg": "refused by the test"}
	switch fault {
	case GroupTooOften:
		w.Header().Set("x-ogw-ratelimit-reset", "3")
	case Barred:
		answer["msg"] = "Access denied. One of the following scopes is required: [im:message, im:resource]"
		answer["error"] = map[string]any{"permission_violations": []map[string]string{
			{"type": "action_scope_required", "subject": "im:message"}, {"type": "action_scope_required", "subject": "im:resource"},
		}}
	}
	replyWith(w, codes[fault][0], answer)
}

func (s *Server) info(w http.ResponseWriter, _ *http.Request) {
	reply(w, map[string]any{"code": 0, "msg": "ok", "bot": map[string]string{"open_id": Bot, "app_name": "督办"}})
}

func (s *Server) message(w http.ResponseWriter, r *http.Request) {
	var b struct {
		To      string `json:"receive_id"`
		Kind    string `json:"msg_type"`
		Content string `json:"content"`
		UUID    string `json:"uuid"`
	}
	var c struct {
		Text  string `json:"text"`
		Image string `json:"image_key"`
		File  string `json:"file_key"`
	}
	if json.NewDecoder(r.Body).Decode(&b) != nil || json.Unmarshal([]byte(b.Content), &c) != nil || b.To == "" || len(b.UUID) > 50 {
		replyWith(w, http.StatusBadRequest, map[string]any{"code": 230001, "msg": "invalid request"})
		return
	}
	shown := Message{Kind: b.Kind, Content: b.Content, App: s.AppID}
	var buttons []Button
	if b.Kind == "interactive" {
		var ok bool
		if c.Text, buttons, shown.Content, ok = card(b.Content); !ok {
			replyWith(w, http.StatusBadRequest, map[string]any{"code": 230099, "msg": "Failed to create card content"})
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id, known := s.uuids[b.UUID]
	if !known {
		s.n++
		id = fmt.Sprintf("om_%d", s.n)
		s.uuids[b.UUID] = id
		out := s.files[c.Image+c.File]
		out.ID, out.To, out.By, out.Kind, out.Text = id, b.To, r.URL.Query().Get("receive_id_type"), b.Kind, c.Text
		out.Content, out.Buttons = b.Content, buttons
		s.sent = append(s.sent, out)
		s.texts[id] = shown
		s.change.Broadcast()
	} else {
		s.doubles++
	}
	reply(w, map[string]any{"code": 0, "data": map[string]string{"message_id": id}})
}

// Remember makes a message known, so that it can be asked for when it is quoted.
func (s *Server) Remember(id string, m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts[id] = m
}

func (s *Server) get(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	m, ok := s.texts[r.PathValue("id")]
	s.mu.Unlock()
	if !ok {
		replyWith(w, http.StatusBadRequest, map[string]any{"code": 230110, "msg": "no such message"})
		return
	}
	sender := map[string]string{"id": "ou_other", "id_type": "open_id", "sender_type": "user"}
	if m.App != "" {
		sender = map[string]string{"id": m.App, "id_type": "app_id", "sender_type": "app"}
	}
	reply(w, map[string]any{"code": 0, "data": map[string]any{"items": []any{map[string]any{
		"msg_type": m.Kind, "sender": sender, "body": map[string]string{"content": m.Content},
	}}}})
}

func (s *Server) upload(w http.ResponseWriter, r *http.Request) {
	kind := "file"
	if strings.HasSuffix(r.URL.Path, "images") {
		kind = "image"
	}
	f, _, err := r.FormFile(kind)
	if err != nil {
		replyWith(w, http.StatusBadRequest, map[string]any{"code": 234001, "msg": "invalid request"})
		return
	}
	data, err := io.ReadAll(f)
	if err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	key := fmt.Sprintf("%s_%d", kind, s.n)
	s.files[key] = Sent{Name: r.FormValue("file_name"), Data: data}
	reply(w, map[string]any{"code": 0, "data": map[string]string{kind + "_key": key}})
}

// Offer offers a picture or a file for download by its key.
func (s *Server) Offer(key string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[key] = Sent{Data: data}
}

func (s *Server) resource(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f, ok := s.files[r.PathValue("key")]
	s.mu.Unlock()
	if !ok {
		replyWith(w, http.StatusBadRequest, map[string]any{"code": 234003, "msg": "file not in message"})
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(f.Data) // the bot may hang up
}
