package jobs

import (
	"database/sql"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/calendar"
	"duban/internal/issue"
	"duban/internal/publish"
	"duban/internal/report"
	"duban/internal/score"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// county is a campaign on a fresh database, with a runner whose time the test moves.
type county struct {
	*testing.T
	env    Env
	path   string
	runner *Runner
	now    time.Time
	read   map[int64]bool // outgoing messages that the test has seen
}

var daily = []Spec{
	{"reminders", "*/10 * * * *"},
	{"ranking_draft", "30 17 * * *"},
	{"ranking", "0 18 * * *"},
	{"summary", "0 18 * * *"},
	{"no_such_job", "0 0 * * *"},
}

func newCounty(t *testing.T, start string, specs []Spec) *county {
	t.Helper()
	p := storetest.County(t)
	p.Reg.Chats = []issue.Chat{
		{ID: "inspect", Name: "督查群", For: []issue.Purpose{issue.ForIntake, issue.ForRanking}},
		{ID: "zhaoyang_group", Name: "昭阳群", For: []issue.Purpose{issue.ForReminders}, Units: []string{"zhaoyang"}},
		{ID: "leaders", Name: "领导群", For: []issue.Purpose{issue.ForSummary}},
		{ID: "office", Name: "创城办", For: []issue.Purpose{issue.ForAdmin, issue.ForDrafts}},
	}
	cal, err := calendar.New(calendar.Settings{
		Location: storetest.Zone(), QuietHours: calendar.Period{From: 21*60 + 30, To: 7*60 + 30},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Cal = cal
	path := filepath.Join(t.TempDir(), "duban.db")
	words := report.Words{Reg: p.Reg, Cal: cal}
	env := Env{Store: storetest.OpenAt(t, path), Reg: p.Reg, Cal: cal, Words: words, Policy: p, Desk: publish.Desk{Reg: p.Reg, Cal: cal, Words: words}}
	c := &county{T: t, env: env, path: path, now: storetest.At(t, start), read: map[int64]bool{}}
	c.runner = c.newRunner(specs)
	return c
}

func (c *county) newRunner(specs []Spec) *Runner {
	c.Helper()
	t := c.timetable(specs)
	now := func() *Timetable { // with what the test has changed of its campaign
		t.env = c.env
		t.env.slot = t.slotAfter
		return t
	}
	return New(now, func() time.Time { return c.now }, slog.New(slog.DiscardHandler))
}

func (c *county) timetable(specs []Spec) *Timetable {
	c.Helper()
	t, err := NewTimetable(specs, c.env)
	if err != nil {
		c.Fatal(err)
	}
	return t
}

// until runs every slot up to an instant and gives the messages that were queued, as "03-02 18:00 chat: first line".
func (c *county) until(at string) []string {
	c.Helper()
	end := storetest.At(c, at)
	for next := c.runner.timetable().Next(c.now, c.now); !next.After(end); next = c.runner.timetable().Next(c.now, c.now) {
		c.now = next
		if err := c.runner.RunSlot(c.Context(), next); err != nil {
			c.Fatal(err)
		}
	}
	c.now = end
	return c.fresh()
}

// fresh gives the messages that were queued since it was asked last.
func (c *county) fresh() []string {
	c.Helper()
	var out []string
	for _, o := range c.unread() {
		id, _ := o.Target.Chat()
		first, _, _ := strings.Cut(o.Text, "\n")
		out = append(out, time.UnixMicro(o.DueAt).In(storetest.Zone()).Format("01-02 15:04")+" "+id+": "+first)
	}
	return out
}

// unread are the messages that were queued since it was asked last.
func (c *county) unread() []store.Outgoing {
	c.Helper()
	var out []store.Outgoing
	storetest.Read(c, c.env.Store, c.now.AddDate(1, 0, 0), func(tx *store.Tx) error {
		list, err := tx.DueOutgoing(100000)
		slices.SortFunc(list, func(a, b store.Outgoing) int { return int(a.ID - b.ID) })
		for _, o := range list {
			if !c.read[o.ID] {
				c.read[o.ID] = true
				out = append(out, o)
			}
		}
		return err
	})
	return out
}

// ledger gives a job's rows as "11-23 18:00 done".
func (c *county) ledger(job string) []string {
	c.Helper()
	db, err := sql.Open("sqlite", c.path)
	if err != nil {
		c.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT slot, result, note FROM job_runs WHERE job = ? ORDER BY slot", job)
	if err != nil {
		c.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var slot int64
		var result, note string
		if err := rows.Scan(&slot, &result, &note); err != nil {
			c.Fatal(err)
		}
		out = append(out, strings.TrimSpace(time.UnixMicro(slot).In(storetest.Zone()).Format("01-02 15:04")+" "+result+" "+note))
	}
	if err := rows.Err(); err != nil {
		c.Fatal(err)
	}
	return out
}

// file files an issue for a unit, due at an instant.
func (c *county) file(unit, due string) issue.Issue {
	c.Helper()
	change := issue.Change{
		Text: "楼道堆物", Reporter: "zhang_min", Chat: "inspect", Unit: unit, Assignee: c.env.Reg.Receiver(unit),
		Due: storetest.At(c, due), Said: true,
	}
	return storetest.Issue(c, c.env.Store, c.env.Policy, c.now, change)
}

func (c *county) move(id int64, a issue.Action, by string) {
	c.Helper()
	storetest.Move(c, c.env.Store, c.env.Policy, id, issue.Act{Action: a, By: by, At: c.now, Note: "已清理"})
}

func (c *county) catchUp(at string) error {
	c.now = storetest.At(c, at)
	return c.newRunner(daily).CatchUp(c.Context(), c.now)
}

func same(t *testing.T, want, got []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestCatchUp: after a downtime the newest slot of each job is made up for once, if it is not too late for it; that older
// ones were missed is in the ledger, once, however often the program starts.
func TestCatchUp(t *testing.T) {
	c := newCounty(t, "2026-11-23 17:55", daily)
	if err := c.catchUp("2026-11-23 17:55"); err != nil {
		t.Fatal(err)
	}
	same(t, nil, c.fresh()) // a new installation has missed nothing
	c.until("2026-11-23 18:05")
	for _, start := range []string{"2026-11-26 18:45", "2026-11-26 18:46", "2026-11-26 18:47"} {
		if err := c.catchUp(start); err != nil {
			t.Fatal(err)
		}
	}
	same(t, []string{"11-26 18:45 inspect: 【11月26日创城排名】截至 18:00", "11-26 18:45 leaders: 【创城日报】11月26日（截至 18:00）"}, c.fresh())
	same(t, []string{"11-23 18:00 done", "11-24 18:00 missed 程序未运行，从 11-24 18:00 起错过 2 次", "11-26 18:00 done"}, c.ledger("ranking"))
	// The draft never ran before: the first start of a job is no downtime.
	same(t, nil, c.ledger("ranking_draft"))
}

func TestCatchUpTooLate(t *testing.T) {
	c := newCounty(t, "2026-11-23 17:25", daily)
	c.until("2026-11-23 18:05")
	for _, start := range []string{"2026-11-26 09:00", "2026-11-26 09:01"} {
		if err := c.catchUp(start); err != nil {
			t.Fatal(err)
		}
	}
	same(t, []string{"11-23 18:00 done", "11-25 18:00 missed 程序未运行，从 11-24 18:00 起错过 2 次"}, c.ledger("summary"))
	same(t, []string{"11-23 17:30 done", "11-25 17:30 missed 程序未运行，从 11-24 17:30 起错过 2 次"}, c.ledger("ranking_draft"))
	same(t, nil, c.ledger("reminders")) // there was nothing to remind of
}

// TestCatchUpCutShort: a program that dies while it makes up for what it has missed leaves nothing half recorded. Who found the newest slot in
// the ledger would take those before it for recorded.
func TestCatchUpCutShort(t *testing.T) {
	c := newCounty(t, "2026-11-23 18:05", daily)
	if err := c.runner.RunSlot(t.Context(), storetest.At(t, "2026-11-20 18:00")); err != nil {
		t.Fatal(err)
	}
	writes := 0
	c.runner.Fence(func(*store.Tx) error {
		if writes++; writes > 1 {
			return errors.New("dead")
		}
		return nil
	})
	_ = c.runner.CatchUp(t.Context(), c.now) // the dead say nothing
	recorded := 0
	for _, job := range []string{"ranking", "summary"} {
		switch got := c.ledger(job); len(got) {
		case 1: // of the time before
		case 3:
			recorded++
			same(t, []string{"11-20 18:00 done", "11-21 18:00 missed 程序未运行，从 11-21 18:00 起错过 2 次", "11-23 18:00 done"}, got)
		default:
			t.Errorf("%s: %q", job, got)
		}
	}
	if recorded == 0 {
		t.Error("nothing was recorded")
	}
}

// TestCatchUpFails: what was missed before a slot that fails is in the ledger, too.
func TestCatchUpFails(t *testing.T) {
	c := newCounty(t, "2026-11-23 18:05", daily)
	if err := c.runner.RunSlot(t.Context(), storetest.At(t, "2026-11-20 18:00")); err != nil {
		t.Fatal(err)
	}
	table := c.runner.timetable()
	n := slices.IndexFunc(table.jobs, func(j scheduled) bool { return j.Name == "summary" })
	table.jobs[n].Prepare = func(Env, *store.Tx, time.Time) (Commit, error) { return nil, errors.New("no words") }
	if err := c.runner.CatchUp(t.Context(), c.now); err == nil {
		t.Error("the summary did not fail")
	}
	same(t, []string{"11-20 18:00 done", "11-21 18:00 missed 程序未运行，从 11-21 18:00 起错过 2 次", "11-23 18:00 failed no words"}, c.ledger("summary"))
}

// TestCatchUpAtNight: what is made up for at night is not sent before the morning.
func TestCatchUpAtNight(t *testing.T) {
	c := newCounty(t, "2026-11-22 17:55", daily)
	c.until("2026-11-22 18:05")
	c.fresh()
	if err := c.catchUp("2026-11-23 23:00"); err != nil {
		t.Fatal(err)
	}
	same(t, []string{"11-24 07:30 inspect: 【11月23日创城排名】截至 18:00", "11-24 07:30 leaders: 【创城日报】11月23日（截至 18:00）"}, c.fresh())
}

// TestSlotRunsOnce: of several programs on one database one wins the slot, and nothing of the others is kept.
func TestSlotRunsOnce(t *testing.T) {
	c := newCounty(t, "2026-11-23 18:00", daily)
	var group sync.WaitGroup
	for range 4 {
		r := c.newRunner(daily)
		group.Go(func() {
			for range 3 {
				if err := r.RunSlot(t.Context(), c.now); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if got := c.fresh(); len(got) != 2 {
		t.Errorf("queued %q", got)
	}
	same(t, []string{"11-23 18:00 done"}, c.ledger("ranking"))
	same(t, []string{"11-23 18:00 done"}, c.ledger("summary"))
}

// TestRace: of two programs that prepared the same slot at the same time only one commits.
func TestRace(t *testing.T) {
	c := newCounty(t, "2026-11-23 18:00", nil)
	var both, group sync.WaitGroup
	both.Add(2)
	j := Job{Name: "race", Prepare: func(Env, *store.Tx, time.Time) (Commit, error) {
		both.Done()
		both.Wait()
		return func(tx *store.Tx) error { return tx.Send(store.Out{To: store.ToChat("office"), Text: "一次"}) }, nil
	}}
	for range 2 {
		r := c.newRunner(nil)
		group.Go(func() {
			if err := r.run(t.Context(), r.timetable(), j, due{slot: c.now, now: c.now}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	same(t, []string{"11-23 18:00 office: 一次"}, c.fresh())
	same(t, []string{"11-23 18:00 done"}, c.ledger("race"))
}

// TestFailedJob: a failure, a panic too, is in the ledger and nothing of the run is kept; the administrators are told once a
// day; the other jobs of the slot run, and the slot can be run again.
func TestFailedJob(t *testing.T) {
	for name, broken := range map[string]func() error{
		"error": func() error { return errors.New("disk on fire") },
		"panic": func() error { panic("disk on fire") },
	} {
		for _, half := range []string{"prepare", "commit"} {
			t.Run(name+" in "+half, func(t *testing.T) {
				c := newCounty(t, "2026-11-23 17:55", daily)
				healthy := true
				fail := func(here string) error {
					if healthy || here != half {
						return nil
					}
					return broken()
				}
				j := Job{Name: "fragile", Title: "备份", Prepare: func(Env, *store.Tx, time.Time) (Commit, error) {
					return func(tx *store.Tx) error {
						return errors.Join(tx.Send(store.Out{To: store.ToChat("office"), Text: "好了"}), fail("commit"))
					}, fail("prepare")
				}}
				table := c.runner.timetable()
				table.jobs = slices.Insert(table.jobs, 0, scheduled{j, table.jobs[0].schedule})
				healthy = false
				for range 2 {
					if err := c.runner.RunSlot(t.Context(), storetest.At(t, "2026-11-23 18:00")); err == nil || !strings.Contains(err.Error(), "disk on fire") {
						t.Errorf("error: %v", err)
					}
				}
				got := c.ledger("fragile")
				if len(got) != 1 || !strings.HasPrefix(got[0], "11-23 18:00 failed ") || !strings.Contains(got[0], "disk on fire") {
					t.Errorf("ledger: %q", got)
				}
				if got := c.runner.RunSlot(t.Context(), storetest.At(t, "2026-11-23 18:10")); got == nil {
					t.Error("the next slot did not fail")
				}
				told := slices.DeleteFunc(c.fresh(), func(s string) bool { return !strings.Contains(s, "office") })
				same(t, []string{"11-23 18:00 office: 【任务失败】备份（11-23 18:00）没有完成。请管理员查看日志"}, told)
				same(t, []string{"11-23 18:00 done"}, c.ledger("ranking"))
				healthy = true
				if err := c.runner.RunSlot(t.Context(), storetest.At(t, "2026-11-23 18:00")); err != nil {
					t.Fatal(err)
				}
				same(t, []string{"11-23 18:00 office: 好了"}, c.fresh())
			})
		}
	}
}

func TestBadSpec(t *testing.T) {
	_, err := NewTimetable([]Spec{{"ranking", "0 25 * * *"}}, Env{})
	if err == nil || !strings.Contains(err.Error(), "schedule.ranking") {
		t.Errorf("error: %v", err)
	}
}

// TestEveryIssueEntersOnce: over weeks of random lives every closed or late issue is counted in one day's ranking, and one
// day counts what is filed on it.
func TestEveryIssueEntersOnce(t *testing.T) {
	c := newCounty(t, "2026-11-02 00:00", daily[2:4])
	storetest.Lives(t, c.env.Store, c.env.Policy, c.now, 300, 7)
	c.until("2026-12-20 23:00")
	start := storetest.At(t, "2026-11-01 18:00")
	var whole score.Day
	filed, closed := 0, 0
	storetest.Read(t, c.env.Store, c.now, func(tx *store.Tx) (err error) {
		whole, err = tx.Day(c.env.Reg, start, storetest.At(t, "2026-12-20 18:00"), c.now, c.now)
		if err != nil {
			return err
		}
		accounts, err := tx.Ranking(c.env.Reg, c.env.Reg.Scoring, whole.From, whole.To)
		if err != nil {
			return err
		}
		whole.Scores = score.Scores(accounts)
		for to := c.now; ; {
			var d score.DayTotals
			s, found, err := tx.LastSnapshot(store.SnapshotTotals, to, &d)
			if err != nil || !found {
				return err
			}
			filed, closed, to = filed+d.Filed, closed+d.Closed, s.To()
		}
	})
	if filed != whole.Filed || closed != whole.Closed || filed < 200 || closed < 20 {
		t.Errorf("the days together: %d filed, %d closed; the whole time: %d, %d", filed, closed, whole.Filed, whole.Closed)
	}
	entering := map[string]int{}
	storetest.Read(t, c.env.Store, c.now, func(tx *store.Tx) error {
		for to := c.now; ; {
			var r publish.Ranking
			s, found, err := tx.LastSnapshot(store.SnapshotRanking, to, &r)
			if err != nil || !found {
				return err
			}
			for _, score := range r.Scores {
				entering[score.Unit] += score.Entering
			}
			to = s.To()
		}
	})
	for _, score := range whole.Scores {
		if entering[score.Unit] != score.Entering || score.Entering < 30 {
			t.Errorf("%s: %d entered day by day, %d in the whole time", score.Unit, entering[score.Unit], score.Entering)
		}
	}
}
