package config

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// Difference is what one configuration says otherwise than another, in Chinese, for the office.
type Difference struct {
	Lines    []string // in the order of the file
	Warnings []string // what is allowed and was probably not meant
	Restart  []string // the keys that count only after a restart, for example web.listen
}

// Unchanged is what a difference without lines says.
const Unchanged = "没有改动"

// AfterRestart marks the lines of what counts only after a restart.
const AfterRestart = "（重启后生效）"

// Text is the difference as a message says it, a line for each change; no secret is in it.
func (d Difference) Text() string {
	if len(d.Lines) == 0 {
		return Unchanged
	}
	lines := slices.Clone(d.Lines)
	for _, w := range d.Warnings {
		lines = append(lines, "注意："+w)
	}
	return strings.Join(lines, "\n")
}

// Diff tells what the configuration after says otherwise than the one before. Things with an id, and places and categories by
// name, are the same thing wherever they stand in their list.
func Diff(before, after *Config) Difference {
	d := &differ{before: before, after: after}
	d.section("", reflect.ValueOf(*before), reflect.ValueOf(*after), func(path, text string) {
		line := words[path] + " " + text
		if needsRestart(path) {
			line += AfterRestart
			d.out.Restart = append(d.out.Restart, path)
		}
		d.out.Lines = append(d.out.Lines, line+noted(path))
	})
	if a, b := before.Scoring, after.Scoring; a.Version == b.Version && a != b {
		d.warn("计分的数改了，scoring.version 没有改。排名下面会显示同一个版本号，请换一个新的")
	}
	return d.out
}

// mostShown is how many things of one kind are listed.
const mostShown = 8

type differ struct {
	before, after *Config
	out           Difference
}

// tell takes one change: the key, and what became of it.
type tell func(path, text string)

func (d *differ) warn(text string) { d.out.Warnings = append(d.out.Warnings, text) }

func noted(path string) string {
	if n := notes[path]; n != "" {
		return "，" + n
	}
	return ""
}

// section compares the keys of a group.
func (d *differ) section(path string, a, b reflect.Value, tell tell) {
	for i, key := range keysOf(a.Type()) {
		d.value(join(path, key), a.Field(i), b.Field(i), tell)
	}
}

// value compares what a key has.
func (d *differ) value(path string, a, b reflect.Value, tell tell) {
	t := a.Type()
	if reflect.DeepEqual(a.Interface(), b.Interface()) || t.Kind() == reflect.Slice && a.Len()+b.Len() == 0 {
		return
	}
	switch {
	case t == reflect.TypeFor[Secret]():
		tell(path, "已改")
	case path == "responsibility":
		d.rows()
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && !isText(t.Elem()):
		d.things(path, a, b)
	case path == "chats[].channels": // their order is what counts
		tell(path, arrow(d.before.order(path, a), d.after.order(path, b)))
	case t.Kind() == reflect.Slice && t.Elem() != reflect.TypeFor[calendar.Period]():
		tell(path, d.members(path, a, b))
	case t.Kind() == reflect.Struct && !isText(t):
		d.section(path, a, b, tell)
	default:
		was, is := d.before.say(path, a), d.after.say(path, b)
		if was == is { // two things of one name, or texts whose ends are not shown
			was, is = fmt.Sprint(a.Interface()), fmt.Sprint(b.Interface())
		}
		tell(path, arrow(was, is))
	}
}

// things compares a list of things that are known by their first key, or by their name.
func (d *differ) things(path string, a, b reflect.Value) {
	defer d.later(path, len(d.out.Lines))
	old, now := keyed(a), keyed(b)
	gone, added := missing(a, now), missing(b, old)
	d.list("新增"+words[path], labels(added))
	d.list("删去"+words[path], labels(gone))
	for _, g := range gone {
		for _, n := range added {
			if g.Type().Field(0).Name == "ID" && label(g) == label(n) {
				d.warn(fmt.Sprintf("%s %s 的编号从 %s 改成了 %s。编号定了不要改：已有的问题和绑定记的是原来的编号", words[path], label(g), key(g), key(n)))
			}
		}
	}
	changed, sameOrder := 0, len(gone)+len(added) == 0
	for i := range b.Len() {
		was, kept := old[key(b.Index(i))]
		if !kept {
			continue
		}
		sameOrder = sameOrder && key(a.Index(i)) == key(b.Index(i))
		var parts []string
		d.section(path+"[]", was, b.Index(i), func(path, text string) { parts = append(parts, words[path]+" "+text+noted(path)) })
		if len(parts) == 0 {
			continue
		}
		if changed++; changed <= mostShown {
			d.out.Lines = append(d.out.Lines, words[path]+" "+label(was)+"："+strings.Join(parts, "；"))
		}
	}
	switch {
	case changed > mostShown:
		d.out.Lines = append(d.out.Lines, fmt.Sprintf("%s 共 %d 个有改动，上面是前 %d 个", words[path], changed, mostShown))
	case changed == 0 && !sameOrder && len(gone)+len(added) == 0:
		d.out.Lines = append(d.out.Lines, words[path]+" 的顺序有变")
	}
}

