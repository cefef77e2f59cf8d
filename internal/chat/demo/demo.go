// Package demo is the channel that shows duban without any network: work groups in the browser, where the visitor is
// whoever of the register they choose to be. The page is a chat app like the one that its users know.
package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"

	"duban/internal/chat"
)

// Name is the channel's name.
const Name = "demo"

// Config is what a demo needs. Clock is required.
type Config struct {
	// Listen is a loopback address, for example "127.0.0.1:8711"; port 0 takes any free one. "" means that the caller
	// serves Handler itself.
	Listen string
	Title  string // the campaign's name
	People []Person
	Chats  []Chat
	Clock  chat.Clock
	// History is played at the start without pauses, so that the groups are not empty.
	History []chat.Step
	// Day is the story that a button plays in about a minute. It names issues as if it followed History at once; if
	// visitors filed others in between, its numbers are moved up by as many.
	Day []chat.Step
	// Sample makes a spreadsheet that visitors may download, send and import; nil if there is none.
	Sample func() ([]byte, error)
	Logger *slog.Logger // nil logs nothing
}

// SampleName is what the sample is called as a file.
const SampleName = "市模拟测评反馈表样例.xlsx"

// Person is somebody whom a visitor can be.
type Person struct {
	ID      string   `json:"id"` // the register's id
	Name    string   `json:"name"`
	Unit    string   `json:"unit"` // the unit's name, "" for none
	Role    string   `json:"role"` // in Chinese; people are listed under it
	Phrases []string `json:"phrases"`
}

// Chat is a work group.
type Chat struct {
	ID   string `json:"id"` // the register's id
	Name string `json:"name"`
	// Members are the ids of the people who see the group; nil means everybody.
	Members []string `json:"members,omitempty"`
}

// Channel is the demo. Make it with New.
type Channel struct {
	cfg    Config
	log    *slog.Logger
	cast   chat.Cast
	room   *room
	files  *files
	player player
	listen net.Listener
	// moving is held while somebody moves the clock: two at once would each wait for the other's jobs.
	moving chan struct{}

	work sync.WaitGroup // what Run started and waits for

	mu   sync.Mutex
	sink chat.Sink       // nil when Run is not running
	life context.Context // Run's
	sent map[string]bool // ids of the bot's messages that were shown
}

// New makes a demo and takes its address, so that Addr is known before Run. Errors are Chinese sentences.
func New(cfg Config) (*Channel, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Channel{
		cfg: cfg, log: cfg.Logger, room: newRoom(rand.Text()), files: &files{}, moving: make(chan struct{}, 1), sent: map[string]bool{},
	}
	for _, p := range cfg.People {
		c.cast.People = append(c.cast.People, chat.Named{ID: p.ID, Name: p.Name})
	}
	for _, g := range cfg.Chats {
		c.cast.Chats = append(c.cast.Chats, chat.Named{ID: g.ID, Name: g.Name})
	}
	if cfg.Listen == "" {
		return c, nil
	}
	if err := onlyLoopback(cfg.Listen); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", cfg.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("地址 %s 已被别的程序占用，请换一个端口", cfg.Listen)
	} else if err != nil {
		return nil, fmt.Errorf("不能在 %s 打开演示：%w", cfg.Listen, err)
	}
	c.listen = l
	return c, nil
}

// onlyLoopback refuses addresses that other machines could reach: in the demo anybody may be anybody.
func onlyLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("演示地址“%s”不对，要写成 127.0.0.1:8711", address)
	}
	if !loopback(host) {
		return fmt.Errorf("演示只能在本机打开，地址“%s”要改成 127.0.0.1:端口", address)
	}
	return nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

// Addr is the address that the demo listens on, "" if it does not listen.
func (c *Channel) Addr() string {
	if c.listen == nil {
		return ""
	}
	return c.listen.Addr().String()
}

// Name implements chat.Channel.
func (c *Channel) Name() string { return Name }

// Can implements chat.Channel.
func (c *Channel) Can() chat.Capabilities {
	return chat.Capabilities{Identified: true, Loose: true, Opens: true, Pictures: true, Files: true}
}

