// Package alert tells people outside of the chat what is wrong with the program: a bot that is banned or offline cannot say so in its
// own groups.
package alert

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"duban/internal/chat"
	"duban/internal/health"
	"duban/internal/store"
)

// Limits say what is wrong.
type Limits struct {
	OfflineAfter time.Duration // how long a channel may be away
	DiskFree     int64         // bytes; 0: not watched
	PerHour      int           // the most messages in an hour
	Jobs         map[string]string
	Zone         *time.Location
}

// Alarm is something that is wrong now.
type Alarm struct {
	Key  string        // the same as long as it lasts
	Text string        // what is wrong and what to do, in one sentence
	Hold time.Duration // how long it must last before it is told
}

// The pace of the rules.
const (
	unreadAfter  = 10 * time.Minute // an arrived message is answered in seconds
	unwrittenFor = time.Minute
	backupAfter  = 50 * time.Hour // two nights and what a backup takes
	backupHold   = 2 * time.Hour  // after a long holiday the start makes up for it
	jobFor       = 24 * time.Hour
	deadFor      = time.Hour
	jumpFor      = time.Hour
	diskBack     = 1.2 // so much more than the limit must be free again
)

// alarms lists what is wrong in a look at the program. lasting says whether an alarm is on already: some begin earlier than they end.
func (l Limits) alarms(s health.State, lasting func(key string) bool) []Alarm {
	var out []Alarm
	add := func(hold time.Duration, key, form string, args ...any) {
		out = append(out, Alarm{Key: key, Text: fmt.Sprintf(form, args...), Hold: hold})
	}
	for _, c := range s.Channels {
		switch {
		case c.State == chat.StateStopped:
			add(0, "channel/"+c.Name, "%[1]s已停止：%[2]s。机器人在%[1]s上不再收发消息，请先由人工在那里的群派单", health.Network(c.Name), reason(c))
		case c.Away(s.At, l.OfflineAfter):
			add(0, "channel/"+c.Name, "%s不在线（%s）%s", health.Network(c.Name), c.Says(), scanHint(c))
		}
	}
	if s.Unread != nil {
		add(unwrittenFor, "database", "数据库读不了，请看日志和磁盘；坏了用 duban restore 恢复")
	} else if s.Unwritten != nil {
		add(unwrittenFor, "database", "数据库写不进去，群里的话办不成，请看磁盘是不是满了、有没有权限")
	}
	if !s.JumpAt.IsZero() && s.At.Sub(s.JumpAt) < jumpFor {
		add(0, "clock", "电脑时间一下子%s，现在是 %s，时限和提醒都按它算。请核对电脑时间，打开自动对时，并关闭自动休眠", jumped(s.Jump), l.clock(s.At))
	}
	limit := float64(l.DiskFree)
	if lasting("disk") {
		limit *= diskBack
	}
	if s.DiskFree >= 0 && float64(s.DiskFree) < limit {
		add(0, "disk", "数据所在的磁盘只剩 %d MB，请清理", s.DiskFree>>20)
	}
	if s.Unread == nil {
		l.waiting(s, add)
	}
	return out
}

// jumped says how a clock changed.
func jumped(by time.Duration) string {
	if by < 0 {
		return "倒退了 " + span(-by)
	}
	return "向前跳了 " + span(by)
}

// waiting are the alarms of what the database says.
func (l Limits) waiting(s health.State, add func(time.Duration, string, string, ...any)) {
	if !s.Load.UnreadAt.IsZero() && s.At.Sub(s.Load.UnreadAt) >= unreadAfter {
		add(0, "inbox", "有 %d 条消息收到了没有办，最早的是 %s，请看日志", s.Load.Unread, l.clock(s.Load.UnreadAt))
	}
	for _, r := range s.Runs {
		if r.Result == store.RunFailed && s.At.Sub(r.At) < jobFor {
			add(0, "job/"+r.Job, "定时任务“%s”（%s）没有完成：%s", cmp.Or(l.Jobs[r.Job], r.Job), l.clock(r.Slot), chinese(r.Note))
		}
	}
	last := s.Backup
	if last.IsZero() {
		last = s.Started
	}
	if s.Backups && s.At.Sub(last) >= backupAfter {
		add(backupHold, "backup", "已经两天没有备份成功（最近一次：%s），请运行 duban backup 看原因", l.ever(s.Backup))
	}
}

func (l Limits) clock(t time.Time) string { return t.In(l.Zone).Format("01-02 15:04") }

func (l Limits) ever(t time.Time) string {
	if t.IsZero() {
		return "没有过"
	}
	return l.clock(t)
}

func reason(c health.Channel) string {
	return cmp.Or(strings.TrimRight(c.Text, "。"), "原因见日志")
}

func scanHint(c health.Channel) string {
	if c.State == chat.StateScan {
		return "，请到运行机器人的电脑上扫码登录"
	}
	return "，程序会自己重连；手机也请保持登录和联网"
}

// chinese is a note of the job ledger if it is in words for people, and where to look otherwise.
func chinese(note string) string {
	if first, _ := utf8.DecodeRuneInString(note); unicode.Is(unicode.Han, first) {
		return note
	}
	return "请看日志"
}
