package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// album is a database with a policy, whose issues and photos a test makes.
type album struct {
	*testing.T
	s *store.Store
	p issue.Policy
}

func newAlbum(t *testing.T) *album {
	return &album{t, storetest.Open(t), storetest.County(t)}
}

// file files an issue for a unit.
func (a *album) file(at string) int64 {
	return storetest.Issue(a, a.s, a.p, storetest.At(a, at), issue.Change{Text: "楼道堆物", Reporter: "zhang_min", Unit: "zhaoyang", Assignee: "li_qiang"}).ID
}

func (a *album) move(at string, id int64, act issue.Action, c issue.Change) {
	a.Helper()
	by := map[issue.Action]string{issue.Submit: "li_qiang", issue.Appeal: "zhang_wei", issue.Merge: "chen_jing", issue.Reject: "chen_jing"}[act]
	if by == "" {
		by = "zhang_min"
	}
	storetest.Move(a, a.s, a.p, id, issue.Act{Action: act, By: by, At: storetest.At(a, at), Note: "说明", Change: c})
}

// close lets an issue be done and passed.
func (a *album) close(at string, id int64) {
	a.move(at, id, issue.Submit, issue.Change{})
	a.move(at, id, issue.Pass, issue.Change{})
}

// shoot stores a photo of an issue, 0 for a loose one, with the bytes that a word stands for.
func (a *album) shoot(at string, issueID int64, bytes string) int64 {
	kind := store.PhotoBefore
	if issueID == 0 {
		kind = ""
	}
	p := store.Photo{
		IssueID: issueID, Kind: kind, SHA256: bytes, File: bytes + ".jpg", Shown: bytes + ".shown.jpg", Sketch: "AAAA", PHash: 7,
		Lat: 33, Lng: 116, Located: true, TakenAt: 1, Person: "zhang_min", Conversation: "chat/inspect",
	}
	storetest.Write(a, a.s, storetest.At(a, at), func(tx *store.Tx) error { return tx.AddPhoto(&p) })
	return p.ID
}

// past lists what is due at an instant of what is kept for 100 days, and for 10 where it is loose.
func (a *album) past(at string) (ids []int64) {
	now := storetest.At(a, at)
	storetest.Read(a, a.s, now, func(tx *store.Tx) (err error) {
		ids, err = tx.PastPhotos(now.AddDate(0, 0, -100), now.AddDate(0, 0, -10))
		return err
	})
	return ids
}

// purge does what the job does with them, but for the files, and says which files are to be removed.
func (a *album) purge(at string, ids []int64) (n store.Removed, files []string) {
	now := storetest.At(a, at)
	storetest.Write(a, a.s, now, func(tx *store.Tx) (err error) {
		n, err = tx.PurgePhotos(ids, now.AddDate(0, 0, -100), now.AddDate(0, 0, -10))
		if err != nil {
			return err
		}
		list, err := tx.Removals()
		for _, r := range list {
			files = append(files, r.File)
		}
		return err
	})
	return n, files
}

// TestWhichPhotosAreDue: only those of issues that are over, and with them all that they were merged into, and to which nothing has
// happened for the time; loose ones by themselves.
func TestWhichPhotosAreDue(t *testing.T) {
	a := newAlbum(t)
	const start, end = "2026-01-05 09:00", "2026-01-06 09:00"
	open, closed, returned, appealed, merged, into, looked, drawn, rejected := a.file(start), a.file(start), a.file(start), a.file(start), a.file(start), a.file(start), a.file(start), a.file(start), a.file(start)
	names := map[int64]string{}
	for id, name := range map[int64]string{
		open: "open", closed: "closed", returned: "returned", appealed: "appealed", merged: "merged", into: "into", looked: "looked", drawn: "drawn", rejected: "rejected", 0: "loose",
	} {
		names[a.shoot(start, id, name)] = name
	}
	for _, id := range []int64{closed, appealed, looked, drawn} {
		a.close(end, id)
	}
	a.move(end, returned, issue.Submit, issue.Change{})
	a.move(end, returned, issue.Return, issue.Change{})
	a.move(end, merged, issue.Merge, issue.Change{Merged: into})
	a.move(end, rejected, issue.Reject, issue.Change{})
	a.move("2026-01-07 09:00", appealed, issue.Appeal, issue.Change{})
	a.move("2026-03-01 09:00", looked, issue.LookBack, issue.Change{})
	storetest.Move(t, a.s, a.p, drawn, issue.Act{Action: issue.Draw, At: storetest.At(t, end), Change: issue.Change{LookBackDue: storetest.At(t, end), LookBackBy: "zhang_min"}})
	for _, tt := range []struct {
		at   string
		want map[string]bool
	}{
		{"2026-01-15 08:59", nil},
		{"2026-01-15 09:01", map[string]bool{"loose": true}},
		{"2026-04-16 08:59", map[string]bool{"loose": true}},
		{"2026-04-16 09:01", map[string]bool{"loose": true, "closed": true, "rejected": true}},
		{"2026-06-09 09:01", map[string]bool{"loose": true, "closed": true, "rejected": true, "looked": true}},
	} {
		var got map[string]bool
		for _, id := range a.past(tt.at) {
			if got == nil {
				got = map[string]bool{}
			}
			got[names[id]] = true
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.at, diff)
		}
	}
	a.close("2026-06-10 09:00", into)
	if got := a.past("2026-06-11 09:00"); len(got) != 4 {
		t.Errorf("the issue that another was merged into was closed yesterday: %v", got)
	}
	if got := a.past("2026-09-18 09:01"); len(got) != 6 {
		t.Errorf("both are over: %v", got)
	}
}

