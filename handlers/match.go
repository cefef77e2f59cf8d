package handlers

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"duban/internal/issue"
	"duban/internal/understand"
)

// Input is a message as the grammar sees it.
type Input struct {
	Text      string
	Addressed bool    // the bot was mentioned or quoted, or the chat is a private one
	Called    bool    // more than quoted: it is asked for an answer
	Quoted    []int64 // the issue numbers in the quoted message of the bot
}

// Call is a command that was said.
type Call struct {
	Command *Command
	IDs     []int64
	Quoted  []int64 // the issues of the quoted message, for who needs them beside the written ones
	Args    string  // what follows, in the writer's own characters
	More    bool    // the same verb comes again in the message, for other issues
	TooMany bool    // more issues are named than one message may move
	About   string  // the kind of request that was said behind the verb: 同意延期 17
	Nods    bool    // a loose word to a quoted message and no number: 收到, which people also say for politeness
	ahead   *reading
}

// maxList bounds the messages that may be lists of commands, in bytes: what is longer is a document that somebody pasted, and
// looking for commands after each of its commas would be slow.
const maxList = 6000

// Match finds the commands in a message. None and not addressed means chatter: the bot stays silent. Usually there is one;
// several that each name their issues are one call each: line by line, or in one line.
func (t *Table) Match(in Input) []Call {
	text := t.unframed(copied(strings.TrimSpace(in.Text)))
	if len(text) <= maxList && strings.ContainsAny(text, "\n"+clauseEnds) {
		if calls := t.matchList(text); len(calls) > 1 {
			for n := range calls {
				calls[n].More = slices.ContainsFunc(calls[n+1:], func(c Call) bool { return c.Command == calls[n].Command })
			}
			return calls
		}
	}
	if c, ok := t.matchOne(text, in); ok {
		return []Call{c}
	}
	return nil
}

// copied takes off the brackets around a whole message: they come along when somebody copies 「签收 17」 from what the bot says. In
// what people say they arrive as quotation marks, because only the bot writes 「」.
func copied(text string) string {
	inner, ok := strings.CutPrefix(text, "“")
	if ok {
		inner, ok = strings.CutSuffix(inner, "”")
	}
	if !ok || strings.ContainsAny(inner, "“”") {
		return text
	}
	if _, rest, mentioned := strings.Cut(inner, " "); mentioned && strings.HasPrefix(inner, "@") {
		inner = rest
	}
	return strings.TrimSpace(inner)
}

// frame are the brackets that people put around the verb of a report: 【上报】南门菜场污水横流.
var frame = regexp.MustCompile(`^[【\[［]([^】\]］]{2,6})[】\]］]`)

// unframed takes them off.
func (t *Table) unframed(text string) string {
	m := frame.FindStringSubmatch(text)
	if m == nil || !slices.ContainsFunc(t.words, func(w word) bool { return w.cmd.Reports && !w.loose && w.text == understand.Fold(m[1]) }) {
		return text
	}
	return m[1] + "：" + text[len(m[0]):]
}

// matchList reads a message of several number commands: 完成 12、13，退单 15 不属我单位. What follows one and is none itself
// belongs to what was said about it.
func (t *Table) matchList(text string) []Call {
	var calls []Call
	for _, line := range t.headed(nonEmpty(text)) {
		for _, clause := range t.clauses(line) {
			c, ok := t.numbered(clause)
			switch {
			case ok:
				calls = append(calls, c)
			case len(calls) == 0:
				return nil
			default:
				last := &calls[len(calls)-1]
				last.Args = strings.TrimSpace(last.Args + "\n" + clause)
			}
		}
	}
	return calls
}

// nonEmpty are the lines of a text that say something.
func nonEmpty(text string) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// headed puts a verb that stands alone above a list before each of its lines: 完成 above 12 已清理 and 13 已修好.
func (t *Table) headed(lines []string) []string {
	if len(lines) < 3 { // a list has two
		return lines
	}
	verb := strings.TrimRight(understand.Fold(lines[0]), ": ")
	n := slices.IndexFunc(t.words, func(w word) bool { return w.text == verb })
	if n < 0 || t.words[n].loose || t.words[n].cmd.Shape != Numbers {
		return lines
	}
	var out []string
	listed := 0
	for _, line := range lines[1:] {
		if _, rest, ok := t.words[n].cmd.numbers(line); ok && rest != "" {
			line = t.words[n].text + " " + line
			listed++
		}
		out = append(out, line)
	}
	if listed < 2 {
		return lines
	}
	return out
}

