package jobs

import (
	"slices"
	"strings"
	"testing"

	"duban/internal/issue"
)

// TestDigestInPrivate: where the leaders have no group, each of them gets the digest in private.
func TestDigestInPrivate(t *testing.T) {
	c := newCounty(t, "2026-11-23 17:00", daily)
	c.env.Reg.Chats = slices.DeleteFunc(c.env.Reg.Chats, func(c issue.Chat) bool { return c.Serves(issue.ForSummary) })
	c.until("2026-11-23 18:05")
	clear(c.read)
	var to []string
	for _, o := range c.unread() {
		if strings.HasPrefix(o.Text, "【创城日报】") {
			person, _ := o.Target.Person()
			to = append(to, person)
		}
	}
	var leaders []string
	for _, p := range c.env.Reg.People {
		if c.env.Reg.Has(p.ID, issue.RoleLeader) {
			leaders = append(leaders, p.ID)
		}
	}
	if len(leaders) == 0 || !slices.Equal(leaders, to) {
		t.Errorf("the digest went to %q, the leaders are %q", to, leaders)
	}
}

// TestTrendAtTheEndOfTheWeek: the trend comes once a week, with the digest of its last working day.
func TestTrendAtTheEndOfTheWeek(t *testing.T) {
	c := newCounty(t, "2026-11-23 17:00", daily)
	c.until("2026-12-06 23:00") // two weeks, from a Monday on
	clear(c.read)
	var days []string
	for _, o := range c.unread() {
		if strings.HasPrefix(o.Text, "【创城日报】") && strings.Contains(string(o.Recipe), `"Trend":`) {
			days = append(days, strings.TrimPrefix(strings.SplitN(o.Text, "（", 2)[0], "【创城日报】"))
		}
	}
	if want := []string{"11月27日", "12月4日"}; !slices.Equal(want, days) {
		t.Errorf("trends on %q, want %q", days, want)
	}
}