// TestPurgedPhotos: of a photo of an issue stays who sent it and what it is recognised by; of a loose one nothing. What was due when
// it was listed and is not any more stays.
func TestPurgedPhotos(t *testing.T) {
	a := newAlbum(t)
	closed, relapsed := a.file("2026-01-05 09:00"), a.file("2026-01-05 09:00")
	kept := []int64{a.shoot("2026-01-05 09:00", closed, "aa"), a.shoot("2026-01-05 09:00", relapsed, "bb")}
	loose := []int64{a.shoot("2026-01-05 09:00", 0, "cc"), a.shoot("2026-01-05 09:00", 0, "dd")}
	a.close("2026-01-06 09:00", closed)
	a.close("2026-01-06 09:00", relapsed)
	due := a.past("2026-06-01 09:00")
	a.move("2026-06-01 09:00", relapsed, issue.Relapse, issue.Change{})
	storetest.Write(t, a.s, storetest.At(t, "2026-06-01 09:00"), func(tx *store.Tx) error {
		return tx.AttachPhoto(loose[1], relapsed, store.PhotoBefore)
	})
	n, files := a.purge("2026-06-01 09:01", due)
	if n != (store.Removed{Photos: 1, Loose: 1}) || len(due) != 4 {
		t.Errorf("%v due, %+v removed", due, n)
	}
	if diff := cmp.Diff([]string{"aa.jpg", "aa.shown.jpg", "cc.jpg", "cc.shown.jpg"}, files); diff != "" {
		t.Errorf("files (-want +got)\n%s", diff)
	}
	storetest.Read(t, a.s, storetest.At(t, "2026-06-01 09:01"), func(tx *store.Tx) error {
		photos, err := tx.Photos(closed)
		want := []store.Photo{{
			ID: kept[0], IssueID: closed, Kind: store.PhotoBefore, SHA256: "aa", Sketch: "AAAA", PHash: 7, Person: "zhang_min",
			At: storetest.At(t, "2026-01-05 09:00").UnixMicro(), PurgedAt: storetest.At(t, "2026-06-01 09:01").UnixMicro(),
		}}
		if diff := cmp.Diff(want, photos); diff != "" {
			t.Errorf("row (-want +got)\n%s", diff)
		}
		if others, _ := tx.Photos(relapsed); len(others) != 2 || others[0].File == "" || others[1].File == "" {
			t.Errorf("photos of an issue that is open again: %+v", others)
		}
		if free, _ := tx.Photos(0); len(free) != 0 {
			t.Errorf("loose photos: %+v", free)
		}
		again := store.Photo{SHA256: "aa", Sketch: "AAAA", PHash: 7}
		if alike, _ := tx.Lookalikes(again, 10); len(alike) == 0 || alike[0].ID != kept[0] {
			t.Errorf("a photo that is used again is not recognised: %+v", alike)
		}
		for sha, want := range map[string]bool{"aa": false, "bb": true, "cc": false, "dd": true} {
			if got, _ := tx.Promised(sha); got != want {
				t.Errorf("%s is promised: %v", sha, got)
			}
		}
		return err
	})
}

