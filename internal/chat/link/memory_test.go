package link

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestRecent(t *testing.T) {
	r := Recent[int]{Most: 3}
	if _, ok := r.Get("a"); ok {
		t.Error("it remembers what nobody told it")
	}
	for n, key := range []string{"a", "b", "a", "c", "d"} {
		r.Put(key, n)
	}
	got := ""
	for _, key := range []string{"a", "b", "c", "d"} {
		v, ok := r.Get(key)
		got += fmt.Sprint(key, v, ok, " ")
	}
	if want := "a0 false b1 true c3 true d4 true "; got != want {
		t.Errorf("got %s", got)
	}
	r.Put("d", 9)
	if v, _ := r.Get("d"); v != 9 || len(r.order) != 3 || len(r.kept) != 3 {
		t.Errorf("%d, %d keys in order, %d kept", v, len(r.order), len(r.kept))
	}
}

func TestPassing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p Passing
		good := func(key string, longer time.Duration) string { text, _ := p.Get(key, longer); return text }
		if _, ok := p.Get("a", 0); ok {
			t.Error("it has what nobody gave it")
		}
		p.Put("a", "one", time.Now().Add(time.Hour))
		p.Put("b", "two", time.Now().Add(3*time.Hour))
		if good("a", 59*time.Minute) != "one" || good("a", time.Hour) != "" || good("b", time.Hour) != "two" {
			t.Errorf("got %q, %q and %q", good("a", 59*time.Minute), good("a", time.Hour), good("b", time.Hour))
		}
		p.Drop(func(key, text string) bool { return key == "b" && text == "another" })
		if good("b", 0) != "two" {
			t.Error("a text was dropped in place of another")
		}
		p.Drop(func(key, text string) bool { return key == "b" && text == "two" })
		if good("b", 0) != "" || good("a", 0) != "one" {
			t.Error("not the right one was dropped")
		}
		time.Sleep(2 * time.Hour)
		p.Put("c", "three", time.Now().Add(time.Hour))
		if len(p.kept) != 1 || good("c", 0) != "three" {
			t.Errorf("%d texts are kept", len(p.kept))
		}
		p.Put("c", "four", time.Now().Add(time.Hour))
		if good("c", 0) != "four" {
			t.Error("the old text is still there")
		}
	})
}
