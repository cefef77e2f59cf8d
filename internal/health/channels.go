// Package health is what the running program knows about itself: its connections, its queues, its jobs. The dashboard, the
// checks from outside and the alarms all look at the same picture.
package health

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"duban/internal/chat"
)

// Channel is what is known of one channel's connection.
type Channel struct {
	Name  string
	State chat.State
	Since time.Time // when it came into this state
	// Down is since when it has not been online for longer than a moment, whatever it tried meanwhile; zero while it is online.
	Down    time.Time
	Account string // the account that is or was logged in
	Text    string // in Chinese: what happened and what to do
	Holder  string // the process that has its login; "": this one
	QR      string // the content of the QR code that waits to be scanned; whoever has it can log in, so it is for administrators
}

// Online says whether messages come and go.
func (c Channel) Online() bool { return c.State == chat.StateOnline }

// stateWords are the states for people.
var stateWords = map[chat.State]string{
	chat.StateConnecting: "正在连接", chat.StateScan: "等待扫码", chat.StateOnline: "在线", chat.StateOffline: "掉线，正在重连", chat.StateStopped: "已停止",
}

// Away says whether it has not been online for so long at an instant, and so will hardly be in the next minutes.
func (c Channel) Away(now time.Time, long time.Duration) bool {
	return !c.Online() && !c.Down.IsZero() && now.Sub(c.Down) >= long
}

// Says is the state in words.
func (c Channel) Says() string { return stateWords[c.State] }

// networks are the channels as people call them.
var networks = map[string]string{
	"wechat": "微信", "wecom": "企业微信", "wecom_hook": "企业微信群机器人", "dingtalk": "钉钉", "feishu": "飞书", "console": "终端", "demo": "演示",
}

// Network is what people call a channel; its name where they have no word for it.
func Network(channel string) string { return cmp.Or(networks[channel], channel) }

// moment is how long a channel must be online to be back. A network that lets a channel in and throws it out again all the time would else
// look like one that hiccups, and nobody would be told.
const moment = 2 * time.Minute

// Channels keeps the last state of every channel. It may be used by many at once.
type Channels struct {
	mu     sync.Mutex
	list   []Channel
	before map[string]time.Time // Channel.Down before the channel last came online
}

// Add makes a channel known before it has told anything: it is connecting.
func (c *Channels) Add(name string, now time.Time) {
	c.Set(chat.Status{Channel: name, State: chat.StateConnecting}, now)
}

// Set takes what a channel tells of itself. The account of the last login stays known while the channel is away.
func (c *Channels) Set(s chat.Status, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := slices.IndexFunc(c.list, func(old Channel) bool { return old.Name == s.Channel })
	if n < 0 {
		n = len(c.list)
		c.list = append(c.list, Channel{Name: s.Channel})
	}
	old := &c.list[n]
	switch before := c.before[s.Channel]; {
	case s.State == chat.StateOnline && !old.Online():
		if c.before == nil {
			c.before = map[string]time.Time{}
		}
		c.before[s.Channel], old.Down = old.Down, time.Time{}
	case s.State != chat.StateOnline && old.Online() && !before.IsZero() && now.Sub(old.Since) < moment:
		old.Down = before
	case s.State != chat.StateOnline && old.Down.IsZero():
		old.Down = now
	}
	if old.State != s.State {
		old.State, old.Since = s.State, now
	}
	if s.Account != "" {
		old.Account = s.Account
	}
	old.Text, old.QR, old.Holder = s.Text, s.QR, ""
}

// Put takes what another process tells of a channel.
func (c *Channels) Put(told Channel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := slices.IndexFunc(c.list, func(known Channel) bool { return known.Name == told.Name }); n >= 0 {
		c.list[n] = told
	}
}

// Shift moves along what was noted by a clock that jumped.
func (c *Channels) Shift(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for n := range c.list {
		old := &c.list[n]
		old.Since = old.Since.Add(by)
		if !old.Down.IsZero() {
			old.Down = old.Down.Add(by)
		}
	}
}

// Of is what is known of a channel; nothing of one that was never added.
func (c *Channels) Of(name string) Channel {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := slices.IndexFunc(c.list, func(known Channel) bool { return known.Name == name }); n >= 0 {
		return c.list[n]
	}
	return Channel{Name: name}
}

// List gives the channels in the order in which they were added.
func (c *Channels) List() []Channel {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.list)
}
