package web

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"duban/internal/files"
	"duban/internal/intake"
	"duban/internal/issue"
	"duban/internal/picture"
	"duban/internal/report"
	"duban/internal/store"
	"duban/internal/store/storetest"
	"duban/internal/understand"
)

// board is a dashboard that is reached over HTTP, as a browser reaches it.
type board struct {
	t      *testing.T
	server *Server
	store  *store.Store
	policy issue.Policy
	media  string
	now    time.Time
	http   *httptest.Server
	lender *lender
}

const token = "a token of sixteen"

func newBoard(t *testing.T) *board {
	t.Helper()
	b := &board{t: t, store: storetest.Open(t), policy: storetest.County(t), media: t.TempDir(), now: storetest.At(t, "2026-11-25 10:00")}
	b.policy.Reg.Campaign.Name = "兴安县创建全国文明城市"
	b.policy.Reg.People = append(b.policy.Reg.People,
		issue.Person{ID: "wu_di", Name: "吴迪", Roles: []issue.Role{issue.RoleAdmin}}, issue.Person{ID: "zhao_yi", Name: "赵一"})
	b.lender = newLender(b.now)
	server, err := New(Config{
		Store: b.store, Now: func() time.Time { return b.now }, Token: token, Log: slog.New(slog.DiscardHandler),
		World: func() World {
			reg, cal := b.policy.Reg, b.policy.Cal
			words := report.Words{Reg: reg, Cal: cal}
			clerk := intake.Clerk{Reg: reg, Cal: cal, Reader: understand.New(reg, cal), Words: words, Policy: b.policy}
			return World{Reg: reg, Cal: cal, Words: words, Media: b.media, Clerk: clerk}
		},
		Lent: b.lender.lent(b.now, func() *files.Maker {
			words := report.Words{Reg: b.policy.Reg, Cal: b.policy.Cal}
			return files.New(b.store, words, b.media, func() (*picture.Painter, error) { return nil, errors.New("no font in this test") })
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	b.server = server
	b.http = httptest.NewServer(server.Handler())
	t.Cleanup(b.http.Close)
	return b
}

// browser keeps cookies and does not follow redirects.
type browser struct {
	*board
	client *http.Client
}

func (b *board) browser() *browser {
	b.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return &browser{b, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as is a browser in which somebody has opened their link.
func (b *board) as(person string) *browser {
	b.t.Helper()
	br := b.browser()
	if code, _ := br.post("/login", url.Values{"code": {b.code(person)}}); code != http.StatusSeeOther {
		b.t.Fatalf("login as %s: %d", person, code)
	}
	return br
}

func (b *board) code(person string) (code string) {
	b.t.Helper()
	storetest.Write(b.t, b.store, b.now, func(tx *store.Tx) (err error) {
		code, err = tx.NewCode(store.CodeLogin, person, 10*time.Minute)
		return err
	})
	return code
}

func (br *browser) do(r *http.Request) (int, string) {
	br.t.Helper()
	resp, err := br.client.Do(r)
	if err != nil {
		br.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		br.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func (br *browser) request(method, path string, body io.Reader) *http.Request {
	br.t.Helper()
	r, err := http.NewRequestWithContext(br.t.Context(), method, br.http.URL+path, body)
	if err != nil {
		br.t.Fatal(err)
	}
	return r
}

func (br *browser) get(path string) (int, string) {
	br.t.Helper()
	return br.do(br.request(http.MethodGet, path, nil))
}

func (br *browser) post(path string, form url.Values) (int, string) {
	br.t.Helper()
	r := br.request(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return br.do(r)
}
