// Package content reads what messages of 飞书 hold. It is apart from the kit, which takes a minute to build for every kind of test.
package content

import (
	"encoding/json"
	"strings"

	"duban/internal/chat"
)

// Ref is what a picture or a file is had by: its message and its key. It is good for as long as the network keeps the message.
type Ref struct {
	Message string `json:"m"`
	Key     string `json:"k"`
}

// Handle is the reference as chat.Picture and chat.File carry it.
func (r Ref) Handle() string {
	data, _ := json.Marshal(r) // two texts always marshal
	return string(data)
}

// ParseRef reads a handle; false if it is none of this channel.
func ParseRef(handle string) (r Ref, ok bool) {
	err := json.Unmarshal([]byte(handle), &r)
	return r, err == nil && r.Message != "" && r.Key != ""
}

// Body is what a message holds.
type Body struct {
	Text     string
	Pictures []chat.Picture
	Files    []chat.File
}

// span is a piece of a rich text or of a card.
type span struct {
	Tag   string `json:"tag"` // text, a, at, img, button and others
	Text  string `json:"text"`
	User  string `json:"user_id"` // of at: @_user_1
	Image string `json:"image_key"`
}

// Read reads the content of a message of a kind: text, image, file, post or interactive. What cannot be read has nothing in it.
func Read(message, kind, content string) (b Body) {
	var c struct {
		Text     string   `json:"text"`
		Image    string   `json:"image_key"`
		File     string   `json:"file_key"`
		FileName string   `json:"file_name"`
		Title    string   `json:"title"`
		Content  [][]span `json:"content"`  // of a rich text
		Elements [][]span `json:"elements"` // of a card, as it is given to who asks for it
	}
	if json.Unmarshal([]byte(content), &c) != nil {
		return b
	}
	switch {
	case kind == "text":
		b.Text = c.Text
	case kind == "image" && c.Image != "":
		b.Pictures = []chat.Picture{{Ref: Ref{message, c.Image}.Handle()}}
	case kind == "file" && c.File != "":
		b.Files = []chat.File{{Ref: Ref{message, c.File}.Handle(), Name: c.FileName}}
	case kind == "post" || kind == "interactive":
		lines := []string{c.Title}
		for _, row := range append(c.Content, c.Elements...) {
			var line strings.Builder
			for _, s := range row {
				switch {
				case s.Tag == "img" && s.Image != "":
					b.Pictures = append(b.Pictures, chat.Picture{Ref: Ref{message, s.Image}.Handle()})
				case s.Tag == "at":
					line.WriteString(s.User)
				case s.Tag != "button":
					line.WriteString(s.Text)
				}
			}
			lines = append(lines, line.String())
		}
		b.Text = strings.TrimSpace(strings.Join(lines, "\n"))
	}
	return b
}
