package config

import (
	"fmt"
	"io"
	"log/slog"
)

// hidden is what anybody sees in place of a secret.
const hidden = "<secret>"

// Secret is a value that must never be shown: every way of printing, logging or marshalling it gives <secret>. The empty
// secret prints as nothing, so that one can see that none is set.
type Secret string

// Reveal gives the secret itself, for the one place that compares or sends it.
func (s Secret) Reveal() string { return string(s) }

// IsZero says whether no secret is set.
func (s Secret) IsZero() bool { return s == "" }

// String gives <secret>, or nothing for the empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// Format makes every verb of package fmt, %#v and %x included, print what String gives.
func (s Secret) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, s.String())
}

// LogValue is what log/slog writes.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is what encoders write, so that a marshalled configuration shows no secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
