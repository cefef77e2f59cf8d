package wechat

import (
	"errors"
	"log/slog"
	"regexp"

	"github.com/eatmoreapple/openwechat"
)

// query is the part of an address that holds tokens; secret is a token that stands elsewhere.
var (
	query  = regexp.MustCompile(`(https?://[^\s"?]+)\?[^\s"]*`)
	secret = regexp.MustCompile(`(?i)\b(skey|sid|wxsid|pass_ticket|webwx_data_ticket|webwx_auth_ticket|ticket|uuid|uin|deviceid)(=|":\s*"?)[^&\s"<>]+`)
)

// redact takes everything out of a text that could open the session to whoever reads the log. Errors of net/http hold the
// whole address of the request, and this protocol keeps its tokens there.
func redact(s string) string {
	s = query.ReplaceAllString(s, "$1?…")
	return secret.ReplaceAllString(s, "$1$2…")
}

// fault is an error for the log, without tokens.
func fault(err error) slog.Attr { return slog.String("error", redact(err.Error())) }

// redacted is an error whose text holds no tokens, for callers who will print it.
func redacted(err error) error {
	if err == nil {
		return nil
	}
	return &redactedError{err}
}

type redactedError struct{ err error }

// Error is the wrapped error's text without tokens.
func (e *redactedError) Error() string { return redact(e.err.Error()) }

// Unwrap is the wrapped error.
func (e *redactedError) Unwrap() error { return e.err }

// retOf is the code that a server refused with, if that is what err is about.
func retOf(err error) (int, bool) {
	if ret, ok := errors.AsType[openwechat.Ret](err); ok {
		return int(ret), true
	}
	return 0, false
}

// The codes that end a session, and those that a send can meet. Their meanings are folklore (reference/openwechat.md §1).
const (
	retSystem    = -1 // the server is in trouble
	retParam     = 1
	retLoggedOut = 1100
	retElsewhere = 1101
	retKicked    = 1102
	retBarred    = 1203
	retNoTarget  = 1204
	retTooOften  = 1205
)

// ends says whether a code means that the session is over.
func ends(ret int) bool {
	return ret == retLoggedOut || ret == retElsewhere || ret == retKicked || ret == retBarred
}
