package issue

import "errors"

// Code is the kind of a user's mistake, for logs and tests.
type Code string

// The kinds of mistakes.
const (
	CodeUnknown   Code = "unknown"   // there is no such issue, person, unit
	CodeForbidden Code = "forbidden" // not for this person
	CodeState     Code = "state"     // not in this status
	CodeInput     Code = "input"     // something is missing or not understood
)

// Error is the only error whose words a user reads: a sentence in Chinese and what to do next.
type Error struct {
	Code Code
	Text string // what is wrong, without a full stop
	Hint string // what to do next, without a full stop; may be empty
	Err  error  // the cause, for logs
}

// Error gives the text and the hint as one line.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Text
	}
	return e.Text + "。" + e.Hint
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Fail makes an error for the user.
func Fail(code Code, text, hint string) *Error {
	return &Error{Code: code, Text: text, Hint: hint}
}

// AsError finds the user's error in err.
func AsError(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}