// Run serves the page until ctx ends. It implements chat.Channel.
func (c *Channel) Run(ctx context.Context, sink chat.Sink) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer c.files.remove()
	c.setSink(ctx, sink)
	sink.Status(chat.Status{Channel: Name, State: chat.StateOnline, Account: chat.BotName})
	defer c.work.Wait()
	defer c.setSink(ctx, nil)
	defer cancel()
	c.work.Go(func() { c.watchClock(ctx) })
	c.work.Go(func() { c.playHistory(ctx) })
	if c.listen == nil {
		<-ctx.Done()
		return nil
	}
	return c.serve(ctx)
}

// serve runs the server. Requests end with ctx, also those that wait for news.
func (c *Channel) serve(ctx context.Context) error {
	srv := &http.Server{
		Handler: c.Handler(), BaseContext: func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(c.listen) }()
	select {
	case err := <-failed:
		return fmt.Errorf("演示页面停了，请重新启动：%w", err)
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := srv.Shutdown(last); err != nil {
		c.log.Warn("the demo page did not close in time", "error", err)
		_ = srv.Close()
	}
	return nil
}

func (c *Channel) setSink(ctx context.Context, s chat.Sink) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sink, c.life = s, ctx
}

const notReady = "演示还没有准备好，请稍等"

// background runs what prepare returns, if anything, until it is done or Run ends; false if Run is not running.
func (c *Channel) background(prepare func(context.Context) func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sink == nil {
		return false
	}
	if work := prepare(c.life); work != nil {
		c.work.Go(work)
	}
	return true
}

func (c *Channel) currentSink() (chat.Sink, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sink == nil {
		return nil, errors.New(notReady)
	}
	return c.sink, nil
}

// Send shows a message of the bot. A message that was shown already is not shown again. It implements chat.Channel.
func (c *Channel) Send(_ context.Context, out chat.Outgoing) error {
	if !c.knows(out.Conversation) {
		return &chat.SendError{Err: fmt.Errorf("没有“%s”这个群", out.Conversation)}
	}
	c.mu.Lock()
	double := out.ID != "" && c.sent[out.ID]
	c.mu.Unlock()
	if double {
		return nil
	}
	e := entry{id: out.ID, Chat: out.Conversation, Name: chat.BotName, Bot: true, Text: chat.WithMentions(out), At: c.cfg.Clock.Now()}
	for _, m := range out.Mentions {
		e.Mentions = append(e.Mentions, m.Key)
	}
	if a := out.Attachment; a != nil {
		ref, size, err := c.files.copy(a.Path)
		if err != nil {
			return &chat.SendError{Err: fmt.Errorf("读不了要发的文件“%s”：%w", a.Name, err), Retry: true}
		}
		e.attach(*a, ref, size)
	}
	c.room.add(e)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent[out.ID] = true
	return nil
}

// knows says whether messages can be shown in a conversation: a group, or anybody's private chat.
func (c *Channel) knows(key string) bool {
	if who, ok := chat.PrivatePerson(key); ok {
		return who == strangerKey || c.person(who)
	}
	for _, g := range c.cfg.Chats {
		if g.ID == key {
			return true
		}
	}
	return false
}

func (c *Channel) person(id string) bool {
	for _, p := range c.cfg.People {
		if p.ID == id {
			return true
		}
	}
	return false
}

// FetchPicture returns a picture that a visitor sent, or draws the one that a script names. It implements
// chat.PictureFetcher.
func (c *Channel) FetchPicture(_ context.Context, p chat.Picture) ([]byte, error) {
	if IsScene(p.Ref) {
		return OpenScene(p.Ref)
	}
	return c.files.read(p.Ref)
}

// FetchFile returns a file that a visitor sent. It implements chat.FileFetcher.
func (c *Channel) FetchFile(_ context.Context, f chat.File, limit int64) ([]byte, error) {
	data, err := c.files.read(f.Ref)
	if err == nil && int64(len(data)) > limit {
		return nil, chat.ErrTooLarge
	}
	return data, err
}
