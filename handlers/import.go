package handlers

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"duban/internal/files"
	"duban/internal/intake"
	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
	"duban/internal/understand"
)

// importName is the verb that takes a spreadsheet.
const importName = "导入 问题"

func importCommands() []*Command {
	office := []issue.Role{issue.RoleOffice}
	return []*Command{
		{
			Name: importName, Aliases: []string{"导入问题", "批量导入", "导入反馈", "导入反馈表"}, Shape: Words | Question, Fits: termsOf, Sheet: true, Section: "上报", Args: "[来源 …] [时限 …]",
			Roles: office, Help: "把上级反馈的问题表格成批立案：先发表格再发命令，或先发命令再发表格；先看预览，再发「确认导入」。例：导入 问题 来源 省模拟测评 时限 5个工作日",
			Run: (*Request).importSheet,
		},
		{
			Name: "确认导入", Shape: Numbers | Question, Tap: true, Apart: true, Roles: office, Section: "上报", Args: "[批次]", Help: "导入预览过的表格",
			Run: (*Request).confirmImport,
		},
		{
			Name: "取消导入", Shape: Numbers | Question, Tap: true, Apart: true, Roles: office, Section: "上报", Args: "[批次]", Help: "不要预览过的表格",
			Run: (*Request).dropImport,
		},
		{
			Name: "批次", Aliases: []string{"导入记录"}, Shape: Question, Roles: office, Section: "查询", Help: "看导入过的批次、编号和还剩几件", Run: (*Request).imported,
		},
	}
}

// Upload is a spreadsheet that came with a message, shortly before it or after it.
type Upload struct {
	*intake.Sheet                        // nil if it could not be read
	Trouble       *issue.Error           // why not
	Keep          func() (string, error) // keeps the original and gives its path below the media folder
}

// TakesSheet says whether a call wants a spreadsheet, which is to be fetched before it is run.
func TakesSheet(calls []Call) bool {
	for _, c := range calls {
		if c.Command.Sheet {
			return true
		}
	}
	return false
}

// MayImport says whether somebody's spreadsheets are worth keeping in mind: those of others are nobody's business.
func (w *World) MayImport(person string) bool {
	return person != "" && w.Reg.Has(person, issue.RoleOffice)
}

// longWork is from how many rows on reading and filing take long enough to say so beforehand.
const longWork = 1000

// Beforehand is what has to be said before the calls are run, because they take a while; "" if nothing.
func (r Request) Beforehand(calls []Call) (string, error) {
	if n := r.Upload.rows(); n > longWork && (len(calls) == 0 || TakesSheet(calls)) {
		return fmt.Sprintf("正在核对 %d 行，请稍候", n), nil
	}
	for _, c := range calls {
		r.Call = c
		if !confirms(c) || r.mayCall() != nil {
			continue
		}
		b, err := r.batchMeant()
		if _, unknown := issue.AsError(err); unknown {
			return "", nil // which is said by the call itself
		}
		if err != nil || b.Count <= longWork {
			return "", err
		}
		return fmt.Sprintf("正在导入 %d 件，请稍候", b.Count), nil
	}
	return "", nil
}

// MayTakeLong says whether Beforehand may have something to say.
func MayTakeLong(calls []Call, up *Upload) bool {
	return up.rows() > longWork || slices.ContainsFunc(calls, confirms)
}

func confirms(c Call) bool { return c.Command.Name == "确认导入" }

func (u *Upload) rows() int {
	if u == nil || u.Sheet == nil {
		return 0
	}
	return len(u.Rows)
}

// termsOf says whether what follows the verb are terms of a batch, or nothing: 导入问题 is also said to each other.
func termsOf(args string, _ func(string) bool) bool {
	args = strings.TrimLeft(args, separators+"\u3000")
	return args == "" || termWord.MatchString(understand.Fold(args))
}

var termWord = regexp.MustCompile(`(?:^|[\s,;、])(来源|时限|期限|整改时限|名称|批次)\s*[:：]?\s*`)

// importSheet shows what would be filed of a spreadsheet, or asks for it (S3, domain.md §4 row 8). Networks carry a file and words as two
// messages, in either order.
func (r *Request) importSheet() (Reply, error) {
	terms, err := r.terms()
	if err != nil {
		return Reply{}, err
	}
	if r.Upload != nil {
		return r.preview(terms)
	}
	if err := r.awaitSheet(r.pairUntil()); err != nil {
		return Reply{}, err
	}
	where := "发到群里"
	if r.Private {
		where = "发来"
	}
	return Reply{Text: fmt.Sprintf("请在%s内把表格（.xlsx）%s", report.Span(r.Reg.Rules.PairWindow), where)}, nil
}

// TakeSheet handles a spreadsheet that came without a command: for the one that its sender said shortly before. Otherwise nothing is
// said, and a command may still come for it.
func (r Request) TakeSheet() (Reply, error) {
	b, waits, err := r.Tx.WaitingBatch(string(r.Target), r.From.ID)
	if err != nil || !waits {
		return Reply{}, err
	}
	r.Args = b.Terms
	terms, err := r.terms()
	if err != nil {
		return Reply{}, err
	}
	return r.preview(terms)
}

