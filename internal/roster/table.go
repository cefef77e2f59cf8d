package roster

import (
	"fmt"
	"slices"
	"strings"

	"duban/internal/issue"
	"duban/internal/sheet"
	"duban/internal/understand"
)

// table is a sheet of the workbook and a list of the register.
type table interface {
	sheetName() string
	nameHead() string
	means(plain string) bool // whether this is a name of the sheet
	column(plain string) (head string, ok bool)
	keyOf(head string) string
	form(reg *issue.Register, n *names) sheet.Form
	match(r *reading, g *grid)
	fill(r *reading, g *grid)
	claim(r *reading)
}

func tables() []table { return []table{units(), people(), places(), categories(), chats()} }

func sheetNames() (out []string) {
	for _, t := range tables() {
		out = append(out, t.sheetName())
	}
	return out
}

// tableFor finds the table that a sheet's name means; nil if there is none.
func tableFor(name string) table {
	plain := plainHead(name)
	for _, t := range tables() {
		if t.means(plain) {
			return t
		}
	}
	return nil
}

// idHead is the head of the column with the ids.
const idHead = "编号"

// exampleMark begins the names of examples. Nothing in a county is called so.
const exampleMark = "示例："

// list is the table of one kind of entries.
type list[T any] struct {
	sheet    string
	also     []string // other names that the sheet may have
	key      string   // in the configuration
	noun     string
	title    string
	advice   string
	name     column[T] // the column that every entry must have
	columns  []column[T]
	examples [][]string // cells in the order of columns

	begin   T // what a new entry has before it is filled in
	of      func(*issue.Register) *[]T
	id      func(*T) *string // nil: entries are known by their names
	called  func(*T) *string
	aliases func(T) []string
}

// column is a column of a table.
type column[T any] struct {
	sheet.FormColumn
	also []string // other heads that it may have
	key  string   // in the configuration
	show func(n *names, v T) string
	read func(c *cell, v *T) // nil: the name and the id, which are read when entries are matched
}

func (t *list[T]) sheetName() string { return t.sheet }

func (t *list[T]) nameHead() string { return t.name.Head }

func (t *list[T]) means(plain string) bool {
	return plain == t.sheet || slices.Contains(t.also, plain)
}

func (t *list[T]) all() []column[T] {
	out := append([]column[T]{t.name}, t.columns...)
	if t.id != nil {
		out = append(out, column[T]{
			FormColumn: sheet.FormColumn{Head: idHead, Width: 16, Note: "程序用来认" + t.noun + "的，不填会自动生成。定了不要改；要改名称时，靠它知道是谁改了名。"},
			key:        "id", also: []string{"id"}, show: func(_ *names, v T) string { return *t.id(&v) },
		})
	}
	return out
}

func (t *list[T]) column(plain string) (head string, ok bool) {
	for _, c := range t.all() {
		if plain != "" && (plainHead(c.Head) == plain || slices.Contains(c.also, plain)) {
			return c.Head, true
		}
	}
	return "", false
}

func (t *list[T]) keyOf(head string) string {
	for _, c := range t.all() {
		if c.Head == head {
			return c.key
		}
	}
	return ""
}

func (t *list[T]) form(reg *issue.Register, n *names) sheet.Form {
	f := sheet.Form{Sheet: t.sheet, Title: t.title, Advice: t.advice}
	for _, c := range t.all() {
		f.Columns = append(f.Columns, c.FormColumn)
	}
	for _, v := range *t.of(reg) {
		var cells []string
		for _, c := range t.all() {
			cells = append(cells, c.show(n, v))
		}
		f.Rows = append(f.Rows, cells)
	}
	if len(f.Rows) == 0 {
		f.Examples = t.examples
	}
	return f
}

// match finds for each row the entry that it is about, by its id or else by its name, and adds those that are new. Entries that
// no row is about are noted, and removed if that was asked for.
func (t *list[T]) match(r *reading, g *grid) {
	now := t.of(r.reg)
	known := len(*now)
	g.rows = slices.DeleteFunc(g.rows, func(w *row) bool { return !t.isEntry(r, g, w) })
	taken := make([]bool, known)
	for _, w := range g.rows {
		w.entry = -1
		if id := t.written(g, w); id != "" {
			t.take(r, g, w, taken, t.find(r.reg, func(v *T) bool { return fold(*t.id(v)) == fold(id) }), idHead)
		}
	}
	t.matchNames(r, g, taken)
	t.add(r, g)
	t.leave(r, g, taken, known)
	for _, w := range g.rows {
		if w.failed {
			continue
		}
		r.out.origins[path(t.key, w.entry)] = origin{g, w}
		called := t.called(&(*t.of(r.reg))[w.entry])
		if name, _, _ := g.cell(w, t.name.Head); loose(name) != loose(*called) {
			*called = tidy(name)
		}
	}
	r.out.Read = append(r.out.Read, Count{g.sheet, len(g.rows)})
}

