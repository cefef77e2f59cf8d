package handlers

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"duban/internal/intake"
	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
	"duban/internal/understand"
)

func fileCommands() []*Command {
	return []*Command{
		{
			Name: "上报", Aliases: []string{"上报问题", "问题上报", "报问题"}, Loose: []string{"报", "反映", "举报"},
			Shape: Words, Reports: true, Action: issue.Report, Section: "上报", Args: "地点 问题",
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
func (r *Request) file() (Reply, error) { return r.fileWith(issue.Change{}) }

// fileWith files the problems of a report with what is known of them beforehand.
func (r *Request) fileWith(known issue.Change) (Reply, error) {
	found, err := r.problems()
	if err != nil {
		return Reply{}, err
	}
	if reply, again, err := r.repeated(found, known.Complaint); again || err != nil {
		return reply, err
	}
	if _, err := r.takeBack(); err != nil {
		return Reply{}, err
	}
	if reply, solved, err := r.solvedReport(found, known); solved || err != nil {
		return reply, err
	}
	var filed []report.Filing
	for _, f := range found {
		filing, err := r.fileOne(f, known)
		if err != nil {
			return Reply{}, err
		}
		filed = append(filed, filing)
	}
	photos, err := r.photosBefore(filed)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Text: r.Words.Filed(filed, photos, r.Now), Notices: append(r.tellUnits(filed), r.tellOffice(filed)...)}, nil
}

// problem is one problem of a report, and how it came to be known as far as the report says.
type problem = intake.Problem

// reading is what a report says, read at an instant.
type reading struct {
	at    time.Time
	args  string // without the source that heads them
	found []problem
	err   error
}

// Ahead reads what reports say, so that nobody who waits for the turn to write waits for that besides, and gives the instant for the
// transaction. Handle reads for itself what was not read at the instant of its transaction.
func (w *World) Ahead(calls []Call, now time.Time) time.Time {
	now = now.Truncate(time.Microsecond) // as a transaction does
	for n, c := range calls {
		if !c.Command.Reports {
			continue
		}
		calls[n].ahead = w.read(c, now)
		for _, p := range calls[n].ahead.found {
			w.Reader.Ponder(p.Text)
		}
	}
	return now
}

// problems are the problems of a report.
func (r *Request) problems() ([]problem, error) {
	read := r.ahead
	if read == nil || !read.at.Equal(r.Now) {
		read = r.read(r.Call, r.Now)
	}
	r.Args = read.args
	return read.found, read.err
}

// read reads the problems of a report. A source that heads it, 上级反馈：, is that of all of them.
func (w *World) read(c Call, now time.Time) *reading {
	read := &reading{at: now, args: c.Args}
	source, rest := understand.Source(c.Args)
	if strings.HasSuffix(c.Args, rest) {
		read.args = rest
	} else {
		source = ""
	}
	var items []string
	if items, read.err = itemsOf(c.Command.Name, read.args); read.err != nil {
		return read
	}
	for _, item := range items {
		own, text := understand.Source(item)
		if strings.IndexFunc(text, isWordRune) < 0 { // nothing but the mark
			own, text = "", item
		}
		read.found = append(read.found, problem{Finding: w.Reader.Report(text, now), Source: issue.Source(cmp.Or(own, source))})
	}
	return read
}

// itemsOf cuts what follows a verb into problems.
func itemsOf(verb, args string) ([]string, error) {
	var items []string
	for _, item := range understand.Items(args) {
		if strings.IndexFunc(item, isWordRune) >= 0 {
			items = append(items, item)
		}
	}
	if len(items) == 0 {
		return nil, issue.Fail(issue.CodeInput, "没看到问题内容", "请写地点和问题，例如：「"+verb+" 金水湾小区3号楼楼道堆放杂物」")
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

// fileOne files a problem, and looks for the same one on the books.
func (r *Request) fileOne(f problem, known issue.Change) (report.Filing, error) {
	filing, err := r.Clerk.File(r.Tx, f, r.hand(), known)
	if err != nil {
		return report.Filing{}, err
	}
	filing.Solved = f.OnTheSpot && r.Reg.Has(r.From.ID, issue.RoleInspector)
	filing.Twin, err = r.Clerk.Twin(r.Tx, filing.Issue)
	return filing, err
}

// hand is who files, where, and by which message.
func (r *Request) hand() intake.Hand {
	return intake.Hand{Person: r.From.ID, Chat: r.Chat.ID, Message: r.Message}
}

// photosBefore takes the photos that came with a report or shortly before it, and waits for more. It returns how many came.
func (r *Request) photosBefore(filed []report.Filing) (int, error) {
	all, lacks := 0, 0
	for n := range filed {
		i := &filed[n].Issue
		got, err := r.take(i, store.PhotoBefore, r.needBefore(*i), n == len(filed)-1)
		if err != nil {
			return 0, err
		}
		if err := r.Tx.FirstAwait(r.awaiting(*i, store.PhotoBefore, "", r.needBefore(*i), got), r.pairUntil()); err != nil {
			return 0, err
		}
		filed[n].Lacks = max(0, r.demandsBefore(*i)-got)
		all, lacks = all+got, lacks+filed[n].Lacks
	}
	if lacks == 0 {
		return all, nil
	}
	return all, r.forgetMissing(filed[0].ID)
}

// withdraw takes back one's own report: the named one, or else the last one in this conversation.
func (r *Request) withdraw() (Reply, error) {
	if len(r.IDs) == 0 {
		last, err := r.Tx.Issues(store.Filter{
			Statuses: []issue.Status{issue.Reported, issue.Assigned}, Reporter: r.From.ID, Latest: true, Whole: true,
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
		if i.Parent != 0 {
			return Reply{}, notAlone(i, "撤回")
		}
		if err := r.apply(&i, issue.Act{Action: issue.Withdraw, By: r.From.ID, Note: r.Args}); err != nil {
			return Reply{}, err
		}
		text := i.Number() + " 已撤回"
		reply, err := r.closedOff(i, text, text+"，不用办理", nil)
		err = errors.Join(err, r.tellMerged(&reply, i), r.Tx.EndAwaits(i.ID, r.From.ID))
		return joined(reply), err
	})
}

// closedOff ends what was going on about an issue that nobody has to handle any more, and tells those who knew of it. What its
// reporter is told stands for what its unit would hear in the same conversation; the units of its parts are told besides.
func (r *Request) closedOff(i issue.Issue, text, notice string, reporter []store.Out) (Reply, error) {
	unheard, err := r.Tx.CancelUnder(spotKey(i.ID))
	if err != nil {
		return Reply{}, err
	}
	open, err := r.openParts(i.ID)
	if err != nil {
		return Reply{}, err
	}
	if len(open) > 0 {
		text += "，协办的 " + report.Numbers(open) + " 随之作废"
	}
	parts, err := r.dropParts(i, i.Number()+" "+i.Status.Text())
	if err := errors.Join(err, r.forgetLate(i.ID)); err != nil {
		return Reply{}, err
	}
	if unheard > 0 {
		return Reply{Text: text, Notices: reporter}, nil
	}
	return joined(Reply{Text: text, Notices: append(first(reporter, r.toOwners(i, notice)), parts...)}), nil
}
