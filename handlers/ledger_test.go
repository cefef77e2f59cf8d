package handlers

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/files"
	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

func TestAnnounce(t *testing.T) {
	for _, tt := range []struct {
		n      int
		photos bool
		want   string
	}{
		{1000, true, "【台账】11月 共 1000 件，表格随后发来"},
		{1001, true, "【台账】11月 共 1001 件，表格随后发来\n超过 1000 件不附照片；要照片请缩小范围重发"},
		{5000, false, "【台账】11月 共 5000 件，表格随后发来"},
		{5001, false, "【台账】11月 共 5001 件，表格随后发来；件数多，要等一会儿"},
	} {
		if got := announce("11月", tt.n, tt.photos); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
}

// TestLedgerIsAskedFor: what the file is to list follows from the words in any order, and ends now.
func TestLedgerIsAskedFor(t *testing.T) {
	s, w := storetest.Open(t), world(t)
	now := storetest.At(t, "2026-11-23 09:00")
	storetest.Issue(t, s, w.Policy, now, issue.Change{Reporter: "zhang_min", Unit: "zhaoyang", Assignee: "li_qiang", Due: now.AddDate(0, 0, 1)})
	day := func(s string) time.Time { return storetest.At(t, s+" 00:00").UTC() }
	end := now.Add(time.Microsecond).UTC()
	for text, want := range map[string]files.Ledger{
		"台账": {From: day("2026-11-01"), To: end, Period: "11月"},
		"台账 带照片 昭阳街道 全部 整改中": {To: end, Period: "全部", Unit: "zhaoyang", Statuses: []issue.Status{issue.Assigned, issue.Working}, Photos: true},
		"台账 未销号 今天": {From: day("2026-11-23"), To: end, Period: "11月23日", Statuses: []issue.Status{
			issue.Reported, issue.Assigned, issue.Working, issue.Submitted, issue.Suspended,
		}},
	} {
		asksForLedger(t, s, w, now, text, want)
	}
	now = now.AddDate(0, 0, 7)
	end = now.Add(time.Microsecond).UTC()
	open := []issue.Status{issue.Assigned, issue.Working}
	asksForLedger(t, s, w, now, "台账 超期 昭阳街道", files.Ledger{To: end, Period: "全部", Unit: "zhaoyang", Statuses: open, Late: now.UTC()})
	asksForLedger(t, s, w, now, "台账 11月 超期", files.Ledger{From: day("2026-11-01"), To: end, Period: "11月", Statuses: open, Late: now.UTC()})
}

// asksForLedger has the office ask for a ledger, and looks at what is queued for it.
func asksForLedger(t *testing.T, s *store.Store, w *World, now time.Time, text string, want files.Ledger) {
	t.Helper()
	outs := noticesOf(t, s, w, now, "chen_jing", text, false)
	if len(outs) != 1 || outs[0].Text != "" {
		t.Fatalf("%s: %+v", text, outs)
	}
	var spec files.Spec
	if err := json.Unmarshal([]byte(outs[0].Make), &spec); err != nil {
		t.Fatal(err)
	}
	for _, at := range []*time.Time{&spec.Ledger.From, &spec.Ledger.To, &spec.Ledger.Late} {
		*at = at.UTC()
	}
	if diff := cmp.Diff(&want, spec.Ledger); diff != "" || spec.Name != want.Name(w.Reg) {
		t.Errorf("%s: %s %s", text, spec.Name, diff)
	}
}

// TestLedgerNeedsMoreThanACard: who is known by the group card only has the ledger of the own unit, whatever role the name has.
func TestLedgerNeedsMoreThanACard(t *testing.T) {
	s, w := storetest.Open(t), world(t)
	now := storetest.At(t, "2026-11-23 09:00")
	storetest.Issue(t, s, w.Policy, now, issue.Change{Reporter: "zhang_min", Unit: "zhaoyang", Assignee: "li_qiang"})
	for _, tt := range []struct {
		person, text string
		weak         bool
		files        int
	}{
		{"chen_jing", "台账", false, 1},
		{"chen_jing", "台账", true, 0},
		{"zhang_min", "台账 昭阳街道", true, 0},
		{"li_qiang", "台账", true, 1},
		{"li_qiang", "台账 住建局", false, 0},
	} {
		if got := noticesOf(t, s, w, now, tt.person, tt.text, tt.weak); len(got) != tt.files {
			t.Errorf("%+v: %d files", tt, len(got))
		}
	}
}

// noticesOf gives what follows the answer to somebody's message.
func noticesOf(t *testing.T, s *store.Store, w *World, now time.Time, person, text string, weak bool) (outs []store.Out) {
	t.Helper()
	from, _ := w.Reg.Person(person)
	storetest.Write(t, s, now, func(tx *store.Tx) error {
		r := Request{World: w, Tx: tx, Now: now, From: from, Weak: weak, Private: true}
		reply, err := r.Handle(w.Table.Match(Input{Text: text, Addressed: true}))
		if _, refused := issue.AsError(err); refused {
			return nil
		}
		outs = reply.Notices
		return err
	})
	return outs
}
