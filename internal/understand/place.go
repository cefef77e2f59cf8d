package understand

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"duban/internal/issue"
)

// places finds registered places in a text.
type places struct {
	names []string // as registered, by id
	kinds []kind
	keys  [][]string // of each the name and what else it is called, in the form of comparison, for near misses
	find  trie
	exact map[string]int // name or alias in the form of comparison → id
	near  nearNames
}

func newPlaces(list []issue.Place) *places {
	p := &places{exact: map[string]int{}}
	for id, place := range list {
		p.names = append(p.names, place.Name)
		p.kinds = append(p.kinds, kindOf(Fold(place.Name), place.Type))
		p.keys = append(p.keys, nil)
		p.put(place.Name, id)
		for _, alias := range place.Aliases {
			p.put(alias, id)
		}
	}
	p.addShort()
	p.near = newNearNames(p.keys)
	return p
}

// put enters a name or alias; the first place that has it keeps it.
func (p *places) put(name string, id int) {
	key := alike(name)
	p.keys[id] = append(p.keys[id], key)
	if _, taken := p.exact[key]; taken || key == "" {
		return
	}
	p.exact[key] = id
	p.find.add(key, id)
}

// addShort lets people leave out 小区 at the end of a compound's name, where what remains is long enough and belongs to one
// place only.
func (p *places) addShort() {
	short := map[string][]int{}
	for id, keys := range p.keys {
		if s, ok := strings.CutSuffix(keys[0], "小区"); ok && utf8.RuneCountInString(s) >= 3 {
			short[s] = append(short[s], id)
		}
	}
	for s, ids := range short {
		if len(ids) == 1 {
			p.put(s, ids[0])
		}
	}
}

// mention is a registered place in a text, with its offsets in runes.
type mention struct {
	id         int
	start, end int
	rank       float64
	clause     int  // which clause it stands in
	aside      bool // in brackets
}

// mentions finds all places in the text. A name inside a longer one does not count, nor does a short one in the middle of
// other words.
func (p *places) mentions(runes []rune) []mention {
	var found []mention
	clause, depth := 0, 0
	for i := 0; i < len(runes); i++ {
		switch {
		case strings.ContainsRune(",。;!?，；！？", runes[i]) && depth == 0:
			clause++
		case runes[i] == '(':
			depth++
		case runes[i] == ')' && depth > 0:
			depth--
		}
		end, ids := p.find.longest(runes, i)
		if end == 0 || isCutOff(runes, i, end) {
			continue
		}
		m := mention{id: ids[0], start: i, end: end, clause: clause, aside: depth > 0}
		m.rank = p.kinds[m.id].rank()
		found = append(found, m)
		i = end - 1
	}
	return found
}

// isCutOff says whether a name of one or two characters stands in the middle of a word, as 一中 does in 统一中心.
func isCutOff(runes []rune, start, end int) bool {
	if end-start > 2 || start == 0 {
		return false
	}
	before := runes[start-1]
	return unicode.Is(unicode.Han, before) && !strings.ContainsRune(namePreludes, before)
}

// namePreludes are characters after which a place's name may begin in the middle of a text.
const namePreludes = "区县市镇乡村街道路巷省州旗在是由到至从和与、的"

// choose picks the place that the report is about, as an inspector would file it: the most specific point of the first
// clause that names any, and of equals the first. It gives the index in ms, or -1.
func (p *places) choose(runes []rune, ms []mention) int {
	best := -1
	for i := range ms {
		ms[i].rank += p.context(runes, ms, i)
		if ms[i].rank <= 0 {
			continue
		}
		if best < 0 || better(runes, ms, i, best) {
			best = i
		}
	}
	return best
}

