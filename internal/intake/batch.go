package intake

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
	"duban/internal/understand"
)

// Upload is a sheet that somebody wants to be filed.
type Upload struct {
	*Sheet
	Terms
	// Keep keeps the original as evidence and gives its path below the media folder. It is called once there is nothing to mend.
	Keep func() (path string, err error)
	// Conversation is where it was asked for: what the same person had waiting there is replaced.
	Conversation store.Target
}

// Preview is the answer to an upload.
type Preview struct {
	Plan
	Batch   store.Batch // with its number if it waits to be confirmed; without one if there is something to mend
	Doubles []Double
}

// Double is a row that reads like an issue that is open, or like a row above it.
type Double struct {
	Row   Row
	Twin  issue.Issue // ID 0: it is a row
	Above Row
}

// Preview looks at what would be filed, and keeps it until the end of the day for somebody to confirm it (Confirm) or to drop it.
// While there are faults nothing is kept: all of them have to be mended first. The same file is not taken twice. Errors are
// *issue.Error or the database's.
func (c Clerk) Preview(tx *store.Tx, by Hand, u Upload) (Preview, error) {
	if err := c.fresh(tx, u.SHA256); err != nil {
		return Preview{}, err
	}
	p := Preview{Plan: c.Plan(u.Rows, u.Terms, tx.Now())}
	if len(p.Faults) > 0 {
		return p, nil
	}
	var err error
	if p.Doubles, err = c.doubles(tx, p.Plan); err != nil {
		return p, err
	}
	p.Batch = store.Batch{
		State: store.BatchShown, Name: u.Name(), Source: string(u.Source), Words: u.Words, FileName: u.Sheet.Name, SHA256: u.SHA256,
		Count: len(u.Rows), Person: by.Person, Chat: by.Chat, Conversation: string(u.Conversation),
	}
	terms, err := json.Marshal(u.Terms)
	rows, err2 := json.Marshal(u.Rows)
	if err := errors.Join(err, err2); err != nil {
		return p, fmt.Errorf("encode batch: %w", err)
	}
	p.Batch.Terms, p.Batch.RowsJSON = string(terms), string(rows)
	if p.Batch.File, err = u.Keep(); err != nil {
		return p, err
	}
	return p, tx.AddBatch(&p.Batch, c.EndOfDay(tx.Now()))
}

// Name is what the batch is called.
func (u Upload) Name() string {
	if u.Terms.Name != "" {
		return u.Terms.Name
	}
	return report.Short(u.Stem(), 60)
}

// Stem is the name of the file without its ending.
func (s *Sheet) Stem() string { return strings.TrimSuffix(s.Name, path.Ext(s.Name)) }

// Terms reads what is said of a whole batch. Without a source it comes from an upper level, which is what sheets are made for;
// without a deadline it has none of its own. Errors are *issue.Error.
func (c Clerk) Terms(source, limit, name string, now time.Time) (Terms, error) {
	t := Terms{Source: issue.FromUpper, Words: strings.TrimSpace(source), Name: report.Short(name, 60)}
	if t.Words != "" {
		code, ok := understand.SourceNamed(t.Words)
		if !ok {
			return t, issue.Fail(issue.CodeInput, "没看懂来源“"+report.Short(t.Words, 20)+"”", "可以写：上级反馈、省模拟测评、督查、自查、群众、领导交办、媒体曝光")
		}
		t.Source = issue.Source(code)
	}
	if limit = strings.TrimSpace(limit); limit != "" {
		term, fault := c.Reader.Term(limit, now)
		if fault != "" {
			return t, issue.Fail(issue.CodeInput, "时限“"+report.Short(limit, 20)+"”"+fault, "可以写：5个工作日、3天、48小时、12月1日前")
		}
		t.Limit = term
	}
	return t, nil
}

// fresh refuses a file that was filed before.
func (c Clerk) fresh(tx *store.Tx, sha256 string) error {
	b, ok, err := tx.FiledFile(sha256)
	if err != nil || !ok {
		return err
	}
	return issue.Fail(issue.CodeState, fmt.Sprintf("这个文件已在 %s 导入过（批次 %d，#%d–#%d）", c.Cal.Text(b.FiledTime(), tx.Now()), b.ID, b.FirstIssue, b.LastIssue),
		"有新的问题请放在另一个文件里")
}

// EndOfDay is until when a batch waits to be confirmed.
func (c Clerk) EndOfDay(now time.Time) time.Time {
	return calendar.DateOf(now.In(c.Cal.Location())).AddDays(1).In(c.Cal.Location())
}

// mostCompared bounds how many pairs of texts a preview compares: 10,000 rows at places with many issues would take minutes.
const mostCompared = 200_000

// doubles finds the rows that may be on the books already, or twice in the sheet. They are only shown.
func (c Clerk) doubles(tx *store.Tx, p Plan) ([]Double, error) {
	var out []Double
	known := map[string][]store.Wording{} // by place
	seen := map[string]Row{}
	compared := 0
	for n, problem := range p.Problems {
		row, key := p.Rows[n], problem.Place+"\n"+problem.PlaceText
		if problem.Place != "" {
			key = problem.Place
		}
		if above, twice := seen[key+"\n"+problem.Text]; twice {
			out = append(out, Double{Row: row, Above: above})
			continue
		}
		seen[key+"\n"+problem.Text] = row
		list, read := known[key]
		if !read {
			var err error
			if list, err = c.neighbours(tx, problem.Place, problem.PlaceText); err != nil {
				return nil, err
			}
			known[key] = list
		}
		if compared += len(list); compared > mostCompared {
			return out, nil
		}
		twin, err := c.alike(tx, problem.Text, list)
		if err != nil {
			return nil, err
		}
		if twin.ID != 0 {
			out = append(out, Double{Row: row, Twin: twin})
		}
	}
	return out, nil
}

