package bot

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"duban/internal/chat"
	"duban/internal/issue"
	"duban/internal/store"
)

// TestRandomLives plays random commands of all roles, sensible and senseless ones, against the whole bot, lets time pass in
// between, and checks after each what must hold always, whoever says what in which order.
// A longer search: go test ./bot -run TestRandomLives -rapid.checks=2000.
func TestRandomLives(t *testing.T) {
	t.Parallel()
	lives := 30
	if raced {
		lives = 5
	}
	checks(t, lives)
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife(t, rt)
		defer l.close()
		for range rapid.IntRange(5, 40).Draw(rt, "acts") {
			l.act()
			l.check()
		}
	})
}

// checks sets how many lives are played where the command line says nothing.
func checks(t *testing.T, n int) {
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return
	}
	if err := f.Value.Set(strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
}

// life is a bot on a database of its own, and what it said since it was asked last.
type life struct {
	*rapid.T
	bot  *Bot
	n    int
	mu   sync.Mutex
	said []chat.Outgoing
	seen map[int64]int // events checked so far
}

func newLife(t *testing.T, rt *rapid.T) *life {
	l := &life{T: rt, seen: map[int64]int{}}
	cfg := talkConfig(t, t.TempDir())
	cfg.Rules.AutoSign = rapid.SampledFrom([]time.Duration{0, 3 * time.Hour}).Draw(rt, "auto sign")
	l.bot = openBot(t, cfg, time.Date(2026, 11, 23, 9, 0, 0, 0, shanghai(t)), l)
	return l
}

func (l *life) close() {
	if err := l.bot.Close(); err != nil {
		l.Error(err)
	}
}

func (l *life) Name() string { return "life" }

func (l *life) Can() chat.Capabilities {
	return chat.Capabilities{Identified: true, Loose: true, Opens: true, Pictures: true, Files: true}
}

func (l *life) Run(ctx context.Context, _ chat.Sink) error { <-ctx.Done(); return nil }

func (l *life) Send(_ context.Context, out chat.Outgoing) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said = append(l.said, out)
	return nil
}

func (l *life) FetchPicture(ctx context.Context, p chat.Picture) ([]byte, error) {
	return (&stage{}).FetchPicture(ctx, p)
}

// heard gives what was said since it was asked last.
func (l *life) heard() []chat.Outgoing {
	l.mu.Lock()
	defer l.mu.Unlock()
	said := l.said
	l.said = nil
	return said
}

func pickOne(l *life, what string, from ...string) string {
	return rapid.SampledFrom(from).Draw(l.T, what)
}

// act lets somebody say something, or time pass.
func (l *life) act() {
	switch kind := rapid.IntRange(0, 9).Draw(l.T, "kind"); {
	case kind == 0 || l.n == 0:
		l.say(l.person(), pickOne(l, "report",
			"上报 金水湾小区3号楼楼道堆放杂物", "上报 红星中路路灯不亮", "上报 北门桥下有人乱倒", "上报 翠绿社区消防通道被占",
			"投诉 南门菜场污水横流", "当场解决 湖滨公园垃圾桶满溢", "上报\n1、金水湾小区飞线充电\n2、南门菜场门口车辆乱停"))
	case kind == 1:
		minutes := rapid.IntRange(1, 3*24*60).Draw(l.T, "minutes")
		if err := l.bot.Advance(l.Context(), l.bot.Now().Add(time.Duration(minutes)*time.Minute)); err != nil {
			l.Fatal(err)
		}
		l.heard()
	case kind == 2:
		l.show(l.person())
	default:
		l.say(l.person(), l.command())
	}
}

// show sends a picture without a word, which is answered once or not at all.
func (l *life) show(person string) {
	l.n++
	m := said(l.Name(), l.n, person, pickOne(l, "group", "inspect", "zhaoyang_group"), "")
	m.Pictures = []chat.Picture{{Ref: fmt.Sprintf("%d.jpg", l.n)}}
	if answers := l.answers(m); len(answers) > 1 {
		l.Fatalf("a picture of %s is answered %d times: %q", person, len(answers), answers)
	}
}

