package handlers

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"duban/internal/calendar"
	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/understand"
)

func fileCommands() []*Command {
	return []*Command{
		{
			Name: "上报", Aliases: []string{"上报问题", "问题上报", "报问题"}, Loose: []string{"报", "反映", "举报"},
			Shape: Words, Action: issue.Report, Section: "上报", Args: "地点 问题",
			Help: "登记问题，系统找责任单位和时限；一条消息可写多件，每件一行并编号。例：上报 金水湾小区3号楼楼道堆放杂物",
			Run:  (*Request).file,
		},
		{
			Name: "撤回", Aliases: []string{"撤回上报"}, Shape: Numbers | Question, Action: issue.Withdraw,
			Section: "上报", Args: "编号", Help: "撤回自己刚上报的问题", Run: (*Request).withdraw,
		},
	}
}

// The limits of a report. People do paste whole documents by mistake.
const (
	maxItems    = 30
	maxItemText = 500
)

// file files every problem of a report as its own issue. Nothing that is missing makes it refuse: what was not found is
// said, and the office is asked (design.md §3).
func (r *Request) file() (Reply, error) {
	items, err := r.items()
	if err != nil {
		return Reply{}, err
	}
	var filed []issue.Issue
	for _, item := range items {
		i, err := r.fileOne(item)
		if err != nil {
			return Reply{}, err
		}
		filed = append(filed, i)
	}
	photos, err := r.takePhotos(ids(filed), store.PhotoBefore)
	if err != nil {
		return Reply{}, err
	}
	if err := r.awaitPhotos(filed, store.PhotoBefore, photos); err != nil {
		return Reply{}, err
	}
	return Reply{Text: r.Words.Filed(filed, photos, r.Now), Notices: append(r.tellUnits(filed), r.askOffice(filed)...)}, nil
}

func (r *Request) items() ([]string, error) {
	var items []string
	for _, item := range understand.Items(r.Args) {
		if strings.IndexFunc(item, isWordRune) >= 0 {
			items = append(items, item)
		}
	}
	if len(items) == 0 {
		return nil, issue.Fail(issue.CodeInput, "没看到问题内容", "请写地点和问题，例如：「上报 金水湾小区3号楼楼道堆放杂物」")
	}
	if len(items) > maxItems {
		return nil, issue.Fail(issue.CodeInput, "一条消息最多上报 "+strconv.Itoa(maxItems)+" 件，这条有 "+strconv.Itoa(len(items))+" 件", "请分几条发")
	}
	for _, item := range items {
		if n := utf8.RuneCountInString(item); n > maxItemText {
			return nil, issue.Fail(issue.CodeInput, "一件问题最多 "+strconv.Itoa(maxItemText)+" 字，这件有 "+strconv.Itoa(n)+" 字",
				"请写短一些，或分行编号逐件上报")
		}
	}
	return items, nil
}

// isWordRune says whether a character can carry meaning: a report of punctuation and pictographs alone says nothing.
func isWordRune(c rune) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x3400 && c <= 0x9fff || c >= 0x20000 && c <= 0x3ffff
}

func (r *Request) fileOne(text string) (issue.Issue, error) {
	f := r.Reader.Report(text, r.Now)
	id, err := r.Tx.NewIssueNumber()
	if err != nil {
		return issue.Issue{}, err
	}
	i := issue.Issue{ID: id}
	reported, err := r.Policy.Apply(&i, r.act(issue.Act{Action: issue.Report, By: r.From.ID, Change: r.reported(f)}))
	if err != nil {
		return issue.Issue{}, err
	}
	events := []issue.Event{reported}
	if unit, person := r.owner(f); unit != "" {
		assigned, err := r.Policy.Apply(&i, r.act(issue.Act{Action: issue.Assign, Change: issue.Change{Unit: unit, Assignee: person}}))
		if err != nil {
			return issue.Issue{}, err
		}
		events = append(events, assigned)
	}
	return i, r.Tx.SaveIssue(i, events...)
}

