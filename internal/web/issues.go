package web

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"duban/internal/files"
	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/understand"
)

const (
	ledgerPage = 50
	mostWords  = 50 // characters that can be searched for
	byDue      = "due"
)

// choice is one option of a field.
type choice struct {
	Value, Name string
	Here        bool
}

// ledgerView is a page of the ledger.
type ledgerView struct {
	Words    string
	From, To string // as typed
	FromType string // of the field
	Place    string
	Fields   []field
	Places   []string
	Rows     []row
	Text     string // what is listed, in words
	First    string // link to the first page, if this is another one
	Next     string // link to the next page
	Until    string // where looking ended, if the page is short because of it
	XLSX     string
	CSV      string
	Pictured int
	Notice   string
	Asked    bool // something was asked for
}

// field is a list of choices in the form.
type field struct {
	Key, Name string
	Choices   []choice
}

// asked is what a visitor wants to see of the ledger.
type asked struct {
	files.Ledger
	order  string
	notice string // what of it was not understood
	number int64  // only the issue of this number
}

// issues is the ledger 台账, page by page.
func (v *visit) issues() error {
	a := v.asked()
	if a.number > 0 {
		http.Redirect(v.w, v.r, fmt.Sprintf("/issues/%d", a.number), http.StatusSeeOther)
		return nil
	}
	f := a.Filter()
	f.Latest, f.Limit = a.order != byDue, ledgerPage
	var p store.Page
	after := cursor(v.r.FormValue("after"))
	if a.notice == "" {
		err := v.read(func(tx *store.Tx) (err error) {
			p, err = tx.Page(f, after)
			return err
		})
		if err != nil {
			return err
		}
	}
	return v.render(http.StatusOK, "issues", "台账", v.ledgerView(a, p, after != store.Cursor{}))
}

func (v *visit) ledgerView(a asked, p store.Page, further bool) ledgerView {
	q := v.fields()
	view := ledgerView{
		Words: q.Get("q"), From: q.Get("from"), To: q.Get("to"), Place: q.Get("place"), Rows: v.rows(p.Issues), Text: a.Text(v.world.Reg),
		Notice: a.notice, Asked: len(q) > 0, Pictured: files.MostPictured, XLSX: "/issues/export/xlsx?" + q.Encode(), CSV: "/issues/export/csv?" + q.Encode(),
	}
	for _, place := range v.world.Reg.Places {
		view.Places = append(view.Places, place.Name)
	}
	view.Fields, view.FromType = v.choices(a), "date"
	if strings.Contains(view.From, "T") {
		view.FromType = "datetime-local"
	}
	if further {
		view.First = "/issues?" + q.Encode()
	}
	if p.Next != (store.Cursor{}) {
		q.Set("after", cursorText(p.Next))
		view.Next = "/issues?" + q.Encode()
	}
	if p.Partial {
		view.Until = v.world.Cal.Text(p.Next.At, v.now)
	}
	return view
}

// ledgerFields are the fields of the form that choose issues.
var ledgerFields = []string{"q", "time", "from", "to", "unit", "status", "category", "source", "place", "order"}

// fields are those that say something, so that links stay short.
func (v *visit) fields() url.Values {
	q := url.Values{}
	for _, key := range ledgerFields {
		if value := strings.TrimSpace(v.r.FormValue(key)); value != "" {
			q.Set(key, value)
		}
	}
	return q
}

// times are the periods that can be chosen.
var times = []string{"今天", "昨天", "本周", "上周", "本月", "上月", "近30天", "近90天", "今年"}

// choices are the options of the form's lists.
func (v *visit) choices(a asked) []field {
	q, reg := v.fields(), v.world.Reg
	list := func(key, name, all string, values ...choice) field {
		f := field{Key: key, Name: name}
		if all != "" {
			f.Choices = []choice{{"", all, q.Get(key) == ""}}
		}
		for _, c := range values {
			c.Here = c.Value == q.Get(key)
			f.Choices = append(f.Choices, c)
		}
		return f
	}
	var units, statuses, categories, sources, periods []choice
	for _, u := range reg.Units {
		if v.ofUnit(u.ID) {
			units = append(units, choice{Value: u.ID, Name: u.Name})
		}
	}
	for _, name := range append([]string{"未销号", files.Overdue}, standings()...) {
		statuses = append(statuses, choice{Value: name, Name: name})
	}
	for _, c := range reg.Categories {
		categories = append(categories, choice{Value: c.Name, Name: c.Name})
	}
	for _, s := range issue.Sources() {
		sources = append(sources, choice{Value: string(s), Name: s.Text()})
	}
	for _, t := range times {
		periods = append(periods, choice{Value: t, Name: t})
	}
	all := "全部单位"
	if !v.all() {
		all = ""
	}
	order := field{Key: "order", Name: "排序", Choices: []choice{{"new", "最新在前", a.order != byDue}, {byDue, "期限最早", a.order == byDue}}}
	return []field{
		list("status", "状态", "全部状态", statuses...), list("unit", "单位", all, units...), list("time", "上报时间", "全部时间", periods...),
		list("category", "类别", "全部类别", categories...), list("source", "来源", "全部来源", sources...), order,
	}
}

// standings are the words for one status each.
func standings() []string {
	var out []string
	for _, s := range issue.Statuses() {
		out = append(out, s.Text())
	}
	return out
}

