package handlers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/publish"
	"duban/internal/store"
	"duban/internal/understand"
)

// publishing is the section of the commands by which the office publishes.
const publishing = "发布"

func publishCommands() []*Command {
	office := []issue.Role{issue.RoleOffice}
	var kinds []string
	for _, k := range publish.Kinds() {
		kinds = append(kinds, k.Name)
	}
	named := strings.Join(kinds, "、")
	return []*Command{
		{
			Name: "草稿", Aliases: []string{"重拟草稿"}, Shape: Question, Topics: kinds, Dated: true, Roles: office, Section: publishing, Args: "种类 [时间]",
			Help: "重新计算并给创城办看草稿（" + named + "）。例：草稿 周排名 上周", Run: (*Request).draft,
		},
		{
			Name: "发布", Shape: Question, Topics: kinds, Dated: true, Roles: office, Section: publishing, Args: "种类 [日期]",
			Help: "把看过的草稿发到群里。例：发布 排名", Run: (*Request).release,
		},
		{
			Name: "暂缓", Aliases: []string{"暂缓发布"}, Shape: Question, Topics: kinds, Dated: true, Roles: office, Section: publishing, Args: "种类 [日期]",
			Help: "草稿先不发布，改好再说。例：暂缓 排名", Run: (*Request).hold,
		},
		{
			Name: "补发", Shape: Question, Topics: kinds, Dated: true, Roles: office, Section: publishing, Args: "种类 [日期]",
			Help: "把发布过的再发一次。例：补发 排名 11-23", Run: (*Request).sendAgain,
		},
	}
}

// topicAndPeriod reads what a publishing verb is about: 排名 11-23.
func (r *Request) topicAndPeriod() (k publish.Kind, p understand.Period, err error) {
	for field := range strings.FieldsSeq(r.Args) {
		kind, named := publish.Named(understand.Fold(field))
		when, timed := understand.ReadPeriod(field, r.Now)
		switch {
		case named && k.ID == "":
			k = kind
		case timed && p.Name == "":
			p = when
		case named || timed:
			return k, p, issue.Fail(issue.CodeInput, "一次只能写一个种类、一个时间", "请分开发，例如「"+r.Command.Name+" 排名」")
		default:
			return k, p, unknownPeriod(field)
		}
	}
	if k.ID == "" {
		var names []string
		for _, k := range publish.Kinds() {
			names = append(names, k.Name)
		}
		return k, p, issue.Fail(issue.CodeInput, "请写明种类："+strings.Join(names, "、"), "例如「"+r.Command.Name+" 排名」")
	}
	return k, p, nil
}

// draft makes a draft anew and shows it to the office.
func (r *Request) draft() (Reply, error) {
	k, p, err := r.topicAndPeriod()
	if err != nil {
		return Reply{}, err
	}
	s, err := r.Desk.Make(r.Tx, k, p, r.Now)
	if err != nil {
		return Reply{}, err
	}
	outs, err := r.Desk.Draft(r.Tx, &s, noTime)
	if err != nil {
		return Reply{}, err
	}
	return r.here(outs, "已生成"+k.Name+"草稿，发到创城办"), nil
}

// here makes of a message for the conversation at hand the answer, and of the others notices.
func (r *Request) here(outs []store.Out, otherwise string) Reply {
	reply := Reply{Text: otherwise, Notices: outs}
	n := slices.IndexFunc(outs, func(o store.Out) bool { return o.To == r.Target })
	if n < 0 {
		return reply
	}
	reply.Text, reply.Make = outs[n].Text, outs[n].Make
	reply.Notices = slices.Delete(slices.Clone(outs), n, n+1)
	return reply
}

// waitingDraft finds the draft that a verb is about. Where a time is named the draft must be of that time.
func (r *Request) waitingDraft() (k publish.Kind, s store.Snapshot, err error) {
	k, p, err := r.topicAndPeriod()
	if err != nil {
		return k, s, err
	}
	s, found, err := r.Tx.Draft(k.ID)
	switch {
	case err != nil:
	case !found:
		err = k.None()
	case p.Name != "" && !endsIn(s, p):
		title, _, _ := strings.Cut(s.Text, "\n")
		err = issue.Fail(issue.CodeState, "待发布的"+k.Name+"不是"+p.Name+"的，是"+title, "就是这份请发「"+r.Command.Name+" "+k.Name+"」")
	}
	return k, s, err
}