// clauseEnds are the characters after which another command may begin.
const clauseEnds = "，,；;。"

// clauses cuts a line where a new number command begins after a comma, a semicolon or a full stop. Where none does, the comma
// belongs to what somebody says about the issue.
func (t *Table) clauses(line string) []string {
	var out []string
	start := 0
	for at, r := range line {
		if !strings.ContainsRune(clauseEnds, r) || at < start {
			continue
		}
		rest := at + utf8.RuneLen(r)
		if _, ok := t.numbered(line[rest:]); ok {
			out = append(out, line[start:at])
			start = rest
		}
	}
	return append(out, line[start:])
}

// numbered reads a command that names its issues.
func (t *Table) numbered(text string) (Call, bool) {
	text = strings.TrimSpace(text)
	c, ok := t.matchOne(text, Input{Text: text})
	return c, ok && (len(c.IDs) > 0 || c.TooMany)
}

// matchOne tries every verb, longest first, in each of its shapes, and then the order number first.
func (t *Table) matchOne(text string, in Input) (Call, bool) {
	folded := understand.Fold(text)
	for _, w := range t.words {
		after, ok := strings.CutPrefix(folded, w.text)
		if !ok || !w.counts(after, in) {
			continue
		}
		if c, ok := t.match(w.cmd, text, w.text, after, in.about(w, after)); ok {
			c.Quoted = in.Quoted
			c.Nods = w.loose && !in.Called && slices.Equal(c.IDs, in.Quoted)
			return c, true
		}
	}
	if c, ok := t.matchTimeFirst(folded); ok {
		return c, true
	}
	return t.matchNumberFirst(text, in)
}

// matchTimeFirst reads a question that begins with its time and says nothing more: 上周排名, 昨天的日报. 周排名 is that of the last week.
func (t *Table) matchTimeFirst(folded string) (Call, bool) {
	text := strings.TrimRightFunc(folded, unicode.IsPunct)
	for _, w := range t.words {
		when, ok := strings.CutSuffix(text, w.text)
		if !ok || !w.cmd.Dated || w.cmd.Section == publishing {
			continue
		}
		switch when = strings.TrimSpace(strings.TrimSuffix(when, "的")); when {
		case "周", "月":
			when = "上" + when
		}
		if _, read := understand.ReadPeriod(when, leapDay); read {
			return Call{Command: w.cmd, Args: when}, true
		}
	}
	return Call{}, false
}

// counts says whether a loose word is said to the bot: 报告领导 is not, nor is 反馈给社区了 to a message of its that is quoted.
func (w word) counts(after string, in Input) bool {
	switch {
	case !w.loose:
		return true
	case w.cmd.Reports && (!in.Called || w.text == "报"):
		return in.Addressed && startsWithSeparator(after)
	}
	return in.Called || len(in.Quoted) > 0 && ends(strings.TrimPrefix(after, "了"))
}

// about takes a message that only quotes the bot for one that people say to each other where the verb goes on to other words:
// 完成时间能不能放宽, 通过照片看不清, 投诉的人我认识.
func (in Input) about(w word, after string) Input {
	goesOn := w.cmd.Goes && !ends(strings.TrimPrefix(after, "了")) || w.cmd.Reports && !startsWithSeparator(after)
	if goesOn && !in.Called {
		in.Addressed, in.Quoted = false, nil
	}
	return in
}