// TestWordsAreCleared: of messages that were handled or sent long ago only what keeps them from being handled or said again stays;
// what waits is not touched.
func TestWordsAreCleared(t *testing.T) {
	a := newAlbum(t)
	early, late := storetest.At(t, "2026-01-05 09:00"), storetest.At(t, "2026-06-01 09:00")
	arrive := func(id string, done bool) store.Arrival {
		m := store.Arrival{Channel: "wechat", MessageID: id, Conversation: "@@g", Body: "上报"}
		storetest.Write(t, a.s, early, func(tx *store.Tx) error {
			_, err := tx.AddArrival(&m)
			if err == nil && done {
				_, err = tx.FinishArrival(m, "panic: 上报")
			}
			return err
		})
		return m
	}
	for n := range 5 {
		arrive(fmt.Sprint("done", n), true)
	}
	arrive("open", false)
	storetest.Write(t, a.s, early, func(tx *store.Tx) error {
		for n, to := range []store.Target{store.ToChat("inspect"), store.ToPerson("li_qiang"), store.ToChat("office"), store.ToChat("leaders")} {
			if err := tx.Send(store.Out{To: to, Text: "提醒", Mentions: []string{"li_qiang"}, Make: "{}", Dedup: fmt.Sprint("key", n)}); err != nil {
				return err
			}
		}
		list, err := tx.DueOutgoing(10)
		if err != nil {
			return err
		}
		if err := tx.Bury(list[2], "no such chat"); err != nil {
			return err
		}
		for _, o := range list[:2] {
			if err := tx.MarkSent(o.ID); err != nil {
				return err
			}
		}
		return nil
	})
	storetest.Write(t, a.s, late, func(tx *store.Tx) error {
		for _, step := range []struct {
			clear func(time.Time, int) (int, error)
			want  []int
		}{{tx.ClearArrivals, []int{3, 2, 0}}, {tx.ClearOutgoing, []int{3, 0}}} {
			for _, want := range step.want {
				if n, err := step.clear(late, 3); n != want || err != nil {
					t.Errorf("cleared %d, want %d, %v", n, want, err)
				}
			}
		}
		open, err := tx.OpenArrivals()
		if len(open) != 1 || open[0].Body == "" {
			t.Errorf("open arrivals: %+v", open)
		}
		fresh, err2 := tx.AddArrival(&store.Arrival{Channel: "wechat", MessageID: "done3"})
		if fresh || err != nil || err2 != nil {
			t.Errorf("a message that comes again is new: %v, %v, %v", fresh, err, err2)
		}
		due, err := tx.DueOutgoing(10)
		if len(due) != 1 || due[0].Text != "提醒" {
			t.Errorf("waiting messages: %+v", due)
		}
		for n := range 4 { // each was said
			if err := tx.Send(store.Out{To: store.ToChat("inspect"), Text: "再说一遍", Dedup: fmt.Sprint("key", n)}); err != nil {
				return err
			}
		}
		due, _ = tx.DueOutgoing(10)
		if len(due) != 1 {
			t.Errorf("said again: %+v", due)
		}
		return err
	})
}

// TestRemovedIsTallied: what a day and a month removed is the sum of its transactions.
func TestRemovedIsTallied(t *testing.T) {
	a := newAlbum(t)
	day := storetest.At(t, "2026-06-01 00:00")
	storetest.Write(t, a.s, day, func(tx *store.Tx) error {
		for n, r := range []store.Removed{{Photos: 1, Texts: 2}, {Photos: 10, Loose: 3, Drafts: 4}, {}, {Photos: 100}} {
			if err := tx.Tally(day.AddDate(0, 0, n/3), r); err != nil {
				return err
			}
		}
		got, err := tx.RemovedIn(day, day.AddDate(0, 0, 1))
		if want := (store.Removed{Photos: 11, Loose: 3, Texts: 2, Drafts: 4}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		if month, _ := tx.RemovedIn(day, day.AddDate(0, 1, 0)); month.Photos != 111 {
			t.Errorf("%+v in the month", month)
		}
		return err
	})
}

// TestDraftsAreDropped: only what another draft replaced goes.
func TestDraftsAreDropped(t *testing.T) {
	a := newAlbum(t)
	at := storetest.At(t, "2026-01-05 09:00")
	storetest.Write(t, a.s, at, func(tx *store.Tx) error {
		for n := range 4 {
			s, err := store.NewSnapshot(store.SnapshotWeek, at, at, "v", n, "排名")
			if err != nil {
				return err
			}
			s.State = store.SnapshotDraft
			if err := tx.KeepSnapshot(&s); err != nil {
				return err
			}
			if n == 1 {
				if _, err := tx.MoveSnapshot(s.ID, store.SnapshotPublished, "chen_jing"); err != nil {
					return err
				}
			}
		}
		return nil
	})
	storetest.Write(t, a.s, at.AddDate(1, 0, 0), func(tx *store.Tx) error {
		n, err := tx.DropDrafts(at.AddDate(0, 1, 0), 10) // the first and the third
		if n != 2 || err != nil {
			t.Errorf("%d dropped, %v", n, err)
		}
		published, _, _ := tx.LastPublished(store.SnapshotWeek)
		draft, _, _ := tx.Draft(store.SnapshotWeek)
		if published.ID != 2 || draft.ID != 4 {
			t.Errorf("published %d, draft %d", published.ID, draft.ID)
		}
		return err
	})
}
