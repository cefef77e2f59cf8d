package handlers

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
	"duban/internal/understand"
)

func adjustCommands() []*Command {
	office := []issue.Role{issue.RoleOffice}
	deciders := []issue.Role{issue.RoleOffice, issue.RoleLeader}
	return []*Command{
		{
			Name: "加减分", Aliases: []string{"加减分清单"}, Shape: Question, Dated: true, For: handling(seesAdjustments()...), Section: "通报",
			Args: "[单位] [时间]", Help: "人工加减分：等着决定的和本月已决定的；责任单位看本单位的", Run: (*Request).adjustments,
		},
		{
			Name: "加分", Shape: Words, Fits: entryFits, Roles: office, Section: "通报", Args: "单位 分值 原因", Run: (*Request).givePoints,
			Help: "提出给单位加分，创城办的另一人或领导同意才计入。例：加分 昭阳街道 1 主动清理背街小巷",
		},
		{
			Name: "扣分", Shape: Words, Fits: entryFits, Roles: office, Section: "通报", Args: "单位 分值 原因", Run: (*Request).takePoints,
			Help: "提出扣单位的分，创城办的另一人或领导同意才计入。例：扣分 昭阳街道 0.5 迎检当天窗口无人",
		},
		{
			Name: "同意加减分", Aliases: []string{"批准加减分", "同意 加减分"}, Shape: Numbers, Tap: true, Timed: true, Apart: true, Roles: deciders, Section: "审批",
			Args: "加减分的编号", Help: "同意别人提出的加减分。例：同意加减分 3", Run: (*Request).approve,
		},
		{
			Name: "驳回加减分", Aliases: []string{"不同意加减分", "驳回 加减分"}, Shape: Numbers, Tap: true, Timed: true, Apart: true, Roles: deciders, Section: "审批",
			Args: "加减分的编号 原因", Help: "驳回别人提出的加减分。例：驳回加减分 3 当天窗口停电", Run: (*Request).turnDown,
		},
	}
}

// seesAdjustments are the roles that may see the entries by hand of all units, and those that wait.
func seesAdjustments() []issue.Role {
	return []issue.Role{issue.RoleOffice, issue.RoleLeader, issue.RoleInspector, issue.RoleAdmin, issue.RoleViewer}
}

// entry is what follows 加分 or 扣分.
type entry struct {
	unit, points, reason string
	marked               bool // 分 stands after the points
}

// entryForms are a name without blanks, points, and the reason set off from them: 昭阳 0.5 迎检当天窗口无人, 住建局1分：主动清理. Where
// points follow a blank, digits before it belong to the name: 网格1 0.5 脏乱.
var entryForms = []*regexp.Regexp{
	regexp.MustCompile(`^([^\s:,;。]+)[ :,]+([+-]?\d+(?:\.\d+)?)( ?分)?(?:$|[ \n:,;。])`),
	regexp.MustCompile(`^([^\s:,;。]+?)([+-]?\d+(?:\.\d+)?)( ?分)?(?:$|[ \n:,;。])`),
}

// readEntry reads the form of an entry.
func readEntry(args string) (entry, bool) {
	var m []string
	for _, form := range entryForms {
		if m = form.FindStringSubmatch(understand.Fold(args)); m != nil {
			break
		}
	}
	if m == nil {
		return entry{}, false
	}
	head := strings.TrimRight(m[0], " \n:,;。")
	return entry{unit: m[1], points: m[2], marked: m[3] != "", reason: trimSeparators(original(args, head))}, true
}

// pointsSaid begins what is said about points and is no reason: 2 分太多了. Other words begin with 分, too: 分管领导, 分类.
var pointsSaid = regexp.MustCompile(`^分(?:$|[^管类工区片流派发拣散包])`)

// units are the names that stand where a unit has to: one, or several that are asked to come one by one.
func (e entry) units() []string { return strings.Split(e.unit, "、") }

// entryFits tells an entry from what people say to each other: a name of the register and points must follow. 扣分 太狠了吧 and
// 加分 昭阳 3 次 are none.
func entryFits(args string, known func(string) bool) bool {
	e, ok := readEntry(args)
	return ok && slices.ContainsFunc(e.units(), known) && (e.marked || !counts(e.reason) && !pointsSaid.MatchString(e.reason))
}

// severalEntries finds a further entry in what would be the reason of the first one.
var severalEntries = regexp.MustCompile(`\n\s*[加扣]分`)

func (r *Request) givePoints() (Reply, error) { return r.askPoints("-", 1) }

func (r *Request) takePoints() (Reply, error) { return r.askPoints("+", -1) }

