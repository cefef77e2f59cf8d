package dingtalktest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// stale is the answer to a token that is not known any more; the lock is held, as in all of this file.
func (s *Server) stale(r *http.Request) (problem, bool) {
	if s.tokens[r.Header.Get("X-Acs-Dingtalk-Access-Token")] {
		return problem{}, false
	}
	return refuse(http.StatusUnauthorized, "InvalidAuthentication", "不合法的access_token"), true
}

// push is what both ways of pushing have in common.
type push struct {
	Robot   string   `json:"robotCode"`
	Group   string   `json:"openConversationId"`
	People  []string `json:"userIds"`
	Key     string   `json:"msgKey"`
	Param   string   `json:"msgParam"`
	content struct{ Content, PhotoURL, MediaID, FileName, FileType string }
}

// takePush reads a push and says what is wrong with it.
func (s *Server) takePush(r *http.Request) (p push, no any) {
	if no, stale := s.stale(r); stale {
		return p, no
	}
	if json.NewDecoder(r.Body).Decode(&p) != nil || json.Unmarshal([]byte(p.Param), &p.content) != nil || len(p.Param) > 15000 {
		return p, refuse(http.StatusBadRequest, "invalidParameter.msgParam", "msgParam")
	}
	if p.Robot != ClientID {
		return p, refuse(http.StatusBadRequest, "invalidParameter.robotCode.auth", "robot 不存在")
	}
	return p, nil
}

// show makes a push visible.
func (s *Server) show(p push, way, to string) any {
	out := Sent{Way: way, To: to, Kind: "text", Text: p.content.Content}
	switch p.Key {
	case "sampleText":
		if out.Text == "" {
			return refuse(http.StatusBadRequest, "invalidParameter.msgParam", "content")
		}
	case "sampleImageMsg", "sampleFile":
		m, ok := s.media[p.content.PhotoURL+p.content.MediaID]
		if want := map[string]string{"sampleImageMsg": "image", "sampleFile": "file"}[p.Key]; !ok || m.Kind != want {
			return refuse(http.StatusBadRequest, "invalidParameter.mediaId", "media")
		}
		out.Kind, out.Data = m.Kind, m.Data
		if m.Kind == "file" {
			if !strings.HasSuffix(p.content.FileName, "."+p.content.FileType) {
				return refuse(http.StatusBadRequest, "invalidParameter.fileType", "fileType")
			}
			out.Name = p.content.FileName
		}
	default:
		return refuse(http.StatusBadRequest, "invalidParameter.msgKey", "msgKey")
	}
	s.sent = append(s.sent, out)
	return map[string]any{"processQueryKey": fmt.Sprintf("q%d", len(s.sent))}
}

func (s *Server) pushGroup(r *http.Request) any {
	p, no := s.takePush(r)
	if no != nil {
		return no
	}
	if !strings.HasPrefix(p.Group, "cid") {
		return refuse(http.StatusBadRequest, "invalidParameter.openConversationId", "openConversationId")
	}
	return s.show(p, Group, p.Group)
}

// Nobody and Slow are staff ids of whom the network says that they do not exist, and that they were written to too often.
const (
	Nobody = "nobody"
	Slow   = "slow"
)

func (s *Server) pushPerson(r *http.Request) any {
	p, no := s.takePush(r)
	switch {
	case no != nil:
		return no
	case len(p.People) != 1:
		return refuse(http.StatusBadRequest, "invalidParameter.userIds", "userIds")
	case p.People[0] == Nobody:
		return map[string]any{"invalidStaffIdList": p.People}
	case p.People[0] == Slow:
		return map[string]any{"flowControlledStaffIdList": p.People}
	}
	return s.show(p, Person, p.People[0])
}

// reply takes an answer by the address of a message: an unknown one is a session that is over.
func (s *Server) reply(r *http.Request) any {
	var b struct {
		Type string `json:"msgtype"`
		Text struct{ Content string }
		At   struct {
			IDs []string `json:"atUserIds"`
			All bool     `json:"isAtAll"`
		}
	}
	if json.NewDecoder(r.Body).Decode(&b) != nil || b.Type != "text" || b.Text.Content == "" || b.At.All {
		return older(400105, "unsupported msgtype")
	}
	to, ok := s.hooks[r.PathValue("n")]
	if !ok || r.URL.Query().Get("session") != "secret" {
		return older(300001, "session 不存在")
	}
	s.sent = append(s.sent, Sent{Way: Reply, To: to, Kind: "text", Text: b.Text.Content, Rings: b.At.IDs})
	return map[string]any{"errcode": 0, "errmsg": "ok"}
}

func (s *Server) upload(r *http.Request) any {
	if !s.tokens[r.URL.Query().Get("access_token")] {
		return older(40014, "不合法的access_token")
	}
	kind := r.URL.Query().Get("type")
	f, head, err := r.FormFile("media")
	if err != nil || !slices.Contains([]string{"image", "file"}, kind) {
		return older(40004, "无效的媒体文件类型")
	}
	data, err := io.ReadAll(f)
	if err != nil || len(data) == 0 {
		return older(40006, "不合法的文件大小")
	}
	s.n++
	id := fmt.Sprintf("@media%d", s.n)
	s.media[id] = Sent{Kind: kind, Name: head.Filename, Data: data}
	return map[string]any{"errcode": 0, "errmsg": "ok", "type": kind, "media_id": id}
}

func (s *Server) exchange(r *http.Request) any {
	if no, stale := s.stale(r); stale {
		return no
	}
	var b struct{ DownloadCode, RobotCode string }
	if json.NewDecoder(r.Body).Decode(&b) != nil || b.RobotCode != ClientID {
		return refuse(http.StatusBadRequest, "invalidParameter.robotCode", "robotCode")
	}
	if _, ok := s.files[b.DownloadCode]; !ok {
		return refuse(http.StatusBadRequest, "unknownError", "downloadCode")
	}
	return map[string]any{"downloadUrl": s.http.URL + "/files/" + b.DownloadCode}
}

func (s *Server) download(r *http.Request) any {
	data, ok := s.files[r.PathValue("code")]
	if !ok {
		return refuse(http.StatusNotFound, "NoSuchKey", "gone")
	}
	return data
}
