package handlers

import (
	"fmt"
	"slices"
	"strings"

	"duban/internal/issue"
	"duban/internal/publish"
	"duban/internal/store"
)

func boardCommands() []*Command {
	office := []issue.Role{issue.RoleOffice}
	return []*Command{
		{
			Name: "曝光", Shape: Numbers | Question, SetOff: true, Action: issue.Expose, For: office, Section: publishing, Args: "编号 [话]",
			Help: "列入曝光台草稿，确认照片后发布才公开。例：曝光 17 18", Run: (*Request).expose,
		},
		{
			Name: "撤下曝光", Aliases: []string{"取消曝光", "撤销曝光"}, Shape: Numbers, SetOff: true, Action: issue.Unexpose, Roles: office, Section: publishing,
			Args: "编号 [原因]", Help: "从曝光台或曝光台草稿里去掉。例：撤下曝光 17", Run: (*Request).takeDown,
		},
		{
			Name: "曝光台", Aliases: []string{"看曝光台"}, Shape: Question, Section: "通报",
			Help: "现在曝光台上的问题，附整改前后照片", Run: (*Request).board,
		},
	}
}

// board tells what is on the board now.
func (r *Request) board() (Reply, error) {
	text, sheets, err := r.Desk.BoardNow(r.Tx, r.Now)
	return Reply{Text: text, Make: sheets}, err
}

// expose adds issues to the draft of the board: nothing is public before the office has looked at the photos. Without a number
// it asks for the board.
func (r *Request) expose() (Reply, error) {
	if len(r.IDs) == 0 {
		return r.board()
	}
	draft, list, err := r.Desk.Listed(r.Tx)
	if err != nil {
		return Reply{}, err
	}
	reply, err := r.each(func(i issue.Issue) (Reply, error) {
		if err := r.Policy.Check(i, r.act(issue.Act{Action: issue.Expose, By: r.From.ID})); err != nil {
			return Reply{}, err
		}
		e, err := r.Desk.Case(r.Tx, i, r.Args)
		if err != nil {
			return Reply{}, err
		}
		list = slices.DeleteFunc(list, func(have publish.Exposed) bool { return have.Issue == i.ID })
		if len(list) >= publish.MostExposed {
			return Reply{}, issue.Fail(issue.CodeState, fmt.Sprintf("%s 没有列入，曝光台一次最多 %d 件", i.Number(), publish.MostExposed), "请先发「发布 曝光台」")
		}
		list = append(list, e)
		return Reply{Text: i.Number() + " 已列入曝光台草稿，还没有公开"}, nil
	})
	if err != nil {
		return Reply{}, err
	}
	outs, left, err := r.Desk.DraftBoard(r.Tx, draft, list)
	return r.drafted(reply, outs, left), err
}

// drafted adds to an answer the draft that followed from it.
func (r *Request) drafted(reply Reply, outs []store.Out, left []string) Reply {
	if len(left) > 0 {
		reply.Text += "\n草稿里去掉了：" + strings.Join(left, "、")
	}
	shown := r.here(outs, "草稿已发到创城办，确认照片后发「发布 曝光台」")
	reply.Text += "\n" + shown.Text
	reply.Make = shown.Make
	reply.Notices = append(reply.Notices, shown.Notices...)
	return reply
}

// takeDown takes issues off the draft of the board, or off the board.
func (r *Request) takeDown() (Reply, error) {
	draft, list, err := r.Desk.Listed(r.Tx)
	if err != nil {
		return Reply{}, err
	}
	drafted := len(list)
	reply, err := r.each(func(i issue.Issue) (Reply, error) {
		n := slices.IndexFunc(list, func(e publish.Exposed) bool { return e.Issue == i.ID })
		if n < 0 {
			return r.unexpose(i)
		}
		list = slices.Delete(list, n, n+1)
		return Reply{Text: i.Number() + " 已从曝光台草稿去掉"}, nil
	})
	if err != nil || len(list) == drafted {
		return reply, err
	}
	outs, left, err := r.Desk.DraftBoard(r.Tx, draft, list)
	if len(outs) == 0 {
		reply.Text += "\n草稿里没有问题了，不用发布"
		return reply, err
	}
	return r.drafted(reply, outs, left), err
}

func (r *Request) unexpose(i issue.Issue) (Reply, error) {
	if err := r.apply(&i, issue.Act{Action: issue.Unexpose, By: r.From.ID, Note: r.Args}); err != nil {
		return Reply{}, err
	}
	text := i.Number() + " 已从曝光台撤下"
	return Reply{Text: text + "，扣过的分不退", Notices: r.toUnit(i.Unit, i, text)}, nil
}