// awaitSheet lets what was said wait for its file.
func (r *Request) awaitSheet(until time.Time) error {
	return r.Tx.AddBatch(&store.Batch{
		State: store.BatchWaiting, Terms: r.Args, Person: r.From.ID, Chat: r.Chat.ID, Conversation: string(r.Target),
	}, until)
}

// preview shows what would be filed. After a file that cannot be taken the command waits for a better one: who mends a sheet sends it
// again and does not think of a command.
func (r *Request) preview(terms intake.Terms) (Reply, error) {
	if e := r.Upload.Trouble; e != nil {
		return Reply{Text: e.Error()}, r.awaitSheet(r.pairUntil())
	}
	p, err := r.Clerk.Preview(r.Tx, r.hand(), intake.Upload{Sheet: r.Upload.Sheet, Terms: terms, Keep: r.Upload.Keep, Conversation: r.Target})
	if e, known := issue.AsError(err); known {
		return Reply{Text: e.Error()}, r.awaitSheet(r.pairUntil())
	}
	if err != nil {
		return Reply{}, err
	}
	reply := Reply{Text: r.Clerk.PreviewText(p, r.Upload.Sheet)}
	if len(p.Faults) == 0 {
		return reply, nil
	}
	if err := r.awaitSheet(r.Clerk.EndOfDay(r.Now)); err != nil {
		return Reply{}, err
	}
	head, rows := intake.FaultTable(p)
	recipe, err := files.Spec{Name: "导入错误-" + r.Upload.Stem(), Table: &files.Table{Title: "要改的行", Head: head, Rows: rows}}.Recipe()
	reply.Notices = []store.Out{{To: r.Target, Make: recipe}}
	return reply, err
}

// terms reads what was said of the whole batch.
func (r *Request) terms() (intake.Terms, error) {
	said := map[string]string{}
	args := understand.Fold(r.Args)
	at := termWord.FindAllStringSubmatchIndex(args, -1)
	for n, g := range at {
		end := len(args)
		if n+1 < len(at) {
			end = at[n+1][0]
		}
		said[args[g[2]:g[3]]] = strings.Trim(args[g[1]:end], " ,;、\n")
	}
	return r.Clerk.Terms(said["来源"], cmp.Or(said["时限"], said["期限"], said["整改时限"]), cmp.Or(said["名称"], said["批次"]), r.Now)
}

// confirmImport files what was shown.
func (r *Request) confirmImport() (Reply, error) {
	b, err := r.batchMeant()
	if err != nil {
		return Reply{}, err
	}
	filed, err := r.Clerk.Confirm(r.Tx, r.hand(), b.ID)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Text: r.Clerk.FiledText(filed), Notices: filed.Outs}, nil
}

func (r *Request) dropImport() (Reply, error) {
	b, err := r.batchMeant()
	if err != nil {
		return Reply{}, err
	}
	if b, err = r.Clerk.Drop(r.Tx, b.ID); err != nil {
		return Reply{}, err
	}
	return Reply{Text: fmt.Sprintf("已取消批次 %d（%s），一件也没有导入", b.ID, b.Name)}, nil
}

// batchMeant is the batch that is to be confirmed or dropped: the one named, or one's own, or the only one.
func (r *Request) batchMeant() (store.Batch, error) {
	if id, err := strconv.ParseInt(strings.TrimSpace(strings.TrimPrefix(understand.Fold(r.Args), "批次")), 10, 64); err == nil && len(r.IDs) == 0 {
		r.IDs = []int64{id}
	}
	if len(r.IDs) > 0 {
		return r.Tx.Batch(r.IDs[0])
	}
	shown, err := r.Tx.ShownBatches()
	if err != nil {
		return store.Batch{}, err
	}
	for _, b := range shown {
		if b.Person == r.From.ID {
			return b, nil
		}
	}
	switch len(shown) {
	case 0:
		return store.Batch{}, issue.Fail(issue.CodeState, "没有待确认的导入", "请发「"+importName+"」和表格")
	case 1:
		return shown[0], nil
	}
	var names []string
	for _, b := range shown {
		names = append(names, fmt.Sprintf("%d（%s）", b.ID, b.Name))
	}
	return store.Batch{}, issue.Fail(issue.CodeInput, "待确认的有批次 "+strings.Join(names, "、"), fmt.Sprintf("请写明，例如：「%s %d」", r.Command.Name, shown[0].ID))
}

// imported lists what was imported.
func (r *Request) imported() (Reply, error) {
	list, err := r.Tx.FiledBatches(listed)
	if err != nil {
		return Reply{}, err
	}
	if len(list) == 0 {
		return Reply{Text: "还没有导入过表格。导入请发「" + importName + "」和表格"}, nil
	}
	text, err := r.Clerk.Overview(r.Tx, list)
	return Reply{Text: "【批次】\n" + text}, err
}