func (l *life) person() string {
	return pickOne(l, "person", "zhang_min", "luo_gang", "he_ping", "li_qiang", "zhang_wei", "wang_fang", "wang_lei", "sun_li", "zhou_jun",
		"zhao_jun", "qian_hai", "chen_jing", "zhao_min", "liu_jian", "liu_fang")
}

func (l *life) command() string {
	id, other := rapid.IntRange(1, 6).Draw(l.T, "id"), rapid.IntRange(1, 6).Draw(l.T, "other")
	form := pickOne(l, "command",
		"签收 %d", "签收 %d", "完成 %d 已清理", "完成 %d 已清理", "通过 %d", "通过 %d", "退回 %d 没改好", "退回 %d 没改好",
		"退单 %d 不属我单位，应为住建局", "延期 %d 1个工作日 等配件", "延期 %d 到2026-12-20 缺货", "挂账 %d 到2026-12-30 不能施工", "申诉 %d 有异议",
		"作废 %d 报错了", "撤销申请 %d", "同意 %d", "同意 %d", "同意 %d 住建局", "驳回 %d 不行", "恢复 %d", "虚假整改 %d 旧照片",
		"派单 %d 临湖街道", "改派 %d 住建局", "协办 %d 交警大队", "不予立案 %d 不属创城", "当场解决 %d", "回头看 %d 合格",
		"回头看 %d 反弹 又有了", "答复 %d 马上处理", "公布 %d 公告栏", "告知 %d 已电话告知", "催办 %d", "督办 %d 抓紧", "回复 %d 正在办", "进展 %d 快了",
		"更正 %d 类别 公共设施", "撤回 %d", "查 %d", "并案 %d 到 "+fmt.Sprint(other))
	return fmt.Sprintf(form, id)
}

// say says a command with or without a picture; it must be answered once, where it was said, and never with a failure.
func (l *life) say(person, text string) {
	l.n++
	m := said(l.Name(), l.n, person, pickOne(l, "group", "inspect", "zhaoyang_group", "office", "leaders"), text)
	if rapid.Bool().Draw(l.T, "picture") {
		m.Pictures = []chat.Picture{{Ref: fmt.Sprintf("%d.jpg", l.n)}, {Ref: fmt.Sprintf("%d-2.jpg", l.n)}}
	}
	answers := l.answers(m)
	if len(answers) != 1 {
		l.Fatalf("%s in %s: %s\nis answered %d times: %q", person, m.Conversation.Key, text, len(answers), answers)
	}
}

// answers gives what is said to a message in its own conversation.
func (l *life) answers(m chat.Message) []string {
	if err := l.bot.Receive(l.Context(), m); err != nil {
		l.Fatal(err)
	}
	if err := l.bot.Settle(l.Context()); err != nil {
		l.Fatal(err)
	}
	var answers []string
	for _, out := range l.heard() {
		if out.Conversation == m.Conversation.Key {
			answers = append(answers, out.Text)
		}
		if strings.Contains(out.Text, "处理失败") {
			l.Fatalf("%s: %s\n→ %s", m.From.Key, m.Text, out.Text)
		}
	}
	return answers
}

// check reads every issue and its events and checks what must hold.
func (l *life) check() {
	err := l.bot.store.Read(l.Context(), l.bot.Now(), func(tx *store.Tx) error {
		list, err := tx.Issues(store.Filter{})
		if err != nil {
			return err
		}
		for _, i := range list {
			events, err := tx.Events(i.ID)
			if err != nil {
				return err
			}
			l.checkIssue(i, events)
		}
		return nil
	})
	if err != nil {
		l.Fatal(err)
	}
}

