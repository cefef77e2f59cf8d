package handlers

import (
	"fmt"
	"strings"
	"time"

	"duban/internal/files"
	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
	"duban/internal/understand"
)

// Words about a ledger besides times, units and statuses.
const (
	anyTime    = "全部"
	withPhotos = "带照片"
)

func ledgerCommands() []*Command {
	topics := []string{anyTime, withPhotos, files.Overdue}
	for _, s := range files.Standings() {
		topics = append(topics, s.Name)
	}
	return []*Command{{
		Name: "台账", Aliases: []string{"问题台账", "导出台账"}, Shape: Question, Topics: topics, Dated: true, Section: "查询",
		Args: "[时间] [单位] [状态] [带照片]", Help: "把问题台账做成表格发到这里，默认本月；责任单位看本单位的。例：台账 全部 昭阳街道 整改中；台账 超期", Run: (*Request).ledger,
	}}
}

// manyIssues is from how many issues on a ledger takes long enough to say so.
const manyIssues = 5000

// ledger sends the ledger as a spreadsheet (S18, domain.md row 56). The answer comes at once, the file in a message of its own.
func (r *Request) ledger() (Reply, error) {
	l, err := r.ledgerAsked()
	if err != nil {
		return Reply{}, err
	}
	if l.Unit, err = r.ledgerOf(l.Unit); err != nil {
		return Reply{}, err
	}
	n, err := r.Tx.CountIssues(l.Filter())
	if err != nil {
		return Reply{}, err
	}
	what := l.Text(r.Reg)
	if n == 0 {
		return Reply{Text: noLedger(what, !l.Late.IsZero())}, nil
	}
	recipe, err := files.Spec{Name: l.Name(r.Reg), Ledger: &l}.Recipe()
	return Reply{Text: announce(what, n, l.Photos), Notices: []store.Out{{To: r.Target, Make: recipe}}}, err
}

// noLedger says that there is nothing to list. With what is late that is good news, and no other time has to be tried.
func noLedger(what string, late bool) string {
	text := "没有符合条件的问题（" + what + "），不发表格"
	if !late && !strings.HasPrefix(what, anyTime) {
		text += "\n不限时间请发「台账 " + anyTime + "」"
	}
	return text
}

// announce says that a ledger of so many issues follows.
func announce(what string, n int, photos bool) string {
	text := fmt.Sprintf("【台账】%s 共 %d 件，表格随后发来", what, n)
	if n > manyIssues {
		text += "；件数多，要等一会儿"
	}
	if photos && n > files.MostPictured {
		text += fmt.Sprintf("\n超过 %d 件不附照片；要照片请缩小范围重发", files.MostPictured)
	}
	return text
}

// ledgerAsked reads what the ledger is to list, in any order. It ends now, so that the file lists what the answer counts.
func (r *Request) ledgerAsked() (files.Ledger, error) {
	now := r.Now.In(r.Cal.Location())
	month := understand.Month(now)
	l := files.Ledger{From: month.From, To: month.To, Period: month.Name}
	whole := func() { l.From, l.To, l.Period = time.Time{}, untilNow(now), anyTime }
	said := ""
	for word := range strings.FieldsSeq(r.Args) {
		if p, ok := understand.ReadPeriod(word, now); ok {
			if said != "" && said != p.Name {
				return l, oneAtATime("时间")
			}
			said = p.Name
			l.From, l.To, l.Period = p.From, p.To, p.Name
			continue
		}
		switch {
		case l.Restrict(word, now):
		case word == anyTime:
			whole()
		case word == withPhotos:
			l.Photos = true
		case new(files.Ledger).Restrict(word, now):
			return l, issue.Fail(issue.CodeInput, "“"+files.Overdue+"”不能和别的状态一起写", "请分开发")
		default:
			unit, err := r.ledgerUnit(word, l.Unit)
			if err != nil {
				return l, err
			}
			l.Unit = unit
		}
	}
	if said == "" && !l.Late.IsZero() { // what is late may have been reported long ago
		whole()
	}
	l.To = earliest(l.To, untilNow(now))
	return l, nil
}

// ledgerUnit reads the one unit that a ledger may be about.
func (r *Request) ledgerUnit(word, already string) (string, error) {
	id, near := r.Reader.Unit(word)
	switch {
	case id == "" && len(near) > 0:
		return "", r.notAUnit(word, near)
	case id == "":
		return "", issue.Fail(issue.CodeInput, "没有看懂“"+report.Short(word, 20)+"”", "请写时间、单位或状态，例如：「台账 本月 "+r.someUnit()+" 整改中」")
	case already != "" && already != id:
		return "", issue.Fail(issue.CodeInput, "一次只能写一个单位", "请分开发，或不写单位看全部")
	}
	return id, nil
}

// ledgerOf is the unit of which somebody may have the ledger: those who supervise any or all, others their own. A group card is not
// enough to be one who supervises (design.md §7).
func (r *Request) ledgerOf(asked string) (string, error) {
	if !r.Weak && r.Reg.Has(r.From.ID, issue.Supervisors()...) {
		return asked, nil
	}
	return r.unitOfOwn(asked, "台账")
}