// isEntry says whether a row is about an entry at all.
func (t *list[T]) isEntry(r *reading, g *grid, w *row) bool {
	name, at, _ := g.cell(w, t.name.Head)
	filled, example := 0, len(t.examples) > 0
	sample := slices.IndexFunc(t.examples, func(cells []string) bool { return tidy(cells[0]) == tidy(name) })
	for i, c := range t.all() {
		text, _, ok := g.cell(w, c.Head)
		if !ok {
			continue
		}
		if tidy(text) != "" {
			filled++
		}
		example = example && sample >= 0 && (i >= len(t.examples[sample]) && tidy(text) == "" || i < len(t.examples[sample]) && tidy(t.examples[sample][i]) == tidy(text))
	}
	switch {
	case filled == 0:
		return false
	case example:
		return false
	case g.remark(w, at):
		r.note(fmt.Sprintf("%s 第 %d 行没有读，它像是表格下面的说明：%s", g.sheet, w.number, w.all()))
		return false
	case strings.HasPrefix(fold(tidy(name)), fold(exampleMark)):
		r.atCell(g, w, t.name.Head, "这还是示例里的名称；请换成真的名称，或删去这一行")
		return false
	case broken(name):
		r.atCell(g, w, t.name.Head, "这一格的公式算不出结果")
		return false
	case tidy(name) == "":
		r.fault(Fault{Sheet: g.sheet, Row: w.number, Column: at, Head: t.name.Head, Text: "缺少" + t.name.Head + "，请补上，或清空这一行"})
		return false
	}
	return true
}

// find is the position of the first entry of which something is so; -1 if there is none.
func (t *list[T]) find(reg *issue.Register, is func(*T) bool) int {
	all := *t.of(reg)
	for i := range all {
		if is(&all[i]) {
			return i
		}
	}
	return -1
}

// written is the id that a row says; "" if it says none.
func (t *list[T]) written(g *grid, w *row) string {
	if t.id == nil {
		return ""
	}
	id, _, _ := g.cell(w, idHead)
	return strings.Join(strings.Fields(field(id)), "")
}

// take notes that a row is about an entry, which no other may be.
func (t *list[T]) take(r *reading, g *grid, w *row, taken []bool, entry int, head string) {
	if entry < 0 {
		return
	}
	if taken[entry] {
		other := slices.IndexFunc(g.rows, func(o *row) bool { return o.known && o.entry == entry })
		r.atCell(g, w, head, fmt.Sprintf("与第 %d 行说的是同一%s，请合并成一行%s", g.rows[other].number, t.noun, t.hint()))
		w.failed = true
		return
	}
	w.entry, w.known, taken[entry] = entry, true, true
}

// hint tells how people of one name are told apart.
func (t *list[T]) hint() string {
	if t.key == "people" {
		return "；同名的人请写成 张敏（住建局）这样区分开"
	}
	return ""
}

// matchNames finds the entries of the rows that have no id that is known.
func (t *list[T]) matchNames(r *reading, g *grid, taken []bool) {
	exact, near := map[string]int{}, map[string]int{}
	all := *t.of(r.reg)
	for i := range all {
		exact[*t.called(&all[i])] = i
		near[loose(*t.called(&all[i]))] = i
	}
	for _, w := range g.rows {
		if w.known || w.failed {
			continue
		}
		name, _, _ := g.cell(w, t.name.Head)
		entry, ok := exact[tidy(name)]
		if !ok {
			entry, ok = near[loose(name)]
		}
		if !ok {
			continue
		}
		if t.written(g, w) != "" && !taken[entry] {
			r.atCell(g, w, idHead, *t.called(&all[entry])+"的编号是 "+*t.id(&all[entry])+"，定了不要再改；请写回去或留空")
			w.failed, taken[entry] = true, true
			continue
		}
		if taken[entry] && !slices.ContainsFunc(g.rows, func(o *row) bool { return o.known && o.entry == entry && sameName(g, o, w, t.name.Head) }) {
			continue // the entry was renamed by its id: this is somebody new
		}
		t.take(r, g, w, taken, entry, t.name.Head)
	}
}

func sameName(g *grid, a, b *row, head string) bool {
	x, _, _ := g.cell(a, head)
	y, _, _ := g.cell(b, head)
	return loose(x) == loose(y)
}

