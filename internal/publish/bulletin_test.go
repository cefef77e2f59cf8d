package publish

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"duban/internal/document"
	"duban/internal/issue"
	"duban/internal/store"
)

// bulletin is the draft that waits.
func (o *office) bulletinDraft(now string) (b document.Bulletin) {
	o.Helper()
	o.read(now, func(tx *store.Tx) error {
		s, _, err := tx.Draft(store.SnapshotBulletin)
		if err != nil {
			return err
		}
		return s.Decode(&b)
	})
	return b
}

// TestBulletinNumbers: they run on without gaps, drafts take none, a year begins with 1 even when the last of the old year goes
// out in the new one.
func TestBulletinNumbers(t *testing.T) {
	o := newOffice(t)
	o.Reg.Bulletin.Mark = "创城通报"
	for _, step := range []struct {
		now, want string
		publish   string
	}{
		{"2026-11-23 09:00", "创城通报〔2026〕1号", ""},
		{"2026-11-23 09:10", "创城通报〔2026〕1号", "2026-11-23 09:20"},
		{"2026-11-30 09:00", "创城通报〔2026〕2号", ""},
		{"2026-12-07 09:00", "创城通报〔2026〕2号", "2026-12-07 09:20"},
		{"2026-12-31 17:00", "创城通报〔2026〕3号", "2027-01-01 09:00"},
		{"2027-01-04 09:00", "创城通报〔2027〕1号", ""},
		{"2027-01-04 10:00", "创城通报〔2027〕1号", "2027-01-04 11:00"},
		{"2027-01-05 10:00", "创城通报〔2027〕2号", ""},
	} {
		text, err := o.drafted(step.now, "通报", "")
		if err != nil || !strings.Contains(text, step.want) {
			t.Errorf("%s: %v, not %s in %s", step.now, err, step.want, text)
		}
		if step.publish == "" {
			continue
		}
		if r, err := o.publish(step.publish, store.SnapshotBulletin); err != nil || !strings.Contains(r.Snapshot.Text, step.want) {
			t.Errorf("%s: %v, %+v", step.publish, err, r)
		}
	}
}

// TestEmptyBulletin: sections that have nothing to say are left out.
func TestEmptyBulletin(t *testing.T) {
	o := newOffice(t)
	text, err := o.drafted("2026-11-23 09:00", "通报", "")
	if err != nil || strings.Contains(text, "二、") || !strings.Contains(text, "一、总体情况") || !strings.Contains(text, "发现问题 0 件") {
		t.Errorf("%v\n%s", err, text)
	}
}

// TestBulletinRanksAsTheRanking: by deductions a unit of which nothing was found is the first, and by complaints one without any
// is not one with too few.
func TestBulletinRanksAsTheRanking(t *testing.T) {
	o := newOffice(t)
	o.file("2026-11-16 09:00", "zhaoyang", "2026-11-16 11:00")
	for style, want := range map[issue.Style]string{
		issue.StyleDeductions: "1. 临湖街道 100.00\n2. 昭阳街道 93.00｜按期 0/1，超期 1 件",
		issue.StyleComplaints: "昭阳街道 无回访｜按期 0/1，超期 1 件",
	} {
		o.Reg.Scoring.Style = style
		if text, err := o.drafted("2026-11-23 09:00", "通报", ""); err != nil || !strings.Contains(text, want) {
			t.Errorf("%s: %v\n%s", style, err, text)
		}
	}
}

