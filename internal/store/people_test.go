package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"duban/internal/store"
	"duban/internal/store/storetest"
)

func newCode(t *testing.T, s *store.Store, now time.Time, kind, subject string) string {
	t.Helper()
	var code string
	storetest.Write(t, s, now, func(tx *store.Tx) (err error) {
		code, err = tx.NewCode(kind, subject, 24*time.Hour)
		return err
	})
	return code
}

// useCode gives the subject, or "" if the code does not count.
func useCode(t *testing.T, s *store.Store, now time.Time, kind, code string) string {
	t.Helper()
	var subject string
	storetest.Write(t, s, now, func(tx *store.Tx) error {
		got, ok, err := tx.UseCode(kind, code)
		if ok {
			subject = got
		} else if got != "" {
			t.Errorf("a code that does not count gives %q away", got)
		}
		return err
	})
	return subject
}

func TestCodes(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	code := newCode(t, s, now, store.CodePerson, "li_qiang")
	if len(code) != 8 || strings.ContainsAny(code, "01OIL") || code != strings.ToUpper(code) {
		t.Errorf("code %q", code)
	}
	for _, wrong := range []string{"", "ABCDEFGH", code[:7], code + "2"} {
		if got := useCode(t, s, now, store.CodePerson, wrong); got != "" {
			t.Errorf("wrong code %q gives %q", wrong, got)
		}
	}
	if got := useCode(t, s, now, store.CodeChat, code); got != "" {
		t.Errorf("a person's code binds the chat %q", got)
	}
	if got := useCode(t, s, now, store.CodePerson, " "+strings.ToLower(code)+"\n"); got != "li_qiang" {
		t.Errorf("the code typed in small letters gives %q", got)
	}
	if got := useCode(t, s, now, store.CodePerson, code); got != "" {
		t.Errorf("the code used again gives %q", got)
	}
	late := newCode(t, s, now, store.CodePerson, "li_qiang")
	if got := useCode(t, s, now.Add(24*time.Hour+time.Second), store.CodePerson, late); got != "" {
		t.Errorf("an old code gives %q", got)
	}
	if got := useCode(t, s, now.Add(24*time.Hour), store.CodePerson, late); got != "li_qiang" {
		t.Errorf("a code in its last second gives %q", got)
	}
}

func TestCodesDiffer(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	var seen []string
	for range 50 {
		code := newCode(t, s, now, store.CodeChat, "inspect")
		if slices.Contains(seen, code) {
			t.Fatalf("%s was drawn twice", code)
		}
		seen = append(seen, code)
	}
}

func TestPersonBindingIsReplaced(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	bind := func(at time.Time, session, sender, person string) {
		storetest.Write(t, s, at, func(tx *store.Tx) error {
			return tx.BindPerson(store.PersonBinding{Channel: "wechat", Session: session, Sender: sender, Person: person, How: "code"})
		})
	}
	bind(now, "s1", "@a", "li_qiang")
	bind(now.Add(time.Second), "s1", "@b", "wang_fang")
	bind(now.Add(2*time.Second), "s2", "@a", "zhang_min")
	bind(now.Add(3*time.Second), "s1", "@a", "zhang_wei")
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		got, err := tx.PersonBindings()
		want := []store.PersonBinding{
			{Channel: "wechat", Session: "s1", Sender: "@b", Person: "wang_fang", How: "code"},
			{Channel: "wechat", Session: "s2", Sender: "@a", Person: "zhang_min", How: "code"},
			{Channel: "wechat", Session: "s1", Sender: "@a", Person: "zhang_wei", How: "code"},
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(store.PersonBinding{}, "At")); diff != "" {
			t.Error(diff)
		}
		return err
	})
}

func TestChatBindingIsReplaced(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	bind := func(chat, session, conversation string) {
		now = now.Add(time.Second)
		storetest.Write(t, s, now, func(tx *store.Tx) error {
			b := store.ChatBinding{Channel: "wechat", Chat: chat, Session: session, Conversation: conversation, Name: "旧名"}
			return tx.BindChat(b, "chen_jing")
		})
	}
	list := func() (out []string) {
		storetest.Read(t, s, now, func(tx *store.Tx) error {
			all, err := tx.ChatBindings()
			for _, b := range all {
				out = append(out, b.Chat+" "+b.Session+" "+b.Conversation+" "+b.Name)
			}
			return err
		})
		return out
	}
	bind("inspect", "s1", "@@1")
	bind("office", "s1", "@@2")
	bind("inspect", "s1", "@@3") // the group has moved
	if diff := cmp.Diff([]string{"office s1 @@2 旧名", "inspect s1 @@3 旧名"}, list()); diff != "" {
		t.Error(diff)
	}
	bind("leaders", "s1", "@@2") // what was the office is the leaders' group now
	if diff := cmp.Diff([]string{"inspect s1 @@3 旧名", "leaders s1 @@2 旧名"}, list()); diff != "" {
		t.Error(diff)
	}
	storetest.Write(t, s, now, func(tx *store.Tx) error {
		return tx.RenameChat(store.ChatBinding{Channel: "wechat", Chat: "inspect"}, "新名")
	})
	if diff := cmp.Diff([]string{"inspect s1 @@3 新名", "leaders s1 @@2 旧名"}, list()); diff != "" {
		t.Error(diff)
	}
}