func (l *life) checkIssue(i issue.Issue, events []issue.Event) {
	if diff := cmp.Diff(i, issue.Rebuild(events)); diff != "" {
		l.Fatalf("#%d is not what its events make (-row +rebuilt)\n%s", i.ID, diff)
	}
	reg, now := l.bot.edition().world.Reg, l.bot.Now()
	for name, holds := range map[string]bool{
		"somebody owns what is not waiting for the office":       i.Status == issue.Reported || !i.Open() || i.Unit != "" && i.Assignee != "",
		"a deadline runs where a unit has to act":                !i.Status.WithUnit() || !i.Due.IsZero() && i.Due.After(i.DueSince),
		"a review has its own clock":                             i.Status != issue.Submitted || i.ReviewDue.After(i.SubmittedAt),
		"a suspension ends":                                      i.Status != issue.Suspended || i.ResumeAt.After(now.Add(-time.Hour)),
		"the first receiver answers only until somebody signs":   i.First == "" || i.Status == issue.Assigned && i.First != i.Unit,
		"what is merged says where":                              (i.Status == issue.Merged) == (i.MergedInto != 0),
		"a request can be decided":                               !i.Request.Pending() || i.Open() || i.Status == issue.Closed,
		"a complaint is closed only after the person was told":   !i.Complaint || i.Status != issue.Closed || !i.PublishedAt.IsZero() && !i.ToldAt.IsZero(),
		"a part that is open belongs to a whole that is open":    i.Parent == 0 || !i.Open() || l.open(i.Parent),
		"a whole is closed after its parts":                      i.Status != issue.Closed || !l.hasOpenParts(i.ID),
		"the unit named is one of the register":                  i.Unit == "" || slices.ContainsFunc(reg.Units, func(u issue.Unit) bool { return u.ID == i.Unit }),
		"what is past its alarm was said at the last tick":       i.NextAlarm.IsZero() || !i.NextAlarm.Before(now.Add(-11*time.Hour)),
		"a deadline at which the ladder starts is the present's": i.Level == "" || i.Status == issue.Closed || !i.Due.IsZero(),
	} {
		if !holds {
			l.Fatalf("#%d: not so: %s\n%+v", i.ID, name, i)
		}
	}
	for _, e := range events[l.seen[i.ID]:] {
		l.checkEvent(issue.Rebuild(events[:e.Seq-1]), e)
	}
	l.seen[i.ID] = len(events)
}

// checkEvent: every move is in the table, nobody reviews their own work, nobody decides what they asked for, and time does not
// run backwards.
func (l *life) checkEvent(before issue.Issue, e issue.Event) {
	legal := slices.ContainsFunc(issue.Moves(), func(m issue.Move) bool {
		to := m.To
		if to == issue.None {
			to = e.From
		}
		return m.Action == e.Action && slices.Contains(m.From, e.From) && e.To == to
	})
	if !legal || e.From != before.Status {
		l.Fatalf("#%d: no such move: %+v", e.Issue, e)
	}
	reg := l.bot.edition().world.Reg
	by, _ := reg.Person(e.By)
	switch e.Action {
	case issue.Pass, issue.Return, issue.LookBack, issue.Relapse, issue.Accuse:
		if !slices.Contains(by.Roles, issue.RoleInspector) || by.ID == before.SubmittedBy || by.Unit != "" && (by.Unit == before.Unit || by.Unit == before.First) {
			l.Fatalf("#%d: %s reviews their own work: %+v", e.Issue, e.By, before)
		}
	case issue.Uphold, issue.Refuse, issue.Void:
		if before.Request.Pending() && before.Request.By == e.By {
			l.Fatalf("#%d: %s decides what they asked for", e.Issue, e.By)
		}
	}
	if e.Action == issue.Void && e.By != "" && before.Unit != "" && before.Request.Kind != issue.AskVoid {
		l.Fatalf("#%d: voided by one person: %+v", e.Issue, before)
	}
	if !e.Change.Due.IsZero() && !e.Change.Due.After(e.At) {
		l.Fatalf("#%d: a deadline that has passed when it is set: %+v", e.Issue, e)
	}
}

func (l *life) open(id int64) (open bool) {
	_ = l.bot.store.Read(l.Context(), l.bot.Now(), func(tx *store.Tx) error {
		i, err := tx.Issue(id)
		open = err == nil && i.Open()
		return err
	})
	return open
}

func (l *life) hasOpenParts(id int64) (open bool) {
	_ = l.bot.store.Read(l.Context(), l.bot.Now(), func(tx *store.Tx) error {
		parts, err := tx.Issues(store.Filter{Parent: id})
		open = slices.ContainsFunc(parts, func(p issue.Issue) bool { return p.Open() })
		return err
	})
	return open
}