// later marks the lines from the nth on if a list counts only after a restart.
func (d *differ) later(path string, n int) {
	if !needsRestart(path) {
		return
	}
	d.out.Restart = append(d.out.Restart, path)
	for i := range d.out.Lines[n:] {
		d.out.Lines[n+i] += AfterRestart
	}
}

// list tells of things that came or went.
func (d *differ) list(what string, names []string) {
	if len(names) > 0 {
		d.out.Lines = append(d.out.Lines, fmt.Sprintf("%s %d：%s", what, len(names), first(names)))
	}
}

// first names the first few of a list, and how many there are.
func first(names []string) string {
	if len(names) <= mostShown {
		return strings.Join(names, "、")
	}
	return fmt.Sprintf("%s 等 %d 个", strings.Join(names[:mostShown], "、"), len(names))
}

// key is the first key of a thing: its id, or the name or level that stands for it.
func key(v reflect.Value) string { return v.Field(0).String() }

// label is what people call a thing.
func label(v reflect.Value) string {
	switch thing := v.Interface().(type) {
	case issue.Rung:
		return thing.Level + " " + wordOf("escalation[].level", thing.Level)
	case HookGroup:
		return thing.Chat
	}
	return v.FieldByName("Name").String()
}

func labels(list []reflect.Value) (names []string) {
	for _, v := range list {
		names = append(names, label(v))
	}
	return names
}

func keyed(list reflect.Value) map[string]reflect.Value {
	out := map[string]reflect.Value{}
	for i := range list.Len() {
		out[key(list.Index(i))] = list.Index(i)
	}
	return out
}

// missing are the things of a list that another does not have.
func missing(list reflect.Value, other map[string]reflect.Value) (out []reflect.Value) {
	for i := range list.Len() {
		if _, there := other[key(list.Index(i))]; !there {
			out = append(out, list.Index(i))
		}
	}
	return out
}

// rows compares the responsibility table. A row has no name: one that was altered is one that went and one that came.
func (d *differ) rows() {
	var before, after []string
	for _, r := range d.before.Responsibility {
		before = append(before, d.before.row(r))
	}
	for _, r := range d.after.Responsibility {
		after = append(after, d.after.row(r))
	}
	came, gone := beyond(after, before), beyond(before, after)
	n := len(d.out.Lines)
	d.list("新增责任清单", came)
	d.list("删去责任清单", gone)
	if len(came)+len(gone) == 0 {
		d.out.Lines = append(d.out.Lines, "责任清单 的顺序或编号有变")
	}
	for i := range d.out.Lines[n:] {
		d.out.Lines[n+i] += noted("responsibility")
	}
}

// row is a row of the responsibility table in a few words.
func (c *Config) row(r issue.Responsibility) string {
	var where []string
	for _, list := range [][]string{r.Categories, r.Places, r.Types} {
		if len(list) > 0 {
			where = append(where, first(list))
		}
	}
	if len(where) == 0 {
		where = []string{"全部"}
	}
	text := strings.Join(where, "／") + " 归" + c.named("units", r.Unit)
	if r.Person != "" {
		text += c.named("people", r.Person)
	}
	if len(r.Assist) > 0 {
		var names []string
		for _, id := range r.Assist {
			names = append(names, c.named("units", id))
		}
		text += "，" + strings.Join(names, "、") + "配合"
	}
	return text
}

// members compares a list of words.
func (d *differ) members(path string, a, b reflect.Value) string {
	before, after := d.before.sayAll(path, a), d.after.sayAll(path, b)
	came, gone := beyond(after, before), beyond(before, after)
	var parts []string
	if len(came) > 0 {
		parts = append(parts, "增加 "+first(came))
	}
	if len(gone) > 0 {
		parts = append(parts, "减去 "+first(gone))
	}
	if len(parts) == 0 {
		return "顺序或编号有变"
	}
	return strings.Join(parts, "，")
}

