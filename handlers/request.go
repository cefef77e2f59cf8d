package handlers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"duban/internal/calendar"
	"duban/internal/intake"
	"duban/internal/issue"
	"duban/internal/publish"
	"duban/internal/report"
	"duban/internal/store"
	"duban/internal/understand"
)

// World is what commands know of the campaign. It is immutable; a reload makes a new one.
type World struct {
	Reg    *issue.Register
	Cal    *calendar.Calendar
	Table  *Table
	Reader *understand.Reader
	Words  report.Words
	Policy issue.Policy
	Desk   publish.Desk
	Jobs   Jobs
	Clerk  intake.Clerk
}

// NewWorld makes the world of a register and a calendar.
func NewWorld(reg *issue.Register, cal *calendar.Calendar) *World {
	reader := understand.New(reg, cal)
	table := NewTable(func(name string) bool { return names(reg, name) })
	words := report.Words{Reg: reg, Cal: cal}
	policy := issue.Policy{Reg: reg, Cal: cal, Offered: table.Actions()}
	return &World{
		Reg: reg, Cal: cal, Table: table, Reader: reader, Words: words, Policy: policy,
		Desk:  publish.Desk{Reg: reg, Cal: cal, Words: words},
		Clerk: intake.Clerk{Reg: reg, Cal: cal, Reader: reader, Policy: policy, Words: words},
	}
}

// names says whether a text is the name of something in the register, and nothing more, or nearly one: that is asked back, and
// silence would leave its writer waiting.
func names(reg *issue.Register, name string) bool {
	if name == "" || strings.ContainsAny(name, " \n") {
		return false
	}
	var all []string
	for _, g := range reg.Groups {
		all = append(all, g.Name)
	}
	for _, u := range reg.Units {
		all = append(append(all, u.Name), u.Aliases...)
	}
	for _, p := range reg.Places {
		all = append(append(all, p.Name), p.Aliases...)
	}
	for _, p := range reg.People {
		all = append(append(all, p.Name), p.Aliases...)
	}
	if slices.Contains(all, name) {
		return true
	}
	_, unit := reg.UnitNamed(name)
	near, ok := understand.NearWord(name, all)
	return unit || ok && utf8.RuneCountInString(near) >= nearEnough
}

// nearEnough is how long a name must be for one that is nearly it to be taken for it: of shorter ones too little would remain.
const nearEnough = 4

// Request is one message that has to be answered.
type Request struct {
	*World
	Call
	Tx      *store.Tx
	Now     time.Time
	From    issue.Person // zero if nobody has bound the sender
	Weak    bool         // known by the group card only, which is not enough for what needs a role (design.md §7)
	Chat    issue.Chat   // zero in private and in groups that nobody has bound
	Private bool
	Sender  Sender
	Message string       // the message's reference: channel/id
	Target  store.Target // the conversation, for answers and as the key of photos
	Board   string       // the dashboard's address, without a slash at its end; "" if there is none
	Upload  *Upload      // a spreadsheet, for a call that takes one; nil if none came

	Controls Controls

	ended    []ended       // since the last answer; see settle
	unheard  bool          // the request that the last move ended: those who decide have not heard of it yet
	offBoard []issue.Issue // taken off the exposure board by a move that was about something else, as before it; see settle
}

// ended is a request that another move took the object of.
type ended struct {
	issue.Issue // before the move
	by          issue.Action
	unheard     bool
}

// Controls are what commands may do to the running program.
type Controls struct {
	// Reload reads the configuration again, in the transaction of the request, and gives what became of it in words; the error is
	// for the asker. The administrators' groups are told, but for the conversation that the answer goes to.
	Reload func(tx *store.Tx, by string, here store.Target) (text string, err error)
	// Guess counts that the sender tries a one-time code, and says whether they may.
	Guess func() bool
}

// Sender is where a message came from, in the network's terms, for bindings.
type Sender struct {
	Channel      string
	Session      string
	Key          string
	Conversation string
	GroupName    string
}

// Reply is an answer. Mentions are persons to name with @; Notices go to other conversations, after the answer.
type Reply struct {
	Text     string
	Mentions []string
	Make     store.Recipe // what goes along with the text
	Notices  []store.Out
}

// Handle runs the calls of a message and joins their answers. One call's mistake does not undo the others: it becomes a line
// of the answer. If every call fails, the mistakes are returned as one *issue.Error, and nothing is kept.
func (r Request) Handle(calls []Call) (Reply, error) {
	if len(calls) > maxMoves {
		text := fmt.Sprintf("一条消息最多写 %d 条命令，这条有 %d 条", maxMoves, len(calls))
		return Reply{}, issue.Fail(issue.CodeInput, text, "请分几条发")
	}
	var out Reply
	return out, r.collect(len(calls), &out, func(n int) (Reply, error) { return r.one(calls[n]) })
}