// askPoints stores what the office wants to give or take, and asks a second person. wrong is the sign that contradicts the verb;
// the other one only says it twice.
func (r *Request) askPoints(wrong string, direction issue.Points) (Reply, error) {
	_, example, _ := strings.Cut(r.Command.Help, "例：")
	e, ok := readEntry(r.Args)
	if !ok {
		return Reply{}, issue.Fail(issue.CodeInput, "请写明单位、分值和"+r.Command.Name+"的原因", "例如：「"+example+"」")
	}
	points, err := issue.ParsePoints(strings.TrimLeft(e.points, "+-"))
	if err != nil || strings.HasPrefix(e.points, wrong) {
		return Reply{}, issue.Fail(issue.CodeInput, "“"+report.Short(e.points, 20)+"”不能作分值", "请写正数，最多两位小数，例如：「"+example+"」")
	}
	unit, near := r.Reader.Unit(e.unit)
	several := severalEntries.MatchString(e.reason) || len(e.units()) > 1
	switch {
	case unit == "" && !several:
		return Reply{}, r.notAUnit(e.unit, near)
	case e.reason == "":
		return Reply{}, issue.Fail(issue.CodeInput, "请写明"+r.Command.Name+"的原因", "例如：「"+example+"」")
	case several:
		return Reply{}, issue.Fail(issue.CodeInput, "一条消息只能提一笔加减分", "请分开发，例如：「"+example+"」")
	case utf8.RuneCountInString(e.reason) > maxNote:
		return Reply{}, issue.Fail(issue.CodeInput, fmt.Sprintf("原因最多写 %d 字", maxNote), "请写短一些")
	}
	if err := r.Reg.Scoring.Adjustments.CheckManual(points); err != nil {
		return Reply{}, err
	}
	a := issue.Adjustment{Unit: unit, Points: direction * points, Reason: e.reason, Person: r.From.ID, Chat: r.Chat.ID}
	if err := r.Tx.AddAdjustment(&a); err != nil {
		return Reply{}, err
	}
	outs := r.toRole(issue.RoleOffice, r.Words.AdjustmentToDecide(a))
	for n := range outs {
		outs[n].Asks = asksAdjustment(a.ID)
	}
	return Reply{Text: r.Words.AdjustmentAsked(a), Notices: outs}, nil
}

// asksAdjustment is the store.Out.Asks of messages that ask for a decision about an entry.
func asksAdjustment(id int64) string { return fmt.Sprintf("asks/adjustment/%d", id) }

func (r *Request) approve() (Reply, error) { return r.decidePoints(issue.AdjustmentApproved) }

func (r *Request) turnDown() (Reply, error) { return r.decidePoints(issue.AdjustmentRefused) }

// decidePoints decides the entries with the numbers of the call.
func (r *Request) decidePoints(state issue.AdjustmentState) (Reply, error) {
	if len(r.IDs) == 0 {
		return Reply{}, issue.Fail(issue.CodeInput, "请写明加减分的编号", "例如：「"+r.Command.Name+" 3」，发「加减分」看清单")
	}
	var out Reply
	err := r.collect(len(r.IDs), &out, func(n int) (Reply, error) { return r.decideEntry(r.IDs[n], state) })
	return out, err
}

// decideEntry decides an entry and tells those who decide, who asked, and the unit if it is given or loses points.
func (r *Request) decideEntry(id int64, state issue.AdjustmentState) (Reply, error) {
	a, err := r.Tx.Adjustment(id)
	if err != nil {
		return Reply{}, err
	}
	if err := r.mayDecideEntry(a, state); err != nil {
		return Reply{}, err
	}
	done, err := r.Tx.DecideAdjustment(id, state, r.From.ID, r.Args)
	if err != nil {
		return Reply{}, err
	}
	if a, err = r.Tx.Adjustment(id); err != nil {
		return Reply{}, err
	}
	if !done {
		return Reply{}, r.decidedBefore(a)
	}
	if _, err := r.Tx.CancelHeld(asksAdjustment(id)); err != nil {
		return Reply{}, err
	}
	since, err := r.currentPeriod()
	if err != nil {
		return Reply{}, err
	}
	text := r.Words.AdjustmentDecided(a, since, r.Now)
	var outs []store.Out
	if state == issue.AdjustmentApproved {
		outs = r.toUnit(a.Unit, issue.Issue{}, r.Words.AdjustmentTold(a, since, r.Now), r.Reg.Receiver(a.Unit))
	}
	others := r.toAsker(r.toRole(issue.RoleOffice, text), issue.Request{By: a.Person, Chat: a.Chat}, text)
	return Reply{Text: text, Notices: first(outs, others)}, nil
}

// mayDecideEntry checks a decision before it is made.
func (r *Request) mayDecideEntry(a issue.Adjustment, state issue.AdjustmentState) error {
	if a.State != issue.AdjustmentAsked {
		return r.decidedBefore(a)
	}
	if err := a.CheckDecider(r.From.ID); err != nil {
		return err
	}
	if state == issue.AdjustmentRefused && r.Args == "" {
		return issue.Fail(issue.CodeInput, a.Name()+" 请写明驳回的原因", fmt.Sprintf("例如：「驳回加减分 %d 当天窗口停电」", a.ID))
	}
	return nil
}

