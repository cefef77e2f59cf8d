package bot

import (
	"strings"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/issue"
)

// later moves the stage's clock and forgets what the bot said on the way.
func (s *stage) later(d time.Duration) {
	s.t.Helper()
	if err := s.bot.Advance(s.t.Context(), s.bot.Now().Add(d)); err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = nil
}

const (
	heap    = "上报 金水湾小区3号楼楼道堆放杂物"
	another = "上报 金水湾小区3号楼道里堆满杂物"
)

// TestDoublesInTheWindow: what was reported long ago, is closed or stands elsewhere is no double, and the window may be off.
func TestDoublesInTheWindow(t *testing.T) {
	for _, tt := range []struct {
		name   string
		window time.Duration
		before func(s *stage)
		double bool
	}{
		{"at once", 2 * time.Hour, func(*stage) {}, true},
		{"within the window", 2 * time.Hour, func(s *stage) { s.later(119 * time.Minute) }, true},
		{"after the window", 2 * time.Hour, func(s *stage) { s.later(121 * time.Minute) }, false},
		{"never asked", 0, func(*stage) {}, false},
		{"withdrawn", 2 * time.Hour, func(s *stage) { s.tell("zhang_min", "inspect", "撤回 1") }, false},
		{"rejected", 2 * time.Hour, func(s *stage) { s.tell("chen_jing", "office", "不予立案 1 不归创城") }, false},
		{"elsewhere", 2 * time.Hour, func(s *stage) { s.tell("chen_jing", "office", "更正 1 地点 翠绿社区") }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := talkConfig(t, t.TempDir())
			cfg.Rules.DuplicateWindow = tt.window
			s := stageOf(t, cfg, morning(t))
			s.tell("zhang_min", "inspect", heap)
			tt.before(s)
			if got := s.tell("luo_gang", "inspect", another); strings.Contains(got, "疑似与 #1 重复") != tt.double {
				t.Errorf("the bot said %q", got)
			}
			if s.issue(2).Status != issue.Assigned {
				t.Error("a double is filed all the same")
			}
		})
	}
}

// TestRepeatedCaption: the same words of the same person at the same place of talk within the window file nothing.
func TestRepeatedCaption(t *testing.T) {
	for _, tt := range []struct {
		name        string
		who, group  string
		text        string
		after       time.Duration
		filesNoMore bool
	}{
		{"at once", "zhang_min", "inspect", heap, 0, true},
		{"in other characters", "zhang_min", "inspect", "上報：金水灣小區３號樓樓道堆放雜物。", 0, true},
		{"at the end of the window", "zhang_min", "inspect", heap, 5 * time.Minute, true},
		{"after the window", "zhang_min", "inspect", heap, 5*time.Minute + time.Second, false},
		{"another person", "luo_gang", "inspect", heap, 0, false},
		{"another group", "zhang_min", "office", heap, 0, false},
		{"other words", "zhang_min", "inspect", another, 0, false},
		{"another deadline", "zhang_min", "inspect", heap + " 今天下午5点前", 0, false},
		{"another unit", "zhang_min", "inspect", heap + "（责任单位：住建局）", 0, false},
		{"a complaint", "zhang_min", "inspect", "投诉 金水湾小区3号楼楼道堆放杂物", 0, false},
		{"with something new", "zhang_min", "inspect", "上报\n1、金水湾小区3号楼楼道堆放杂物\n2、翠绿社区垃圾桶满溢", 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := stageOf(t, talkConfig(t, t.TempDir()), morning(t))
			s.tell("zhang_min", "inspect", heap)
			s.later(tt.after)
			s.tell(tt.who, tt.group, tt.text)
			if issues, _ := counted(t, s.bot); (issues == 1) != tt.filesNoMore {
				t.Errorf("%d issues are on the books", issues)
			}
		})
	}
}

// TestUnitOfSpotWaits: the unit of what was put right there and then hears of it only if the photos do not come, or if it becomes
// somebody's matter meanwhile.
func TestUnitOfSpotWaits(t *testing.T) {
	for _, tt := range []struct {
		name  string
		then  func(s *stage)
		hears string // the beginning of what the unit hears at the end; "" for nothing
	}{
		{"no photos", func(*stage) {}, "【新派单】昭阳街道 1 件"},
		{"withdrawn", func(s *stage) { s.tell("zhang_min", "inspect", "撤回 1") }, ""},
		{"rejected", func(s *stage) { s.tell("chen_jing", "office", "不予立案 1 不归创城") }, ""},
		{"re-dispatched", func(s *stage) { s.tell("chen_jing", "office", "改派 1 住建局") }, ""},
		{"solved", func(s *stage) {
			s.do(chat.Step{Kind: chat.StepSay, Person: "zhang_min", Chat: "inspect", Pictures: []string{"a.jpg", "b.jpg"}})
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := stageOf(t, talkConfig(t, t.TempDir()), morning(t))
			if said := s.tell("zhang_min", "inspect", "当场解决 金水湾小区3号楼楼道堆放杂物"); strings.Contains(said, "zhaoyang_group") {
				t.Errorf("the unit hears at once: %q", said)
			}
			tt.then(s)
			if err := s.bot.Advance(t.Context(), s.bot.Now().Add(6*time.Minute)); err != nil {
				t.Fatal(err)
			}
			s.mu.Lock()
			said := strings.Join(s.said, "\n")
			s.mu.Unlock()
			if _, got, _ := strings.Cut(said, "督办@zhaoyang_group> "); !strings.HasPrefix(got, tt.hears) || tt.hears == "" && got != "" {
				t.Errorf("the unit hears %q", got)
			}
		})
	}
}

// TestSeveralPhotosFromBefore: a category may demand several, which are counted one by one, each issue's before the next one's.
func TestSeveralPhotosFromBefore(t *testing.T) {
	cfg := talkConfig(t, t.TempDir())
	for n := range cfg.Categories {
		cfg.Categories[n].Evidence.Before = 2
	}
	s := stageOf(t, cfg, morning(t))
	picture := func(names ...string) string {
		return strings.Join(s.do(chat.Step{Kind: chat.StepSay, Person: "zhang_min", Chat: "inspect", Pictures: names}), "\n")
	}
	picture("1.jpg", "2.jpg", "3.jpg")
	said := s.tell("zhang_min", "inspect", "上报\n1、金水湾小区3号楼楼道堆放杂物\n2、翠绿社区垃圾桶满溢\n3、红星中路路灯不亮")
	for _, want := range []string{"已收到照片 3 张，还缺整改前照片 3 张，请在 5 分钟内发到群里"} {
		if !strings.Contains(said, want) {
			t.Errorf("the bot said %q, want %q", said, want)
		}
	}
	for _, want := range []string{"#2 已收到照片，5分钟内可继续发", "#3 已收到照片 1 张，还差 1 张"} {
		if got := picture("4.jpg"); got != "督办@inspect> "+want {
			t.Errorf("the bot said %q, want %q", got, want)
		}
	}
	if err := s.bot.Advance(t.Context(), s.bot.Now().Add(6*time.Minute)); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := strings.Join(s.said, "\n"); got != "督办@inspect> #3 还缺整改前照片 1 张，请发「补照片 3」并附照片\n  @张敏" {
		t.Errorf("at the end the bot said %q", got)
	}
}