// The limits of what is said about issues with numbers.
const (
	maxMoves = 50  // issues or commands in a message
	maxNote  = 500 // characters of a measure or reason
)

// collect runs fn n times and joins the lines into out.
func (r *Request) collect(n int, out *Reply, fn func(n int) (Reply, error)) error {
	var lines []string
	var failed []*issue.Error
	for k := range n {
		reply, err := fn(k)
		if e, ok := issue.AsError(err); ok {
			failed = append(failed, e)
			reply.Text = e.Error()
		} else if err != nil {
			return err
		}
		if reply.Text != "" {
			lines = append(lines, reply.Text)
		}
		out.Mentions = append(out.Mentions, reply.Mentions...)
		if reply.Make != "" {
			out.Make = reply.Make
		}
		out.Notices = append(out.Notices, reply.Notices...)
	}
	out.Text = strings.Join(lines, "\n")
	switch {
	case n == 1 && len(failed) == 1:
		return failed[0]
	case n > 0 && len(failed) == n:
		return issue.Fail(failed[0].Code, out.Text, "")
	}
	return nil
}

func (r Request) one(c Call) (Reply, error) {
	r.Call = c
	if err := r.mayCall(); err != nil {
		return Reply{}, err
	}
	if c.TooMany {
		return Reply{}, issue.Fail(issue.CodeInput, fmt.Sprintf("一次最多写 %d 个编号", maxMoves), "请分几条发")
	}
	if n := utf8.RuneCountInString(c.Args); n > maxNote && c.Command.Shape&Words == 0 {
		return Reply{}, issue.Fail(issue.CodeInput, fmt.Sprintf("最多写 %d 字，这条有 %d 字", maxNote, n), "请写短一些")
	}
	if c.Command.Shape == Numbers && wordless(c.Args) {
		r.Args = ""
	}
	reply, err := c.Command.Run(&r)
	r.settle(&reply)
	return reply, err
}

// mayCall checks who the sender is and that the verb is for them.
func (r *Request) mayCall() error {
	c := r.Command
	if c.Anyone {
		return nil
	}
	if r.From.ID == "" {
		return issue.Fail(issue.CodeForbidden, "还不认识您，不能用「"+c.Name+"」", "请向创城办要绑定码，然后发「绑定 绑定码」")
	}
	if !r.Private && r.Chat.ID == "" {
		return issue.Fail(issue.CodeForbidden, "本群还没有绑定为工作群", "请创城办在本群发「绑定本群 群名」")
	}
	if !c.allowed(r.Reg.RolesOf(r.From.ID)) {
		return issue.Fail(issue.CodeForbidden, "「"+c.Name+"」限"+roleNames(c.Roles)+"使用", "发「帮助」看您能做什么")
	}
	if r.Weak && !c.weakly() {
		return issue.Fail(issue.CodeForbidden, "凭群名片不能"+c.Name, "请先发「绑定 绑定码」")
	}
	return nil
}

func roleNames(roles []issue.Role) string {
	var names []string
	for _, role := range roles {
		names = append(names, role.Text())
	}
	return strings.Join(names, "、")
}

// apply makes a move and stores it. What waits for the morning and was made untrue by it is not said any more.
func (r *Request) apply(i *issue.Issue, a issue.Act) error {
	before := *i
	e, err := r.Policy.Apply(i, r.act(a))
	if err != nil {
		return err
	}
	if err := r.Tx.SaveIssue(*i, e); err != nil {
		return err
	}
	return r.overtake(before, *i, a.Action)
}

// overtake withdraws what waits for the morning and asks for what a move has settled, and notes a request that it ended.
func (r *Request) overtake(before, after issue.Issue, by issue.Action) error {
	var settled []string
	if before.Open() && !after.Open() { // a unit that lost it goes on answering for it, and has to know what it is (S76)
		settled = append(settled, asksWork)
	}
	if before.Status.WithUnit() && !after.Status.WithUnit() {
		settled = append(settled, asksHurry)
	}
	if before.Status == issue.Submitted && after.Status != issue.Submitted {
		settled = append(settled, asksReview)
	}
	for _, what := range settled {
		if _, err := r.Tx.CancelHeld(asks(after.ID, what)); err != nil {
			return err
		}
	}
	if !before.ExposedAt.IsZero() && after.ExposedAt.IsZero() && by != issue.Unexpose {
		r.offBoard = append(r.offBoard, before)
	}
	if !before.Request.Pending() || after.Request.Pending() {
		return nil
	}
	held, err := r.Tx.CancelHeld(asks(after.ID, asksDecision))
	r.unheard = held > 0
	if err == nil && !before.Request.DecidedBy(by) {
		r.ended = append(r.ended, ended{before, by, r.unheard})
	}
	return err
}

