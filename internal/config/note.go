package config

import (
	"cmp"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// maxFaults bounds how many faults are listed.
const maxFaults = 500

// spot is where a value stands in the file and what is written there.
type spot struct {
	line, column int
	raw          string
}

// fault notes what is wrong with the value at a path, unless something is known to be wrong there already. Where the file
// has no such value the fault points at the nearest value around it.
func (r *reader) fault(path, text string) {
	if r.covered(path) {
		return
	}
	s, around := r.spots[path], path
	for s.line == 0 && around != "" {
		around = parent(around)
		s = r.spots[around]
	}
	if around != path {
		s.raw = ""
	}
	r.add(path, s, text)
}

func (r *reader) add(path string, s spot, text string) {
	r.faulty[path] = true
	if r.full() {
		r.more++
		return
	}
	r.faults = append(r.faults, Fault{
		File: r.file, Line: max(1, s.line), Column: max(1, s.column), Path: path, Value: r.shown(path, s.raw), Text: text,
	})
}

// full says whether no further faults are listed. Thousands of them have one cause, and nobody reads them all.
func (r *reader) full() bool { return len(r.faults) >= maxFaults }

// covered says whether the path or something around it has a fault already, so that one slip is told once.
func (r *reader) covered(path string) bool {
	for ; path != ""; path = parent(path) {
		if r.faulty[path] {
			return true
		}
	}
	return r.faulty[""]
}

// shown hides what may be a secret: the value of a key that has one, a server's DSN with its password, and either of them in a value that
// stands in the place of a whole section.
func (r *reader) shown(path, raw string) string {
	switch {
	case raw == "", raw == shownList, raw == shownMap, raw == shownNull, raw == shownEmpty:
		return raw
	case path == "":
		return ""
	case path == "storage.dsn" && !withPassword(raw): // a file, which whoever mistook it has to see
		return raw
	case secretPaths()[index.ReplaceAllString(path, "[]")]:
		return hidden
	case strings.Contains(strings.ToLower(raw), "token"):
		return hidden
	}
	return raw
}

var index = regexp.MustCompile(`\[\d+\]`)

// secretPaths are the keys of secrets and all that is around them, but for the whole file.
var secretPaths = sync.OnceValue(func() map[string]bool {
	found := map[string]bool{}
	var walk func(path string, t reflect.Type) bool
	walk = func(path string, t reflect.Type) (secret bool) {
		switch {
		case t == reflect.TypeFor[Secret]():
			secret = true
		case t.Kind() == reflect.Slice:
			secret = walk(path+"[]", t.Elem())
		case t.Kind() == reflect.Struct && !isText(t):
			for i, key := range keysOf(t) {
				secret = walk(join(path, key), t.Field(i).Type) || secret
			}
		}
		if secret && path != "" {
			found[path] = true
		}
		return secret
	}
	walk("", reflect.TypeFor[Config]())
	return found
})

// withPassword says whether the address of a database may have a password in it.
func withPassword(dsn string) bool {
	return strings.Contains(dsn, "@") || strings.Contains(strings.ToLower(dsn), "password")
}

func parent(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func item(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// errors gives the faults that were noted, sorted by position; nil if there are none. The positions are moved into the
// file where the YAML library put them behind its end.
func (r *reader) errors() error {
	if len(r.faults) == 0 {
		return nil
	}
	lines := r.lines()
	for i, f := range r.faults {
		at := inside(lines, spot{line: f.Line, column: f.Column})
		r.faults[i].Line, r.faults[i].Column = at.line, at.column
	}
	slices.SortStableFunc(r.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Errors{Faults: r.faults, More: r.more}
}