// decidedBefore says who decided an entry, and how a wrong one is put right: openly, by another one.
func (r *Request) decidedBefore(a issue.Adjustment) error {
	verdict, hint := "同意", "要更正请另提一笔相反的加减分"
	if a.State == issue.AdjustmentRefused {
		verdict, hint = "驳回", "仍要加减分请重新提出"
	}
	return issue.Fail(issue.CodeState, a.Name()+" 已由"+r.Reg.PersonName(a.DecidedBy)+verdict+"（"+r.Cal.Text(a.DecidedAt, r.Now)+"），不能再改", hint)
}

// currentPeriod is when the ranking period that holds the present began: where the last ranking ended, be it published or
// waiting as a draft; zero before the first.
func (r *Request) currentPeriod() (time.Time, error) {
	draft, found, err := r.Tx.Draft(store.SnapshotRanking)
	if err != nil || found && !draft.To().After(r.Now) {
		return draft.To(), err
	}
	last, _, err := r.Tx.LastSnapshot(store.SnapshotRanking, r.Now.Add(time.Microsecond), nil)
	return last.To(), err
}

// adjustments lists the entries by hand: what waits, and what was decided in the time that is asked about, which is this month
// if none is. People of a unit see what counts for it.
func (r *Request) adjustments() (Reply, error) {
	unit, when, err := r.unitAndPeriod(understand.Month(r.Now.In(r.Cal.Location())))
	if err != nil {
		return Reply{}, err
	}
	all := r.Reg.Has(r.From.ID, seesAdjustments()...)
	if !all {
		if unit, err = r.unitOfOwn(unit, "加减分"); err != nil {
			return Reply{}, err
		}
	}
	decided := store.AdjustmentFilter{Unit: unit, From: when.From, To: when.To}
	if !all {
		decided.State = issue.AdjustmentApproved
	}
	list, err := r.Tx.Adjustments(decided)
	if err != nil {
		return Reply{}, err
	}
	whose := r.Reg.UnitName(unit) + when.Name
	var parts []string
	if all && when.To.After(r.Now) {
		waiting, err := r.Tx.Adjustments(store.AdjustmentFilter{Unit: unit, State: issue.AdjustmentAsked})
		if err != nil {
			return Reply{}, err
		}
		if len(waiting) > 0 {
			parts = append(parts, r.Words.AdjustmentsWaiting(waiting, listed, r.Now))
		}
	}
	if len(list) > 0 {
		parts = append(parts, r.Words.AdjustmentsDecided(whose+"加减分", list, listed, r.Now))
	} else {
		parts = append(parts, whose+"没有已决定的加减分")
	}
	return Reply{Text: strings.Join(parts, "\n")}, nil
}

// unitAndPeriod reads what a question is about, in either order: a unit, "" for none, and a time, or otherwise another.
func (r *Request) unitAndPeriod(otherwise understand.Period) (unit string, when understand.Period, err error) {
	when = otherwise
	for word := range strings.FieldsSeq(r.Args) {
		if p, ok := understand.ReadPeriod(word, r.Now.In(r.Cal.Location())); ok {
			if when != otherwise && when != p {
				return "", when, oneAtATime("时间")
			}
			when = p
			continue
		}
		id, near := r.Reader.Unit(word)
		switch {
		case id == "":
			return "", when, r.notAUnit(word, near)
		case unit != "" && unit != id:
			return "", when, oneAtATime("单位")
		}
		unit = id
	}
	return unit, when, nil
}

// oneAtATime asks to name only one of something.
func oneAtATime(what string) error {
	return issue.Fail(issue.CodeInput, "一次只能写一个"+what, "请分开发")
}

// unitOfOwn is the unit about which somebody without a role asks for something: one of their own.
func (r *Request) unitOfOwn(asked, what string) (string, error) {
	own := r.Reg.UnitsOf(r.From.ID)
	switch {
	case len(own) > 0 && asked == "":
		return own[0], nil
	case slices.Contains(own, asked):
		return asked, nil
	}
	return "", issue.Fail(issue.CodeForbidden, "只能看本单位的"+what, "其他单位的请问创城办")
}

// minePoints says how many entries wait for a person's decision, without those that are their own.
func (r *Request) minePoints([]issue.Issue) (string, error) {
	if !r.Reg.Has(r.From.ID, issue.RoleOffice, issue.RoleLeader) {
		return "", nil
	}
	waiting, err := r.Tx.Adjustments(store.AdjustmentFilter{State: issue.AdjustmentAsked})
	waiting = slices.DeleteFunc(waiting, func(a issue.Adjustment) bool { return a.Person == r.From.ID })
	if err != nil || len(waiting) == 0 {
		return "", err
	}
	return fmt.Sprintf("待您决定的加减分 %d 笔，发「加减分」看", len(waiting)), nil
}

// pointsWaiting says how many entries wait for a decision; "" if none does.
func (r *Request) pointsWaiting() (string, error) {
	waiting, err := r.Tx.Adjustments(store.AdjustmentFilter{State: issue.AdjustmentAsked})
	if err != nil || len(waiting) == 0 {
		return "", err
	}
	return fmt.Sprintf("加减分待审批 %d 笔，发「加减分」看", len(waiting)), nil
}
