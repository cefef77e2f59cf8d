package config

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// pair finds a key of a mapping; nil if it is not there.
func (e *editor) pair(n *yaml.Node, key string) (k, v *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

// offset is where a node begins, in bytes. Columns count characters.
func (e *editor) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(e.starts) {
		return len(e.src)
	}
	at := e.starts[n.Line-1]
	for range n.Column - 1 {
		_, size := utf8.DecodeRune(e.src[at:])
		at += size
	}
	return at
}

// line gives the bytes of a line with its end, from the line's number.
func (e *editor) line(n int) (from, to int) {
	from, to = e.starts[n-1], len(e.src)
	if n < len(e.starts) {
		to = e.starts[n]
	}
	return from, to
}

// lineEnd is the end of the line, before its break, on which a byte stands.
func (e *editor) lineEnd(at int) int {
	if n := bytes.IndexAny(e.src[at:], "\r\n"); n >= 0 {
		return at + n
	}
	return len(e.src)
}

// dash is the line of the dash before an entry of a list.
func (e *editor) dash(n *yaml.Node) (int, error) {
	at := e.offset(n)
	before := bytes.TrimRight(e.src[:at], " \t\r\n")
	if !bytes.HasSuffix(before, []byte("-")) {
		return 0, errShape
	}
	return n.Line - bytes.Count(e.src[len(before):at], []byte("\n")), nil
}

// nextKey is the line of the key after a section, or the line behind the file's last one.
func (e *editor) nextKey(k *yaml.Node) int {
	for i := 0; i+2 < len(e.root.Content); i += 2 {
		if e.root.Content[i] == k {
			return e.root.Content[i+2].Line
		}
	}
	for n := k.Line + 1; n <= len(e.starts); n++ {
		from, to := e.line(n)
		if bytes.HasPrefix(e.src[from:to], []byte("...")) {
			return n
		}
	}
	return len(e.starts) + 1
}

// trimmed is the last line from first on and before next that is neither empty nor a comment.
func (e *editor) trimmed(first, next int) int {
	for n := next - 1; n > first; n-- {
		from, to := e.line(n)
		if text := bytes.TrimSpace(e.src[from:to]); len(text) > 0 && text[0] != '#' {
			return n
		}
	}
	return first
}

// endOfPair is where a key with its value ends. A value that is not there ends behind the colon.
func (e *editor) endOfPair(k, v *yaml.Node) (int, error) {
	if !isNull(v) || v.Value != "" {
		if v.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
			return e.endOfLines(k, v), nil
		}
		return e.end(v)
	}
	end, err := e.end(k)
	if err != nil {
		return 0, err
	}
	end += len(e.src[end:]) - len(bytes.TrimLeft(e.src[end:], " \t"))
	if !bytes.HasPrefix(e.src[end:], []byte(":")) {
		return 0, errShape
	}
	return end + 1, nil
}

// endOfLines is the end of a text that begins with | or >: the lines that stand further to the right than its key.
func (e *editor) endOfLines(k, v *yaml.Node) int {
	end := e.lineEnd(e.offset(v))
	for n := v.Line + 1; n <= len(e.starts); n++ {
		from, to := e.line(n)
		text := bytes.TrimRight(e.src[from:to], "\r\n")
		bare := bytes.TrimLeft(text, " ")
		if len(bare) > 0 && len(text)-len(bare) < k.Column {
			break
		}
		if len(bare) > 0 {
			end = from + len(text)
		}
	}
	return end
}

// end is where a node ends, in bytes.
func (e *editor) end(n *yaml.Node) (int, error) {
	at := e.offset(n)
	switch {
	case n.Kind == yaml.ScalarNode:
		return e.endOfScalar(n, at)
	case n.Style&yaml.FlowStyle != 0:
		return e.endOfBrackets(n, at)
	case n.Kind == yaml.SequenceNode && len(n.Content) > 0:
		return e.end(n.Content[len(n.Content)-1])
	case n.Kind == yaml.MappingNode && len(n.Content) > 0:
		return e.endOfPair(n.Content[len(n.Content)-2], n.Content[len(n.Content)-1])
	}
	return 0, errShape
}

func (e *editor) endOfBrackets(n *yaml.Node, at int) (end int, err error) {
	end = at + 1
	closing := byte(']')
	if n.Kind == yaml.MappingNode {
		closing = '}'
	}
	switch last := len(n.Content) - 1; {
	case last < 0:
	case n.Kind == yaml.MappingNode:
		end, err = e.endOfPair(n.Content[last-1], n.Content[last])
	default:
		end, err = e.end(n.Content[last])
	}
	if err != nil {
		return 0, err
	}
	for end < len(e.src) {
		switch c := e.src[end]; {
		case c == closing:
			return end + 1, nil
		case c == '#':
			end = e.lineEnd(end)
		case strings.IndexByte(", \t\r\n", c) >= 0:
			end++
		default:
			return 0, errShape
		}
	}
	return 0, errShape
}

func (e *editor) endOfScalar(n *yaml.Node, at int) (int, error) {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		for i := at + 1; i < len(e.src); i++ {
			switch e.src[i] {
			case '\\':
				i++
			case '"':
				return i + 1, nil
			}
		}
	case n.Style&yaml.SingleQuotedStyle != 0:
		for i := at + 1; i < len(e.src); i++ {
			if e.src[i] != '\'' {
				continue
			}
			if i+1 == len(e.src) || e.src[i+1] != '\'' {
				return i + 1, nil
			}
			i++
		}
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0:
		return e.endOfPlain(n.Value, at)
	}
	return 0, errShape
}

// endOfPlain follows a text without quotes, whose line ends and margins have become blanks in its value.
func (e *editor) endOfPlain(value string, at int) (int, error) {
	for value != "" {
		if value[0] == ' ' || value[0] == '\n' {
			rest := bytes.TrimLeft(e.src[at:], " \t\r\n")
			if len(rest) == len(e.src[at:]) {
				return 0, errShape
			}
			at = len(e.src) - len(rest)
			value = strings.TrimLeft(value, " \n\t")
			continue
		}
		if at == len(e.src) || e.src[at] != value[0] {
			return 0, errShape
		}
		at++
		value = value[1:]
	}
	return at, nil
}
