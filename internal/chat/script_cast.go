package chat

import (
	"path"
	"strings"
)

// Named is a person or a work group of the register, as scripts name them.
type Named struct {
	ID   string
	Name string
}

// Cast is everybody and every group that a script may name.
type Cast struct {
	People []Named
	Chats  []Named
}

// PrivateKey is the key of a person's private chat with the bot on the channels where the program itself says who speaks
// (Capabilities.Identified).
func PrivateKey(person string) string { return "~" + person }

// PrivatePerson is the person whose private chat a key names; false for a group.
func PrivatePerson(key string) (string, bool) { return strings.CutPrefix(key, "~") }

// Message makes the message of a person's step, with keys that are the register's ids. The caller sets Channel, ID and
// SentAt. Somebody or some group that nobody knows is a *ScriptError, unless the step says that the person is a stranger.
func (c Cast) Message(st Step) (Message, error) {
	from := Sender{Key: "?" + st.Person, Name: st.Person, Card: st.Person}
	if !st.Stranger {
		p, fault := pick(c.People, st.Person, "人", "（没有绑定的人请在名字后加 ?）")
		if fault != "" {
			return Message{}, &ScriptError{Line: st.Line, Text: fault}
		}
		from = Sender{Key: p.ID, Name: p.Name, Card: p.Name}
	}
	conv := Conversation{Key: PrivateKey(from.Key), Name: from.Name, Private: true}
	if !st.Private {
		g, fault := pick(c.Chats, st.Chat, "群", "")
		if fault != "" {
			return Message{}, &ScriptError{Line: st.Line, Text: fault}
		}
		conv = Conversation{Key: g.ID, Name: g.Name}
	}
	m := Message{Conversation: conv, From: from, Text: st.Text, Mentioned: st.Mentioned, Quote: st.Quote}
	for _, ref := range st.Pictures {
		m.Pictures = append(m.Pictures, Picture{Ref: ref})
	}
	for _, ref := range st.Files {
		m.Files = append(m.Files, File{Ref: ref, Name: path.Base(strings.ReplaceAll(ref, `\`, "/"))})
	}
	return m, nil
}

// pick finds what a word names: an id before a name. The fault is a sentence, or "".
func pick(list []Named, word, kind, hint string) (found Named, fault string) {
	var ids []string
	for _, n := range list {
		if n.ID == word {
			return n, ""
		}
		if n.Name == word {
			found = n
			ids = append(ids, n.ID)
		}
	}
	switch len(ids) {
	case 1:
		return found, ""
	case 0:
		return Named{}, "没有“" + short(word) + "”这个" + kind + hint
	}
	return Named{}, "有几个“" + short(word) + "”，请写编号：" + strings.Join(ids, "、")
}
