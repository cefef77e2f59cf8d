package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"

	"github.com/google/go-cmp/cmp"
)

// noEnv is an environment without variables.
func noEnv(string) (string, bool) { return "", false }

// env is an environment with these variables.
func env(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := vars[name]
		return value, ok
	}
}

// mustParse reads a configuration that has no faults.
func mustParse(t *testing.T, text string) *Config {
	t.Helper()
	c, err := parse("config.yaml", []byte(text), noEnv)
	if err != nil {
		t.Fatalf("unexpected faults:\n%v", err)
	}
	return c
}

func TestSmallestFileHasTheDefaults(t *testing.T) {
	got := mustParse(t, "campaign: {name: 兴安县创建全国文明城市}\n")
	want := Default()
	want.Campaign.Name = "兴安县创建全国文明城市"
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDefaultHasNoFaults(t *testing.T) {
	c := Default()
	r := newReader("default", nil, noEnv)
	check(r, &c)
	if len(r.faults) > 0 {
		t.Errorf("the defaults have faults: %v", r.errors())
	}
}

func TestSketch(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "sketch.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := parse(filepath.Join("testdata", "sketch.yaml"), data, noEnv)
	if err != nil {
		t.Fatalf("the binding shape must load:\n%v", err)
	}
	if len(c.Categories) != 3 {
		t.Errorf("a file with categories has only its own: got %d, want 3", len(c.Categories))
	}
	if !c.Web.Token.IsZero() {
		t.Error("an unset variable makes an empty token")
	}
	if diff := cmp.Diff(Default().Escalation, c.Escalation); diff != "" {
		t.Errorf("the ladder of the shape is the default one (-default +sketch)\n%s", diff)
	}
	if want := filepath.Join("testdata", "data", "duban.db"); c.Storage.Place() != want {
		t.Errorf("the path is relative to the file: got %s, want %s", c.Storage.Place(), want)
	}
	cal, err := c.NewCalendar()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 11, 23, 16, 0, 0, 0, c.Location())
	due, _ := cal.Due(start, c.Categories[0].Limit)
	if want := time.Date(2026, 11, 24, 17, 30, 0, 0, c.Location()); !due.Equal(want) {
		t.Errorf("1 work_day from %v: got %v, want %v", start, due, want)
	}
}

