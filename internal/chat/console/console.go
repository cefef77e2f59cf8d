// Package console is the channel for a terminal and for scripts: people's messages are read from an input in the form of
// chat.Step, the bot's are written to an output in the same form (design.md §10).
package console

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"duban/internal/chat"
)

// Name is the channel's name.
const Name = "console"

const (
	// lineWait is how long a message waits for a further line. A file has it at once, a person or another program that
	// wants an answer writes none.
	lineWait = 50 * time.Millisecond
	// maxPicture is the largest picture that is read, in bytes.
	maxPicture = 20 << 20
	// tries and firstPause limit how often a message is offered to a bot that cannot keep it now; the pause doubles.
	tries      = 6
	firstPause = 100 * time.Millisecond
)

// Config is what a console needs. In, Out, ErrOut and Clock are required.
type Config struct {
	In     io.Reader
	Out    io.Writer // the bot's messages, and the input's lines if Echo is set
	ErrOut io.Writer // one Chinese sentence a fault
	Cast   chat.Cast // who and which groups the input may name
	Clock  chat.Clock
	// Movable says that the clock is a virtual one, so that "at" lines may move it. Otherwise they are refused.
	Movable bool
	// Echo repeats the input's lines before their answers, so that the output reads as a conversation.
	Echo bool
	// Open reads a picture by what stands in "[图 …]". If it is nil, that is a file's path.
	Open func(ref string) ([]byte, error)
}

// Channel is the console. Make it with New.
type Channel struct {
	cfg  Config
	run  string // makes message ids unique across restarts against the same database
	seen map[int]string

	mu   sync.Mutex      // guards Out
	sent map[string]bool // ids of the bot's messages that were written
}

// New makes a console. It reads nothing before Run.
func New(cfg Config) *Channel {
	return &Channel{cfg: cfg, run: rand.Text(), seen: map[int]string{}, sent: map[string]bool{}}
}

// Name implements chat.Channel.
func (c *Channel) Name() string { return Name }

// Can implements chat.Channel.
func (c *Channel) Can() chat.Capabilities {
	return chat.Capabilities{Identified: true, Loose: true, Opens: true, Pictures: true, Files: true}
}

// Send writes a message of the bot, once. It implements chat.Channel.
func (c *Channel) Send(_ context.Context, out chat.Outgoing) error {
	if c.sent[out.ID] {
		return nil
	}
	if err := c.print(chat.FormatOutgoing(out)); err != nil {
		return &chat.SendError{Err: fmt.Errorf("write to console: %w", err)}
	}
	c.sent[out.ID] = out.ID != ""
	return nil
}

// Run reads the input to its end, one step after the other: each is answered completely before the next is read. It
// returns nil at the end of the input and when ctx ends. It implements chat.Channel.
func (c *Channel) Run(ctx context.Context, sink chat.Sink) error {
	sink.Status(chat.Status{Channel: Name, State: chat.StateOnline, Account: chat.BotName})
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines := make(chan string)
	var readErr error // written before lines is closed
	go func() {
		defer close(lines)
		readErr = readLines(ctx, c.cfg.In, lines)
	}()
	if !c.loop(ctx, sink, lines) {
		return nil
	}
	if readErr != nil {
		return fmt.Errorf("读不了输入：%w", readErr)
	}
	return nil
}

// loop plays the lines until there are no more; false if ctx ended first.
func (c *Channel) loop(ctx context.Context, sink chat.Sink, lines <-chan string) bool {
	var script chat.Script
	for {
		var quiet <-chan time.Time
		if script.Waiting() {
			quiet = time.After(lineWait)
		}
		select {
		case <-ctx.Done():
			return false
		case line, ok := <-lines:
			if !ok {
				c.play(ctx, sink)(script.Flush())
				c.settle(ctx)
				return ctx.Err() == nil
			}
			c.seen[script.Line()+1] = line
			c.play(ctx, sink)(script.Feed(line))
		case <-quiet:
			c.play(ctx, sink)(script.Flush())
		}
	}
}

