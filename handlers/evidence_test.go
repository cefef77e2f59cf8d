package handlers

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/calendar"
	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// TestFlags: what of a photo raises a question, and what does not (domain.md row 34).
func TestFlags(t *testing.T) {
	cal, err := calendar.New(calendar.Settings{Location: storetest.Zone()})
	if err != nil {
		t.Fatal(err)
	}
	taken := func(s string) store.Photo {
		return store.Photo{IssueID: 17, SHA256: "a", TakenAt: storetest.At(t, s).UnixMicro()}
	}
	from := func(id int64, kind, sum string) store.Photo { return store.Photo{IssueID: id, Kind: kind, SHA256: sum} }
	place := func(lat, lng float64) store.Photo { return store.Photo{SHA256: "a", Lat: lat, Lng: lng, Located: true} }
	own := store.Photo{IssueID: 17, SHA256: "a"}
	for _, tt := range []struct {
		name string
		p    proof
		want []string
	}{
		{"nothing known", proof{photo: own}, nil},
		{"the same file elsewhere", proof{photo: own, alike: []store.Photo{from(12, store.PhotoAfter, "a")}}, []string{"整改后照片与 #12 的照片相同，请核实"}},
		{"another file of it", proof{photo: own, alike: []store.Photo{from(12, store.PhotoBefore, "b")}}, []string{"整改后照片与 #12 的照片几乎相同，请核实"}},
		{"the same file says more than another one", proof{
			photo: own, alike: []store.Photo{from(12, store.PhotoAfter, "b"), from(12, store.PhotoAfter, "a"), from(12, store.PhotoBefore, "a")},
		}, []string{"整改后照片与 #12 的照片相同，请核实"}},
		{"own photo from before", proof{photo: own, alike: []store.Photo{from(17, store.PhotoBefore, "a")}}, []string{"整改后照片与整改前照片相同，请核实"}},
		{"own photo from before, recompressed", proof{photo: own, alike: []store.Photo{from(17, store.PhotoBefore, "b")}}, []string{"整改后照片与整改前照片几乎相同，请核实"}},
		{"sent before", proof{photo: own, alike: []store.Photo{from(17, store.PhotoAfter, "a")}}, []string{"整改后照片与先前提交的照片相同，请核实"}},
		{"the inspector's own", proof{photo: own, alike: []store.Photo{from(17, store.PhotoCheck, "a")}}, []string{"整改后照片与核查照片相同，请核实"}},
		{"taken in time", proof{photo: taken("2026-11-23 09:30")}, nil},
		{"a clock that is a little slow", proof{photo: taken("2026-11-23 08:56")}, nil},
		{"before the dispatch", proof{photo: taken("2026-11-20 08:00")}, []string{"照片拍摄于 11-20 08:00，早于派单"}},
		{"before the return", proof{photo: taken("2026-11-23 08:00"), began: issue.Return}, []string{"照片拍摄于 11-23 08:00，早于退回"}},
		{"before the relapse", proof{photo: taken("2026-11-22 08:00"), began: issue.Relapse}, []string{"照片拍摄于 11-22 08:00，早于反弹"}},
		{"a clock that is a little fast", proof{photo: taken("2026-11-23 10:04")}, nil},
		{"in the future", proof{photo: taken("2026-11-23 10:06")}, []string{"照片拍摄时间 11-23 10:06 晚于现在，可能是手机时间不准"}},
		{"old", proof{photo: taken("2026-11-19 10:00"), since: storetest.At(t, "2026-11-10 09:00")}, []string{"照片拍摄于 11-19 10:00，已过 4 天"}},
		{"of another year", proof{photo: taken("2025-11-23 10:00")}, []string{"照片拍摄于 2025-11-23 10:00，早于派单"}},
		{"not so old", proof{photo: taken("2026-11-20 10:00"), since: storetest.At(t, "2026-11-10 09:00")}, nil},
		{"the same place", proof{photo: place(32.94, 119.83), before: []store.Photo{place(32.9435, 119.83)}}, nil},
		{"not far", proof{photo: place(32.94, 119.83), before: []store.Photo{place(32.9475, 119.83)}}, []string{"整改后与整改前照片拍摄地点相距约 834 米，请核实"}},
		{"far", proof{photo: place(32.94, 119.83), before: []store.Photo{place(32.97, 119.83)}}, []string{"整改后与整改前照片拍摄地点相距约 3.3 公里，请核实"}},
		{"one of several is near", proof{photo: place(32.94, 119.83), before: []store.Photo{place(33, 119), place(32.94, 119.83)}}, nil},
		{"only one place is known", proof{photo: place(32.94, 119.83), before: []store.Photo{own}}, nil},
		{"neither place is known", proof{photo: own, before: []store.Photo{place(32.94, 119.83)}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.p.now = storetest.At(t, "2026-11-23 10:00")
			if tt.p.since.IsZero() {
				tt.p.since = storetest.At(t, "2026-11-23 09:00")
			}
			if diff := cmp.Diff(tt.want, tt.p.flags(cal)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestHandling: a photo counts from the dispatch to the unit that has the issue now, or from the return or relapse after it.
func TestHandling(t *testing.T) {
	moment := func(minute int) time.Time {
		return storetest.At(t, "2026-11-23 09:00").Add(time.Duration(minute) * time.Minute)
	}
	var events []issue.Event
	add := func(a issue.Action, unit string) {
		events = append(events, issue.Event{At: moment(len(events)), Action: a, Change: issue.Change{Unit: unit}})
	}
	want := func(minute int, by issue.Action) {
		t.Helper()
		since, got := handledSince(events)
		if minute >= 0 && !since.Equal(moment(minute)) || minute < 0 && !since.IsZero() || got != by {
			t.Errorf("after %s: since %v by %q, want minute %d by %q", events[len(events)-1].Action, since, got, minute, by)
		}
	}
	add(issue.Report, "")
	want(-1, "")
	add(issue.Assign, "zhaoyang")
	want(1, issue.Assign)
	add(issue.Sign, "")
	add(issue.Reassign, "zhaoyang") // another person of the same unit
	want(1, issue.Assign)
	add(issue.Submit, "")
	add(issue.Return, "")
	want(5, issue.Return)
	add(issue.Reassign, "zhujian")
	want(6, issue.Reassign)
	add(issue.Pass, "")
	add(issue.Relapse, "")
	want(8, issue.Relapse)
	events = nil
	add(issue.Report, "")
	add(issue.Assign, "zhaoyang")
	add(issue.SolveOnSpot, "")
	want(-1, issue.SolveOnSpot)
}

// TestVerdict: the result of a look back stands at the beginning and ends there.
func TestVerdict(t *testing.T) {
	for text, want := range map[string]string{
		"合格": "true ", "合格，保持干净": "true 保持干净", "没有反弹": "true ", "未反弹 还是干净的": "true 还是干净的", "通过了": "true ",
		"反弹 又堆了杂物": "false 又堆了杂物", "反弹了，又堆了": "false 又堆了", "不合格：很脏": "false 很脏", "不通过": "false ",
		"": "", "合格率不高": "", "看过了": "", "反弹情况严重": "",
	} {
		good, rest, ok := verdict(text)
		got := ""
		if ok {
			got = map[bool]string{true: "true ", false: "false "}[good] + rest
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
