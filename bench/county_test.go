package bench

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duban/bot"
	"duban/internal/chat"
	"duban/internal/config"
)

// The county of the benchmarks: every unit has a group of its own and reporters in it.
const (
	units  = 20
	people = 25 // of each unit
	places = 60 // of each unit
)

// begun is the instant at which the story's clock stands: a working morning, so that nothing waits for another hour.
const begun = "2026-11-23 09:00"

// written is the county's configuration with its data in a folder, without the line of the channels.
func written(dir string) string {
	var y strings.Builder
	fmt.Fprintf(&y, "campaign: {name: 甲县创建全国文明城市}\ncalendar: {quiet_hours: \"\"}\nstorage: {dsn: %q, media: %q}\nbackup: {folder: %q}\n",
		filepath.Join(dir, "duban.db"), filepath.Join(dir, "media"), filepath.Join(dir, "backup"))
	y.WriteString("groups: [{id: street, name: 街道}]\nunits:\n")
	for u := range units {
		fmt.Fprintf(&y, "  - {id: u%d, name: 第%d街道, group: street, liaison: u%dp0, lead: u%dp1}\n", u, u, u, u)
	}
	fmt.Fprintf(&y, "people:\n  - {id: %s, name: 陈静, roles: [office, leader, inspector]}\n", office)
	for u := range units {
		for p := range people {
			fmt.Fprintf(&y, "  - {id: u%dp%d, name: 第%d街道%d号, unit: u%d}\n", u, p, u, p, u)
		}
	}
	y.WriteString("places:\n")
	for u := range units {
		for p := range places {
			fmt.Fprintf(&y, "  - {name: %s, unit: u%d, type: 社区小区}\n", place(u, p), u)
		}
	}
	y.WriteString("chats:\n  - {id: office, name: 创城办, for: [admin, drafts, summary]}\n")
	for u := range units {
		fmt.Fprintf(&y, "  - {id: g%d, name: 第%d街道创城群, for: [intake, reminders], units: [u%d]}\n", u, u, u)
	}
	return y.String()
}

// office is who may do all that is asked for, but for what only administrators do.
const office = "chen_jing"

// county is the configuration of the county with its data in a folder.
func county(b *testing.B, dir string) *config.Config {
	b.Helper()
	cfg, err := config.Parse("config.yaml", []byte(written(dir)))
	if err != nil {
		b.Fatal(err)
	}
	return cfg
}

func place(unit, n int) string { return fmt.Sprintf("第%d街道%d号小区", unit, n) }

// troubles are what is reported, in the words of people.
var troubles = []string{"门口垃圾成堆", "楼道堆放杂物", "非机动车乱停乱放", "墙面有小广告", "绿化带内有白色垃圾", "占道经营", "飞线充电", "污水横流"}

// report is the kth message of the benchmark: somebody of a unit's group reports something at a place of another one.
func report(k int) chat.Message {
	group := k % units
	from := fmt.Sprintf("u%dp%d", group, 2+k/units%(people-2))
	at := place((group+1+k/units)%units, k/7%places)
	return chat.Message{
		Channel: "bench", ID: fmt.Sprint(k), Conversation: chat.Conversation{Key: fmt.Sprintf("g%d", group)}, From: chat.Sender{Key: from},
		Text: fmt.Sprintf("上报 %s%d栋%s", at, 1+k/units%30, troubles[k%len(troubles)]),
	}
}

// beginning is begun as an instant.
func beginning(b *testing.B, cfg *config.Config) time.Time {
	b.Helper()
	start, err := time.ParseInLocation("2006-01-02 15:04", begun, cfg.Location())
	if err != nil {
		b.Fatal(err)
	}
	return start
}

// ticksOnly are times by which nothing but the reminders runs while somebody measures: how many hours pass depends on the machine, and what
// the other jobs do can be asked for.
func ticksOnly(s config.Schedule) config.Schedule {
	const yearly = "0 3 1 1 *"
	return config.Schedule{
		Reminders: s.Reminders, Unowned: yearly, RankingDraft: yearly, Ranking: yearly, RankingWeek: yearly, RankingMonth: yearly,
		Summary: yearly, Bulletin: yearly, LookBack: yearly, Backup: yearly, Retention: yearly,
	}
}

// opened is the bot of the county on the network, and where its database is. Its time is the story's, in which nothing happens by itself, or
// the real one, in which messages go the way that they go to real networks.
func opened(b *testing.B, dir string, n *network, story bool) (d *bot.Bot, file string) {
	b.Helper()
	cfg := county(b, dir)
	o := bot.Options{Log: slog.New(slog.DiscardHandler)}
	if story {
		o.Start = beginning(b, cfg)
		cfg.Schedule = ticksOnly(cfg.Schedule)
	}
	d, err := bot.New(b.Context(), cfg, o)
	if err != nil {
		b.Fatal(err)
	}
	d.Add(n)
	b.Cleanup(func() {
		if err := d.Close(); err != nil {
			b.Error(err)
		}
	})
	return d, cfg.Storage.Place()
}
