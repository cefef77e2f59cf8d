package storetest

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"

	"modernc.org/sqlite"
)

// opened are the connections of this process by the path of their database, those that were closed too.
var opened = listen()

type connections struct {
	mu sync.Mutex
	by map[string][]sqlite.ExecQuerierContext
}

func listen() *connections {
	o := &connections{by: map[string][]sqlite.ExecQuerierContext{}}
	sqlite.RegisterConnectionHook(func(c sqlite.ExecQuerierContext, dsn string) error {
		path, _, _ := strings.Cut(strings.TrimPrefix(dsn, "file:"), "?")
		if plain, err := url.PathUnescape(path); err == nil {
			path = plain
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.by[path] = append(o.by[path], c)
		return nil
	})
	return o
}

// ReadOnly makes an open database one that cannot be written, or ends that. Nobody may use it at the moment.
func ReadOnly(t testing.TB, path string, on bool) {
	t.Helper()
	opened.mu.Lock()
	defer opened.mu.Unlock()
	statement := "PRAGMA query_only = 0"
	if on {
		statement = "PRAGMA query_only = 1"
	}
	done := 0
	for _, c := range opened.by[path] {
		if _, err := c.ExecContext(context.Background(), statement, nil); err == nil { // else it was closed
			done++
		}
	}
	if done == 0 {
		t.Fatalf("nobody has %s open", path)
	}
}