// endsIn says whether what a snapshot is of ends within a time: it is called by the day on which it ends.
func endsIn(s store.Snapshot, p understand.Period) bool {
	end := s.To().Add(-time.Second)
	return !end.Before(p.From) && end.Before(p.To)
}

func (r *Request) release() (Reply, error) {
	k, s, err := r.waitingDraft()
	if err != nil {
		return Reply{}, err
	}
	out, err := r.Desk.Publish(r.Tx, s, publish.Hand{Person: r.From.ID, Message: r.Message})
	if err == nil && out.Snapshot.ID == 0 {
		err = overtaken(k)
	}
	if err != nil {
		return Reply{}, err
	}
	return r.released(fmt.Sprintf("%s已发布到 %d 个群", k.Name, out.Groups), out), nil
}

func (r *Request) hold() (Reply, error) {
	k, s, err := r.waitingDraft()
	if err != nil {
		return Reply{}, err
	}
	won, err := r.Tx.MoveSnapshot(s.ID, store.SnapshotHeld, r.From.ID)
	if err == nil && !won {
		err = overtaken(k)
	}
	if err != nil {
		return Reply{}, err
	}
	return Reply{Text: k.Name + "已暂缓，不会自动发布\n改好后重新计算请发「草稿 " + k.Name + "」，发布请发「发布 " + k.Name + "」"}, nil
}

// overtaken says that a draft is none any more: somebody was faster.
func overtaken(k publish.Kind) error {
	return issue.Fail(issue.CodeState, k.Name+"的这份草稿刚才已由别人发布或重拟", "重新生成请发「"+k.Ask+"」")
}

// sendAgain sends once more what was published last, or on a day.
func (r *Request) sendAgain() (Reply, error) {
	k, p, err := r.topicAndPeriod()
	if err != nil {
		return Reply{}, err
	}
	s, err := r.publishedAs(k, p)
	if err != nil {
		return Reply{}, err
	}
	out, err := r.Desk.Again(r.Tx, s)
	if err != nil {
		return Reply{}, err
	}
	return r.released(fmt.Sprintf("%s已补发到 %d 个群", k.Name, out.Groups), out), nil
}

// released says what went out, and what did not; at night also when it does.
func (r *Request) released(text string, out publish.Release) Reply {
	if morning, quiet := r.Cal.Quiet(r.Now); quiet && out.Groups > 0 {
		text += "，夜间静默，" + r.Cal.Text(morning, r.Now) + " 发出"
	}
	if len(out.Left) > 0 {
		text += "\n没有列入：" + strings.Join(out.Left, "、")
	}
	return Reply{Text: text, Notices: out.Outs}
}

// publishedAs finds what of a kind was published for a period, or last.
func (r *Request) publishedAs(k publish.Kind, p understand.Period) (store.Snapshot, error) {
	if p.Name == "" {
		s, found, err := r.Desk.Last(r.Tx, k, r.Now)
		if err == nil && !found {
			err = r.unpublished(k, "还没有发布过"+k.Name, p)
		}
		return s, err
	}
	s, found, err := r.publishedFor(k, p)
	if err == nil && !found {
		err = r.unpublished(k, p.Name+"没有发布过"+k.Name, p)
	}
	return s, err
}

// unpublished says that something was not published, and to those who publish how to draft it.
func (r *Request) unpublished(k publish.Kind, what string, p understand.Period) error {
	if r.Reg.Has(r.From.ID, issue.RoleOffice) {
		return k.Lacks(what, p)
	}
	return issue.Fail(issue.CodeState, what, "")
}

// publishedFor finds what of a kind was published for a time: of a day the ranking that ended on it; of a week or a month that of
// all of it.
func (r *Request) publishedFor(k publish.Kind, p understand.Period) (store.Snapshot, bool, error) {
	if k.ID == store.SnapshotRanking && p.To.Sub(p.From) >= 2*24*time.Hour {
		return store.Snapshot{}, false, nil
	}
	return r.Tx.EndedIn(k.ID, p.From, p.To)
}

// noTime says that a draft does not go out by itself.
var noTime time.Time
