package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// checker looks at what the file says as a whole, once all its values are read.
type checker struct {
	*reader
	c                         *Config
	groups, units, people     catalogue
	places, types, categories catalogue
}

// check notes every fault that is not one of writing: references that lead nowhere, names that stand for two things,
// values that are not allowed.
func check(r *reader, c *Config) {
	k := &checker{reader: r, c: c}
	k.service()
	k.register()
	k.rules()
	if len(r.faults) > 0 {
		return
	}
	if _, err := c.NewCalendar(); err != nil {
		k.fault("calendar", err.Error())
	}
}

// one reports a value that is not among the allowed ones.
func (k *checker) one(path, value string, allowed []string) {
	if !slices.Contains(allowed, value) {
		k.fault(path, "只能写 "+strings.Join(allowed, "、")+maybe(value, allowed))
	}
}

// need reports a required key that is missing or empty.
func (k *checker) need(path, key, value string) {
	path = join(path, key)
	switch {
	case value != "" || k.meant[path]:
	case k.has(path):
		k.fault(path, "不能为空")
	default:
		k.fault(path, "缺少 "+key+"，请补上")
	}
}

var identifier = regexp.MustCompile(`^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$`)

// longestName bounds ids and names, in characters: they have to fit into a line of a chat message.
const longestName = 60

// id reports an id that is missing or could not be written in a command.
func (k *checker) id(path, id string) {
	k.need(path, "id", id)
	if id != "" && (!identifier.MatchString(id) || utf8.RuneCountInString(id) > longestName) {
		k.fault(path+".id", "编号只能用字母、数字、下划线、点和短横，不能有空格，最长 60 字")
	}
}

// name reports a name that is missing or cannot be shown in a line.
func (k *checker) name(path, name string) {
	k.need(path, "name", name)
	if strings.ContainsAny(name, "\n\t") || utf8.RuneCountInString(name) > longestName {
		k.fault(path+".name", "名称要写在一行里，最长 60 字")
	}
	if strings.ContainsAny(name, "「」") { // what stands between them in a message may become a button
		k.fault(path+".name", "名称里不能有「」，请改用“”")
	}
}

// words reports the items of a list of names or keywords that are empty or are several words in one, which happens when
// they are separated by Chinese commas.
func (k *checker) words(path string, words []string) {
	for i, w := range words {
		switch {
		case w == "":
			k.fault(item(path, i), "不能为空")
		case several(w):
			k.fault(item(path, i), severalWords)
		case utf8.RuneCountInString(w) > longestName:
			k.fault(item(path, i), "太长，最长 60 字")
		}
	}
}

const severalWords = "看起来是几个词连在一起；请用半角逗号分开，例如 [甲, 乙]"

func several(word string) bool { return strings.ContainsAny(word, "，、,；;\n\t") }

// What references are written by.
const (
	byID   = "编号（id）"
	byName = "名称（name）"
)

// catalogue is what a kind of reference may name.
type catalogue struct {
	section string            // the key of its list in the file
	noun    string            // in sentences
	key     string            // byID or byName
	ids     []string          // in the order of the file
	known   map[string]bool   // ids
	named   map[string]string // id by name or alias
}

func newCatalogue(section, noun, key string) catalogue {
	return catalogue{section: section, noun: noun, key: key, known: map[string]bool{}, named: map[string]string{}}
}

func (c *catalogue) add(id string, names ...string) {
	if id == "" || c.known[id] {
		return
	}
	c.ids = append(c.ids, id)
	c.known[id] = true
	for _, n := range names {
		c.named[n] = id
	}
}

// ref reports an id that the catalogue does not have. The empty id refers to nothing, which is allowed.
func (k *checker) ref(path, id string, to catalogue) {
	if id == "" || to.known[id] {
		return
	}
	if k.full() {
		k.fault(path, "") // only counted
		return
	}
	text := "没有这个" + to.noun
	near := maybe(id, to.ids)
	switch other, named := to.named[id]; {
	case named:
		text = "这里要写" + to.noun + "的" + to.key + "：" + other
	case near != "":
		text += near
	case len(to.ids) == 0:
		text += "；" + to.section + " 是空的，请先登记"
	default:
		text += "；" + to.section + " 里有：" + listed(to.ids)
	}
	k.fault(path, text)
}

// refs reports the items of a list of references that are empty, several in one, unknown, or there already.
func (k *checker) refs(path string, list []string, to catalogue) {
	for i, v := range list {
		switch at := item(path, i); {
		case v == "":
			k.fault(at, "不能为空")
		case !to.known[v] && several(v):
			k.fault(at, severalWords)
		default:
			k.ref(at, v, to)
		}
	}
	twice(k, path, list)
}

// claim is a use of an id, a name or an alias.
type claim struct {
	item int
	path string
	id   bool
}

// names finds ids, names and aliases that stand for two things of one list. Capitals and full-width letters make no
// difference, because people do not type them reliably.
type names struct {
	k    *checker
	seen map[string]claim
}

func (k *checker) newNames() names { return names{k: k, seen: map[string]claim{}} }

// take claims a word for an item. An item may use its own name as its id.
func (n names) take(word string, c claim) {
	if word == "" {
		return
	}
	folded := strings.ToLower(width.Fold.String(word))
	before, taken := n.seen[folded]
	if !taken {
		n.seen[folded] = c
		return
	}
	if before.item == c.item && before.id != c.id {
		return
	}
	line := strconv.Itoa(n.k.spots[before.path].line)
	n.k.fault(c.path, "与第 "+line+" 行的 "+before.path+" 重复；编号、名称和别名都不能指两样东西")
}

// takeAll claims the id, the name and the aliases of an item.
func (n names) takeAll(path string, i int, id, name string, aliases []string) {
	n.take(id, claim{item: i, path: path + ".id", id: true})
	n.take(name, claim{item: i, path: path + ".name"})
	for j, a := range aliases {
		n.take(a, claim{item: i, path: item(path+".aliases", j)})
	}
}