// match reads what follows the verb. The verb is given as written in the table, after is the folded rest.
func (t *Table) match(c *Command, text, verb, after string, in Input) (Call, bool) {
	args := following(text, verb, in)
	if c.Apart {
		in.Quoted = nil
	}
	if c.Shape&Numbers != 0 {
		kind := c.kind(after)
		if call, ok := c.matchNumbers(following(text, verb+kind, in), in); ok {
			call.About = kindSaid(kind)
			return call, true
		}
	}
	set := startsWithSeparator(after)
	switch {
	case c.Shape&Words != 0 && (in.Addressed || t.says(c, args, set)):
		return Call{Command: c, IDs: in.Quoted, Args: args}, true
	case c.Shape&Question != 0 && isQuestionEnd(after):
		return Call{Command: c, IDs: in.Quoted}, true
	case c.Shape&Question != 0 && (set && (in.Addressed || t.names(c, args)) || c.topic(args)):
		return Call{Command: c, Args: args}, true
	case c.Shape&Numbers != 0 && (in.Addressed || c.Apart && onlyNumbers.MatchString(understand.Fold(args)) || c.dotted(args)):
		return Call{Command: c, IDs: in.Quoted, Args: args}, true
	}
	return Call{}, false
}

// requestKind is a kind of request behind a verb that decides requests: 同意延期 17, 驳回 退单申请 17.
var requestKind = regexp.MustCompile(`^ ?(?:退单|延期|挂账|申诉|作废)(?:申请)?`)

// kind is the kind of request that begins what follows the verb, as it was said; "" if none does.
func (c *Command) kind(after string) string {
	if !c.Decides {
		return ""
	}
	return requestKind.FindString(after)
}

func kindSaid(kind string) string { return strings.TrimSuffix(strings.TrimSpace(kind), "申请") }

// following is what follows a verb, without the 了 of 完成了 to the bot.
func following(text, verb string, in Input) string {
	args := original(text, verb)
	if rest := strings.TrimPrefix(args, "了"); in.Addressed && ends(understand.Fold(rest)) {
		args = rest
	}
	return trimSeparators(args)
}

// matchNumbers reads the issues that a command names.
func (c *Command) matchNumbers(args string, in Input) (Call, bool) {
	ids, rest, ok := c.numbers(args)
	switch {
	case ok && (in.Addressed || c.goesOn(args, rest)) && !c.lists(args, rest):
		return Call{Command: c, IDs: ids, Args: rest}, true
	case (!c.Timed || c.onlyIssues(args)) && tooMany(args):
		return Call{Command: c, TooMany: true}, true
	}
	return Call{}, false
}

// says says whether what follows a verb that takes words makes it a command without addressing the bot. set tells that it is
// set off from the verb.
func (t *Table) says(c *Command, args string, set bool) bool {
	if c.Fits != nil {
		return c.Fits(args, t.known)
	}
	return set && !c.tells(args)
}

// tells says whether what follows a verb that takes words only tells how often it happened: 投诉 3 起.
func (c *Command) tells(args string) bool {
	return c.Counted && howMany.MatchString(understand.Fold(args))
}

// goesOn says whether what follows the numbers of a list leaves them issues.
func (c *Command) goesOn(list, rest string) bool {
	if c.Alone {
		return rest == ""
	}
	return !counts(rest) && (!c.SetOff || setOff(list, rest))
}

// spacedNumbers are numbers with blanks between them and nothing else, of which none can be a time: 督办 1 3.
var spacedNumbers = regexp.MustCompile(`^#?\d{1,9}(?: +#?\d{1,9})+$`)

// onlyIssues says whether what follows a verb that may take a time is issues and nothing else. 并案 31 12 names where to by its last
// number; a range is no date where no date is meant: 同意 1-3.
func (c *Command) onlyIssues(args string) bool {
	args = understand.Fold(args)
	if c.Decides || c.Action == issue.Supervise {
		return onlyNumbers.MatchString(args) || spacedNumbers.MatchString(args)
	}
	return c.Action != issue.Merge && spacedNumbers.MatchString(args)
}

// numbers reads the issue numbers after the verb.
func (c *Command) numbers(args string) (ids []int64, rest string, ok bool) {
	if c.Timed && !c.onlyIssues(args) {
		return understand.LeadingNumbers(args)
	}
	return understand.Numbers(args)
}

