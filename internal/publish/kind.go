package publish

import (
	"time"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/understand"
)

// Kind is a kind of publication. What is nil is as it is for most kinds.
type Kind struct {
	ID   string // of its snapshots
	Name string // as people call it
	Ask  string // what people say to get a draft
	Of   bool   // it is of a period, which people may name when they ask for a draft

	once    bool            // no two may be about the same time
	daily   bool            // and no two about the same day
	to      []issue.Purpose // of the groups that read it
	compute func(Desk, *store.Tx, Kind, understand.Period, time.Time) (store.Snapshot, error)
	recipe  func(s store.Snapshot, draft bool) (store.Recipe, error)
	brief   func(store.Snapshot) (string, error) // what the leaders' groups read instead of the text, one phone screen
	proof   func(store.Snapshot) (string, error) // what the office has to make sure of, and how it goes on
	settle  func(Desk, *store.Tx, store.Snapshot, Hand) (Release, error)
	again   func(Desk, *store.Tx, store.Snapshot) (Release, error)
}

// Hand is who publishes, and by which message; zero for the bot itself.
type Hand struct {
	Person  string
	Message string
}

// Release is what goes out of a publication.
type Release struct {
	Snapshot store.Snapshot // as it goes out
	Outs     []store.Out
	Groups   int      // of the messages, how many carry the publication to its readers
	Left     []string // what did not go out with it, and why
}

// Rankings lists the kinds that are rankings: the day's for the groups, those of longer times also for the leaders.
func Rankings() []Kind {
	ranking := func(id, name string, to ...issue.Purpose) Kind {
		return Kind{ID: id, Name: name, Ask: "草稿 " + name, Of: true, once: true, to: to, compute: Desk.rankingOf, recipe: rankingRecipe}
	}
	day := ranking(store.SnapshotRanking, "排名", issue.ForRanking)
	day.daily = true
	return []Kind{
		day,
		ranking(store.SnapshotWeek, "周排名", issue.ForRanking, issue.ForSummary),
		ranking(store.SnapshotMonth, "月排名", issue.ForRanking, issue.ForSummary),
	}
}

// Kinds lists what is published after a draft.
func Kinds() []Kind {
	return append(Rankings(), Kind{
		ID: store.SnapshotBulletin, Name: "通报", Ask: "草稿 通报", Of: true, to: []issue.Purpose{issue.ForRanking, issue.ForSummary},
		compute: Desk.bulletinOf, recipe: bulletinRecipe, brief: bulletinBrief,
	}, Kind{
		ID: store.SnapshotExposure, Name: "曝光台", Ask: "曝光 编号", to: []issue.Purpose{issue.ForRanking},
		compute: Desk.boardAnew, recipe: boardRecipe, proof: boardProof, settle: Desk.exposeBoard, again: Desk.boardAgain,
	}, Kind{
		ID: store.SnapshotCorrection, Name: "更正", Ask: "更正排名 日期", to: []issue.Purpose{issue.ForRanking, issue.ForSummary},
		compute: Desk.correctionAnew, recipe: correctionRecipe, settle: Desk.settleCorrection,
	})
}

// Named finds a kind by its name.
func Named(name string) (Kind, bool) {
	for _, k := range Kinds() {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

// kindOf finds the kind of a snapshot.
func kindOf(s store.Snapshot) Kind {
	for _, k := range Kinds() {
		if k.ID == s.Kind {
			return k
		}
	}
	return Kind{ID: s.Kind, Name: s.Kind}
}

// Make makes what a draft of a kind is about, of a period or, without one, as it is usual for the kind.
func (d Desk) Make(tx *store.Tx, k Kind, p understand.Period, now time.Time) (store.Snapshot, error) {
	return k.compute(d, tx, k, p, now)
}

// None says that there is no draft of the kind, and how to get one.
func (k Kind) None() error { return k.Lacks("没有待发布的"+k.Name, understand.Period{}) }

// Lacks says that something of the kind is not there, and how to draft it, of a period if it has a name.
func (k Kind) Lacks(what string, p understand.Period) error {
	said := k.Ask
	if k.Of && p.Name != "" {
		said += " " + p.Name
	}
	return issue.Fail(issue.CodeState, what, "生成草稿请发「"+said+"」")
}