// play acts on steps in order, then tells about the fault, if any.
func (c *Channel) play(ctx context.Context, sink chat.Sink) func([]chat.Step, error) {
	return func(steps []chat.Step, fault error) {
		for _, st := range steps {
			c.echo(st)
			if err := c.step(ctx, sink, st); err != nil && ctx.Err() == nil {
				c.complain(err)
			}
		}
		if fault != nil {
			c.complain(fault)
		}
	}
}

func (c *Channel) step(ctx context.Context, sink chat.Sink, st chat.Step) error {
	switch st.Kind {
	case chat.StepAt:
		return c.advance(ctx, st)
	case chat.StepSay:
		m, err := c.cfg.Cast.Message(st)
		if err != nil {
			return err
		}
		m.Channel, m.ID, m.SentAt = Name, fmt.Sprintf("%s-%d", c.run, st.Line), c.cfg.Clock.Now()
		if err := receive(ctx, sink, m); err != nil {
			return &chat.ScriptError{Line: st.Line, Text: "消息没有收下，请过一会儿再发。原因：" + err.Error()}
		}
		c.settle(ctx)
	}
	return nil
}

func (c *Channel) advance(ctx context.Context, st chat.Step) error {
	now := c.cfg.Clock.Now()
	to := st.At.After(now)
	switch {
	case !c.cfg.Movable:
		return &chat.ScriptError{Line: st.Line, Text: "现在用的是真实时间，不能用 at 改时间；要演练请加 --start \"2026-11-23 09:00\""}
	case to.Before(now):
		return &chat.ScriptError{Line: st.Line, Text: "时间不能倒退，现在已是 " + now.Format("2006-01-02 15:04")}
	}
	if err := c.cfg.Clock.Advance(ctx, to); err != nil {
		return &chat.ScriptError{Line: st.Line, Text: "时间没有走到：" + err.Error()}
	}
	c.settle(ctx)
	return nil
}

func (c *Channel) settle(ctx context.Context) {
	if err := c.cfg.Clock.Settle(ctx); err != nil && ctx.Err() == nil {
		c.complain(fmt.Errorf("等不到回复：%w", err))
	}
}

// receive offers a message until it is kept, as chat.Sink asks for, but not forever.
func receive(ctx context.Context, sink chat.Sink, m chat.Message) (err error) {
	pause := firstPause
	for range tries {
		if err = sink.Receive(ctx, m); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
			pause *= 2
		}
	}
	return err
}

// FetchPicture reads the picture. It implements chat.PictureFetcher.
func (c *Channel) FetchPicture(_ context.Context, p chat.Picture) ([]byte, error) {
	if c.cfg.Open != nil {
		return c.cfg.Open(p.Ref)
	}
	return ReadFile(p.Ref)
}

// FetchFile reads the file. It implements chat.FileFetcher.
func (c *Channel) FetchFile(_ context.Context, f chat.File, limit int64) ([]byte, error) {
	return readFile("文件", f.Ref, limit)
}

// ReadFile reads a picture's file, relative to the working directory. Errors are Chinese sentences.
func ReadFile(path string) ([]byte, error) { return readFile("图片", path, maxPicture) }

func readFile(what, path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("没有%s“%s”：%w", what, path, chat.ErrGone)
	case err != nil:
		return nil, fmt.Errorf("%s“%s”读不了：%w", what, path, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("“%s”不是%s：%w", path, what, chat.ErrGone)
	case info.Size() > limit:
		return nil, fmt.Errorf("%s“%s”超过 %d MB：%w", what, path, limit>>20, chat.ErrTooLarge)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s“%s”读不了：%w", what, path, err)
	}
	return data, nil
}

func (c *Channel) echo(st chat.Step) {
	var own []string
	for n := st.Line; n <= st.Last; n++ {
		own = append(own, strings.TrimRight(c.seen[n], "\r"))
	}
	for n := range c.seen {
		if n <= st.Last {
			delete(c.seen, n)
		}
	}
	if c.cfg.Echo && st.Kind != chat.StepExpect {
		_ = c.print(strings.Join(own, "\n")) // a broken output shows at the next answer
	}
}

func (c *Channel) print(text string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := io.WriteString(c.cfg.Out, text+"\n")
	return err
}

// complain tells about a fault on the error output. There is nowhere left to report a failure to do so.
func (c *Channel) complain(err error) {
	_, _ = fmt.Fprintln(c.cfg.ErrOut, err)
}
