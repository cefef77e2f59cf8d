package wechat

import (
	"encoding/xml"
	"io"
	"regexp"
	"slices"
	"strings"

	"duban/internal/chat"
)

// quoteRule is the ruled line between a quoted text and the reply, where the web protocol carries quotes as text.
var quoteRule = regexp.MustCompile(`」\n(?:- ){4,}-[ \t]*(?:\n|$)`)

// cutQuote takes a quote off a text: 「name：original」, a ruled line, the reply. The last ruled line counts, so that words
// of a quoted message that itself quotes something are never taken for the reply. The quote has no id.
func cutQuote(text string, bot []string) (*chat.Quote, string) {
	inner, ok := strings.CutPrefix(text, "「")
	if !ok {
		return nil, text
	}
	rules := quoteRule.FindAllStringIndex(inner, -1)
	if rules == nil {
		return nil, text
	}
	last := rules[len(rules)-1]
	q := &chat.Quote{}
	q.Author, q.Text = cutAuthor(inner[:last[0]], bot)
	q.FromBot = slices.Contains(bot, q.Author)
	return q, inner[last[1]:]
}

// cutAuthor splits "name：original". A name of the bot that holds a colon itself is recognised as a whole.
func cutAuthor(inner string, bot []string) (author, text string) {
	for _, name := range bot {
		if rest, ok := strings.CutPrefix(inner, name+"："); ok && name != "" {
			return name, rest
		}
	}
	if author, text, ok := strings.Cut(inner, "："); ok {
		return author, text
	}
	return "", inner
}

// appMessage is what matters of the XML of an app message (type 49).
type appMessage struct {
	Title string `xml:"appmsg>title"`
	Type  int    `xml:"appmsg>type"`
	Refer *struct {
		Type        string `xml:"type"`
		SvrID       string `xml:"svrid"`
		DisplayName string `xml:"displayname"`
		Content     string `xml:"content"`
	} `xml:"appmsg>refermsg"`
}

// readReply reads a reply to a quoted message as PC clients carry it: an app message of type 57. It says false for any
// other app message and for broken XML.
func readReply(content string, bot []string) (*chat.Quote, string, bool) {
	app, ok := readApp(content)
	if !ok || app.Type != 57 || app.Refer == nil {
		return nil, "", false
	}
	r := app.Refer
	author := plainText(r.DisplayName)
	return &chat.Quote{ID: r.SvrID, Author: author, Text: quotedText(r.Type, r.Content), FromBot: slices.Contains(bot, author)}, app.Title, true
}

func readApp(content string) (appMessage, bool) {
	var app appMessage
	dec := xml.NewDecoder(strings.NewReader(strings.TrimSpace(content)))
	dec.Strict = false
	dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	if err := dec.Decode(&app); err != nil {
		return appMessage{}, false
	}
	return app, true
}

// quotedText is a quoted message's text; other types are named.
func quotedText(kind, content string) string {
	switch kind {
	case "3":
		return "[图片]"
	case "34":
		return "[语音]"
	case "43", "62":
		return "[视频]"
	case "49":
		if app, ok := readApp(content); ok {
			return app.Title
		}
		return "[链接]"
	default:
		return plainText(content)
	}
}
