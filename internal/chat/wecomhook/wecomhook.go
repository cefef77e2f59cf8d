// Package wecomhook is the channel for the robots of 企业微信 groups that only send (消息推送, once called 群机器人): each group has an
// address with a key to post to, and nothing arrives. It is for groups that read and do not answer, and the second way to a group
// whose first one is away. The protocol is that of the public documentation (documents 99398 and 91770).
package wecomhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"duban/internal/chat"
)

// Name is the channel's name in the configuration and the database.
const Name = "wecom_hook"

// Address is where the public service takes messages. Private deployments have their own.
const Address = "https://qyapi.weixin.qq.com"

// Config is what the channel needs.
type Config struct {
	URL    string            // Address unless the deployment is private
	Groups map[string]string // the key of each group's robot, by the register's id of the group; whoever has a key can write there
	Log    *slog.Logger
}

// Channel sends to the groups.
type Channel struct {
	cfg    Config
	client *http.Client
	sent   chat.Progress
}

var (
	_ chat.Channel = (*Channel)(nil)
	_ chat.Reacher = (*Channel)(nil)
)

// patience bounds one request: a file of 20 MB on a slow line.
const patience = 2 * time.Minute

// New makes the channel.
func New(cfg Config) *Channel {
	if cfg.URL == "" {
		cfg.URL = Address
	}
	cfg.URL = strings.TrimRight(cfg.URL, "/")
	return &Channel{cfg: cfg, client: &http.Client{
		Timeout: patience,
		// A redirect would carry the key elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Name implements chat.Channel.
func (c *Channel) Name() string { return Name }

// Bounds of a message.
const (
	maxWords    = 2048 // bytes of a text
	maxMarkdown = 4096 // bytes of a text that goes as markdown
	maxText     = 1000 // characters, at most four bytes each, and room for what is made harmless
	maxPicture  = 2 << 20
	maxFile     = 20 << 20
	minFile     = 5
)

// Can implements chat.Channel.
func (c *Channel) Can() chat.Capabilities {
	return chat.Capabilities{
		SendOnly: true, Opens: true, Pictures: true, Files: true, MaxText: maxText, MaxFile: maxFile,
		Conversation: []chat.Limit{{N: 20, Per: time.Minute}},
	}
}

// Reach implements chat.Reacher: conversations bear the ids of the register, so that no key of a robot gets into the database.
func (c *Channel) Reach(chatID string) (conversation string, ok bool) {
	_, ok = c.cfg.Groups[chatID]
	return chatID, ok
}

// Run implements chat.Channel: there is no connection to keep and nothing to listen to.
func (c *Channel) Run(ctx context.Context, sink chat.Sink) error {
	text := fmt.Sprintf("企业微信群机器人可以往 %d 个群发消息，只发不收。", len(c.cfg.Groups))
	sink.Status(chat.Status{Channel: Name, State: chat.StateOnline, Text: text})
	<-ctx.Done()
	return nil
}

// Probe says in Chinese why a group's robot would not take messages; "" if its key is known. Nothing is shown in the group: what is posted
// has no content, which the service refuses after it has looked at the key. An error says that nothing was learnt.
func (c *Channel) Probe(ctx context.Context, chatID string) (refused string, err error) {
	err = c.post(ctx, chatID, "text", map[string]string{"content": ""})
	r, ok := errors.AsType[*refusal](err)
	switch {
	case ok && r.code == codeBadKey:
		return "不认识这个 key。请在群里打开机器人的资料，重新复制地址里 key= 后面的一段；机器人已经删掉的，重新添加一个", nil
	case ok && r.code != 0:
		return "", nil
	}
	return "", err
}
