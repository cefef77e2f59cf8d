package web

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"duban/internal/intake"
	"duban/internal/issue"
	"duban/internal/store"
)

const (
	// sheetForm bounds a form with a spreadsheet, in bytes: the file and some fields.
	sheetForm = intake.MaxFile + 1<<20
	// shownBatches is how many imported batches a page lists.
	shownBatches = 20
	// shownFaults is how many rows with faults a page lists.
	shownFaults = 500
)

type importsView struct {
	Issues, Register bool // what the visitor may import
	Waiting, Filed   []batchView
	Wrong            string // why a sheet was not taken
	Faults           int
	Head             []string
	Rows             [][]string
	Terms            map[string]string // what the form said
}

type batchView struct {
	store.Batch
	Who   string
	Until time.Time
	At    time.Time
}

// imports shows what waits to be confirmed and what was imported, and takes spreadsheets.
func (v *visit) imports() error { return v.importsPage(http.StatusOK, importsView{}) }

func (v *visit) importsPage(status int, page importsView) error {
	page.Issues, page.Register = v.who.Has(issue.RoleOffice), v.who.Has(issue.RoleAdmin) && v.s.Lent.Config.Name != ""
	err := v.read(func(tx *store.Tx) error {
		shown, err := tx.ShownBatches()
		if err != nil {
			return err
		}
		filed, err := tx.FiledBatches(shownBatches)
		page.Waiting, page.Filed = v.batches(shown), v.batches(filed)
		return err
	})
	if err != nil {
		return err
	}
	return v.render(status, "imports", "导入", page)
}

func (v *visit) batches(list []store.Batch) []batchView {
	loc := v.now.Location()
	var out []batchView
	for _, b := range list {
		out = append(out, batchView{Batch: b, Who: v.world.Reg.PersonName(b.Person), Until: b.UntilTime().In(loc), At: b.FiledTime().In(loc)})
	}
	return out
}

// sheet reads a form with a spreadsheet. Nothing of it is written to the disk.
func (v *visit) sheet() (name string, data []byte, err error) {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, sheetForm)
	if err := v.r.ParseMultipartForm(sheetForm); err != nil { //nolint:gosec // the body is bounded in the line above
		return "", nil, badRequest("表格太大（最大 " + strconv.Itoa(intake.MaxFile>>20) + " MB）或没有传完，请返回重试")
	}
	f, head, err := v.r.FormFile("sheet")
	if err != nil {
		return "", nil, badRequest("请先选择表格文件")
	}
	data, err = io.ReadAll(f)
	return head.Filename, data, errors.Join(err, f.Close())
}

// uploadIssues shows what would be filed of a sheet, and keeps it until it is confirmed; or else lists all its faults.
func (v *visit) uploadIssues() error {
	name, data, err := v.sheet()
	if err != nil {
		return err
	}
	if v.who.ID == "" {
		return denied{http.StatusConflict, "口令登录没有姓名，不能导入问题。请私聊机器人发「后台」，用本人的链接登录后再导入"}
	}
	terms := map[string]string{}
	for _, key := range []string{"source", "limit", "name"} {
		terms[key] = strings.TrimSpace(v.r.PostFormValue(key))
	}
	var p intake.Preview
	err = v.once("/import", func() (outcome, error) {
		var sheet *intake.Sheet
		if p, sheet, err = v.preview(name, data, terms); err != nil {
			return outcome{}, err
		}
		if len(p.Faults) > 0 {
			return outcome{}, errFaults
		}
		return outcome{said: v.world.Clerk.PreviewText(p, sheet)}, nil
	})
	page := importsView{Terms: terms}
	e, refused := issue.AsError(err)
	switch {
	case errors.Is(err, errFaults):
		page.Faults = len(p.Faults)
		page.Head, page.Rows = intake.FaultTable(p)
		page.Rows = page.Rows[:min(len(page.Rows), shownFaults)]
	case refused:
		page.Wrong = e.Error()
	default:
		return err
	}
	return v.importsPage(http.StatusUnprocessableEntity, page)
}

// errFaults says that a sheet has rows that must be mended first.
var errFaults = errors.New("sheet has faults")

func (v *visit) preview(name string, data []byte, said map[string]string) (p intake.Preview, sheet *intake.Sheet, err error) {
	if sheet, err = intake.Read(name, data); err != nil {
		return p, nil, err
	}
	terms, err := v.world.Clerk.Terms(said["source"], said["limit"], said["name"], v.now)
	if err != nil {
		return p, sheet, err
	}
	up := intake.Upload{
		Sheet: sheet, Terms: terms, Conversation: store.Target("web/" + v.who.ID),
		Keep: func() (string, error) { return v.s.Lent.KeepSheet(sheet, data) },
	}
	err = v.write(func(tx *store.Tx) (err error) {
		p, err = v.world.Clerk.Preview(tx, v.hand(), up)
		return err
	})
	return p, sheet, err
}

func (v *visit) hand() intake.Hand { return intake.Hand{Person: v.who.ID, Message: "web/" + v.who.ID} }

// batch is the number of the batch that the address of a page names.
func (v *visit) batch() (int64, error) {
	id, err := strconv.ParseInt(v.r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, notFound("没有这一批")
	}
	return id, nil
}

// confirmBatch files a batch.
func (v *visit) confirmBatch() error {
	id, err := v.batch()
	if err != nil {
		return err
	}
	return v.act("/import", func() (outcome, error) {
		said := ""
		err := v.write(func(tx *store.Tx) error {
			filed, err := v.world.Clerk.Confirm(tx, v.hand(), id)
			if err != nil {
				return err
			}
			said = v.world.Clerk.FiledText(filed)
			if err := v.s.Lent.Send(tx, filed.Outs); err != nil {
				return err
			}
			return tx.Audit(v.who.ID, "import", filed.Name+"，"+strconv.Itoa(filed.Count)+" 件")
		})
		v.s.Lent.Poke()
		return outcome{said: said}, err
	})
}

// dropBatch forgets a batch that was not confirmed.
func (v *visit) dropBatch() error {
	id, err := v.batch()
	if err != nil {
		return err
	}
	return v.act("/import", func() (outcome, error) {
		var b store.Batch
		err := v.write(func(tx *store.Tx) (err error) {
			b, err = v.world.Clerk.Drop(tx, id)
			return err
		})
		return outcome{said: "已取消：" + b.Name + "，一件也没有导入"}, err
	})
}

// fillConfig shows the configuration with what a spreadsheet says. It is saved, if at all, like any other edit.
func (v *visit) fillConfig() error {
	name, data, err := v.sheet()
	if err != nil {
		return err
	}
	file := v.s.Lent.Config
	if file.Name == "" {
		return notFound("这里没有配置文件")
	}
	text, version, notes, err := file.Fill(data, v.r.PostFormValue("remove") != "")
	if e, refused := issue.AsError(err); refused {
		return v.importsPage(http.StatusUnprocessableEntity, importsView{Wrong: name + "\n" + e.Error()})
	}
	if err != nil {
		return err
	}
	verdict, err := file.Check(v.r.Context(), text, version)
	if err != nil {
		return err
	}
	return v.judged(http.StatusOK, text, version, verdict, notes...)
}
