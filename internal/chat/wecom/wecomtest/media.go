package wecomtest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
)

type upload struct {
	kind, name, md5 string
	chunks          int
	data            [][]byte
}

func (s *Server) upload(f, answer frame, refuse func(int, string) frame) frame {
	var b struct {
		Type     string `json:"type"`
		Filename string `json:"filename"`
		Total    int    `json:"total_chunks"`
		MD5      string `json:"md5"`
		Upload   string `json:"upload_id"`
		Index    int    `json:"chunk_index"`
		Data     string `json:"base64_data"`
	}
	if json.Unmarshal(f.Body, &b) != nil {
		return refuse(40058, "invalid parameter")
	}
	body := map[string]string{}
	switch u := s.uploads[b.Upload]; f.Cmd {
	case "aibot_upload_media_init":
		s.n++
		body["upload_id"] = fmt.Sprintf("u%d", s.n)
		s.uploads[body["upload_id"]] = &upload{kind: b.Type, name: b.Filename, md5: b.MD5, chunks: b.Total}
	case "aibot_upload_media_chunk":
		data, err := base64.StdEncoding.DecodeString(b.Data)
		if u == nil || err != nil || b.Index != len(u.data) || len(data) > 512<<10 || b.Total > 100 {
			return refuse(40058, "invalid chunk")
		}
		u.data = append(u.data, data)
	case "aibot_upload_media_finish":
		if u == nil || len(u.data) != u.chunks {
			return refuse(40058, "chunks are missing")
		}
		if sum := md5.Sum(bytes.Join(u.data, nil)); hex.EncodeToString(sum[:]) != u.md5 {
			return refuse(40058, "md5")
		}
		body["media_id"] = "m-" + b.Upload
		s.media[body["media_id"]] = *u
	default:
		return refuse(40058, "no such command")
	}
	answer.Body, _ = json.Marshal(body)
	return answer
}

// Picture offers a picture for download, encrypted, and gives what a message says of it.
func (s *Server) Picture(name string, data []byte) map[string]string {
	key := bytes.Repeat([]byte{0x5a, 0x17}, 16)
	pad := 32 - len(data)%32
	plain := append(append([]byte(nil), data...), bytes.Repeat([]byte{byte(pad)}, pad)...)
	block, err := aes.NewCipher(key)
	if err != nil {
		s.t.Fatal(err)
	}
	cipher.NewCBCEncrypter(block, key[:aes.BlockSize]).CryptBlocks(plain, plain)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[name] = plain
	return map[string]string{"url": s.http.URL + "/media/" + name, "aeskey": base64.StdEncoding.EncodeToString(key)}
}

// File offers a file for download, encrypted, and gives what a message says of it: not its name, which comes with the bytes.
func (s *Server) File(name string, data []byte) map[string]string {
	said := s.Picture("file", data)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	id := fmt.Sprintf("f%d", s.n)
	s.files[id], s.names[id] = s.files["file"], name
	said["url"] = s.http.URL + "/media/" + id
	return said
}

// Expire takes a picture away, as the network does after five minutes.
func (s *Server) Expire(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, name)
}

func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	if !s.healthy(Media, w, r) {
		return
	}
	s.mu.Lock()
	data, ok := s.files[r.PathValue("name")]
	name := s.names[r.PathValue("name")]
	s.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	if name != "" {
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	}
	_, _ = w.Write(data) // the bot may hang up
}
