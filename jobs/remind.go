package jobs

import (
	"slices"
	"strconv"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
)

// remindJob warns of deadlines and urges what is late: one message per unit and tick, naming the responsible person, each
// rung of the ladder once per issue and deadline (design.md §5). In quiet hours it keeps still; what was reached meanwhile
// is said in one message at the first tick afterwards.
func remindJob() Job {
	return Job{Name: "reminders", Title: "催办提醒", Grace: time.Hour, Prepare: func(e Env, tx *store.Tx, _ time.Time) (Commit, error) {
		if _, quiet := e.Cal.Quiet(tx.Now()); quiet {
			return nothing, nil
		}
		// The issues are read again by the writer: somebody may submit one between reading and writing.
		return func(tx *store.Tx) error {
			reached, err := tx.Issues(store.Filter{AlarmBy: tx.Now()})
			if err != nil {
				return err
			}
			return remind(e, tx, reached)
		}, nil
	}}
}

func nothing(*store.Tx) error { return nil }

// alarm is an issue with the rung that it has reached.
type alarm struct {
	issue issue.Issue
	rung  issue.Rung
}

func remind(e Env, tx *store.Tx, reached []issue.Issue) error {
	byUnit := map[string][]alarm{}
	var units []string
	for _, i := range reached {
		rung, ok := e.Policy.Rung(i, tx.Now())
		if !ok {
			continue
		}
		act := issue.Act{Action: issue.Remind, At: tx.Now(), Change: issue.Change{Level: rung.Level}}
		event, err := e.Policy.Apply(&i, act)
		if err != nil {
			return err
		}
		if err := tx.SaveIssue(i, event); err != nil {
			return err
		}
		if byUnit[i.Unit] == nil {
			units = append(units, i.Unit)
		}
		byUnit[i.Unit] = append(byUnit[i.Unit], alarm{i, rung})
	}
	for _, unit := range units {
		if err := tell(e, tx, unit, byUnit[unit]); err != nil {
			return err
		}
	}
	return nil
}

// tell sends the unit's reminder to its own groups, or else to the groups where its issues were reported.
func tell(e Env, tx *store.Tx, unit string, alarms []alarm) error {
	var list []issue.Issue
	var mentions []string
	for _, a := range alarms {
		list = append(list, a.issue)
		for _, id := range e.persons(a) {
			if !slices.Contains(mentions, id) {
				mentions = append(mentions, id)
			}
		}
	}
	text := e.Words.Reminder(unit, list, tx.Now())
	for _, chat := range e.reminderChats(unit, list) {
		key := "remind/" + chat + "/" + unit + "/" + strconv.FormatInt(tx.Now().Unix(), 10)
		if err := tx.Send(store.Out{To: store.ToChat(chat), Text: text, Mentions: mentions, Dedup: key}); err != nil {
			return err
		}
	}
	return nil
}

// persons are who a rung names: the targets that are people.
func (e Env) persons(a alarm) []string {
	unit, _ := e.Reg.Unit(a.issue.Unit)
	place, _ := e.Reg.Place(a.issue.Place)
	var out []string
	for _, target := range a.rung.To {
		id := map[string]string{
			"assignee": a.issue.Assignee, "liaison": unit.Liaison, "unit_lead": unit.Lead, "place_leader": place.Leader,
		}[target]
		if id != "" {
			out = append(out, id)
		}
	}
	return out
}

func (e Env) reminderChats(unit string, list []issue.Issue) []string {
	var own, general []string
	for _, c := range e.Reg.ChatsFor(issue.ForReminders) {
		switch {
		case slices.Contains(c.Units, unit):
			own = append(own, c.ID)
		case len(c.Units) == 0:
			general = append(general, c.ID)
		}
	}
	if len(own) > 0 {
		return own
	}
	if len(general) > 0 {
		return general
	}
	for _, i := range list {
		if i.Chat != "" && !slices.Contains(general, i.Chat) {
			general = append(general, i.Chat)
		}
	}
	return general
}
