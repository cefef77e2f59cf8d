package understand

import (
	"strconv"
	"strings"
)

// A slot is a detail by which two problems at one place are told apart: the house, the floor, the gate, the side of the
// road. Two texts that fill the same slot differently tell of two problems, however much the rest of their words agree.
type slotKind int

const (
	slotHouse     slotKind = iota // 3号楼, 5栋, A座
	slotUnit                      // 2单元
	slotFloor                     // 二楼, 负1层
	slotRoom                      // 302室
	slotNumber                    // 66号, 12号店
	slotLamp                      // 灯杆A12
	slotGate                      // 东门, 3号门, 后门
	slotSide                      // 东侧, 路南, 西北角, 向东
	slotDistance                  // 向东10米
	slotZone                      // 二期, A区, 3组
	slotFace                      // 左侧, 楼前
	slotEntry                     // 入口, 出口
	slotPlate                     // 车牌
	slotState                     // 损坏, 满溢: what is wrong with the same thing
	slotCommunity                 // further registered places
	slotRoad
	slotPoint
)

// slots holds what a text says, by kind.
type slots map[slotKind][]string

// Parts of the forms below.
const (
	slotCount = `(负?[\d一二两三四五六七八九十]+|[A-Za-z])`
	slotSides = `([东南西北]{1,2})`
)

// taken stands in the text for a slot that was found. Folded texts do not hold it.
const taken = '\x01'

// slotForms find the slots in a folded text in which the names of places are masked, in this order. The first group that
// matches is the value; from there on the match is taken out of the text.
var slotForms = []struct {
	kind slotKind
	find *pattern
}{
	{slotHouse, compile(slotCount + `(?:号楼|栋|幢)|(\d+)#楼?|([A-Za-z])座`)},
	{slotUnit, compile(slotCount + `单[元位]`)},
	{slotGate, compile(slotCount + `号门|` + slotSides + `大?门|([正后侧偏])门`)},
	{slotLamp, compile(`(?:灯杆|电线?杆|线杆|路灯)(?:编?号)?[:#]?\s*([A-Za-z]*\d+)号?|([A-Za-z]*\d+)号?(?:路?灯杆|电线?杆|线杆|路灯)`)},
	{slotPlate, compile(`[A-Z]·?([A-Z0-9]{5,6})|尾号([A-Z0-9]{2,4})`)},
	{slotNumber, compile(`(\d+(?:-\d+)?)号(?:店铺?|商铺|门面|摊位?|院)?`)},
	{slotDistance, compile(`[东南西北侧处约行](\d+)[多余]?米`)},
	{slotRoom, compile(`[楼栋幢座元\x01][-\s]?(\d{3,4})[室房户]?|(\d{3,4})[室房户]`)},
	{slotFloor, compile(slotCount + `[楼层]`)},
	{slotZone, compile(slotCount + `期|` + slotCount + `组|([A-Za-z\d]|[东南西北])区|` + slotCount + `标段|(\d+)[巷弄]`)},
	{slotSide, compile(slotSides + `(?:[侧面边头段角口向\x01]|人行道|非?机动车道)|[路往向以朝]` + slotSides + `|\x00` + slotSides + `(?:[\s,。;:有的]|$)`)},
	{slotFace, compile(`([左右])[侧边]|[楼门屋]([前后])`)},
	{slotEntry, compile(`出入口|([入出])口`)},
}

// takeSlots finds the slots of a text and gives what remains of it.
func takeSlots(text string) (slots, string) {
	found := slots{}
	for _, form := range slotForms {
		var b strings.Builder
		last := 0
		for _, g := range form.find.FindAllStringSubmatchIndex(text, -1) {
			from := g[0]
			for i := 2; i < len(g); i += 2 {
				if g[i] >= 0 {
					from = g[i]
					found.add(form.kind, slotValue(text[g[i]:g[i+1]]))
				}
			}
			b.WriteString(text[last:from])
			b.WriteRune(taken)
			last = g[1]
		}
		b.WriteString(text[last:])
		text = b.String()
	}
	return found, text
}

// slotValue brings 三 and 3, a and A to one form each.
func slotValue(s string) string {
	digits, below := strings.CutPrefix(s, "负")
	if n := amount(digits); n >= 0 {
		digits = strconv.Itoa(n)
	}
	if below {
		digits = "-" + digits
	}
	return strings.ToUpper(digits)
}

func (s slots) add(kind slotKind, value string) { s[kind] = append(s[kind], value) }

// conflict says whether both fill a slot, and neither only says more than the other: 3号楼 fits 3号楼和5号楼, but not 5号楼.
func (s slots) conflict(o slots) bool {
	for kind, values := range s {
		others, both := o[kind]
		if both && !covers(kind, values, others) && !covers(kind, others, values) {
			return true
		}
	}
	return false
}

// covers says whether every value has one among the others that it fits.
func covers(kind slotKind, values, others []string) bool {
	for _, v := range values {
		fits := false
		for _, o := range others {
			fits = fits || fitsSlot(kind, v, o)
		}
		if !fits {
			return false
		}
	}
	return true
}

// fitsSlot says whether two values may mean the same. Sides may be said more or less exactly, distances are guesses.
func fitsSlot(kind slotKind, a, b string) bool {
	switch kind {
	case slotSide:
		return containsAll(a, b) || containsAll(b, a)
	case slotDistance:
		x, y := amount(a), amount(b)
		return x <= 2*y && y <= 2*x
	}
	return a == b
}

func containsAll(s, runes string) bool {
	for _, r := range runes {
		if !strings.ContainsRune(s, r) {
			return false
		}
	}
	return true
}