// Filed is a batch that was filed.
type Filed struct {
	store.Batch
	Plan
	Filings []report.Filing
	Outs    []store.Out // to the units, one message for each, and to the office where it is not at hand
}

// Confirm files a batch that was shown, all of it or nothing. What the register says now is what counts: if that makes a row faulty,
// it is refused. Errors are *issue.Error or the database's.
func (c Clerk) Confirm(tx *store.Tx, by Hand, id int64) (Filed, error) {
	b, err := c.shown(tx, id)
	if err != nil {
		return Filed{}, err
	}
	if err := c.fresh(tx, b.SHA256); err != nil {
		return Filed{}, err
	}
	var terms Terms
	var rows []Row
	if err := errors.Join(json.Unmarshal([]byte(b.Terms), &terms), json.Unmarshal([]byte(b.RowsJSON), &rows)); err != nil {
		return Filed{}, fmt.Errorf("batch %d: %w", id, err)
	}
	f := Filed{Batch: b, Plan: c.Plan(rows, terms, tx.Now())}
	if len(f.Faults) > 0 {
		return Filed{}, issue.Fail(issue.CodeState, fmt.Sprintf("批次 %d 现在有 %d 处要改（%s），没有导入", id, len(f.Faults), f.Faults[0].text()), "请改好表格后重新发「导入 问题」")
	}
	for n, p := range f.Problems {
		p.Note = joined(fmt.Sprintf("批次 %d %s", id, f.Rows[n].where()), p.Note)
		filing, err := c.File(tx, p, by, issue.Change{})
		if err != nil {
			return Filed{}, fmt.Errorf("batch %d, row %d: %w", id, f.Rows[n].Line, err)
		}
		f.Filings = append(f.Filings, filing)
	}
	f.FirstIssue, f.LastIssue = f.Filings[0].ID, last(f.Filings)
	won, err := tx.FileBatch(b, by.Person, f.FirstIssue, f.LastIssue)
	if err == nil && !won {
		err = fmt.Errorf("batch %d moved while it was filed", id)
	}
	f.Outs = append(c.tellUnits(f, by, tx.Now()), c.tellOffice(f, by)...)
	return f, err
}

// last is the highest number of what was filed; the parts of assisting units have numbers of their own.
func last(filed []report.Filing) int64 {
	f := filed[len(filed)-1]
	if n := len(f.Parts); n > 0 {
		return f.Parts[n-1].ID
	}
	return f.ID
}

// Drop forgets a batch that was shown.
func (c Clerk) Drop(tx *store.Tx, id int64) (store.Batch, error) {
	b, err := c.shown(tx, id)
	if err != nil {
		return b, err
	}
	_, err = tx.DropBatch(id)
	return b, err
}

// shown reads a batch that waits to be confirmed.
func (c Clerk) shown(tx *store.Tx, id int64) (store.Batch, error) {
	b, err := tx.Batch(id)
	switch {
	case err != nil:
		return b, err
	case b.State == store.BatchFiled:
		return b, issue.Fail(issue.CodeState, fmt.Sprintf("批次 %d 已导入（#%d–#%d）", id, b.FirstIssue, b.LastIssue), "不用再确认")
	case b.State != store.BatchShown:
		return b, issue.Fail(issue.CodeState, fmt.Sprintf("批次 %d 已取消", id), "要导入请重新发「导入 问题」和表格")
	case b.UntilTime().Before(tx.Now()):
		return b, issue.Fail(issue.CodeState, fmt.Sprintf("批次 %d 当天没有确认，已作废", id), "要导入请重新发「导入 问题」和表格")
	}
	return b, nil
}

// tellUnits tells each unit once what is newly theirs, as the lead or as one that assists.
func (c Clerk) tellUnits(f Filed, by Hand, now time.Time) []store.Out {
	var outs []store.Out
	for _, share := range report.Shares(f.Filings) {
		unit, list := share.Unit, share.Issues
		text := fmt.Sprintf("【新派单】%s %d 件（批次 %d，%s）：%s\n%s\n%s", c.Reg.UnitName(unit), len(list), f.ID, cmp.Or(f.Words, f.Terms().Source.Text()), Spans(list, mostSpans),
			c.Words.Lines(list, linesTold, now), report.ToSign(list...))
		if len(list) > linesTold {
			text += "；全部请发「我的」"
		}
		pressing := slices.ContainsFunc(list, func(i issue.Issue) bool { return c.Presses(i, now) })
		for _, chat := range c.Reg.ChatsAbout(unit, list[0]) {
			if chat.ID != by.Chat {
				outs = append(outs, store.Out{To: store.ToChat(chat.ID), Text: text, Mentions: []string{list[0].Assignee}, Urgent: pressing})
			}
		}
	}
	return outs
}

// tellOffice tells the office's other groups what was filed: they are asked about what has no unit.
func (c Clerk) tellOffice(f Filed, by Hand) []store.Out {
	var outs []store.Out
	for _, chat := range c.Reg.ChatsOf(issue.RoleOffice) {
		if chat.ID != by.Chat {
			outs = append(outs, store.Out{To: store.ToChat(chat.ID), Text: c.FiledText(f)})
		}
	}
	return outs
}
