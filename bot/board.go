package bot

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"duban/internal/config"
	"duban/internal/doctor"
	"duban/internal/health"
	"duban/internal/web"
)

// board is the dashboard and where it listens.
type board struct {
	server   *web.Server
	listen   string
	listener net.Listener // nil: another process has the address for now
	address  string       // for people, without a slash at its end
}

// boardAgain is how often an address is tried that another process has.
const boardAgain = 5 * time.Second

// openBoard starts to listen for the dashboard, so that an address that cannot be had stops the start; beside another process on this
// database it waits until that one has ended. It answers once the bot runs.
func (b *Bot) openBoard(ctx context.Context, c config.Web) error {
	if c.Listen == config.Off {
		return nil
	}
	l, err := listen(ctx, c.Listen)
	if err != nil && b.leases.Alone() {
		return fmt.Errorf("看板的地址 %s 不能用，%s；不要看板写 off（%w）", c.Listen, doctor.NoListener(err), err)
	}
	if err != nil {
		b.log.Warn("dashboard waits for its address", "listen", c.Listen, "err", err)
	}
	server, err := web.New(b.boardConfig(c))
	if err != nil {
		if l != nil {
			err = errors.Join(err, l.Close())
		}
		return err
	}
	b.board = &board{server: server, listen: c.Listen, listener: l, address: c.PublicURL}
	if c.PublicURL == "" {
		own, err := net.InterfaceAddrs()
		if err != nil {
			b.log.Warn("addresses of this computer", "err", err)
		}
		b.board.address = "http://" + c.Listen
		if l != nil {
			b.board.address = "http://" + reachable(l.Addr(), own)
		} else if at, err := net.ResolveTCPAddr("tcp", c.Listen); err == nil {
			b.board.address = "http://" + reachable(at, own)
		}
	}
	return nil
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", address)
}

// reachable is where others find what listens at an address. Every address of the computer is none that a phone could open, so that
// the one in the local network stands in its place.
func reachable(at net.Addr, own []net.Addr) string {
	tcp, ok := at.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return at.String()
	}
	host := "127.0.0.1"
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsPrivate() {
			host = n.IP.String()
			break
		}
	}
	return net.JoinHostPort(host, strconv.Itoa(tcp.Port))
}

// Dashboard gives the dashboard's pages to who serves them in their own way.
func (b *Bot) Dashboard(c config.Web) (http.Handler, error) {
	server, err := web.New(b.boardConfig(c))
	if err != nil {
		return nil, err
	}
	return server.Handler(), nil
}

// boardConfig is what the dashboard works with.
func (b *Bot) boardConfig(c config.Web) web.Config {
	return web.Config{
		Store: b.store, World: b.boardWorld, Now: b.Now, Token: c.Token.Reveal(), PublicURL: c.PublicURL, Lent: b.lent(), Log: b.log,
		Checks: map[string]http.Handler{
			"GET /healthz": health.Handler(b.health, b.Now), "GET /metrics": b.metrics.Handler(c.Token.Reveal()),
		},
	}
}

func (b *Bot) boardWorld() web.World {
	e := b.edition()
	return web.World{Reg: e.world.Reg, Cal: e.world.Cal, Words: e.world.Words, Media: e.cfg.Storage.Media, Clerk: e.world.Clerk}
}

// run answers until ctx ends. A dashboard that fails does not end the bot.
func (d *board) run(ctx context.Context, b *Bot) error {
	if d == nil {
		return nil
	}
	for d.listener == nil {
		if rest(ctx, boardAgain) != nil {
			return nil
		}
		if l, err := listen(ctx, d.listen); err == nil {
			d.listener = l
			b.log.Info("dashboard has its address", "listen", d.listen)
		}
	}
	if err := d.server.Serve(ctx, d.listener); err != nil {
		b.log.Error("dashboard stopped", "err", err)
	}
	return nil
}