// lists says whether the numbers after a verb that takes words, too, begin these words: as the numbering of a list, or as in
// 17 路公交站台.
func (c *Command) lists(args, rest string) bool {
	if c.Shape&Words == 0 {
		return false
	}
	_, _, issues := understand.Numbers(strings.ReplaceAll(understand.Fold(args), " ", ""))
	return !issues || numbersLine(args, rest) && len(understand.Items(args)) > 1
}

// wideRange is a range of issue numbers and nothing more: 1-100, #1至#100号.
var wideRange = regexp.MustCompile(`^[#第]*(\d{1,9})号? *[-–—~至到] *[#第]*(\d{1,9})号?(?:$|[ ,;:\n])`)

// tooMany says whether a text names more than 50 issues at once. It is answered, because its writer would think it done.
func tooMany(args string) bool {
	m := wideRange.FindStringSubmatch(understand.Fold(args))
	if m == nil {
		return false
	}
	first, _ := strconv.Atoi(m[1]) // at most nine digits
	last, _ := strconv.Atoi(m[2])
	return last-first >= maxMoves
}

var (
	// countWord follows a number that counts something: 退回 5 份材料, 驳回 3 家的申请, 回复 2 小时内. Characters that also begin what
	// people write about an issue (处理, 条幅, 人行道, 家门口) count only before others.
	countWord = regexp.MustCompile(`^(?:[份件次名页批轮号]|个(?:$|[^别体])|家(?:$|[^具属里长庭委门中用电])|户(?:$|[^外内型主口])|位(?:$|[^于置])|` +
		`起(?:$|[^因来火])|项(?:$|[^目])|条(?:$|[^件幅例])|处(?:$|[^理置于在])|人(?:$|[^行员多少家群工为民已都均太])|张(?:$|[表票卡单纸图证通])|` +
		`点(?:$|[前钟半以之左到开])|小时|分钟|工单|热线|元|万|公里|平米|平方)`)
	// howMany is how often something happened: 投诉 3 起.
	howMany = regexp.MustCompile(`^[\d一二两三四五六七八九十百]+ ?[多余]? ?[件起宗条例]`)
)

// counts says whether what follows a number after a verb makes it count something, so that the message is chatter.
func counts(rest string) bool { return countWord.MatchString(understand.Fold(rest)) }

// setOff says whether the numbers are issues and not dates, persons or documents: 回复 17 已安排, 回复17号：已安排, but not
// 回复 12号领导, 同意 2号方案, 延期 28号再说.
func setOff(list, rest string) bool { return rest == "" || !dated(list, rest) }

// dated says whether the numbers before the rest of a text are written like a day: 12号.
func dated(list, rest string) bool {
	return strings.HasSuffix(understand.Fold(strings.TrimSuffix(list, rest)), "号")
}

// names says whether an argument is what a question may be about: a name in the register, or nearly one; the topics of the
// verb and times, several with blanks between them; and for the help a verb or a section.
func (t *Table) names(c *Command, arg string) bool {
	switch {
	case c.Name == helpName:
		return slices.Contains(t.sections(), arg) || slices.ContainsFunc(t.words, func(w word) bool { return w.text == arg && !w.loose })
	case c.Topics == nil && !c.Dated:
		return t.known(arg)
	}
	is := func(f string) bool { return c.topic(f) || t.known(f) }
	fields := strings.Fields(arg)
	return len(fields) > 0 && !slices.ContainsFunc(fields, func(f string) bool { return !is(f) && !is(understand.Fold(f)) })
}

// topic says whether a word is one that the question is about by its nature; such a word may also follow without a blank:
// 发布排名, 台账本月.
func (c *Command) topic(word string) bool {
	if slices.Contains(c.Topics, word) {
		return true
	}
	_, period := understand.ReadPeriod(word, leapDay)
	return c.Dated && period
}

// leapDay is an instant from which every date of the calendar can be read.
var leapDay = time.Date(2028, time.December, 31, 0, 0, 0, 0, time.UTC)

// allOf may stand between the numbers and the verb: 12、13都完成了, 17已经完成.
var allOf = regexp.MustCompile(`^(?:都|均|也|全部|已经)+`)

