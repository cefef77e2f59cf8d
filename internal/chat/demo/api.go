package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"duban/internal/chat"
)

// strangerKey is the key of the one person whom nobody has bound.
const strangerKey = "?陌生人"

const (
	maxText     = 20000 // characters of one message; networks allow far less
	maxRequest  = 256 << 10
	maxPictures = 9 // of one message, as on the phone
	maxName     = 120
)

func (c *Channel) getSetup(w http.ResponseWriter, _ *http.Request) {
	people := make([]Person, 0, len(c.cfg.People)+1)
	for _, p := range c.cfg.People {
		if p.Phrases == nil {
			p.Phrases = DefaultPhrases(p.Role)
		}
		people = append(people, p)
	}
	stranger := Person{ID: strangerKey, Name: "陌生人", Unit: "未绑定", Role: "陌生人", Phrases: DefaultPhrases("陌生人")}
	answer(w, map[string]any{
		"run": c.room.run, "title": c.cfg.Title, "bot": chat.BotName, "people": append(people, stranger), "chats": c.cfg.Chats,
		"day": len(c.cfg.Day) > 0, "sample": c.cfg.Sample != nil,
	})
}

// posted is what the page sends when somebody writes.
type posted struct {
	Person   string   `json:"person"`
	Chat     string   `json:"chat"`
	Text     string   `json:"text"`
	Quote    int64    `json:"quote"` // number of the quoted message, 0 for none
	Pictures []string `json:"pictures"`
	File     *file    `json:"file"` // as POST /api/files answered; like on the phone a message of its own
}

func (c *Channel) postMessage(w http.ResponseWriter, r *http.Request) {
	var p posted
	if !decode(w, r, maxRequest, &p) {
		return
	}
	if c.room.isQuiet() { // the history counts on its own numbers
		refuse(w, http.StatusConflict, "演示数据还在准备，请过几秒再发")
		return
	}
	m, e, err := c.message(p)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	if err := c.say(r.Context(), m, e); err != nil {
		refuse(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	answer(w, struct{}{})
}

// message makes the message that a visitor wrote, and how the page shows it. Errors are Chinese sentences.
func (c *Channel) message(p posted) (chat.Message, entry, error) {
	p.Text = strings.TrimSpace(strings.ReplaceAll(p.Text, "\r\n", "\n"))
	switch {
	case p.Text == "" && len(p.Pictures) == 0 && p.File == nil:
		return chat.Message{}, entry{}, errors.New("请先写点什么")
	case utf8.RuneCountInString(p.Text) > maxText:
		return chat.Message{}, entry{}, fmt.Errorf("一条消息最多 %d 字", maxText)
	case len(p.Pictures) > maxPictures:
		return chat.Message{}, entry{}, fmt.Errorf("一次最多发 %d 张图片", maxPictures)
	case p.File != nil && (p.Text != "" || len(p.Pictures) > 0):
		return chat.Message{}, entry{}, errors.New("文件要单独发")
	}
	m, err := c.address(p.Person, p.Chat)
	if err != nil {
		return chat.Message{}, entry{}, err
	}
	e := entry{Text: p.Text, Pictures: p.Pictures}
	for _, ref := range p.Pictures {
		if _, err := c.files.read(ref); err != nil {
			return chat.Message{}, entry{}, err
		}
		m.Pictures = append(m.Pictures, chat.Picture{Ref: ref})
	}
	if p.File != nil {
		data, err := c.files.read(p.File.Ref)
		if err != nil {
			return chat.Message{}, entry{}, err
		}
		e.File = &file{Name: fileName(p.File.Name), Ref: p.File.Ref, Size: int64(len(data))}
		m.Files = []chat.File{{Ref: e.File.Ref, Name: e.File.Name, Size: e.File.Size}}
	}
	if old, ok := c.room.find(p.Quote); ok && old.Chat == p.Chat {
		m.Quote = &chat.Quote{ID: old.id, Author: old.Name, Text: old.Text, FromBot: old.Bot}
		e.Quote = &quote{Name: old.Name, Text: preview(old)}
	}
	mention := "@" + chat.BotName
	m.Mentioned = strings.Contains(p.Text, mention)
	m.Text = strings.TrimSpace(strings.ReplaceAll(p.Text, mention, ""))
	return m, e, nil
}

// address fills in who speaks where.
func (c *Channel) address(person, conversation string) (chat.Message, error) {
	st := chat.Step{Person: person, Chat: conversation}
	if person == strangerKey {
		st.Person, st.Stranger = strings.TrimPrefix(person, "?"), true
	} else if !c.person(person) {
		return chat.Message{}, errors.New("请先选择您是谁")
	}
	if who, ok := chat.PrivatePerson(conversation); ok {
		if who != person {
			return chat.Message{}, errors.New("这是别人和督办的私聊")
		}
		st.Private = true
	} else if !c.knows(conversation) || !c.member(person, conversation) {
		return chat.Message{}, errors.New("您不在这个群里")
	}
	m, err := c.cast.Message(st)
	if fault, ok := errors.AsType[*chat.ScriptError](err); ok {
		return chat.Message{}, errors.New(fault.Text)
	}
	return m, err
}

func (c *Channel) member(person, group string) bool {
	for _, g := range c.cfg.Chats {
		if g.ID != group {
			continue
		}
		if slices.Contains(g.Members, person) {
			return true
		}
		return g.Members == nil || person == strangerKey
	}
	return false
}

// preview is what stands in a quote.
func preview(e entry) string {
	switch {
	case e.Text != "":
		return e.Text
	case e.File != nil:
		return "[文件] " + e.File.Name
	}
	return "[图片]"
}

// say shows a person's message and hands it to the bot, as one step: the bot's answer comes after it.
func (c *Channel) say(ctx context.Context, m chat.Message, e entry) error {
	sink, err := c.currentSink()
	if err != nil {
		return err
	}
	m.Channel, m.ID, m.SentAt = Name, newID(), c.cfg.Clock.Now()
	e.id, e.Chat, e.From, e.Name, e.At = m.ID, m.Conversation.Key, m.From.Key, m.From.Name, m.SentAt
	seq := c.room.add(e)
	if err := receive(ctx, sink, m); err != nil {
		c.log.Error("a message was not kept", "error", err)
		c.room.fail(seq)
		return errors.New("消息没有收下，请再发一次")
	}
	return nil
}

// receive offers a message a few times, as chat.Sink asks for.
func receive(ctx context.Context, sink chat.Sink, m chat.Message) (err error) {
	for pause := 50 * time.Millisecond; pause < 2*time.Second; pause *= 2 {
		if err = sink.Receive(ctx, m); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
	return err
}

func (c *Channel) postPicture(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPicture))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("图片太大，最大 %d MB", maxPicture>>20))
		return
	} else if err != nil {
		refuse(w, http.StatusBadRequest, "图片没有传完，请再试一次")
		return
	}
	ref, err := c.files.add(data)
	if err != nil {
		refuse(w, http.StatusUnsupportedMediaType, err.Error())
		return
	}
	answer(w, map[string]string{"ref": ref})
}

