package torture

import (
	"fmt"
	"strings"
	"time"

	"duban/internal/config"
	"duban/internal/store"
)

// unit is a unit of the county with its place, its liaison and the group in which it works.
type unit struct{ id, name, place, liaison, chat string }

var units = []unit{
	{"zhaoyang", "昭阳街道", "金水湾小区", "李强", "street_a"},
	{"linhu", "临湖街道", "湖滨花园", "王芳", "street_a"},
	{"beimen", "北门街道", "北门家园", "赵军", "street_b"},
	{"cuilv", "翠绿街道", "翠绿新村", "周俊", "street_b"},
	{"nanmen", "南门街道", "南苑小区", "钱海", "street_b"},
}

// Who reviews, and who may bind groups.
var inspectors = []string{"张敏", "罗刚", "何平", "孙丽"}

const admin = "陈静"

// chats are the groups by id, with their names.
var chats = map[string]string{
	"inspect": "创城督查工作群", "street_a": "东片创城群", "street_b": "西片创城群", "leaders": "创城领导群", "office": "创城办",
}

// window is how long photos may come after or before what is said of them, and patiently how long a unit may have an issue before it counts
// as signed for. A run is shorter than both, so that only a clock that jumps ends them.
const (
	window    = time.Hour
	patiently = 4 * time.Hour
)

// jobs run every minute.
var jobs = []string{
	"reminders", "unowned", "ranking_draft", "ranking", "ranking_week", "ranking_month", "summary", "bulletin", "look_back", "retention", "backup",
}

// configuration is a small county whose jobs all run every minute. Photos may come late, because the program may be dead meanwhile.
func configuration(place string) string {
	driver := config.DriverSQLite
	if store.OnServer(place) {
		driver = config.DriverPostgres
	}
	var b strings.Builder
	fmt.Fprintf(&b, "storage: {driver: %s, dsn: %q, media: data/media}\n", driver, place)
	b.WriteString(`campaign: {name: 兴安县创建全国文明城市, start: 2026-01-01}
channels:
  wechat: {enabled: true, session: data/wechat.session}
web: {listen: "off"}
calendar: {quiet_hours: ""}
rules: {pair_window: 1h, duplicate_window: 0s, auto_sign: 4h}
groups: [{id: street, name: 街道}]
units:
`)
	for n, u := range units {
		fmt.Fprintf(&b, "  - {id: %s, name: %s, group: street, liaison: liaison_%d}\n", u.id, u.name, n)
	}
	b.WriteString("people:\n")
	for n, u := range units {
		fmt.Fprintf(&b, "  - {id: liaison_%d, name: %s, unit: %s}\n", n, u.liaison, u.id)
	}
	for n, name := range inspectors {
		fmt.Fprintf(&b, "  - {id: inspector_%d, name: %s, roles: [inspector]}\n", n, name)
	}
	fmt.Fprintf(&b, "  - {id: admin, name: %s, roles: [office, admin]}\nplaces:\n", admin)
	for _, u := range units {
		fmt.Fprintf(&b, "  - {name: %s, type: 社区小区, unit: %s}\n", u.place, u.id)
	}
	fmt.Fprintf(&b, `chats:
  - {id: inspect, name: %s, for: [intake, ranking]}
  - {id: street_a, name: %s, for: [intake, reminders], units: [zhaoyang, linhu]}
  - {id: street_b, name: %s, for: [intake, reminders], units: [beimen, cuilv, nanmen]}
  - {id: leaders, name: %s, for: [summary, ranking]}
  - {id: office, name: %s, for: [admin, drafts]}
schedule:
`, chats["inspect"], chats["street_a"], chats["street_b"], chats["leaders"], chats["office"])
	for _, j := range jobs {
		fmt.Fprintf(&b, "  %s: \"* * * * *\"\n", j)
	}
	return b.String()
}
