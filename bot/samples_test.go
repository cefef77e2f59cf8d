package bot

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/issue"
	"duban/internal/store"
)

// sample is a line of what people really wrote, with what a reader understands of it.
type sample struct {
	id, text, place, kind string
	categories            []string
}

func readSamples(t *testing.T, path string) []sample {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []sample
	for _, row := range rows[1:] {
		out = append(out, sample{id: row[0], text: row[1], place: row[3], kind: row[4], categories: strings.Split(row[5], "|")})
	}
	return out
}

// sampleConfig is a county whose register of places is made from the samples, with the categories that duban ships.
func sampleConfig(t *testing.T, samples []sample) *config.Config {
	t.Helper()
	var b strings.Builder
	b.WriteString("groups: [{id: dept, name: 部门}]\nunits: [{id: office_unit, name: 测试单位, group: dept, liaison: li}]\n")
	b.WriteString("people:\n  - {id: zhang, name: 张敏, roles: [inspector]}\n  - {id: li, name: 李强, unit: office_unit}\n")
	b.WriteString("chats: [{id: inspect, name: 督查群, for: [intake]}]\nplaces:\n")
	var seen []string
	for _, s := range samples {
		if s.place != "" && !slices.Contains(seen, s.place) {
			seen = append(seen, s.place)
			fmt.Fprintf(&b, "  - {name: %q, type: %q, unit: office_unit}\n", s.place, s.kind)
		}
	}
	cfg, err := config.Parse("samples.yaml", []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// TestSamples files what people really wrote, through the whole bot, and measures what it understood (design.md §11): every
// line is filed, place at least 95 %, category at least 85 %.
func TestSamples(t *testing.T) {
	samples := readSamples(t, "../internal/understand/testdata/reports_sample.tsv")
	s := newStageWith(t, sampleConfig(t, samples), time.Date(2026, 11, 23, 9, 0, 0, 0, shanghai(t)))
	places, categories := 0, 0
	for n, want := range samples {
		s.tell("zhang", "inspect", "上报 "+want.text)
		got := s.issue(int64(n + 1))
		if got.Place == want.place {
			places++
		} else {
			t.Logf("%s place %q, want %q: %s", want.id, got.Place, want.place, want.text)
		}
		if slices.Contains(want.categories, got.Category) {
			categories++
		} else {
			t.Logf("%s category %q, want %q: %s", want.id, got.Category, want.categories, want.text)
		}
	}
	t.Logf("%d lines filed, place %.1f %%, category %.1f %%", len(samples), percent(places, len(samples)), percent(categories, len(samples)))
	if percent(places, len(samples)) < 95 || percent(categories, len(samples)) < 85 {
		t.Error("understood too little")
	}
}

func percent(n, of int) float64 { return 100 * float64(n) / float64(of) }

// TestChatter: the bot says nothing to what people say to each other, and keeps nothing of it.
func TestChatter(t *testing.T) {
	var lines []string
	// What people wrote, and ordinary sentences with the verbs in them.
	for _, path := range []string{"../internal/understand/testdata/chatter_sample.txt", "testdata/chatter.txt"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, strings.Split(strings.TrimSpace(string(text)), "\n")...)
	}
	s := newStage(t, time.Date(2026, 11, 23, 9, 0, 0, 0, shanghai(t)))
	lines = append(lines,
		"收到，马上完成", "同意", "完成了", "12号开会", "已上报领导", "通过大家努力", "完成 3 个小区的检查", "查 一下监控", "排名靠后",
		"我的手机没电了", "上报了没有", "撤回了一条消息", "3 通过大家努力完成", "退回 5 份材料",
	)
	answered := 0
	for _, line := range lines {
		for _, who := range []string{"li_qiang", "zhang_min", "chen_jing"} {
			if said := s.tell(who, "inspect", line); said != "" {
				answered++
				t.Errorf("to %q of %s the bot said %q", line, who, said)
			}
		}
	}
	t.Logf("%d lines of chatter, %d answered", len(lines), answered)
	err := s.bot.store.Read(t.Context(), s.bot.Now(), func(tx *store.Tx) error {
		fresh, err := tx.OpenArrivals()
		if len(fresh) > 0 {
			t.Errorf("chatter was kept: %+v", fresh)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// tell lets a person say a text in a group and gives what the bot said.
func (s *stage) tell(person, group, text string) string {
	s.t.Helper()
	return strings.Join(s.do(chat.Step{Kind: chat.StepSay, Person: person, Chat: group, Text: text}), "\n")
}

func (s *stage) issue(id int64) (i issue.Issue) {
	s.t.Helper()
	err := s.bot.store.Read(s.t.Context(), s.bot.Now(), func(tx *store.Tx) (err error) {
		i, err = tx.Issue(id)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return i
}

func newStageWith(t *testing.T, cfg *config.Config, start time.Time) *stage {
	t.Helper()
	dir := t.TempDir()
	cfg.Storage = keptIn(t, filepath.Join(dir, "duban.db"))
	return stageOf(t, cfg, start)
}
