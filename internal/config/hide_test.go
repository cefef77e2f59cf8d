package config

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestHide(t *testing.T) {
	for name, tt := range map[string]struct{ text, hidden string }{
		"plain":       {"web:\n  token: sesame-open  # 口令\n", "web:\n  token: <已隐藏 1>  # 口令\n"},
		"hash":        {"web:\n  token: se#same # x\n", "web:\n  token: <已隐藏 1> # x\n"},
		"quoted":      {"web:\n  token: \"se#same, \\\"open\\\"\"\n", "web:\n  token: <已隐藏 1>\n"},
		"single":      {"web: {token: 'it''s me', listen: off}\n", "web: {token: <已隐藏 1>, listen: off}\n"},
		"quoted key":  {"web:\n  \"token\": sesame\n", "web:\n  \"token\": <已隐藏 1>\n"},
		"comment":     {"web:\n  # token: old-sesame\n  token: new\r\n", "web:\n  # token: <已隐藏 1>\n  token: <已隐藏 2>\r\n"},
		"environment": {"web:\n  token: ${DUBAN_TOKEN}\n", "web:\n  token: ${DUBAN_TOKEN}\n"},
		"half":        {"web:\n  token: ${DUBAN_TOKEN}-sesame\n", "web:\n  token: <已隐藏 1>\n"},
		"default":     {"web:\n  token: ${DUBAN_TOKEN:-sesame}\n", "web:\n  token: <已隐藏 1>\n"},
		"none":        {"web:\n  token:\n  listen: off\n", "web:\n  token:\n  listen: off\n"},
		"broken yaml": {"web:\n  token: sesame\n   x: [\n", "web:\n  token: <已隐藏 1>\n   x: [\n"},
		"in a list":   {"groups:\n  - {chat: leaders, key: sesame-1}\n  - chat: a\n    key: ${K}\n", "groups:\n  - {chat: leaders, key: <已隐藏 1>}\n  - chat: a\n    key: ${K}\n"},
		"other keys":  {"web:\n  tokens: a\n  my_token: b\n", "web:\n  tokens: a\n  my_token: b\n"},
	} {
		got, err := Hide([]byte(tt.text))
		if err != nil || string(got) != tt.hidden {
			t.Errorf("%s: %q %v", name, got, err)
			continue
		}
		if back, err := Restore(got, []byte(tt.text)); err != nil || string(back) != tt.text && name != "comment" {
			t.Errorf("%s: restored %q %v", name, back, err)
		}
	}
}

// A secret that cannot be hidden is not shown, and a mark is never taken for a secret.
func TestHideRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"next line": "web:\n  token:\n    sesame\n", "block": "web:\n  token: |\n    sesame\n", "tag": "web:\n  token: !!str sesame\n    more\n",
		"anchor": "x: &a sesame\nweb:\n  token: *a\n", "comma": "web:\n  token: sesame,open\n", "list": "web:\n  token: [sesame]\n", "mark": "web:\n  token: <已隐藏 1>\n",
		"escaped key": "web:\n  \"tok\\u0065n\": sesame\n",
	} {
		if got, err := Hide([]byte(text)); !errors.Is(err, ErrHide) {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	original := []byte("web:\n  token: sesame\n")
	for _, edited := range []string{
		"web:\n  token: <已隐藏 2>\n", "web:\n  token: <已隐藏 0>\n", "web:\n  token: x<已隐藏 1>\n", "campaign: <已隐藏 1>\n", "web:\n  token: \"<已隐藏 1>\"\n",
	} {
		if got, err := Restore([]byte(edited), original); !errors.Is(err, ErrMark) {
			t.Errorf("%q: %q %v", edited, got, err)
		}
	}
}

func TestRestore(t *testing.T) {
	original := []byte("web:\r\n  token: \"sesame\"\r\n")
	for edited, want := range map[string]string{
		"a: 1\nweb:\n  token: <已隐藏 1> # x\n": "a: 1\r\nweb:\r\n  token: \"sesame\" # x\r\n",
		"web:\n  token: new-one\n":           "web:\r\n  token: new-one\r\n",
		"web:\n":                             "web:\r\n",
	} {
		if got, err := Restore([]byte(edited), original); err != nil || string(got) != want {
			t.Errorf("%q: %q %v", edited, got, err)
		}
	}
}

// FuzzHide: whatever the file is, no secret of it can be seen, and the file comes back as it was.
func FuzzHide(f *testing.F) {
	example, err := os.ReadFile("../../config.example.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(example))
	for _, s := range []string{"web:\n  token: ", "web: {token: a, listen: b}", "# token: 'x", "token: \"a\\\"b\"\n token: ${A}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		hidden, err := Hide([]byte(text))
		if err != nil {
			return
		}
		back, err := Restore(hidden, []byte(text))
		if err != nil || string(back) != text && !strings.Contains(text, "\r\n") {
			t.Errorf("%q became %q, then %q: %v", text, hidden, back, err)
		}
		c, err := Parse("config.yaml", []byte(text))
		if err != nil || c.Web.Token == "" || strings.Contains(text, "${") {
			return
		}
		seen, err := Parse("config.yaml", hidden)
		if err == nil && seen.Web.Token == c.Web.Token {
			t.Errorf("the token of %q can be seen in %q", text, hidden)
		}
	})
}