func beyond(list, other []string) (out []string) {
	for _, v := range list {
		if !slices.Contains(other, v) {
			out = append(out, v)
		}
	}
	return out
}

func (c *Config) sayAll(path string, list reflect.Value) (out []string) {
	for i := range list.Len() {
		out = append(out, c.say(path, list.Index(i)))
	}
	return out
}

// order is a list in words; 无 for an empty one.
func (c *Config) order(path string, list reflect.Value) string {
	return cmp.Or(strings.Join(c.sayAll(path, list), "、"), "无")
}

// counted is a number with what it counts.
var counted = regexp.MustCompile(`^(\d+)(\D+)$`)

// arrow says what a value was and is: 1→2个工作日.
func arrow(a, b string) string {
	if x, y := counted.FindStringSubmatch(a), counted.FindStringSubmatch(b); x != nil && y != nil && x[2] == y[2] {
		a = x[1]
	}
	return a + "→" + b
}

// say is a value in words; 无 for one that is not given.
func (c *Config) say(path string, v reflect.Value) string {
	text := c.plain(path, v)
	if runes := []rune(text); len(runes) > shownValue {
		text = string(runes[:shownValue]) + "…"
	}
	if text == "" {
		return "无"
	}
	return text
}

func (c *Config) plain(path string, v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	switch value := v.Interface().(type) {
	case calendar.Limit:
		return value.Text()
	case calendar.Offset:
		return offsetText(value)
	case time.Duration:
		return durationText(value)
	case issue.Points:
		return value.Text()
	case bool:
		return map[bool]string{true: "是", false: "否"}[value]
	case []calendar.Period:
		return strings.Join(c.sayAll(path, v), "、")
	case fmt.Stringer:
		return value.String()
	case string:
		if strings.HasPrefix(path, "schedule.") {
			return specText(value)
		}
		if section := refs[path]; section != "" {
			return c.named(section, value)
		}
	}
	return wordOf(path, fmt.Sprint(v.Interface()))
}

// wordOf is what people call one of the values that a key may have; others stay as they are.
func wordOf(path, value string) string {
	for _, ch := range choices[path] {
		if ch.value == value {
			return ch.word
		}
	}
	return value
}

// named is the name of something that is referred to by its id.
func (c *Config) named(section, id string) string {
	list := reflect.ValueOf(*c).Field(fieldsOf(reflect.TypeFor[Config]())[section])
	for i := range list.Len() {
		if v := list.Index(i); key(v) == id {
			return label(v)
		}
	}
	return id
}

func offsetText(o calendar.Offset) string {
	l := calendar.Limit{N: max(o.N, -o.N), Kind: o.Kind}
	switch {
	case o.Kind == calendar.NextDay:
		return "次日 " + calendar.TimeOfDay(o.N).String()
	case o.N == 0:
		return "到期时"
	case o.N < 0:
		return "到期前 " + l.Text()
	}
	return "到期后 " + l.Text()
}

func durationText(d time.Duration) string {
	for _, u := range []struct {
		of   time.Duration
		word string
	}{{time.Hour, "小时"}, {time.Minute, "分钟"}, {time.Second, "秒"}} {
		if d%u.of == 0 && (d != 0 || u.of == time.Second) {
			return fmt.Sprintf("%d%s", d/u.of, u.word)
		}
	}
	return d.String()
}

// daily are the times of a job that runs at one time of every day, or of one day of the week or of the month.
var daily = regexp.MustCompile(`^(\d{1,2}) (\d{1,2}) (\*|\d{1,2}) \* (\*|[0-6])$`)

// specText is a job's times as people say them, where they are simple.
func specText(spec string) string {
	if spec == Off {
		return "不执行"
	}
	m := daily.FindStringSubmatch(spec)
	if m == nil {
		return spec
	}
	at := fmt.Sprintf("%s:%02s", m[2], m[1])
	switch {
	case m[3] == "*" && m[4] == "*":
		return at
	case m[3] == "*":
		return "每周" + []string{"日", "一", "二", "三", "四", "五", "六"}[m[4][0]-'0'] + " " + at
	case m[4] == "*":
		return "每月 " + m[3] + " 日 " + at
	}
	return spec
}
