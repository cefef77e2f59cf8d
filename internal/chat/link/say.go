package link

import (
	"errors"
	"strings"
	"unicode"

	"duban/internal/chat"
)

// Outcome is what an error means for the message, as a *chat.SendError; nil for none. One that says so already is left as it is. judge says
// what a refusal in the network's own form means, but for Err. A connection that could not be opened had no effect; any other
// error leaves open what happened.
func Outcome[R error](err error, judge func(R) chat.SendError) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*chat.SendError](err); ok {
		return e
	}
	e := chat.SendError{Retry: true, Unknown: true}
	if r, ok := errors.AsType[R](err); ok {
		e = judge(r)
	} else if chat.NotConnected(err) {
		e.Unknown = false
	}
	e.Err = err
	return &e
}

// Certain is for an outcome before the message itself was sent, as that of an upload: nobody has seen anything of it.
func Certain(err error) error {
	if e, ok := errors.AsType[*chat.SendError](err); ok && e.Unknown {
		return &chat.SendError{Err: e.Err, Retry: e.Retry, After: e.After}
	}
	return err
}

// Calls are a message's mentions, side by side: those who can be rung as ring writes them, the others by their name unless the text has it
// already. ring gives "" for who cannot be rung.
func Calls(out chat.Outgoing, ring func(chat.Mention) string) string {
	var calls []string
	for _, m := range out.Mentions {
		if call := ring(m); call != "" {
			calls = append(calls, call)
		} else if !strings.Contains(out.Text, m.Name) {
			calls = append(calls, "@"+m.Name)
		}
	}
	return strings.Join(calls, " ")
}

// WithoutMention takes a mention off the beginning of what was said where nobody but the bot is spoken to first: an @ with a name, set off
// by a blank. The name is not looked at, because the company may change it.
func WithoutMention(said string) string {
	said = strings.TrimSpace(said)
	rest, ok := strings.CutPrefix(said, "@")
	if !ok {
		return said
	}
	n := strings.IndexFunc(rest, unicode.IsSpace)
	if n < 0 {
		return ""
	}
	return strings.TrimSpace(rest[n:])
}