// What a message asks for that may be settled before it is delivered.
const (
	asksWork     = "work"
	asksHurry    = "hurry"
	asksReview   = "review"
	asksDecision = "decision"
)

// asks is the store.Out.Asks of messages that ask for something about an issue.
func asks(id int64, what string) string { return fmt.Sprintf("asks/%d/%s", id, what) }

// asking marks messages that ask for something about an issue.
func asking(outs []store.Out, id int64, what string) []store.Out {
	for n := range outs {
		outs[n].Asks = asks(id, what)
	}
	return outs
}

// settle says of requests that nobody decided why they are over: to those who would have, to who asked, and to who made the
// move that ended them. What left the exposure board by a move is said to the unit that was exposed, with what it hears of it.
func (r *Request) settle(reply *Reply) {
	for _, i := range r.offBoard {
		text := i.Number() + " 已从曝光台撤下"
		reply.Text = strings.TrimPrefix(reply.Text+"\n"+text, "\n")
		for _, o := range r.toUnit(i.Unit, i, text) {
			reply.Notices = addLine(reply.Notices, o)
		}
	}
	r.offBoard = nil
	for _, e := range r.ended {
		text := e.Number() + " 的" + e.Request.Text() + "申请因" + e.by.Verb() + "而结束"
		reply.Text = strings.TrimPrefix(reply.Text+"\n"+text, "\n")
		var outs []store.Out
		if !e.unheard {
			outs = r.toRole(e.Request.Decider, text)
		}
		for _, o := range first(r.toAsker(nil, e.Request, text), outs) {
			reply.Notices = addLine(reply.Notices, o)
		}
	}
	r.ended = nil
}

// act fills in who acts, when and by which message. An act of the bot itself keeps its empty person.
func (r *Request) act(a issue.Act) issue.Act {
	a.At, a.Message = r.Now, r.Message
	return a
}

// each runs fn for every issue of the call and joins the lines, as Handle does for calls.
func (r *Request) each(fn func(i issue.Issue) (Reply, error)) (Reply, error) {
	if r.Command.dotted(r.Args) {
		listed := strings.ReplaceAll(understand.Fold(r.Args), ".", "、")
		return Reply{}, issue.Fail(issue.CodeInput, "几个编号之间请用顿号隔开", "例如：「"+r.Command.Name+" "+listed+"」")
	}
	if len(r.IDs) == 0 {
		return Reply{}, issue.Fail(issue.CodeInput, "请写明编号", "例如：「"+r.Command.Name+" 17」")
	}
	var out Reply
	err := r.collect(len(r.IDs), &out, func(n int) (Reply, error) { return r.forIssue(r.IDs[n], fn) })
	return out, err
}

func (r *Request) forIssue(id int64, fn func(i issue.Issue) (Reply, error)) (Reply, error) {
	i, err := r.Tx.Issue(id)
	if err != nil {
		return Reply{}, err
	}
	if i.Status == issue.Merged && !r.Command.looks() && !r.Nods {
		return Reply{}, r.elsewhere(i)
	}
	reply, err := fn(i)
	r.settle(&reply)
	if err != nil || len(reply.Notices) == 0 || r.presses(i) {
		urgent(reply.Notices)
		return reply, err
	}
	if i, err = r.Tx.Issue(id); err == nil && r.presses(i) { // by a deadline that was set just now
		urgent(reply.Notices)
	}
	return reply, err
}

// presses says whether what is said about an issue does not wait for the morning.
func (r *Request) presses(i issue.Issue) bool { return r.Clerk.Presses(i, r.Now) }

// urgent marks messages to other conversations that do not wait for the morning.
func urgent(outs []store.Out) {
	for n := range outs {
		outs[n].Urgent = true
	}
}

// elsewhere sends somebody who acts on a merged issue to where it went, with the same words.
func (r *Request) elsewhere(i issue.Issue) error {
	target, err := r.follow(i.ID)
	if err != nil {
		return err
	}
	if to := intoNumber.FindStringSubmatch(understand.Fold(r.Args)); r.Command.Action == issue.Merge && to != nil && "#"+to[1] == target.Number() {
		return issue.Fail(issue.CodeState, i.Number()+" 已并入 "+target.Number(), "")
	}
	said := strings.TrimSpace(r.Command.Name + " " + strconv.FormatInt(target.ID, 10) + " " + report.Short(r.Args, 30))
	return issue.Fail(issue.CodeState, i.Number()+" 已并入 "+target.Number()+"，请对 "+target.Number()+" 操作", "请发「"+said+"」")
}