// reported is what a report says of the issue.
func (r *Request) reported(f understand.Finding) issue.Change {
	limit := r.limit(f.Category)
	unit, _ := r.owner(f)
	c := issue.Change{
		Text: f.Text, Place: f.Place, PlaceText: f.PlaceText, Category: f.Category, Reporter: r.From.ID, Chat: r.Chat.ID,
		Danger: f.Danger, Limit: &limit, SelfFound: unit != "" && unit == r.From.Unit,
	}
	if f.When != nil {
		c.Due, c.Said, c.DueUnsure = f.When.At, true, !f.When.Known
	}
	return c
}

func (r *Request) limit(category string) calendar.Limit {
	if c, ok := r.Reg.Category(category); ok && !c.Limit.IsZero() {
		return c.Limit
	}
	return r.Reg.Rules.DefaultLimit
}

// owner is the unit named in the report, or else the one of the responsibility table.
func (r *Request) owner(f understand.Finding) (unit, person string) {
	if f.Unit != "" {
		return f.Unit, r.Reg.Receiver(f.Unit)
	}
	return r.Reg.Owner(f.Category, f.Place)
}

// tellUnits tells each unit's own group what is newly theirs, one message per unit.
func (r *Request) tellUnits(filed []issue.Issue) []store.Out {
	byUnit := map[string][]issue.Issue{}
	var order []string
	for _, i := range filed {
		if i.Unit == "" {
			continue
		}
		if byUnit[i.Unit] == nil {
			order = append(order, i.Unit)
		}
		byUnit[i.Unit] = append(byUnit[i.Unit], i)
	}
	var out []store.Out
	for _, unit := range order {
		list := byUnit[unit]
		text := "【新派单】" + r.Reg.UnitName(unit) + " " + strconv.Itoa(len(list)) + " 件\n" + r.Words.Lines(list, 10, r.Now) +
			"\n签收请发「签收 " + strconv.FormatInt(list[0].ID, 10) + "」"
		out = append(out, r.notices(unit, text, list[0].Assignee)...)
	}
	return out
}

// askOffice tells the office of issues that nobody owns (S8).
func (r *Request) askOffice(filed []issue.Issue) []store.Out {
	var orphans []issue.Issue
	for _, i := range filed {
		if i.Unit == "" {
			orphans = append(orphans, i)
		}
	}
	if len(orphans) == 0 {
		return nil
	}
	text := "【待派单】\n" + r.Words.Lines(orphans, 10, r.Now) + "\n请发「派单 " + strconv.FormatInt(orphans[0].ID, 10) + " 单位」"
	var out []store.Out
	for _, c := range r.Reg.ChatsFor(issue.ForAdmin) {
		if c.ID != r.Chat.ID {
			out = append(out, store.Out{To: store.ToChat(c.ID), Text: text})
		}
	}
	return out
}

// withdraw takes back one's own report: the named one, or else the last one in this conversation.
func (r *Request) withdraw() (Reply, error) {
	if len(r.IDs) == 0 {
		last, err := r.Tx.Issues(store.Filter{
			Statuses: []issue.Status{issue.Reported, issue.Assigned}, Reporter: r.From.ID, Latest: true,
			ReportedSince: r.Now.Add(-r.Reg.Rules.WithdrawWindow),
		})
		if err != nil {
			return Reply{}, err
		}
		last = slices.DeleteFunc(last, func(i issue.Issue) bool { return i.Chat != r.Chat.ID })
		if len(last) == 0 {
			return Reply{}, issue.Fail(issue.CodeInput, "近"+strconv.Itoa(int(r.Reg.Rules.WithdrawWindow.Minutes()))+"分钟内您没有可撤回的上报", "要作废以前的问题请找创城办")
		}
		r.IDs = []int64{last[0].ID}
	}
	return r.each(func(i issue.Issue) (Reply, error) {
		if err := r.apply(&i, issue.Act{Action: issue.Withdraw, By: r.From.ID, Note: r.Args}); err != nil {
			return Reply{}, err
		}
		if err := errors.Join(r.Tx.EndAwaits(i.ID, r.From.ID), r.forgetLate(i.ID)); err != nil {
			return Reply{}, err
		}
		text := i.Number() + " 已撤回"
		return Reply{Text: text, Notices: r.notices(i.Unit, text+"，不用办理")}, nil
	})
}

func ids(list []issue.Issue) []int64 {
	var out []int64
	for _, i := range list {
		out = append(out, i.ID)
	}
	return out
}