// asked reads the form. What does not exist is said in a notice, and then nothing is listed.
func (v *visit) asked() asked {
	q, reg := v.fields(), v.world.Reg
	a := asked{order: q.Get("order")}
	a.Words = strings.TrimSpace(q.Get("q"))
	if ids, rest, ok := understand.Numbers(a.Words); ok && rest == "" && len(ids) == 1 {
		a.number = ids[0]
	}
	a.Unit, a.Category, a.Source = q.Get("unit"), q.Get("category"), issue.Source(q.Get("source"))
	if a.Unit == "" && !v.all() {
		a.Unit = v.units[0]
	}
	if s := q.Get("status"); s != "" && !a.Restrict(s, v.now) {
		a.notice = "没有“" + s + "”这个状态"
	}
	if place := q.Get("place"); place != "" {
		p, ok := reg.PlaceNamed(place)
		if a.Place = p.Name; !ok {
			a.notice = "没有登记叫“" + place + "”的点位，请从列表里选，或在搜索里写"
		}
	}
	if unknown := v.unknown(a); unknown != "" {
		a.notice = unknown
	}
	if !a.within(q, v.now) {
		a.notice = "时间没有看懂，请从列表里选，或填开始和结束日期"
	}
	if a.order == "" && !a.Late.IsZero() {
		a.order = byDue
	}
	return a
}

// unknown says what of what is asked for does not exist, or is not for the visitor.
func (v *visit) unknown(a asked) string {
	_, unit := v.world.Reg.Unit(a.Unit)
	_, category := v.world.Reg.Category(a.Category)
	switch {
	case a.Unit != "" && (!unit || !v.ofUnit(a.Unit)):
		return "没有这个单位"
	case a.Category != "" && !category:
		return "没有这个类别"
	case a.Source != "" && !slices.Contains(issue.Sources(), a.Source):
		return "没有这个来源"
	case len([]rune(a.Words)) > mostWords:
		return fmt.Sprintf("搜索最多写 %d 个字", mostWords)
	}
	return ""
}

// within reads the time: a period by its name, or the first and the last day.
func (a *asked) within(q url.Values, now time.Time) bool {
	a.Period = "全部"
	a.To = now.Add(time.Microsecond) // what has just happened is listed, and the file lists what the page does
	if t := q.Get("time"); t != "" {
		p, ok := understand.ReadPeriod(t, now)
		if a.Period, a.From = p.Name, p.From; p.To.Before(a.To) {
			a.To = p.To
		}
		if !ok {
			return false
		}
	}
	from, okFrom := day(q.Get("from"), now.Location())
	to, okTo := day(q.Get("to"), now.Location())
	if !okFrom || !okTo {
		return false
	}
	if !from.IsZero() {
		a.From = from
	}
	if !to.IsZero() && to.AddDate(0, 0, 1).Before(a.To) {
		a.To = to.AddDate(0, 0, 1)
	}
	switch {
	case !from.IsZero() && !to.IsZero():
		a.Period = date(from) + "至" + date(to)
	case !from.IsZero():
		a.Period = from.Format("2006-01-02 15:04") + "以来"
	case !to.IsZero():
		a.Period = date(to) + "以前"
	}
	return true
}

// day reads a date of a form, with or without a time; zero for none.
func day(text string, zone *time.Location) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	t, err := time.ParseInLocation("2006-01-02", text, zone)
	if err != nil {
		t, err = time.ParseInLocation(inputMinute, text, zone)
	}
	return t, err == nil
}

// cursorText is where a page ended, in a link.
func cursorText(c store.Cursor) string {
	return strconv.FormatInt(c.At.UnixMicro(), 36) + "." + strconv.FormatInt(c.ID, 36)
}

// cursor reads it; anything else is the first page.
func cursor(text string) store.Cursor {
	at, id, ok := strings.Cut(text, ".")
	micros, err := strconv.ParseInt(at, 36, 64)
	number, more := strconv.ParseInt(id, 36, 64)
	if !ok || errors.Join(err, more) != nil {
		return store.Cursor{}
	}
	return store.Cursor{At: time.UnixMicro(micros), ID: number}
}

var exportTypes = map[files.Format]string{
	files.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", files.CSV: "text/csv; charset=utf-8",
}

// exportIssues sends what the ledger lists as a file, row by row as it is read.
func (v *visit) exportIssues() error {
	format := files.Format(v.r.PathValue("format"))
	kind, ok := exportTypes[format]
	a := v.asked()
	if !ok || a.notice != "" {
		return badRequest(orElse(a.notice, "只能导出 xlsx 或 csv"))
	}
	a.Photos = v.r.FormValue("photos") != "" && format == files.XLSX
	if err := http.NewResponseController(v.w).SetWriteDeadline(time.Time{}); err != nil { // a million rows take minutes on a slow line
		v.s.Log.Debug("no longer deadline", "err", err)
	}
	h := v.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.Name(v.world.Reg) + "." + string(format)}))
	out := &counted{w: v.w}
	_, err := v.s.Lent.Files().Write(v.r.Context(), v.now, files.Export{Ledger: a.Ledger, Format: format}, out)
	if err == nil || v.r.Context().Err() != nil {
		return nil
	}
	if out.n > 0 {
		v.s.Log.Error("export broken off", "err", err)
		panic(http.ErrAbortHandler) // so that the browser does not take it for complete
	}
	h.Del("Content-Disposition")
	if errors.Is(err, files.ErrTooLong) {
		return badRequest("超过 Excel 一张表能放的行数（1,048,570 行），请缩小时间范围，或导出 CSV")
	}
	return err
}

// counted counts what is written.
type counted struct {
	w http.ResponseWriter
	n int64
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