// matchNumberFirst reads 17 完成 已清理 and 17 完成，已清理. The verb must end there: 3 通过大家努力 is chatter, and so is the line of a
// list: 1、同意. What a comma adds to a day is chatter, too: 25号完成，抓紧.
func (t *Table) matchNumberFirst(text string, in Input) (Call, bool) {
	ids, rest, ok := understand.Numbers(text)
	if !ok || !in.Addressed && numbersLine(text, rest) {
		return Call{}, false
	}
	day := dated(text, rest)
	rest = allOf.ReplaceAllString(rest, "")
	foldedRest := understand.Fold(rest)
	for _, w := range t.words {
		if w.cmd.Shape&Numbers == 0 || !in.Addressed && (w.loose || w.cmd.SetOff && day) {
			continue
		}
		after, ok := strings.CutPrefix(foldedRest, w.text)
		if !ok || w.cmd.Alone && after != "" && !in.Addressed {
			continue
		}
		kind := w.cmd.kind(after)
		after = strings.TrimPrefix(strings.TrimPrefix(after, kind), "了")
		if in.Addressed || ends(after) && (!day || !w.cmd.Goes || startsWithSeparator(after) || wordless(after)) {
			args := trimSeparators(strings.TrimPrefix(original(rest, w.text+kind), "了"))
			return Call{Command: w.cmd, IDs: ids, Quoted: in.Quoted, Args: args, About: kindSaid(kind)}, true
		}
	}
	return Call{}, false
}

// numbersLine says whether the number before the rest of a text is the numbering of a line: 1、同意.
func numbersLine(text, rest string) bool {
	before := strings.TrimRight(strings.TrimSuffix(text, rest), " \u3000")
	return strings.HasSuffix(before, "、") || strings.HasSuffix(before, ".") || strings.HasSuffix(before, "．")
}

// original is what follows the verb in the text as it was written: the shortest prefix that folds to the verb is cut off.
func original(text, verb string) string {
	want := understand.Fold(verb)
	for n := range text {
		if n >= len(verb) && understand.Fold(text[:n]) == want {
			return text[n:]
		}
	}
	if understand.Fold(text) == want {
		return ""
	}
	return text
}

// separators may stand between a verb and what follows it.
const separators = " \t\n:：,，、。;；-—"

func startsWithSeparator(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && (r == ' ' || r == '\t' || r == '\n' || r == ':')
}

// ends says whether a verb ends before what follows, which is folded: 17完成，已清理 and 17完成👌, but not 17完成率 or 17完成？
func ends(after string) bool {
	r, _ := utf8.DecodeRuneInString(after)
	return after == "" || startsWithSeparator(after) || strings.ContainsRune(",。;!~[(", r) || unicode.Is(unicode.So, r)
}

// faces are what WeChat makes of its own emoji: [强].
var faces = regexp.MustCompile(`\[[\p{Han}A-Za-z]{1,6}\]`)

// wordless says whether a text is only punctuation and emoji.
func wordless(text string) bool {
	return strings.IndexFunc(faces.ReplaceAllString(text, ""), isWordRune) < 0
}

// dots are numbers with dots between them, which may be a fraction or a date.
var dots = regexp.MustCompile(`^\d{1,6}(?:\.\d{1,6})+号?$`)

// dotted says whether nothing but such numbers follows a verb. It is answered, because its writer would think it done.
func (c *Command) dotted(args string) bool {
	return c.Shape == Numbers && !c.Timed && dots.MatchString(understand.Fold(args))
}

// onlyNumbers are numbers that nothing follows. After a verb of which the numbers are no issues' they are answered even where they
// cannot be read, as in 同意加减分 1-3: its writer would think it done.
var onlyNumbers = regexp.MustCompile(`^\d+(?:[-–—~至到、, ]+\d+)*$`)

func trimSeparators(s string) string { return strings.Trim(s, separators+"\u3000") }

// isQuestionEnd says whether nothing but punctuation follows.
func isQuestionEnd(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPunct(r) && !unicode.IsSpace(r) }) < 0
}
