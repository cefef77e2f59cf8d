package bot

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/issue"
	"duban/internal/web"
)

// ask has somebody say a word in private and gives what the bot answers them.
func (s *stage) ask(line string) string {
	s.t.Helper()
	steps, err := chat.ParseScript(strings.NewReader(line))
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.Join(s.do(steps[0]), "\n")
}

// TestDashboardLink: the link that the bot sends opens the dashboard once, as the person who asked.
func TestDashboardLink(t *testing.T) {
	cfg := talkConfig(t, t.TempDir())
	cfg.People = append(cfg.People, issue.Person{ID: "qun_zhong", Name: "群众甲"})
	s := stageOf(t, cfg, time.Date(2026, 11, 23, 9, 0, 0, 0, shanghai(t)))
	if said := s.ask("李强@zhaoyang_group~: 后台"); !strings.Contains(said, "没有开网页看板") {
		t.Errorf("without a dashboard: %s", said)
	}
	server, err := web.New(s.bot.boardConfig(cfg.Web))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(server.Handler())
	t.Cleanup(srv.Close)
	s.bot.board = &board{address: srv.URL}
	if said := s.ask("群众甲@inspect~: 后台"); !strings.Contains(said, "看板是给责任单位、督查员、创城办和领导看的") {
		t.Errorf("somebody who only reports: %s", said)
	}
	said := s.ask("李强@zhaoyang_group~: 后台")
	found := regexp.MustCompile(regexp.QuoteMeta(srv.URL) + `/login/(\S+)\n.*10 分钟内有效，只能用一次，请不要转发`).FindStringSubmatch(said)
	if found == nil {
		t.Fatalf("no link: %s", said)
	}
	for n, want := range []int{http.StatusSeeOther, http.StatusUnauthorized} {
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		resp, err := client.PostForm(srv.URL+"/login", url.Values{"code": {found[1]}})
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("use %d of the link: %d", n+1, resp.StatusCode)
		}
	}
}