// postFile keeps a file that a visitor wants to send, with its name in the query. Every kind is taken, as on the phone: the bot says
// what it cannot read.
func (c *Channel) postFile(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxFile))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("文件太大，最大 %d MB", maxFile>>20))
		return
	} else if err != nil || len(data) == 0 {
		refuse(w, http.StatusBadRequest, "文件没有传完，请再试一次")
		return
	}
	ref, err := c.files.put(data)
	if err != nil {
		refuse(w, http.StatusInsufficientStorage, err.Error())
		return
	}
	answer(w, file{Name: fileName(r.URL.Query().Get("name")), Ref: ref, Size: int64(len(data))})
}

// fileName is the last part of a name, not too long and never empty.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, path.Base(strings.ReplaceAll(strings.TrimSpace(name), `\`, "/")))
	if name == "." || name == "/" || name == "" {
		return "文件"
	}
	if runes := []rune(name); len(runes) > maxName {
		return string(runes[len(runes)-maxName:]) // the ending says what it is
	}
	return name
}

// getSample makes a spreadsheet to try the import with, as the county of the demo would get it.
func (c *Channel) getSample(w http.ResponseWriter, _ *http.Request) {
	if c.cfg.Sample == nil {
		refuse(w, http.StatusNotFound, "没有样例")
		return
	}
	data, err := c.cfg.Sample()
	if err != nil {
		c.log.Error("the sample was not made", "error", err)
		refuse(w, http.StatusInternalServerError, "样例没有生成")
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(SampleName))
	_, _ = w.Write(data)
}

func (c *Channel) getPicture(w http.ResponseWriter, r *http.Request) {
	data, err := c.FetchPicture(r.Context(), chat.Picture{Ref: r.PathValue("ref")})
	if err != nil {
		refuse(w, http.StatusNotFound, err.Error())
		return
	}
	kind, ok := pictureType(data)
	if !ok {
		refuse(w, http.StatusNotFound, "这不是图片")
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "private, max-age=86400, immutable")
	_, _ = w.Write(data)
}

// getFile downloads what the bot attached to a message. It never shows it in the page.
func (c *Channel) getFile(w http.ResponseWriter, r *http.Request) {
	seq, err := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	e, ok := c.room.find(seq)
	if err != nil || !ok || e.File == nil {
		refuse(w, http.StatusNotFound, "没有这个文件")
		return
	}
	data, err := c.files.read(e.File.Ref)
	if err != nil {
		refuse(w, http.StatusNotFound, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(e.File.Name))
	_, _ = w.Write(data)
}
