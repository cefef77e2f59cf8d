package bot

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"duban/internal/config"
	"duban/internal/health"
	"duban/internal/web"
)

// board is the dashboard and where it listens.
type board struct {
	server   *web.Server
	listener net.Listener
	address  string // for people, without a slash at its end
}

// openBoard starts to listen for the dashboard, so that an address that cannot be had stops the start. It answers once the
// bot runs.
func (b *Bot) openBoard(ctx context.Context, c config.Web) error {
	if c.Listen == config.Off {
		return nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("看板的地址 %s 不能用（可能被别的程序或另一个 duban 占用）。请改 web.listen，或写 off 不要看板：%w", c.Listen, err)
	}
	server, err := web.New(b.boardConfig(c))
	if err != nil {
		return errors.Join(err, l.Close())
	}
	b.board = &board{server: server, listener: l, address: c.PublicURL}
	if c.PublicURL == "" {
		own, err := net.InterfaceAddrs()
		if err != nil {
			b.log.Warn("addresses of this computer", "err", err)
		}
		b.board.address = "http://" + reachable(l.Addr(), own)
	}
	return nil
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
	if err := d.server.Serve(ctx, d.listener); err != nil {
		b.log.Error("dashboard stopped", "err", err)
	}
	return nil
}
