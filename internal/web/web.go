// Package web is the dashboard 看板: pages made on the server for phones, desks and the wall, for leaders who look and
// administrators who mend. It needs nothing from outside the program, and no script to read it.
//
// Who may see what is the same as in chat (design.md §7). Every page stands in one table, routes, with the roles that may
// open it; there is no other way in.
package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"

	"duban/internal/calendar"
	"duban/internal/intake"
	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

// World is what the pages show: the campaign as the present configuration describes it.
type World struct {
	Reg   *issue.Register
	Cal   *calendar.Calendar
	Words report.Words
	Media string // the folder of the photos
	Clerk intake.Clerk
}

// Config is what the dashboard works with.
type Config struct {
	Store *store.Store
	World func() World     // asked anew for every page, so that a reload counts
	Now   func() time.Time // in the campaign's time zone
	Token string           // opens the dashboard as administrator; "" is never right
	// PublicURL is where people reach the dashboard, without a slash at its end; "" is where it listens.
	PublicURL string
	Lent      Lent
	// Checks answer machines that watch the program, without a login, by their patterns: GET /healthz.
	Checks map[string]http.Handler
	Log    *slog.Logger
}

// Server is the dashboard.
type Server struct {
	Config
	sessions *scs.SessionManager
	pages    pages
	door     door
	deeds    deeds
	seen     seen
	hosts    []string // names, besides addresses and localhost, under which the dashboard may be reached
}

const (
	// sessionLife is how long a session lasts. It ends earlier for whoever may not come in any more. There is no idle time: it
	// would write to the disk for every page that somebody looks at.
	sessionLife = 7 * 24 * time.Hour
	// readTimeout and headerTimeout keep slow callers from holding connections; writing may take longer, for large ledgers.
	headerTimeout = 10 * time.Second
	readTimeout   = 2 * time.Minute
	writeTimeout  = 5 * time.Minute
)

// New makes the dashboard.
func New(c Config) (*Server, error) {
	s := &Server{Config: c, sessions: scs.New()}
	s.sessions.Store = c.Store.Sessions()
	s.sessions.HashTokenInStore = true
	s.sessions.Lifetime = sessionLife
	s.sessions.Cookie.Name = "duban"
	s.sessions.Cookie.HttpOnly = true
	s.sessions.Cookie.SameSite = http.SameSiteLaxMode // a link in a chat comes from elsewhere
	if u, err := url.Parse(c.PublicURL); err == nil && c.PublicURL != "" {
		s.hosts = append(s.hosts, u.Hostname())
		s.sessions.Cookie.Secure = u.Scheme == "https"
	}
	s.sessions.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) { s.visit(w, r).fail(err) }
	var err error
	s.pages, err = loadPages()
	return s, err
}

// Serve answers on a listener until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