func addPhoto(t *testing.T, s *store.Store, now time.Time, p store.Photo) store.Photo {
	t.Helper()
	storetest.Write(t, s, now, func(tx *store.Tx) error { return tx.AddPhoto(&p) })
	return p
}

func TestLoosePhotosBelongToWhoSentThemThere(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	loose := store.Photo{SHA256: "a", Person: "li_qiang", Conversation: "chat/inspect"}
	old := addPhoto(t, s, now.Add(-time.Hour), loose)
	first, second := addPhoto(t, s, now, loose), addPhoto(t, s, now.Add(time.Minute), loose)
	addPhoto(t, s, now.Add(time.Minute+time.Microsecond), loose) // by a clock that was set back since
	for _, p := range []store.Photo{
		{SHA256: "b", Person: "wang_fang", Conversation: "chat/inspect"}, {SHA256: "c", Person: "li_qiang", Conversation: "chat/office"},
	} {
		addPhoto(t, s, now, p)
	}
	wantLoose := func(want ...int64) {
		t.Helper()
		storetest.Read(t, s, now, func(tx *store.Tx) error {
			list, err := tx.LoosePhotos("chat/inspect", "li_qiang", now, now.Add(time.Minute))
			var got []int64
			for _, p := range list {
				got = append(got, p.ID)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			return err
		})
	}
	wantLoose(first.ID, second.ID)
	storetest.Write(t, s, now, func(tx *store.Tx) error { return tx.AttachPhoto(first.ID, 17, store.PhotoAfter) })
	wantLoose(second.ID)
	storetest.Write(t, s, now, func(tx *store.Tx) error { return tx.AttachPhoto(old.ID, 17, store.PhotoBefore) })
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		photos, err := tx.Photos(17)
		if len(photos) != 2 || photos[0].Kind != store.PhotoBefore || photos[1].Kind != store.PhotoAfter {
			t.Errorf("photos of #17: %+v", photos)
		}
		for _, tt := range []struct {
			kind  string
			since time.Time
			want  int
		}{{store.PhotoAfter, now, 1}, {store.PhotoAfter, now.Add(time.Second), 0}, {store.PhotoBefore, now, 0}, {store.PhotoBefore, time.Time{}, 1}} {
			if n, err := tx.CountPhotos(17, tt.kind, tt.since); n != tt.want || err != nil {
				t.Errorf("%d %s photos since %v, want %d, %v", n, tt.kind, tt.since, tt.want, err)
			}
		}
		return err
	})
}

func TestAwaits(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	add := func(at time.Time, a store.Await) {
		a.Conversation = "chat/inspect"
		storetest.Write(t, s, at, func(tx *store.Tx) error { return tx.AddAwait(a, at.Add(5*time.Minute)) })
	}
	open := func(at time.Time) (out []string) {
		storetest.Read(t, s, at, func(tx *store.Tx) error {
			list, err := tx.OpenAwaits("chat/inspect", "li_qiang")
			for _, a := range list {
				out = append(out, a.Message)
			}
			return err
		})
		return out
	}
	add(now, store.Await{Message: "m1", Person: "li_qiang", IssueID: 1})
	add(now, store.Await{Message: "m2", Person: "li_qiang", IssueID: 2})
	add(now, store.Await{Message: "m3", Person: "wang_fang", IssueID: 1})
	if diff := cmp.Diff([]string{"m2", "m1"}, open(now.Add(5*time.Minute))); diff != "" {
		t.Errorf("newest first:\n%s", diff)
	}
	if got := open(now.Add(5*time.Minute + time.Second)); got != nil {
		t.Errorf("after the window: %v", got)
	}
	add(now.Add(time.Minute), store.Await{Message: "m4", Person: "li_qiang", IssueID: 1}) // said again
	if diff := cmp.Diff([]string{"m4", "m2"}, open(now.Add(time.Minute))); diff != "" {
		t.Errorf("after the command was repeated:\n%s", diff)
	}
	storetest.Write(t, s, now, func(tx *store.Tx) error {
		list, err := tx.OpenAwaits("chat/inspect", "li_qiang")
		if err != nil {
			return err
		}
		if err := tx.CountAwait(list[0], list[0].Got+1); err != nil {
			return err
		}
		list, err = tx.OpenAwaits("chat/inspect", "li_qiang")
		if list[0].Got != 1 || list[1].Got != 0 {
			t.Errorf("counted %d and %d photos", list[0].Got, list[1].Got)
		}
		return err
	})
	storetest.Write(t, s, now, func(tx *store.Tx) error { return tx.EndAwaits(1, "li_qiang") })
	if diff := cmp.Diff([]string{"m2"}, open(now)); diff != "" {
		t.Errorf("after the end:\n%s", diff)
	}
}