func TestValues(t *testing.T) {
	c := mustParse(t, `
campaign: {name: 甲县创城, timezone: Asia/Urumqi, start: 2026-03-01}
storage: {dsn: /var/lib/duban/duban.db, media: photos}
channels:
  wechat: {enabled: false, mode: normal, send: {per_minute: 7, jitter: 1500ms}}
  console: {enabled: true}
web: {listen: "[::1]:80", public_url: "https://duban.example.cn/", token: abc}
log: {level: debug, file: duban.log, format: json, max_mb: 5, keep: 7}
backup: {folder: /mnt/backup, media: false, keep: 30, copy_to: second}
calendar:
  work_hours: ["8:00-12:00", "14:00-18:00"]
  work_day: hours8
  same_day_cutoff: 24:00
  days_off: [2027-01-01]
  workdays: [2027-01-02]
  quiet_hours: ""
identity: group_card
rules:
  {pair_window: 90s, withdraw_window: 0s, return_limit: same_day, review_limit: 3 natural_day, default_limit: 4 work_hour,
  duplicate_window: 720h, sign_limit: 3 work_hour, auto_sign: 30m, send_back_limit: 5 work_hour, decision_limit: 6 work_hour,
  office_extension: 2 work_day, appeal_limit: 4 work_day, opinion_limit: 12 urgent_hour, complaint_limit: 5 work_day, coverage_days: 0}
look_back: {after: 90, share: 0, most: 100, limit: 7 natural_day}
units: [{id: u, name: 甲局, head: a, lead: b, liaison: c, deputy: b}]
people: [{id: a, name: " 张伟 ", roles: [inspector, office]}, {id: b, name: 乙}, {id: c, name: 丙}]
places: [{name: 红星中路, type: 主次干道}]
responsibility:
  - {categories: [环境卫生], places: [红星中路], types: [主次干道], unit: u, person: c, assist: []}
  - {unit: u}
schedule: {bulletin: off, look_back: "@daily", unowned: "0 7 * * *"}
scoring: {adjustments: {early: 0.25}}
`)
	type picked struct {
		Campaign issue.Campaign
		Storage  Storage
		Channels Channels
		Web      Web
		Log      Log
		Backup   Backup
		Calendar Calendar
		Rules    issue.Rules
		Person   string
		Unit     issue.Unit
		Table    []issue.Responsibility
		Jobs     []Job
		Early    issue.Points
		Total    issue.Points
	}
	got := picked{
		c.Campaign, c.Storage, c.Channels, c.Web, c.Log, c.Backup, c.Calendar, c.Register().Rules, c.People[0].Name,
		c.Units[0], c.Register().Responsibility, append(c.Schedule.Jobs()[7:], c.Schedule.Jobs()[1]), c.Scoring.Adjustments.Early, c.Scoring.Adjustments.TotalCap,
	}
	want := picked{
		Campaign: issue.Campaign{Name: "甲县创城", Timezone: "Asia/Urumqi", Start: calendar.Date{Year: 2026, Month: 3, Day: 1}},
		Storage:  Storage{Driver: "sqlite", DSN: "/var/lib/duban/duban.db", Media: "photos", Takeover: 20 * time.Second},
		Channels: Channels{
			WeChat:  WeChat{Mode: "normal", Session: "data/wechat.session", Send: Send{PerMinute: 7, Jitter: 1500 * time.Millisecond}},
			Feishu:  Feishu{Receive: ReceiveMentions},
			Console: Console{Enabled: true},
		},
		Web:    Web{Listen: "[::1]:80", PublicURL: "https://duban.example.cn", Token: "abc"},
		Log:    Log{Level: "debug", File: "duban.log", Format: "json", MaxMB: 5, Keep: 7},
		Backup: Backup{Folder: "/mnt/backup", Keep: 30, CopyTo: "second"},
		Calendar: Calendar{
			WorkHours: []calendar.Period{{From: 480, To: 720}, {From: 840, To: 1080}}, WorkDay: "hours8", SameDayCutoff: 1440,
			DaysOff: []calendar.Date{{Year: 2027, Month: 1, Day: 1}}, Workdays: []calendar.Date{{Year: 2027, Month: 1, Day: 2}},
		},
		Rules: issue.Rules{
			PairWindow: 90 * time.Second, ReturnLimit: calendar.Limit{N: 1, Kind: calendar.SameDay},
			ReviewLimit:  calendar.Limit{N: 3, Kind: calendar.NaturalDay},
			DefaultLimit: calendar.Limit{N: 4, Kind: calendar.WorkHour}, Identity: "group_card",
			DuplicateWindow: 30 * 24 * time.Hour, AutoSign: 30 * time.Minute,
			SignLimit:       calendar.Limit{N: 3, Kind: calendar.WorkHour},
			SendBackLimit:   calendar.Limit{N: 5, Kind: calendar.WorkHour},
			DecisionLimit:   calendar.Limit{N: 6, Kind: calendar.WorkHour},
			OfficeExtension: calendar.Limit{N: 2, Kind: calendar.WorkDay},
			AppealLimit:     calendar.Limit{N: 4, Kind: calendar.WorkDay},
			OpinionLimit:    calendar.Limit{N: 12, Kind: calendar.UrgentHour},
			ComplaintLimit:  calendar.Limit{N: 5, Kind: calendar.WorkDay},
			LookBack:        issue.LookBackPlan{After: 90, Most: 100, Limit: calendar.Limit{N: 7, Kind: calendar.NaturalDay}},
		},
		Person: "张伟",
		Unit:   issue.Unit{ID: "u", Name: "甲局", Head: "a", Lead: "b", Liaison: "c", Deputy: "b"},
		Table: []issue.Responsibility{
			{Categories: []string{"环境卫生"}, Places: []string{"红星中路"}, Types: []string{"主次干道"}, Unit: "u", Person: "c", Assist: []string{}},
			{Unit: "u"},
		},
		Jobs:  []Job{{"look_back", "@daily"}, {"backup", "0 3 * * *"}, {"retention", "30 3 * * *"}, {"unowned", "0 7 * * *"}},
		Early: 25, Total: 1000,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if zone := c.Location().String(); zone != "Asia/Urumqi" {
		t.Errorf("zone: got %s", zone)
	}
}

func TestFormsThatAreAccepted(t *testing.T) {
	for name, text := range map[string]string{
		"byte order mark":        "\ufeffcampaign: {name: 甲}\n",
		"windows line ends":      "campaign:\r\n  name: 甲\r\n",
		"document start":         "# 说明\n---\ncampaign: {name: 甲}\n",
		"anchor and alias":       "units:\n  - {id: a, name: 甲, aliases: &x [乙]}\n  - {id: b, name: 丙}\nchats: [{id: c, name: 甲群, units: [a]}]\n",
		"empty lists":            "campaign: {name: 甲}\nunits: []\npeople: []\nchats: []\n",
		"keys without a value":   "campaign: {name: 甲}\nunits:\nweb:\n  public_url:\n",
		"id equal to own name":   "units: [{id: 城管局, name: 城管局}]\n",
		"same name in two lists": "units: [{id: a, name: 金水湾}]\nplaces: [{name: 金水湾}]\n",
		"numbers as texts":       "units: [{id: 110, name: 110}]\nscoring: {version: 2026.10}\n",
		"token on the network":   "web: {listen: 0.0.0.0:80, token: abcdef}\n",
		"host name":              "web: {listen: localhost:0}\n",
		"reference to nothing":   "units: [{id: a, name: 甲, lead: \"\"}]\n",
		"all weights":            "scoring: {weights: {handled: 100, on_time: 0, no_return: 0, no_overdue: 0, no_extension: 0}}\n",
		"no ladder":              "escalation: []\n",
		"no clock for signing":   "rules: {sign_limit: \"\", auto_sign: 0s, duplicate_window: 0s}\n",
		"no table":               "responsibility:\n",
		"table of one row":       "units: [{id: a, name: 甲}]\nresponsibility: [{unit: a}]\n",
		"shipped category":       "units: [{id: a, name: 甲}]\nresponsibility: [{categories: [环境卫生, 其他], unit: a}]\n",
		"person by office":       "units: [{id: a, name: 甲, head: b}]\npeople: [{id: b, name: 乙}]\nresponsibility: [{unit: a, person: b}]\n",
		"name with a comma":      "units: [{id: a, name: 甲}]\nplaces: [{name: 东门、西门}]\nresponsibility: [{places: [东门、西门], unit: a}]\n",
		"lead as deputy":         "units: [{id: a, name: 甲, lead: b, liaison: c, deputy: b}]\npeople: [{id: b, name: 乙}, {id: c, name: 丙}]\n",
		"urgent_at of some":      "escalation:\n  - {level: L0, at: -2 work_hour, urgent_at: -1 urgent_hour, to: [assignee]}\n  - {level: L1, at: \"0\", to: [unit_head, place_support]}\n",
		"urgent_at at midnight":  "escalation:\n  - {level: L2, at: +1 work_day, to: [office]}\n  - {level: L4, at: +1 work_day, urgent_at: next_day 00:00, to: [office]}\n",
	} {
		t.Run(name, func(t *testing.T) { mustParse(t, text) })
	}
}

// TestUrgentAtByLevel: a ladder of the file's own is pressed in hours where the limit is one of hours, too.
func TestUrgentAtByLevel(t *testing.T) {
	c := mustParse(t, `
escalation:
  - {level: L0, at: -2 work_hour, to: [assignee]}
  - {level: L2, at: +1 work_day, urgent_at: "0", to: [unit_lead]}
  - {level: L3, at: +3 work_day, urgent_at: , to: [bulletin]}
  - {level: L4, at: +5 work_day, to: [talk_list]}
`)
	var got []string
	for _, rung := range c.Register().Escalation {
		if rung.UrgentAt == nil {
			got = append(got, "none")
			continue
		}
		got = append(got, rung.UrgentAt.String())
	}
	if diff := cmp.Diff([]string{"none", "0", "+8 urgent_hour", "next_day 09:00"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestListenDefaultsToCommands(t *testing.T) {
	c := mustParse(t, "chats:\n  - {id: a, name: 甲}\n  - {id: b, name: 乙, listen: mentions}\n")
	if got := c.Chats[0].Listen + " " + c.Chats[1].Listen; got != "commands mentions" {
		t.Errorf("got %s", got)
	}
}

// TestChannelsOfAChat: only channels that can be configured are taken, whichever those are.
func TestChannelsOfAChat(t *testing.T) {
	const form = "chats: [{id: a, name: 甲, channels: [%s]}]\n"
	known := keysOf(reflect.TypeFor[Channels]())
	c := mustParse(t, fmt.Sprintf(form, strings.Join(known, ", ")))
	if diff := cmp.Diff(known, c.Chats[0].Channels); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"weixin", "demo", `""`, "WeCom"} {
		_, err := parse("config.yaml", fmt.Appendf(nil, form, name), noEnv)
		if list := asFaults(t, err); list[0].Path != "chats[0].channels[0]" || !strings.Contains(list[0].Text, "只能写 "+strings.Join(known, "、")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCategories(t *testing.T) {
	for text, want := range map[string]int{
		"campaign: {name: 甲}\n": 11,
		"categories:\n":         11,
		"categories: []\n":      0,
		"categories: [{name: 环境卫生, limit: same_day}]\n": 1,
	} {
		if got := len(mustParse(t, text).Categories); got != want {
			t.Errorf("%q: got %d categories, want %d", text, got, want)
		}
	}
}

func TestEnvironment(t *testing.T) {
	vars := map[string]string{"TOKEN": "t0p", "PORT": "9000", "DIR": "/srv", "N": "12"}
	text := "web: {token: \"${TOKEN}\", listen: \"127.0.0.1:${PORT}\"}\n" +
		"storage: {dsn: \"${DIR}/a.db\", media: \"$${DIR}/m\"}\nchannels: {wechat: {send: {per_minute: \"${N}\"}}}\n"
	c, err := parse("config.yaml", []byte(text), env(vars))
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.Web.Token.Reveal(), c.Web.Listen, c.Storage.Place(), c.Storage.Media}
	if diff := cmp.Diff([]string{"t0p", "127.0.0.1:9000", "/srv/a.db", "${DIR}/m"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if c.Channels.WeChat.Send.PerMinute != 12 {
		t.Errorf("numbers may come from the environment too: got %d", c.Channels.WeChat.Send.PerMinute)
	}
}

func TestLoadFailures(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big.yaml")
	if err := os.WriteFile(big, []byte("# "+strings.Repeat("x", maxSize)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, path, want string }{
		{"missing", filepath.Join(dir, "duban.yaml"), "没有这个文件。第一次用请运行 duban init，回答几个问题就写好；或者复制 config.example.yaml 为 duban.yaml"},
		{"folder", dir, "这是一个文件夹"},
		{"too large", big, "文件超过 4 MB"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Load(tc.path)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), tc.path) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
}

func TestTooManyFaults(t *testing.T) {
	var b strings.Builder
	b.WriteString("places:\n")
	for i := range maxFaults + 7 {
		fmt.Fprintf(&b, "  - {name: 点位%d, unit: nobody}\n", i)
	}
	_, err := parse("config.yaml", []byte(b.String()), noEnv)
	faults := asFaults(t, err)
	if len(faults) != maxFaults || !strings.HasSuffix(err.Error(), "\n还有 7 处错误没有列出，请先改好上面的") {
		t.Errorf("got %d faults, ending %q", len(faults), err.Error()[len(err.Error())-80:])
	}
}

// TestAliasesStopEarly: what is not read any more costs nothing either.
func TestAliasesStopEarly(t *testing.T) {
	text := "categories: [{name: 甲, limit: same_day, keywords: &k [" + strings.Repeat("脏, ", 5000) + "]}]\nunits:\n" +
		strings.Repeat("  - {id: a, name: 甲, aliases: *k}\n", 5000)
	r := newReader("config.yaml", []byte(text), noEnv)
	var c Config
	r.load(&c)
	if read := len(r.spots); read > maxAliased+40_000 {
		t.Errorf("%d values were read", read)
	}
	if faults := asFaults(t, r.errors()); len(faults) != 1 || !strings.Contains(faults[0].Text, "展开后超过") {
		t.Errorf("got %v", faults)
	}
}

func TestDeepNesting(t *testing.T) {
	_, err := parse("config.yaml", []byte("units: "+strings.Repeat("[", 20_000)), noEnv)
	if faults := asFaults(t, err); !strings.Contains(faults[0].Text, "层数太多") {
		t.Errorf("got %v", err)
	}
}

// BenchmarkParse reads a county of 5,000 places and 1,000 people.
func BenchmarkParse(b *testing.B) {
	var text strings.Builder
	text.WriteString("units: [{id: u, name: 昭阳街道}]\npeople:\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "  - {id: p%d, name: 人%d, unit: u, roles: [inspector]}\n", i, i)
	}
	text.WriteString("places:\n")
	for i := range 5000 {
		fmt.Fprintf(&text, "  - {name: 小区%d, aliases: [院%d], type: 社区小区, unit: u, leader: p%d, mandatory: true}\n", i, i, i%1000)
	}
	data := []byte(text.String())
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parse("config.yaml", data, noEnv); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDefault reads the shipped categories.
func BenchmarkDefault(b *testing.B) {
	for b.Loop() {
		Default()
	}
}