// TestLongBulletin: of very many late issues the longest overdue are listed and all are counted, those of a unit that the register
// does not know any more as well.
func TestLongBulletin(t *testing.T) {
	o := newOffice(t)
	o.write("2026-11-16 09:00", func(tx *store.Tx) error {
		for n := range 100 {
			unit := []string{"zhaoyang", "linhu", "gone", "linhu"}[n%4]
			i := issue.Issue{ID: int64(n + 1)}
			due := o.at("2026-11-17 09:00")
			if n == 98 {
				unit, due = "zhujian", o.at("2026-11-20 09:00") // its only one is not among the longest
			}
			var events []issue.Event
			for _, a := range []issue.Act{
				{Action: issue.Report, By: "zhang_min", Change: issue.Change{Text: fmt.Sprintf("问题%d", n+1), Due: due, Said: true}},
				{Action: issue.Assign, Change: issue.Change{Unit: unit}},
			} {
				a.At = tx.Now()
				e, err := o.p.Apply(&i, a)
				if err != nil {
					return err
				}
				events = append(events, e)
			}
			if err := tx.SaveIssue(i, events...); err != nil {
				return err
			}
		}
		return nil
	})
	text, err := o.drafted("2026-11-23 09:00", "通报", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"昭阳街道（25件）", "临湖街道（50件）", "住建局（1件）\n另有 1 件未列出，见台账。", "gone（", "超期未整改共 100 件"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	listed, more := 0, 0
	for _, u := range o.bulletinDraft("2026-11-23 09:00").Units {
		more += u.More
		for _, p := range u.Places {
			listed += len(p.Items)
		}
	}
	if listed != mostItems || more < 15 {
		t.Errorf("%d listed, %d more", listed, more)
	}
}

// TestBulletinPhotos: only the gravest come with photos, the newest that may be shown, those of merged issues too.
func TestBulletinPhotos(t *testing.T) {
	o := newOffice(t)
	grave, late := o.file("2026-11-16 09:00", "zhaoyang", "2026-11-16 12:00"), o.file("2026-11-16 09:00", "linhu", "2026-11-17 12:00")
	twin := o.file("2026-11-16 09:00", "zhaoyang", "2026-11-16 12:00")
	o.do("2026-11-16 09:30", twin, issue.Act{Action: issue.Merge, By: "chen_jing", Change: issue.Change{Merged: grave}})
	o.write("2026-11-16 10:00", func(tx *store.Tx) error {
		for n, p := range []store.Photo{
			{IssueID: grave, Kind: store.PhotoBefore, Shown: "a.jpg"},
			{IssueID: twin, Kind: store.PhotoBefore, Shown: "b.jpg"},
			{IssueID: grave, Kind: store.PhotoBefore},
			{IssueID: late, Kind: store.PhotoBefore, Shown: "c.jpg"},
			{IssueID: grave, Kind: store.PhotoAfter, Shown: "d.jpg"},
			{IssueID: grave, Kind: store.PhotoCheck, Shown: "e.jpg"},
		} {
			p.SHA256 = fmt.Sprint(n)
			if err := tx.AddPhoto(&p); err != nil {
				return err
			}
		}
		return nil
	})
	o.do("2026-11-20 09:00", grave, issue.Act{Action: issue.Remind, Change: issue.Change{Level: issue.LevelBulletin}})
	if _, err := o.drafted("2026-11-23 09:00", "通报", ""); err != nil {
		t.Fatal(err)
	}
	got := map[int64]string{}
	for _, u := range o.bulletinDraft("2026-11-23 09:00").Units {
		for _, p := range u.Places {
			for _, i := range p.Items {
				got[i.Issue] = i.Before + i.After
			}
		}
	}
	if got[grave] != "b.jpgd.jpg" || got[late] != "" || len(got) != 2 {
		t.Errorf("photos: %v", got)
	}
}

// TestBulletinBlamesWhoItWas: what came back is ascribed to the unit whose work it was, whoever has the issue now; what was filed by
// mistake to nobody.
func TestBulletinBlamesWhoItWas(t *testing.T) {
	o := newOffice(t)
	moved, void := o.file("2026-11-23 08:30", "zhaoyang", "2026-11-23 12:00"), o.file("2026-11-23 08:30", "zhaoyang", "2026-11-23 12:00")
	for _, id := range []int64{moved, void} {
		o.done("2026-11-23 09:00", id)
		o.act("2026-11-24 09:00", id, issue.Relapse, "zhang_min")
	}
	o.do("2026-11-24 10:00", moved, issue.Act{Action: issue.Reassign, By: "chen_jing", Change: issue.Change{Unit: "linhu", Assignee: "wang_lei"}})
	o.void("2026-11-24 11:00", void)
	if _, err := o.drafted("2026-11-25 09:00", "通报", "本周"); err != nil {
		t.Fatal(err)
	}
	want := []document.Setback{{Kind: document.Relapse, Unit: "昭阳街道", Place: "金水湾小区", Text: "#1 楼道堆物"}}
	if diff := cmp.Diff(want, o.bulletinDraft("2026-11-25 09:00").Setbacks); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestBulletinCountsUpToNow: what is due later on the day of the bulletin is not late in its ranking.
func TestBulletinCountsUpToNow(t *testing.T) {
	o := newOffice(t)
	o.file("2026-11-23 08:30", "zhaoyang", "2026-11-23 12:00")
	text, err := o.drafted("2026-11-23 09:00", "通报", "本周")
	if err != nil || strings.Contains(text, "排名情况") || !strings.Contains(text, "超期未整改共 0 件") {
		t.Errorf("%v\n%s", err, text)
	}
}
