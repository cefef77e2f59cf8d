package wechattest

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
)

// Sent is one message that a client sent.
type Sent struct {
	To          Conversation // a *Group or a *Person
	Kind        int          // 1 text, 3 picture, 6 file
	Text        string       // of a text
	Title       string       // of a file, as people see it
	FormName    string       // of an upload: what the client told as the file's name
	Data        []byte       // of a picture or file
	ClientMsgID string
	MsgID       string
	Unheard     bool // a fault dropped the answer (Fault.After)
}

type upload struct {
	parts map[int][]byte
	name  string
}

// Sent is a copy of everything that was sent so far, oldest first. Doubles are in it as often as they were posted.
func (s *Server) Sent() []Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Sent(nil), s.sent...)
}

// WaitSent blocks until n messages were sent.
func (s *Server) WaitSent(ctx context.Context, n int) error {
	return s.wait(ctx, func() bool { return len(s.sent) >= n })
}

// Revoked are the ids of the messages that the client took back.
func (s *Server) Revoked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.revoked...)
}

type sendRequest struct {
	BaseRequest baseRequest
	Msg         struct {
		Type                                                             int
		Content, FromUserName, ToUserName, LocalID, ClientMsgId, MediaId string
	}
}

func (s *Server) serveSend(w http.ResponseWriter, r *http.Request) {
	var in sendRequest
	if !s.open(w, r, &in) {
		return
	}
	defer s.mu.Unlock()
	to := s.find(in.Msg.ToUserName)
	if to == nil || to == Conversation(s.bot) {
		reply(w, object{"BaseResponse": base(1204)})
		return
	}
	out := Sent{To: to, Kind: in.Msg.Type, Text: in.Msg.Content, ClientMsgID: in.Msg.ClientMsgId, MsgID: itoa(s.newID())}
	if ok := s.attach(&out, in); !ok {
		reply(w, object{"BaseResponse": base(1)})
		return
	}
	s.sent = append(s.sent, out)
	s.wake()
	reply(w, object{"BaseResponse": base(0), "MsgID": out.MsgID, "LocalID": in.Msg.LocalID})
}

// attach adds the uploaded bytes of a picture or file; it says whether there are any.
func (s *Server) attach(out *Sent, in sendRequest) bool {
	media := in.Msg.MediaId
	switch in.Msg.Type {
	case 1:
		return true
	case 6:
		var app struct {
			Title     string `xml:"title"`
			AppAttach struct {
				AttachID string `xml:"attachid"`
			} `xml:"appattach"`
		}
		if err := xml.Unmarshal([]byte(in.Msg.Content), &app); err != nil {
			return false
		}
		out.Text, out.Title, media = "", app.Title, app.AppAttach.AttachID
	}
	data, ok := s.files[media]
	out.Data = data
	if up := s.uploads[media]; up != nil {
		out.FormName = up.name
	}
	return ok
}

func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseMultipartForm(8 << 20); err != nil {
		reply(w, object{"BaseResponse": base(1)})
		return
	}
	if !s.open(w, r, nil) {
		return
	}
	defer s.mu.Unlock()
	var meta struct {
		TotalLen int64
		FileMd5  string
	}
	file, header, err := r.FormFile("filename")
	if err != nil || json.Unmarshal([]byte(r.FormValue("uploadmediarequest")), &meta) != nil {
		reply(w, object{"BaseResponse": base(1)})
		return
	}
	if r.FormValue("webwx_data_ticket") != s.session.dataTicket {
		reply(w, object{"BaseResponse": base(1102)})
		return
	}
	s.storeChunk(w, r, meta.FileMd5, meta.TotalLen, file, header.Filename)
}

// storeChunk keeps one part of an upload; the last part completes it.
func (s *Server) storeChunk(w http.ResponseWriter, r *http.Request, sum string, total int64, file multipart.File, title string) {
	key := "upload-" + sum
	up := s.uploads[key]
	if up == nil {
		up = &upload{parts: map[int][]byte{}, name: r.FormValue("name")}
		s.uploads[key] = up
	}
	data, _ := io.ReadAll(file)
	chunk, _ := strconv.Atoi(r.FormValue("chunk"))
	chunks, _ := strconv.Atoi(r.FormValue("chunks"))
	up.parts[chunk] = data
	if chunk+1 < chunks {
		reply(w, object{"BaseResponse": base(0), "MediaId": ""})
		return
	}
	var whole []byte
	for i := range max(chunks, 1) {
		whole = append(whole, up.parts[i]...)
	}
	got := md5.Sum(whole)
	if int64(len(whole)) != total || hex.EncodeToString(got[:]) != sum {
		reply(w, object{"BaseResponse": base(-1)})
		return
	}
	delete(s.uploads, key)
	id := "@crypt_" + token("file", s.newID())[:40]
	s.files[id], s.uploads[id] = whole, &upload{name: up.name + "|" + title}
	reply(w, object{"BaseResponse": base(0), "MediaId": id})
}

func (s *Server) serveCheckUpload(w http.ResponseWriter, r *http.Request) {
	if s.open(w, r, nil) {
		s.mu.Unlock()
		reply(w, object{"BaseResponse": base(0), "MediaId": "", "AESKey": "k", "Signature": "s"})
	}
}

func (s *Server) servePicture(w http.ResponseWriter, r *http.Request) {
	if !s.open(w, r, nil) {
		return
	}
	defer s.mu.Unlock()
	id := r.URL.Query().Get("MsgID")
	if first := s.spoilt[id]; len(first) > 0 {
		s.spoilt[id] = first[1:]
		_, _ = w.Write(first[0])
		return
	}
	s.serveBytes(w, s.pictures[id])
}

func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	if !s.open(w, r, nil) {
		return
	}
	defer s.mu.Unlock()
	s.serveBytes(w, s.files[r.URL.Query().Get("mediaid")])
}

func (s *Server) serveBytes(w http.ResponseWriter, data []byte) {
	if data == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", http.DetectContentType(data))
	_, _ = w.Write(data)
}

func (s *Server) serveRevoke(w http.ResponseWriter, r *http.Request) {
	var in struct{ SvrMsgId string }
	if !s.open(w, r, &in) {
		return
	}
	defer s.mu.Unlock()
	s.revoked = append(s.revoked, in.SvrMsgId)
	reply(w, object{"BaseResponse": base(0)})
}
