package handlers

import (
	"strings"
	"time"

	"duban/internal/files"
	"duban/internal/issue"
	"duban/internal/publish"
	"duban/internal/store"
	"duban/internal/understand"
)

func rankingCommands() []*Command {
	return []*Command{
		{
			Name: "排名", Aliases: []string{"今日排名", "排行"}, Shape: Question, Dated: true, Section: "通报", Args: "[时间]",
			Help: "本日到现在的排名（未定稿），或已发布的、一段时间的。例：排名 上周", Run: (*Request).ranking,
		},
		{
			Name: "日报", Aliases: []string{"今日日报", "每日摘要"}, Shape: Question, Dated: true, Section: "通报", Args: "[日期]",
			Help:  "本日到现在的摘要，或发过的。例：日报 昨天",
			Roles: []issue.Role{issue.RoleLeader, issue.RoleOffice, issue.RoleAdmin, issue.RoleInspector, issue.RoleViewer},
			Run:   (*Request).summary,
		},
		{
			Name: "通报", Aliases: []string{"最近通报"}, Shape: Question, Dated: true, Section: "通报", Args: "[时间]",
			Help: "看发布过的通报。例：通报 上周", Run: (*Request).bulletin,
		},
		{
			Name: "走势", Aliases: []string{"走势图", "趋势"}, Shape: Question, Dated: true, Section: "通报", Args: "[时间]",
			Help: "每日立案、销号、超期的走势图。例：走势 本月", Run: (*Request).trend,
		},
	}
}

// ranking tells the day's ranking as it would be now, or that of another time: as it was published, if it was.
func (r *Request) ranking() (Reply, error) {
	if r.Args == "" {
		return r.rankingNow()
	}
	p, ok := r.period()
	switch today := understand.Day(r.Now); {
	case !ok:
		return Reply{}, unknownPeriod(r.Args)
	case p == today:
		return r.rankingNow()
	case p.To.Sub(p.From) <= 25*time.Hour:
		return r.publishedRanking(p)
	}
	for _, k := range publish.Rankings() {
		s, found, err := r.Tx.EndedIn(k.ID, p.From, p.To)
		if err != nil {
			return Reply{}, err
		}
		if found && s.From().Equal(p.From) && s.To().Equal(p.To) {
			return r.published(s)
		}
	}
	return r.provisional(r.Desk.Between(r.Tx, p, ""))
}

// rankingNow is the day's ranking: the published one, or the day so far.
func (r *Request) rankingNow() (Reply, error) {
	s, published, err := r.Desk.Latest(r.Tx, r.Now, "")
	if published {
		return r.published(s)
	}
	return r.provisional(s, err)
}

func (r *Request) provisional(s store.Snapshot, err error) (Reply, error) {
	if err != nil {
		return Reply{}, err
	}
	text, card, err := r.Desk.Provisional(s)
	return Reply{Text: text, Make: card}, err
}

// publishedRanking is the daily ranking that went out on a day.
func (r *Request) publishedRanking(p understand.Period) (Reply, error) {
	s, found, err := r.Tx.EndedIn(store.SnapshotRanking, p.From, p.To)
	if err != nil {
		return Reply{}, err
	}
	if !found {
		return Reply{}, issue.Fail(issue.CodeUnknown, p.Name+"没有发布过排名", "看现在的排名请发「排名」")
	}
	return r.published(s)
}

func (r *Request) published(s store.Snapshot) (Reply, error) {
	card, err := r.Desk.Recipe(s)
	return Reply{Text: s.Text, Make: card}, err
}

// summary is the leaders' digest as it would be now, or that of a day as it was sent.
func (r *Request) summary() (Reply, error) {
	today := understand.Day(r.Now)
	p, err := r.periodOr(today)
	if err != nil {
		return Reply{}, err
	}
	if p != today {
		return r.sentSummary(p)
	}
	day, err := r.Desk.DaySoFar(r.Tx, r.Now)
	if err != nil {
		return Reply{}, err
	}
	s, published, err := r.Desk.Latest(r.Tx, r.Now, "")
	if err != nil {
		return Reply{}, err
	}
	var ranking publish.Ranking
	if err := s.Decode(&ranking); err != nil {
		return Reply{}, err
	}
	day.Rank(r.Reg, ranking.Scores, s.To())
	reply := Reply{Text: r.Words.Summary(day)}
	if published {
		reply.Make, err = r.Desk.Recipe(s)
	}
	return reply, err
}

// sentSummary is the digest that was sent on a day.
func (r *Request) sentSummary(p understand.Period) (Reply, error) {
	if p != understand.Day(p.From) {
		return Reply{}, issue.Fail(issue.CodeInput, "日报按天看，不能是"+p.Name, "例如「日报 昨天」；看一段时间请发「走势 "+p.Name+"」")
	}
	s, found, err := r.Tx.EndedIn(store.SnapshotTotals, p.From, p.To)
	if err == nil && !found {
		err = issue.Fail(issue.CodeUnknown, p.Name+"没有发过日报", "看本日的请发「日报」")
	}
	return Reply{Text: s.Text}, err
}

// bulletin shows a bulletin that was published, with its documents.
func (r *Request) bulletin() (Reply, error) {
	k, _ := publish.Named("通报")
	p, err := r.periodOr(understand.Period{})
	if err != nil {
		return Reply{}, err
	}
	s, err := r.publishedAs(k, p)
	if err != nil {
		return Reply{}, err
	}
	return r.published(s)
}

// trend draws the days.
func (r *Request) trend() (Reply, error) {
	p, err := r.periodOr(publish.LastDays(r.Now))
	if err != nil {
		return Reply{}, err
	}
	t, err := r.Desk.Trend(r.Tx, p, nil)
	if err != nil {
		return Reply{}, err
	}
	if t == nil {
		longer := "" // a time that was named is not made longer
		if r.Args == "" {
			longer = "可以写别的时间，例如「走势 本月」"
		}
		return Reply{}, issue.Fail(issue.CodeState, p.Name+"的日报不到两天，画不出走势", longer)
	}
	recipe, err := files.Spec{Trend: t}.Recipe()
	return Reply{Text: "【" + t.Title + "】", Make: recipe}, err
}

// period reads the time in what was asked.
func (r *Request) period() (understand.Period, bool) {
	return understand.ReadPeriod(strings.TrimSpace(r.Args), r.Now)
}

// periodOr reads the time in what was asked; where none was named it is another.
func (r *Request) periodOr(otherwise understand.Period) (understand.Period, error) {
	if r.Args == "" {
		return otherwise, nil
	}
	p, ok := r.period()
	if !ok {
		return p, unknownPeriod(r.Args)
	}
	return p, nil
}

func unknownPeriod(args string) error {
	return issue.Fail(issue.CodeInput, "“"+args+"”看不出是什么时间", "可以写今天、昨天、本周、上周、本月、上月、11-23、11月16日至22日")
}
