package publish

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
)

// exposeBoard puts the issues of a draft on the board. Those that ended meanwhile, or that another unit has now, are left out:
// a publication with a wrong unit's name is not to be taken back.
func (d Desk) exposeBoard(tx *store.Tx, s store.Snapshot, by Hand) (Release, error) {
	var b Board
	if err := s.Decode(&b); err != nil {
		return Release{}, err
	}
	var r Release
	var cases []Exposed
	var exposed []issue.Issue
	for _, e := range b.Cases {
		i, err := tx.Issue(e.Issue)
		if err != nil {
			return Release{}, err
		}
		if why := d.overtaken(i, e); why != "" {
			r.Left = append(r.Left, i.Number()+" "+why)
			continue
		}
		act := issue.Act{Action: issue.Expose, By: by.Person, At: tx.Now(), Message: by.Message, Note: e.Note}
		event, err := issue.Policy{Reg: d.Reg, Cal: d.Cal}.Apply(&i, act)
		if err != nil {
			return Release{}, err
		}
		if err := tx.SaveIssue(i, event); err != nil {
			return Release{}, err
		}
		cases, exposed = append(cases, e), append(exposed, i)
	}
	if len(cases) == 0 {
		return Release{}, issue.Fail(issue.CodeState, "曝光台没有发布："+strings.Join(r.Left, "、"), "要曝光别的请发「曝光 编号」")
	}
	b.Cases = cases
	var err error
	r.Snapshot, err = d.freezeBoard(b, s.From(), tx.Now())
	r.Outs = d.tellExposed(exposed, cases)
	return r, err
}

// overtaken says why an issue cannot go on the board as it was drafted; "" if it can.
func (d Desk) overtaken(i issue.Issue, e Exposed) string {
	switch {
	case !i.Open():
		return i.Status.Text()
	case i.Unit != e.Unit:
		return "已改派给" + d.Reg.UnitName(i.Unit)
	}
	return ""
}

// tellExposed tells each unit once what of its issues is on the board, and how they come off it.
func (d Desk) tellExposed(list []issue.Issue, cases []Exposed) []store.Out {
	var outs []store.Out
	for _, unit := range unitsIn(cases) {
		var lines, persons []string
		var first issue.Issue
		for n, i := range list {
			if i.Unit != unit {
				continue
			}
			if first.ID == 0 {
				first, persons = i, []string{i.Assignee}
			}
			lines = append(lines, cases[n].line())
		}
		text := fmt.Sprintf("【曝光】%s %d 件上了曝光台\n%s\n%s", d.Reg.UnitName(unit), len(lines), strings.Join(lines, "\n"), nextOf(first))
		for _, c := range d.Reg.ChatsAbout(unit, first) {
			outs = append(outs, store.Out{To: store.ToChat(c.ID), Text: text, Mentions: persons})
		}
	}
	return outs
}

// nextOf is how an issue that is exposed comes off the board.
func nextOf(i issue.Issue) string {
	switch i.Status {
	case issue.Submitted:
		return "已提交完成，核查通过后自动撤下"
	case issue.Suspended:
		return "挂账期满请抓紧整改，核查通过后自动撤下"
	}
	return fmt.Sprintf("请抓紧整改，办好发「完成 %d 措施」并附整改后照片，核查通过后自动撤下", i.ID)
}

// unitsIn lists the units of cases, each once, in their order.
func unitsIn(cases []Exposed) []string {
	var out []string
	for _, e := range cases {
		if !slices.Contains(out, e.Unit) {
			out = append(out, e.Unit)
		}
	}
	return out
}

// onBoard says whether a case is exposed still: the issue did not end, and neither the office nor another unit's getting it took
// it off the board.
func onBoard(i issue.Issue, e Exposed) bool { return !i.ExposedAt.IsZero() && i.Unit == e.Unit }

// boardAgain is what a published board shows when it is sent once more. Who closed an issue was promised that it is taken down,
// so that it is not shown again; the others are shown as they were, with the photos that the office looked at and the time
// until which it counted, because 补发 is for who missed it. It costs no points a second time.
func (d Desk) boardAgain(tx *store.Tx, s store.Snapshot) (Release, error) {
	var b Board
	if err := s.Decode(&b); err != nil {
		return Release{}, err
	}
	var r Release
	var kept []Exposed
	for _, e := range b.Cases {
		i, err := tx.Issue(e.Issue)
		if err != nil {
			return Release{}, err
		}
		switch {
		case onBoard(i, e):
			kept = append(kept, e)
		case !i.Open():
			r.Left = append(r.Left, i.Number()+" "+i.Status.Text())
		default:
			r.Left = append(r.Left, i.Number()+" 已撤下")
		}
	}
	if len(kept) == 0 {
		return Release{}, issue.Fail(issue.CodeState, "那次曝光的都已撤下，没有补发", "看现在的请发「曝光台」")
	}
	b.Cases = kept
	var err error
	r.Snapshot, err = d.freezeBoard(b, s.From(), s.To())
	return r, err
}

// BoardNow is what is on the board: as it was published last, with those days overdue that it has now. The text lists all, the
// sheets show at most MostExposed, the longest overdue first.
func (d Desk) BoardNow(tx *store.Tx, now time.Time) (string, store.Recipe, error) {
	cases, err := d.Standing(tx, now)
	if err != nil || len(cases) == 0 {
		return "曝光台上没有问题", "", err
	}
	b := Board{Cases: cases}
	b.Title, b.Until = d.Words.BoardTitle(now)
	text := b.text()
	b.Cases = cases[:min(len(cases), MostExposed)]
	recipe, err := b.recipe()
	return text, recipe, err
}

// Standing are the cases that are on the board, by their deadlines: as the office saw them, with those days overdue that they have
// now.
func (d Desk) Standing(tx *store.Tx, now time.Time) ([]Exposed, error) {
	list, err := tx.Issues(store.Filter{Exposed: true})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	oldest := slices.MinFunc(list, func(a, b issue.Issue) int { return a.ExposedAt.Compare(b.ExposedAt) }).ExposedAt
	published, err := tx.Published(store.SnapshotExposure, oldest.Add(-time.Microsecond), now.Add(time.Microsecond), 0)
	if err != nil {
		return nil, err
	}
	shown := map[int64]Exposed{}
	for _, s := range slices.Backward(published) {
		var b Board
		if err := s.Decode(&b); err != nil {
			return nil, err
		}
		for _, e := range b.Cases {
			shown[e.Issue] = e
		}
	}
	var out []Exposed
	for _, i := range list {
		if e, ok := shown[i.ID]; ok && onBoard(i, e) {
			e.Case.Late = d.Words.Late(i, now)
			out = append(out, e)
		}
	}
	return out, nil
}
