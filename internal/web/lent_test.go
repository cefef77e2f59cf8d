package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"duban/internal/chat"
	"duban/internal/files"
	"duban/internal/health"
	"duban/internal/intake"
	"duban/internal/issue"
	"duban/internal/store"
)

// lender is a running program as the dashboard knows it.
type lender struct {
	channels []health.Channel
	again    []string // what was run again
	broken   error    // of the next run
	poked    int
	rebound  int
	kept     []string // spreadsheets
	sent     int      // messages that followed from something
	heard    map[string]time.Time
}

func (l *lender) lent(now time.Time, maker func() *files.Maker) Lent {
	return Lent{
		Files:    maker,
		Channels: func() []health.Channel { return l.channels },
		Plans: func() []Plan {
			return []Plan{{Name: "summary", Title: "日报", Tells: "领导群", Again: true, Next: now.Add(8 * time.Hour)}, {Name: "reminders", Title: "催办提醒"}}
		},
		Again: func(tx *store.Tx, job string, slot time.Time, _ string) error {
			won, err := tx.RetakeRun(job, slot, "重跑")
			if err == nil && !won {
				err = issue.Fail(issue.CodeState, "没有失败或错过", "")
			}
			if err != nil {
				return err
			}
			l.again = append(l.again, job+slot.UTC().Format(" 01-02 15:04"))
			return l.broken
		},
		Poke:    func() { l.poked++ },
		Present: func(_, session string) bool { return session == "now" },
		Rebound: func(context.Context) error { l.rebound++; return nil },
		Heard:   func(person string) time.Time { return l.heard[person] },
		KeepSheet: func(s *intake.Sheet, _ []byte) (string, error) {
			l.kept = append(l.kept, s.Name)
			return "kept/" + s.Name, nil
		},
		Send: func(tx *store.Tx, outs []store.Out) error {
			l.sent += len(outs)
			for _, o := range outs {
				if err := tx.Send(o); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func newLender(now time.Time) *lender {
	return &lender{heard: map[string]time.Time{}, channels: []health.Channel{
		{Name: "wechat", State: chat.StateScan, Since: now, Down: now, QR: "https://login.example/secret", Text: "请扫码"},
	}}
}

var (
	formNumber = regexp.MustCompile(`name="form" value="([A-Z2-7]{26})"`)
	errBroken  = errors.New("database or disk is full")
)

// press opens a page and sends the form on it to a path, as a visitor does who presses its button. It gives the page that follows.
func (br *browser) press(page, path string, fields ...string) string {
	br.t.Helper()
	status, next := br.submit(path, br.form(page), fields...)
	if status != http.StatusSeeOther {
		br.t.Fatalf("%s: %d %s", path, status, next)
	}
	return br.follow(next)
}

// form is the number of a page's forms.
func (br *browser) form(page string) string {
	br.t.Helper()
	status, body := br.get(page)
	m := formNumber.FindStringSubmatch(body)
	if status != http.StatusOK || m == nil {
		br.t.Fatalf("%s has no form: %d %s", page, status, body)
	}
	return m[1]
}

// submit sends a form and gives where it leads to, or the page of a refusal.
func (br *browser) submit(path, form string, fields ...string) (status int, next string) {
	br.t.Helper()
	body := "form=" + form
	for _, f := range fields {
		body += "&" + f
	}
	r := br.request(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return br.answer(r)
}

// answer gives where a form leads to, or the page of a refusal.
func (br *browser) answer(r *http.Request) (status int, next string) {
	br.t.Helper()
	resp, err := br.client.Do(r)
	if err != nil {
		br.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusSeeOther {
		return resp.StatusCode, resp.Header.Get("Location")
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		br.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// follow opens the page to which a form led.
func (br *browser) follow(next string) string {
	br.t.Helper()
	status, body := br.get(next)
	if status != http.StatusOK {
		br.t.Fatalf("%s: %d %s", next, status, body)
	}
	return body
}