// better says whether the mention i, which stands later, is a better answer than the mention best.
func better(runes []rune, ms []mention, i, best int) bool {
	a, b := ms[i], ms[best]
	switch {
	case a.aside != b.aside:
		return b.aside
	case a.clause != b.clause:
		// A later clause only goes on with the place if it begins with it: 永宁社区，琥珀小区3栋楼道堆物.
		return b.rank <= rankCommunity && a.rank > b.rank && a.clause == b.clause+1 && opensClause(runes, a.start)
	case best == i-1 && isCrossing(runes, b, a):
		return false
	case best == i-1 && a.start-b.end <= 4 && isAddress(a.rank, b.rank):
		return !strings.HasPrefix(string(runes[a.end:]), "段") && !strings.HasPrefix(string(runes[a.end:]), "路段")
	}
	return a.rank > b.rank
}

// isAddress says whether the two are a community and a road. Neither is the more exact by itself; an address goes from the
// wide to the narrow, so that the later one counts: 坝头村杏河线, but 解放路永宁社区门口.
func isAddress(a, b float64) bool {
	isRoad := func(r float64) bool { return r >= kindRoad.rank() && r <= kindLane.rank() }
	return a == rankCommunity && isRoad(b) || b == rankCommunity && isRoad(a)
}

func opensClause(runes []rune, start int) bool {
	for i := start - 1; i >= 0; i-- {
		if runes[i] != ' ' {
			return strings.ContainsRune(",。;!?", runes[i])
		}
	}
	return true
}

// isCrossing says whether two places are named together as a crossing or a pair: 解放路与青云巷交叉口.
func isCrossing(runes []rune, a, b mention) bool {
	between := strings.TrimSpace(string(runes[a.end:b.start]))
	if slices.Contains([]string{"与", "和", "及", "、", "/", "至", "到"}, between) {
		return true
	}
	after := string(runes[b.end:min(b.end+3, len(runes))])
	return between == "" && (strings.HasPrefix(after, "交叉") || strings.HasPrefix(after, "交汇") || strings.HasPrefix(after, "交口"))
}

// opposite follows a place that only helps to find the real one.
var opposite = compile(`^(?:的?正?斜?对面|的?斜对过|的?对过)`)

// aside stands between a landmark and the place itself: 人民医院东侧的金水湾小区.
var beside = compile(`^的?(?:正?斜?对面|旁边?|附近|隔壁|[东南西北]+[侧面边]|以[东南西北]|往[东南西北])(?:\d+米)?的?$`)

// ownPoint begins the name of a point of its own after a road's name: 文昌街小学 is not the road.
var ownPoint = compile(`^(?:第[一二三四五六七八九十\d]+)?(?:小学|中学|学校|幼儿园|幼稚园|社区|小区|医院|卫生院|卫生服务|农贸市场|集贸市场|菜市场|菜场|市场|派出所|街道办|公园|广场|家属院|汽车站|火车站|客运站|公厕)`)

// context corrects the rank of a mention by the words around it. A negative sum means that it is not the place.
func (p *places) context(runes []rune, ms []mention, i int) float64 {
	m := ms[i]
	after := string(runes[m.end:min(m.end+10, len(runes))])
	if i+1 < len(ms) && beside.MatchString(string(runes[m.end:ms[i+1].start])) {
		return rankLandmark - m.rank
	}
	switch k := p.kinds[m.id]; {
	case k >= kindContainer && opposite.MatchString(after) && m.rank > rankLandmark:
		return rankLandmark - m.rank
	case (k == kindRoad || k == kindLane) && ownPoint.MatchString(after):
		return -10
	case i > 0 && ms[i-1].clause == m.clause && isWay(string(runes[ms[i-1].end:m.start])):
		return rankLandmark - m.rank
	}
	return 0
}

// isWay says whether the words lead from one place to another: the problem is on the way.
func isWay(between string) bool {
	return strings.HasSuffix(between, "至") || strings.HasSuffix(between, "到") || strings.HasSuffix(between, "去") ||
		strings.HasSuffix(between, "往") || strings.HasSuffix(between, "通往")
}
