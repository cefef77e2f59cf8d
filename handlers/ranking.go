package handlers

import (
	"time"

	"duban/internal/issue"
	"duban/internal/score"
	"duban/internal/store"
)

func rankingCommands() []*Command {
	return []*Command{
		{
			Name: "排名", Aliases: []string{"今日排名", "排行"}, Shape: Question, Section: "通报", Help: "本日到现在的排名（未定稿）",
			Run: (*Request).ranking,
		},
		{
			Name: "日报", Aliases: []string{"今日日报", "每日摘要"}, Shape: Question, Section: "通报", Help: "本日到现在的摘要",
			Roles: []issue.Role{issue.RoleLeader, issue.RoleOffice, issue.RoleAdmin, issue.RoleInspector, issue.RoleViewer},
			Run:   (*Request).summary,
		},
	}
}

// today is the day so far: since the last published ranking, but not longer than a day.
func (r *Request) today() (score.Day, []score.Score, error) {
	var last []score.Score
	snapshot, found, err := r.Tx.LastSnapshot(store.SnapshotRanking, r.Now.Add(time.Microsecond), &last)
	if err != nil {
		return score.Day{}, nil, err
	}
	from := r.Now.Add(-24 * time.Hour)
	if found && snapshot.To().After(from) {
		from = snapshot.To()
	}
	next, end := r.Cal.WorkdayAfter(r.Now)
	day, err := r.Tx.Day(r.Reg, from, r.Now, next, end)
	return day, last, err
}

func (r *Request) ranking() (Reply, error) {
	day, last, err := r.today()
	if err != nil {
		return Reply{}, err
	}
	return Reply{Text: r.Words.Ranking(day, last, false)}, nil
}

func (r *Request) summary() (Reply, error) {
	day, _, err := r.today()
	if err != nil {
		return Reply{}, err
	}
	return Reply{Text: r.Words.Summary(day)}, nil
}