// add appends the entries that the register does not have, with an id where they need one.
func (t *list[T]) add(r *reading, g *grid) {
	now := t.of(r.reg)
	used := t.used(r, g)
	first := map[string]*row{}
	for _, w := range g.rows {
		if w.known || w.failed {
			continue
		}
		name, _, _ := g.cell(w, t.name.Head)
		name = tidy(name)
		if before := first[loose(name)]; before != nil {
			r.atCell(g, w, t.name.Head, fmt.Sprintf("与第 %d 行重复，请只留一行%s", before.number, t.hint()))
			w.failed = true
			continue
		}
		first[loose(name)] = w
		v := t.begin
		*t.called(&v) = name
		if t.id != nil {
			id := t.written(g, w)
			if id == "" {
				id = understand.NewID(name, func(id string) bool { return used[id] })
			}
			*t.id(&v) = id
			used[fold(id)] = true
		}
		w.entry = len(*now)
		*now = append(*now, v)
	}
}

// used are the words that a new id must not be: ids, names and aliases.
func (t *list[T]) used(r *reading, g *grid) map[string]bool {
	used := map[string]bool{}
	all := *t.of(r.reg)
	for i := range all {
		used[fold(*t.called(&all[i]))] = true
		if t.id != nil {
			used[fold(*t.id(&all[i]))] = true
		}
		for _, a := range t.aliases(all[i]) {
			used[fold(a)] = true
		}
	}
	for _, w := range g.rows {
		for _, head := range []string{idHead, t.name.Head} {
			text, _, _ := g.cell(w, head)
			used[fold(tidy(text))] = true
		}
	}
	return used
}

// leave notes the entries that the sheet does not have, and removes them if that was asked for.
func (t *list[T]) leave(r *reading, g *grid, taken []bool, known int) {
	if len(g.rows) == 0 {
		return // an empty form says nothing, least of all that everything is to go
	}
	now := t.of(r.reg)
	var absent []string
	var kept []T
	to := make([]int, len(*now))
	for i := range *now {
		gone := i < known && !taken[i]
		if gone {
			absent = append(absent, *t.called(&(*now)[i]))
		}
		if !gone || !r.opt.Remove {
			to[i] = len(kept)
			kept = append(kept, (*now)[i])
		}
	}
	*now = kept
	for _, w := range g.rows {
		if !w.failed {
			w.entry = to[w.entry]
		}
	}
	if len(absent) > 0 {
		r.out.Missing = append(r.out.Missing, Absent{t.sheet, absent})
	}
}

// fill gives the entries what their rows say. What a row says in the words in which it would be shown stays as it is.
func (t *list[T]) fill(r *reading, g *grid) {
	now := t.of(r.reg)
	for _, w := range g.rows {
		if w.failed {
			continue
		}
		v := &(*now)[w.entry]
		before := *v
		for _, c := range t.columns {
			text, at, ok := g.cell(w, c.Head)
			if !ok && c.Required && !w.known {
				r.fault(Fault{Sheet: g.sheet, Row: w.number, Text: "缺少" + c.Head + "，请加上这一列"})
			}
			if !ok || w.known && tidy(text) == tidy(c.show(r.names, before)) {
				continue
			}
			x := &cell{r: r, g: g, w: w, at: at, head: c.Head, text: text}
			if broken(text) {
				x.fault("这一格的公式算不出结果")
				continue
			}
			c.read(x, v)
		}
	}
}

// use is a use of an id, a name or an alias by an entry.
type use struct {
	entry int
	head  string
}

// claim finds ids, names and aliases that stand for two entries, if one of them comes from the workbook. Others are the
// configuration's to find.
func (t *list[T]) claim(r *reading) {
	seen := map[string]use{}
	all := *t.of(r.reg)
	for i := range all {
		take := func(word, head string) {
			before, taken := seen[fold(word)]
			if word == "" || taken && before.entry == i {
				return
			}
			if !taken {
				seen[fold(word)] = use{i, head}
				return
			}
			t.clash(r, use{i, head}, before, word)
		}
		take(*t.called(&all[i]), t.name.Head)
		if t.id != nil {
			take(*t.id(&all[i]), idHead)
		}
		for _, a := range t.aliases(all[i]) {
			take(a, aliasHead)
		}
	}
}

func (t *list[T]) clash(r *reading, here, there use, word string) {
	if _, ok := r.out.origins[path(t.key, here.entry)]; !ok {
		here, there = there, here
	}
	o, ok := r.out.origins[path(t.key, here.entry)]
	if !ok {
		return
	}
	other := "config.yaml 里 " + *t.called(&(*t.of(r.reg))[there.entry])
	if p, ok := r.out.origins[path(t.key, there.entry)]; ok {
		other = fmt.Sprintf("第 %d 行", p.row.number)
	}
	f := Fault{Sheet: o.grid.sheet, Row: o.row.number, Head: here.head, Value: word}
	_, f.Column, _ = o.grid.cell(o.row, here.head)
	f.Text = "与" + other + "的" + there.head + "重复；编号、名称和别名都不能指两样东西" + t.hint()
	r.fault(f)
}
