package bot

import (
	"slices"
	"strings"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/store"
)

// hears plays one line and gives what the bot says to it.
func (s *stage) hears(line string) string {
	s.t.Helper()
	steps, err := chat.ParseScript(strings.NewReader(line))
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.Join(s.do(steps[0]), "\n")
}

// TestRunAgain: what failed is made up for by a word of the office, once, and the groups get what they missed.
func TestRunAgain(t *testing.T) {
	s := newStage(t, time.Date(2026, 11, 24, 9, 0, 0, 0, shanghai(t)))
	slot := time.Date(2026, 11, 23, 18, 0, 0, 0, shanghai(t))
	err := s.bot.store.Write(t.Context(), slot, func(tx *store.Tx) error {
		_, err := tx.ClaimRun("summary", slot, store.RunFailed, "disk on fire")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ line, want string }{
		{"张敏@inspect: 重跑 日报", "限创城办、管理员使用"},
		{"陈静@office: 重跑", "没有完成的定时任务：\n  11-23 18:00 日报（失败）\n  再做一次请发「重跑 任务 日期」"},
		{"陈静@office: 重跑 周报", "没有叫“周报”的定时任务，也不是日期"},
		{"陈静@office: 重跑 昨天", "请写明任务：无主问题检查、排名草稿、排名、"},
		{"陈静@office: 重跑 日报 11-22", "11月22日的日报没有失败或错过，不用重跑。要再看，请发「日报」"},
		{"陈静@office: 重跑 日报 昨天", "督办@leaders> 【创城日报】11月23日（截至 18:00）"},
		{"陈静@office: 重跑 日报 昨天", "没有失败或错过"},
		{"陈静@office: 重跑", "定时任务都完成了，没有要重跑的"},
	} {
		if said := s.hears(tt.line); !strings.Contains(said, tt.want) {
			t.Errorf("%s\n%s\nwant %s", tt.line, said, tt.want)
		}
	}
}

// TestJobTitlesDiffer: a title names one job, in chat and on the dashboard.
func TestJobTitlesDiffer(t *testing.T) {
	s := newStage(t, time.Date(2026, 11, 24, 9, 0, 0, 0, shanghai(t)))
	var titles []string
	for _, j := range s.bot.edition().world.Jobs.List {
		if slices.Contains(titles, j.Title) {
			t.Errorf("two jobs are called %s", j.Title)
		}
		titles = append(titles, j.Title)
	}
	if len(titles) == 0 {
		t.Error("no job can be run again")
	}
}
