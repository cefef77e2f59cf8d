package config

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
)

// ErrHide says that a file has a secret in a form in which it cannot be hidden reliably, so that its text must not be shown.
var ErrHide = errors.New("配置里有一个密码的写法（分成几行、引用或带标签）不能可靠地隐藏，为了不泄露，网页上不显示这个文件。请在电脑上把它改写成一行，或写成 ${环境变量}")

// ErrMark says that a text has a mark in a place that hid nothing.
var ErrMark = errors.New("“<已隐藏 …>”只能留在原来的地方；要换密码，请把它整个换成新的，最好写成 ${环境变量}")

// secretValue finds what is written for a key of a secret, wherever it stands, in comments too: group 1 is the value.
var secretValue = sync.OnceValue(func() *regexp.Regexp {
	keys := strings.Join(secretKeys(), "|")
	return regexp.MustCompile(`(?m)(?:^|[\s{,#-])(?:"(?:` + keys + `)"|'(?:` + keys + `)'|(?:` + keys + `))[ \t]*:[ \t]+` +
		`("(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*'|(?:\$\{[^\n}]*\}|[^\s"'#,{}\[\]])(?:\$\{[^\n}]*\}|[^\s,{}\[\]]|[ \t]+[^\s#,{}\[\]])*)`)
})

// fromEnvironment is a value that is no secret itself.
var fromEnvironment = regexp.MustCompile(`^["']?\$\{[A-Za-z0-9_]+\}["']?$`)

// secretKeys are the keys whose values are secrets.
func secretKeys() []string {
	var keys []string
	collectSecrets(reflect.TypeFor[Config](), &keys)
	slices.Sort(keys)
	return slices.Compact(keys)
}

func collectSecrets(t reflect.Type, keys *[]string) {
	switch t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map, reflect.Pointer:
		collectSecrets(t.Elem(), keys)
	case reflect.Struct:
		for f := range t.Fields() {
			key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			switch {
			case f.Type == reflect.TypeFor[Secret](), f.Type == reflect.TypeFor[[]Secret]():
				*keys = append(*keys, regexp.QuoteMeta(key))
			case f.IsExported() && f.Type != t:
				collectSecrets(f.Type, keys)
			}
		}
	}
}

// mark stands for the nth secret of a text, from 1.
func mark(n int) string { return "<已隐藏 " + strconv.Itoa(n) + ">" }

var marks = regexp.MustCompile(`<已隐藏 (\d{1,4})>`)

// Hide puts marks in the place of the secrets that are written out in a configuration file, so that it can be shown to whoever edits it.
// ${NAME} stays. Restore undoes it. The error is ErrHide where a secret might still be seen.
func Hide(text []byte) ([]byte, error) {
	n := 0
	hidden := replaceSecrets(text, func([]byte) []byte { n++; return []byte(mark(n)) })
	if marks.Match(text) || shows(text, written) || shows(hidden, harmless) {
		return nil, ErrHide
	}
	if back, err := Restore(hidden, text); err != nil || !bytes.Equal(back, text) && !bytes.Contains(text, []byte("\r\n")) {
		return nil, ErrHide // it could be shown, and not be saved
	}
	return hidden, nil
}

// replaceSecrets replaces what is written for each secret, in order.
func replaceSecrets(text []byte, with func(value []byte) []byte) []byte {
	var out []byte
	last := 0
	for _, at := range secretValue().FindAllSubmatchIndex(text, -1) {
		value := bytes.TrimRight(text[at[2]:at[3]], " \t\r")
		if fromEnvironment.Match(value) {
			continue
		}
		out = append(append(out, text[last:at[2]]...), with(value)...)
		last = at[2] + len(value)
	}
	return append(out, text[last:]...)
}

// shows says whether a text that can be read as YAML has a key of a secret with another value than an allowed one. Where it cannot be
// read there is no other way to find keys than the one that they were found by.
func shows(text []byte, allowed func(*yaml.Node) bool) bool {
	var root yaml.Node
	if yaml.Unmarshal(text, &root) != nil {
		return false
	}
	keys := secretKeys()
	var look func(n *yaml.Node) bool
	look = func(n *yaml.Node) bool {
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if slices.Contains(keys, n.Content[i].Value) && !allowed(n.Content[i+1]) {
				return true
			}
		}
		return slices.ContainsFunc(n.Content, look)
	}
	return look(&root)
}

// written says that a value stands where its key is, and nowhere else.
func written(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Anchor == "" }

// harmless says that a value is no secret.
func harmless(n *yaml.Node) bool {
	return written(n) && (n.Value == "" || isNull(n) || fromEnvironment.MatchString(n.Value) || marks.FindString(n.Value) == n.Value)
}

// Restore gives an edited text its secrets back, from the file that it was made from. Line ends become those of that file.
func Restore(edited, original []byte) ([]byte, error) {
	var secrets [][]byte
	replaceSecrets(original, func(value []byte) []byte {
		secrets = append(secrets, value)
		return value
	})
	bad := false
	out := replaceSecrets(edited, func(value []byte) []byte {
		m := marks.FindSubmatch(value)
		if m == nil || len(m[0]) != len(value) {
			return value
		}
		n, err := strconv.Atoi(string(m[1]))
		if err != nil || n < 1 || n > len(secrets) {
			bad = true
			return value
		}
		return secrets[n-1]
	})
	if bad || marks.Match(out) {
		return nil, fmt.Errorf("restore: %w", ErrMark)
	}
	if bytes.Contains(original, []byte("\r\n")) {
		out = bytes.ReplaceAll(bytes.ReplaceAll(out, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	}
	return out, nil
}
