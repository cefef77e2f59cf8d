package bench

import (
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"duban/bot"
	"duban/internal/config"
	"duban/internal/store/storetest"
)

// due is how many issues a tick has to press.
const due = 100

// mostTick is how much longer a tick may take with a hundred times as many open issues, of which as many are due.
const mostTick = 1.5

// BenchmarkTick lets the reminders run when the deadlines of a hundred issues have just passed, among a thousand open issues and
// among a hundred thousand.
func BenchmarkTick(b *testing.B) {
	var took []float64
	few, many := 1000, 100_000
	if testing.Short() {
		many /= 10
	}
	for _, open := range []int{few, many} {
		b.Run(fmt.Sprintf("100 due of/open=%d", open), func(b *testing.B) {
			o, db := pressed(b, open)
			o.owe(b, db)
			for range 3 { // what is prepared once
				o.advance(b, time.Minute)
				o.owe(b, db)
			}
			var used time.Duration
			for b.Loop() {
				began := cpu()
				o.advance(b, time.Minute)
				used += cpu() - began
				b.StopTimer()
				o.told(b, db)
				o.owe(b, db)
				b.StartTimer()
			}
			took = append(took, float64(used)/float64(b.N))
			b.ReportMetric(used.Seconds()*1000/float64(b.N), "cpu-ms")
			b.ReportMetric(each(b), "ms")
			alone(b)
		})
	}
	if len(took) < 2 {
		return
	}
	b.Run("100 due of/growth", func(b *testing.B) {
		within(b, took[len(took)-1]/took[0], "times", mostTick)
		alone(b)
	})
}

// pressed is a county in which nothing but reminders comes by the clock, every minute.
func pressed(b *testing.B, open int) (*old, *sql.DB) {
	b.Helper()
	dir := filled(b, fmt.Sprintf("open-%d", open), storetest.History{Issues: open, Daily: daily, Open: open})
	cfg := county(b, dir)
	never := "0 4 1 1 *"
	cfg.Schedule = config.Schedule{
		Reminders: "* * * * *", Unowned: never, RankingDraft: never, Ranking: never, RankingWeek: never, RankingMonth: never, Summary: never,
		Bulletin: never, LookBack: never, Backup: never, Retention: never,
	}
	o := &old{n: newNetwork()}
	var err error
	if o.bot, err = bot.New(b.Context(), cfg, bot.Options{Log: slog.New(slog.DiscardHandler), Start: beginning(b, cfg)}); err != nil {
		b.Fatal(err)
	}
	o.bot.Add(o.n)
	b.Cleanup(func() { _ = o.bot.Close() })
	db := connect(b, filepath.Join(dir, "duban.db"))
	if _, err := db.ExecContext(b.Context(), "DELETE FROM job_runs"); err != nil { // of an earlier run
		b.Fatal(err)
	}
	return o, db
}

// newest are the issues that are owed.
var newest = fmt.Sprintf("(SELECT id FROM issues WHERE status = 'working' ORDER BY id DESC LIMIT %d)", due)

// owe sets their deadlines half a minute ahead.
func (o *old) owe(b *testing.B, db *sql.DB) {
	b.Helper()
	at := o.bot.Now().Add(30 * time.Second).UnixMicro()
	_, err := db.ExecContext(b.Context(), "UPDATE issues SET due = ?, next_alarm = ?, told = '', level = '' WHERE id IN "+newest, at, at)
	if err != nil {
		b.Fatal(err)
	}
}

// told looks whether the tick has pressed all of them.
func (o *old) told(b *testing.B, db *sql.DB) {
	b.Helper()
	var n int
	err := db.QueryRowContext(b.Context(), "SELECT COUNT(*) FROM issues WHERE told LIKE '%L1%' AND id IN "+newest).Scan(&n)
	if err != nil || n != due {
		b.Fatalf("%d of %d were told: %v", n, due, err)
	}
}
