package web

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
	"duban/internal/picture"
	"duban/internal/publish"
	"duban/internal/report"
	"duban/internal/score"
	"duban/internal/store"
	"duban/internal/store/storetest"
	"duban/internal/understand"
)

// The issues of newCounty, by what they are.
const (
	lateOne    = 1 // 昭阳街道, overdue, with photos, exposed
	othersOne  = 2 // 住建局, open
	closedOne  = 3 // 昭阳街道, closed
	unsentOne  = 4 // nobody's yet
	firstOne   = 5 // 住建局 has it and 昭阳街道 answers for it until they sign
	mergedOne  = 6 // 住建局, merged into lateOne, with a photo
	secretOne  = 7 // 住建局, with a photo
	secretText = "机密路灯"
)

// newCounty is a dashboard over some issues, photos and publications.
func newCounty(t *testing.T) *board {
	t.Helper()
	b := newBoard(t)
	b.policy.Reg.Chats = []issue.Chat{{ID: "inspect", Name: "督查群", For: []issue.Purpose{issue.ForRanking, issue.ForDrafts}}}
	b.policy.Reg.Places[0].Leader, b.policy.Reg.Places[0].Community = "liu_jian", "金水湾社区"
	b.policy.Reg.Rules.CoverageDays = 14
	file := func(at, text, place, unit, due string) {
		c := issue.Change{Text: text, Reporter: "zhang_min", Place: place, Category: "环境卫生", Unit: unit, Assignee: b.policy.Reg.Receiver(unit), Said: due != ""}
		if due != "" {
			c.Due = storetest.At(t, due)
		}
		storetest.Issue(t, b.store, b.policy, storetest.At(t, at), c)
	}
	file("2026-11-23 09:00", "楼道堆放杂物<b>粗</b>", "金水湾小区", "zhaoyang", "2026-11-23 17:30")
	file("2026-11-24 09:05", "井盖破损", "红星中路", "zhujian", "2026-11-26 17:30")
	file("2026-11-24 09:10", "垃圾桶满溢", "金水湾小区", "zhaoyang", "2026-11-25 17:30")
	file("2026-11-24 09:15", "不知谁管的线杆", "", "", "")
	file("2026-11-24 09:20", "绿化带黄土裸露", "红星中路", "zhaoyang", "2026-11-26 17:30")
	file("2026-11-24 09:25", "同一处杂物", "金水湾小区", "zhujian", "2026-11-26 17:30")
	file("2026-11-24 09:30", secretText, "红星中路", "zhujian", "2026-11-26 17:30")
	b.move("2026-11-24 10:00", closedOne, issue.Act{Action: issue.Submit, By: "li_qiang", Note: "已清运"})
	b.move("2026-11-24 11:00", closedOne, issue.Act{Action: issue.Pass, By: "zhang_min"})
	b.move("2026-11-24 11:05", mergedOne, issue.Act{Action: issue.Merge, By: "chen_jing", Change: issue.Change{Merged: lateOne}})
	for n, p := range []store.Photo{
		{IssueID: lateOne, Kind: store.PhotoBefore, Shown: "before.jpg"},
		{IssueID: secretOne, Kind: store.PhotoBefore, Shown: "secret.jpg"},
		{IssueID: mergedOne, Kind: store.PhotoBefore, Shown: "merged.jpg"},
		{IssueID: lateOne, Kind: store.PhotoAfter, Shown: "../outside.jpg"},
		{IssueID: 0, Shown: "loose.jpg"},
	} {
		p.SHA256, p.File, p.Person = fmt.Sprint(n), "original.jpg", "zhang_min"
		storetest.Write(t, b.store, storetest.At(t, "2026-11-24 12:00"), func(tx *store.Tx) error { return tx.AddPhoto(&p) })
	}
	for _, name := range []string{"before.jpg", "secret.jpg", "merged.jpg", "loose.jpg", "original.jpg"} {
		b.file(filepath.Join(b.media, name), "photo "+name)
	}
	b.file(filepath.Join(filepath.Dir(b.media), "outside.jpg"), "photo outside")
	b.publish()
	return b
}

func (b *board) file(path, text string) {
	b.t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func (b *board) move(at string, id int64, a issue.Act) {
	b.t.Helper()
	a.At = storetest.At(b.t, at)
	storetest.Move(b.t, b.store, b.policy, id, a)
}

// publish puts out digests of three days, rankings of two, a bulletin and the exposure board.
func (b *board) publish() {
	b.t.Helper()
	reg, cal := b.policy.Reg, b.policy.Cal
	d := publish.Desk{Reg: reg, Cal: cal, Words: report.Words{Reg: reg, Cal: cal}}
	for day := 22; day <= 24; day++ {
		to := storetest.At(b.t, fmt.Sprintf("2026-11-%d 18:00", day))
		storetest.Write(b.t, b.store, to, func(tx *store.Tx) error {
			totals := score.DayTotals{Filed: day, Closed: 1, Overdue: 1}
			if err := tx.AddSnapshot(store.SnapshotTotals, to.AddDate(0, 0, -1), to, "test", totals, "日报"); err != nil {
				return err
			}
			if day < 23 {
				return nil
			}
			s, err := d.Daily(tx, to)
			if err != nil {
				return err
			}
			_, err = d.PublishNow(tx, &s)
			return err
		})
	}
	now := storetest.At(b.t, "2026-11-24 18:30")
	storetest.Write(b.t, b.store, now, func(tx *store.Tx) error {
		k, _ := publish.Named("通报")
		week, _ := understand.ReadPeriod("本周", now)
		s, err := d.Make(tx, k, week, now)
		if err != nil {
			return err
		}
		if _, err := d.PublishNow(tx, &s); err != nil {
			return err
		}
		i, err := tx.Issue(lateOne)
		if err != nil {
			return err
		}
		e, err := d.Case(tx, i, "请抓紧")
		if err != nil {
			return err
		}
		if _, _, err := d.DraftBoard(tx, store.Snapshot{}, []publish.Exposed{e}); err != nil {
			return err
		}
		draft, _, err := tx.Draft(store.SnapshotExposure)
		if err != nil {
			return err
		}
		_, err = d.Publish(tx, draft, publish.Hand{Person: "chen_jing"})
		return err
	})
}

// glimpse is what a page shows to whom.
type glimpse struct {
	path   string
	status int
	shows  []string
	hides  []string
}

func (br *browser) check(who string, s glimpse) {
	br.t.Helper()
	status, body := br.get(s.path)
	if status != s.status {
		br.t.Errorf("%s %s: %d, want %d", who, s.path, status, s.status)
	}
	for _, text := range s.shows {
		if !strings.Contains(body, text) {
			br.t.Errorf("%s %s does not show %q", who, s.path, text)
		}
	}
	for _, text := range append(s.hides, "<no value>", "ZgotmplZ", "0001-01-01") {
		if strings.Contains(body, text) {
			br.t.Errorf("%s %s shows %q", who, s.path, text)
		}
	}
	if br.t.Failed() && os.Getenv("DUBAN_PAGES") != "" {
		br.t.Log(body)
	}
}

// TestSupervisorsSeeAll: who supervises any unit sees the issues of all.
func TestSupervisorsSeeAll(t *testing.T) {
	b := newCounty(t)
	pages := []glimpse{
		{"/", 200, []string{"今日总览", "新立案", "<li><a><span>销号", "待派单", "楼道堆放杂物&lt;b&gt;粗&lt;/b&gt;", "上一日报 24", "上一日报 1</span> <span>持平", "近 14 天走势", "<polyline", "11/24", "/rankings/"}, []string{"<b>粗</b>", "少 24"}},
		{"/issues", 200, []string{"#1<", "#2<", "#3<", "#4<", "#7<", secretText, "已销号", "待派单", "全部单位"}, nil},
		{"/issues?status=超期", 200, []string{"#1<", "超期 1 天"}, []string{"#2<", "#3<"}},
		{"/issues?unit=zhujian&time=昨天", 200, []string{"#2<", "条件：11月24日 住建局"}, []string{"#1<", "#3<"}},
		{"/issues?place=金水湾小区&status=已销号", 200, []string{"#3<"}, []string{"#1<", "#2<"}},
		{"/issues?q=路灯", 200, []string{"#7<"}, []string{"#1<", "#2<"}},
		{"/issues?from=2026-11-24&to=2026-11-24", 200, []string{"#2<", "#7<"}, []string{"#1<"}},
		{"/issues?from=2026-11-24T09:12", 200, []string{"#4<", `<label class="search">开始<input type="datetime-local"`}, []string{"#3<"}},
		{"/issues?category=交通秩序", 200, []string{"没有符合条件的问题"}, []string{"#1<"}},
		{"/issues?source=upper", 200, []string{"没有符合条件的问题"}, []string{"#1<"}},
		{"/issues?place=没有的地方", 200, []string{"没有登记叫“没有的地方”的点位"}, []string{"#1<"}},
		{"/issues?time=哪天", 200, []string{"时间没有看懂"}, []string{"#1<"}},
		{"/issues?status=没有", 200, []string{"没有“没有”这个状态"}, []string{"#1<"}},
		{"/issues/1", 200, []string{"楼道堆放杂物", "金水湾小区", "包保", "刘建", "超期 1 天", "整改前", "/photos/1", "/photos/3", "随 #6 并入", "并入的", "张敏", "经过", "计分"}, []string{"original.jpg", "before.jpg", "<b>粗</b>"}},
		{"/issues/2", 200, []string{"井盖破损", "住建局 王芳", "限 11-26 17:30"}, nil},
		{"/issues/999", 404, []string{"没有 #999 这件问题"}, nil},
		{"/issues/x", 404, nil, nil},
		{"/units", 200, []string{"昭阳街道", "住建局", "约谈名单"}, nil},
		{"/units/zhaoyang", 200, []string{"昭阳街道未办结", "得分怎么算的", "无应处置，不计分", "李强", "联络员", "近 30 天名次", "金水湾小区"}, nil},
		{"/units/zhujian", 200, []string{"本单位有名次后"}, []string{"<svg"}}, // never ranked: no empty chart
		{"/units/nobody", 404, nil, nil},
		{"/places", 200, []string{"金水湾小区", "红星中路", "14 天内督查过"}, nil},
		{"/places/金水湾小区", 200, []string{"责任单位", "昭阳街道", "包保领导", "刘建", "金水湾社区", "#1<", "#3<"}, []string{"#2<"}},
		{"/places/没有", 404, nil, nil},
		{"/rankings", 200, []string{"11月24日创城排名", "11月23日创城排名"}, []string{"日报", "通报</b>"}},
		{"/bulletins", 200, []string{"通报"}, []string{"创城排名"}},
		{"/hot", 200, []string{"多发类别", "环境卫生", "/issues?category="}, nil},
		{"/hot?time=哪天", 400, []string{"时间没有看懂"}, nil},
		{"/exposure", 200, []string{"曝光台", "#1", "请抓紧", "/exposure/1/before"}, []string{"before.jpg"}},
		{"/exposure/1/before", 200, []string{"photo merged.jpg"}, nil},
		{"/exposure/2/before", 404, nil, nil},
		{"/photos/1", 200, []string{"photo before.jpg"}, nil},
		{"/photos/2", 200, []string{"photo secret.jpg"}, nil},
		{"/photos/4", 404, nil, []string{"photo outside"}},
		{"/photos/5", 404, nil, []string{"photo loose"}},
		{"/photos/99", 404, nil, nil},
		{"/wall", 200, []string{`http-equiv="refresh"`, "10:00", "待核查", `class="wall"`, `<h1><a href="/">`}, nil},
	}
	for _, who := range []string{"liu_jian", "chen_jing", "zhang_min", "wu_di"} {
		br := b.as(who)
		for _, p := range pages {
			br.check(who, p)
		}
	}
}

// TestUnitsSeeTheirOwn: people of a unit see its issues, and of others not even whether they exist.
func TestUnitsSeeTheirOwn(t *testing.T) {
	b := newCounty(t)
	b.move("2026-11-25 09:00", firstOne, issue.Act{Action: issue.Reassign, By: "chen_jing", Change: issue.Change{Unit: "zhujian", Assignee: "wang_fang"}})
	others := []string{secretText, "井盖破损", "不知谁管"}
	pages := []glimpse{
		{"/", 200, []string{"本单位", "昭阳街道", "#1<"}, append([]string{"待派单", "上一日报"}, others...)},
		{"/issues", 200, []string{"#1<", "#3<", "昭阳街道"}, append([]string{"#2<", "全部单位", "住建局</option>"}, others...)},
		{"/issues?unit=zhujian", 200, []string{"没有这个单位"}, append([]string{"#1<", "#2<"}, others...)},
		{"/issues?q=路灯", 200, []string{"没有符合条件的问题"}, others},
		{"/issues/1", 200, []string{"楼道堆放杂物"}, others},
		{"/issues/5", 200, []string{"绿化带黄土裸露"}, others}, // 首问负责
		{"/issues/2", 404, []string{"没有 #2 这件问题，或者不归您的单位"}, others},
		{"/issues/999", 404, []string{"没有 #999 这件问题，或者不归您的单位"}, others},
		{"/issues/4", 404, nil, others},
		{"/photos/1", 200, []string{"photo before.jpg"}, nil},
		{"/photos/3", 200, []string{"photo merged.jpg"}, nil}, // it is shown with what it was merged into
		{"/photos/2", 404, nil, []string{"photo secret"}},
		{"/units", 200, []string{"昭阳街道"}, append([]string{"住建局"}, others...)},
		{"/units/zhaoyang", 200, []string{"得分怎么算的"}, others},
		{"/units/zhujian", 404, nil, others},
		{"/places", 200, []string{"金水湾小区"}, append([]string{"红星中路"}, others...)},
		{"/places/金水湾小区", 200, []string{"#1<", "#3<"}, others},
		{"/places/红星中路", 404, nil, others},
		{"/rankings", 200, []string{"11月24日创城排名"}, nil},
		{"/bulletins", 200, []string{"通报"}, nil},
		{"/hot", 200, []string{"热点"}, others},
		{"/exposure", 200, []string{"请抓紧"}, others},
		{"/exposure/1/before", 200, []string{"photo merged.jpg"}, nil},
		{"/wall", 403, []string{"您的角色不能看这一页"}, others},
		{"/issues/export/csv?unit=zhujian", 400, nil, others},
	}
	for _, who := range []string{"li_qiang", "zhang_wei"} {
		br := b.as(who)
		for _, p := range pages {
			br.check(who, p)
		}
	}
}

// TestPlacesOfAnyName: the overview leads to a place whatever signs stand in its name.
func TestPlacesOfAnyName(t *testing.T) {
	b := newBoard(t)
	names := []string{"三号院3#楼", "人民路/中山路口", "100%小区?"}
	for n, name := range append(names, append(names, names...)...) {
		if n < len(names) {
			b.policy.Reg.Places = append(b.policy.Reg.Places, issue.Place{Name: name, Unit: "zhaoyang"})
		}
		storetest.Issue(t, b.store, b.policy, b.now.Add(-time.Hour), issue.Change{Text: "杂物", Reporter: "zhang_min", Place: name, Unit: "zhaoyang", Assignee: "li_qiang"})
	}
	br := b.as("liu_jian")
	_, body := br.get("/")
	links := strings.Split(body, `href="/places/`)[1:]
	if len(links) != len(names) {
		t.Fatalf("%d links to places", len(links))
	}
	for _, rest := range links {
		link, _, _ := strings.Cut(rest, `"`)
		if status, page := br.get("/places/" + link); status != http.StatusOK || !strings.Contains(page, "未办结的问题") {
			t.Errorf("/places/%s: %d", link, status)
		}
	}
}

// TestPersonOfTwoUnits sees both.
func TestPersonOfTwoUnits(t *testing.T) {
	b := newCounty(t)
	b.policy.Reg.Units[1].Deputy = "li_qiang"
	br := b.as("li_qiang")
	br.check("li_qiang", glimpse{"/", 200, []string{"昭阳街道", "住建局", "#1<", "#2<"}, nil})
	br.check("li_qiang", glimpse{"/issues", 200, []string{"#1<", "住建局</option>"}, []string{"#2<"}})
	br.check("li_qiang", glimpse{"/issues?unit=zhujian", 200, []string{"#2<", "#7<"}, []string{"#1<"}})
	br.check("li_qiang", glimpse{"/issues/2", 200, nil, nil})
	br.check("li_qiang", glimpse{"/issues/4", 404, nil, nil})
	br.check("li_qiang", glimpse{"/photos/2", 200, nil, nil})
}

// TestEmptyBoard: before anything happened, every page says so kindly.
func TestEmptyBoard(t *testing.T) {
	b := newBoard(t)
	for _, who := range []string{"liu_jian", "li_qiang"} {
		br := b.as(who)
		for path, shows := range map[string]string{
			"/": "还没有", "/issues": "没有符合条件的问题", "/units": "没有列入约谈名单的问题", "/units/zhaoyang": "没有未办结的问题",
			"/places/金水湾小区": "没有未办结的问题", "/rankings": "还没有发布过排名", "/bulletins": "还没有发布过通报", "/hot": "没有多发的点位", "/exposure": "曝光台上没有问题",
		} {
			br.check(who, glimpse{path, http.StatusOK, []string{shows}, nil})
		}
	}
	b.as("liu_jian").check("liu_jian", glimpse{"/wall", 200, []string{"今天还没有数据"}, nil})
}

// TestRankingPage shows what went out, and what puts it right.
func TestRankingPage(t *testing.T) {
	b := newCounty(t)
	br := b.as("li_qiang")
	_, list := br.get("/rankings")
	_, rest, _ := strings.Cut(list, `href="/rankings/`)
	id, _, _ := strings.Cut(rest, `"`)
	br.check("li_qiang", glimpse{"/rankings/" + id, 200, []string{"11月24日创城排名", "发布的原文", "按 test 版规则计分", `href="/units/zhaoyang"`}, []string{`href="/units/zhujian"`}})
	_, bulletins := br.get("/bulletins")
	_, rest, _ = strings.Cut(bulletins, `href="/bulletins/`)
	id, _, _ = strings.Cut(rest, `"`)
	br.check("li_qiang", glimpse{"/bulletins/" + id, 200, []string{"下载Word 文件", "/published/" + id + "/1"}, nil})
	br.check("li_qiang", glimpse{"/rankings/" + id, 404, []string{"没有这一期"}, nil})
	br.check("li_qiang", glimpse{"/published/" + id + "/1", 200, []string{"PK"}, nil})
	br.check("li_qiang", glimpse{"/published/" + id + "/9", 404, nil, nil})
	br.check("li_qiang", glimpse{"/rankings/99999", 404, nil, nil})
	drafted := int64(0)
	storetest.Write(t, b.store, b.now, func(tx *store.Tx) error {
		s, err := store.NewSnapshot(store.SnapshotRanking, b.now, b.now, "test", publish.Ranking{Title: "草稿"}, "【草稿】")
		s.State = store.SnapshotDraft
		if err == nil {
			err = tx.KeepSnapshot(&s)
		}
		drafted = s.ID
		return err
	})
	br.check("li_qiang", glimpse{fmt.Sprintf("/rankings/%d", drafted), 404, nil, []string{"草稿"}})
}

// TestCorrectedRanking leads from what was wrong to what is right, and back.
func TestCorrectedRanking(t *testing.T) {
	b := newCounty(t)
	reg, cal := b.policy.Reg, b.policy.Cal
	d := publish.Desk{Reg: reg, Cal: cal, Words: report.Words{Reg: reg, Cal: cal}}
	var old store.Snapshot
	b.move("2026-11-25 09:00", lateOne, issue.Act{Action: issue.AskVoid, By: "chen_jing", Note: "重复"})
	b.move("2026-11-25 09:01", lateOne, issue.Act{Action: issue.Void, By: "xie_lan", Note: "重复"})
	storetest.Write(t, b.store, b.now, func(tx *store.Tx) error {
		var err error
		if old, _, err = tx.EndedIn(store.SnapshotRanking, storetest.At(t, "2026-11-23 00:00"), storetest.At(t, "2026-11-24 00:00")); err != nil {
			return err
		}
		s, err := d.Correct(tx, old)
		if err != nil {
			return err
		}
		s.State = store.SnapshotDraft
		if err := tx.KeepSnapshot(&s); err != nil {
			return err
		}
		_, err = d.Publish(tx, s, publish.Hand{Person: "chen_jing"})
		return err
	})
	br := b.as("liu_jian")
	_, body := br.get(fmt.Sprintf("/rankings/%d", old.ID))
	_, rest, found := strings.Cut(body, "更正")
	if !found || !strings.Contains(rest, "看更正后的排名") {
		t.Fatalf("the old ranking does not tell of its correction: %s", body)
	}
	_, rest, _ = strings.Cut(rest, `href="/rankings/`)
	id, _, _ := strings.Cut(rest, `"`)
	br.check("liu_jian", glimpse{"/rankings/" + id, 200, []string{"这是更正后的", fmt.Sprintf("/rankings/%d", old.ID), "已更正"}, []string{"看更正后的排名"}})
	br.check("liu_jian", glimpse{"/rankings", 200, []string{"更正后"}, nil})
}

// TestLedgerPages: the pages of the ledger follow each other and hold every issue once.
func TestLedgerPages(t *testing.T) {
	b := newCounty(t)
	for n := range 2*ledgerPage + 10 {
		storetest.Issue(t, b.store, b.policy, b.now.Add(-time.Hour).Add(time.Duration(n)*time.Second), issue.Change{
			Text: fmt.Sprintf("批量%03d", n), Reporter: "zhang_min", Unit: "zhaoyang", Assignee: "li_qiang", Due: b.now.AddDate(0, 0, 1), Said: true,
		})
	}
	br := b.as("chen_jing")
	for _, order := range []string{"new", "due"} {
		path, found, pages := "/issues?q=批量&order="+order, map[string]int{}, 0
		for ; path != "" && pages < 10; pages++ {
			_, body := br.get(path)
			for _, part := range strings.Split(body, "批量")[1:] {
				if part[0] >= '0' && part[0] <= '9' {
					found[part[:3]]++
				}
			}
			path = ""
			if _, rest, more := strings.Cut(body, `class="next" href="`); more {
				path, _, _ = strings.Cut(rest, `"`)
				path = strings.ReplaceAll(path, "&amp;", "&")
			}
		}
		if len(found) != 2*ledgerPage+10 || pages != 3 {
			t.Errorf("%s: %d issues on %d pages", order, len(found), pages)
		}
		for n, times := range found {
			if times != 1 {
				t.Errorf("%s: 批量%s comes %d times", order, n, times)
			}
		}
	}
	if status, _ := br.get("/issues?after=nonsense"); status != http.StatusOK {
		t.Errorf("a bad cursor: %d", status)
	}
	if status, _ := br.get("/issues?q=%2317"); status != http.StatusSeeOther {
		t.Errorf("a number does not lead to its issue: %d", status)
	}
}

// TestExport sends what the page lists.
func TestExport(t *testing.T) {
	b := newCounty(t)
	br := b.as("chen_jing")
	br.check("chen_jing", glimpse{"/issues/export/csv?q=路灯", 200, []string{secretText, "住建局"}, []string{"井盖破损"}})
	br.check("chen_jing", glimpse{"/issues/export/xlsx?status=超期", 200, []string{"PK"}, nil})
	br.check("chen_jing", glimpse{"/issues/export/exe", 400, []string{"只能导出"}, nil})
	br.check("chen_jing", glimpse{"/issues/export/csv?status=没有", 400, []string{"没有“没有”这个状态"}, nil})
	b.as("li_qiang").check("li_qiang", glimpse{"/issues/export/csv", 200, []string{"楼道堆放杂物"}, []string{secretText, "井盖破损"}})
}

// TestWallTurns: as time goes on every panel comes up, and the board of what is exposed goes round.
func TestWallTurns(t *testing.T) {
	b := newCounty(t)
	br := b.as("liu_jian")
	got := map[string]bool{}
	for range len(panels) {
		_, body := br.get("/wall")
		_, rest, _ := strings.Cut(body, `class="panel"><h2>`)
		name, _, _ := strings.Cut(rest, "<")
		got[name] = true
		b.now = b.now.Add(wallSeconds * time.Second)
	}
	for _, want := range []string{"11月24日创城排名", "超期最久", "走势", "曝光台"} {
		if !got[want] {
			t.Errorf("%s never comes up: %v", want, got)
		}
	}
}

// TestWallShowsAllGroups: of more groups than have room others are shown each round; those in which nobody is ranked take none.
func TestWallShowsAllGroups(t *testing.T) {
	b := newBoard(t)
	r := publish.Ranking{Card: &picture.Ranking{Title: "11月24日创城排名"}}
	for _, name := range []string{"街道", "空的组", "乡镇", "部门"} {
		g := picture.RankGroup{Name: name}
		if name != "空的组" {
			g.Rows = []picture.RankRow{{Rank: 1, Unit: "甲", Score: "100.00"}}
		}
		r.Card.Groups = append(r.Card.Groups, g)
	}
	storetest.Write(t, b.store, b.now, func(tx *store.Tx) error {
		return tx.AddSnapshot(store.SnapshotRanking, b.now.AddDate(0, 0, -1), b.now, "test", r, "【11月24日创城排名】")
	})
	br := b.as("liu_jian")
	got := map[string]int{}
	for range 3 {
		_, body := br.get("/wall?panel=1")
		names := strings.Split(body, "<h3>")[1:]
		if len(names) != wallGroups {
			t.Errorf("%d groups at once", len(names))
		}
		for _, rest := range names {
			name, _, _ := strings.Cut(rest, "<")
			got[name]++
		}
		b.now = b.now.Add(wallSeconds * time.Second * time.Duration(len(panels)))
	}
	if diff := cmp.Diff(map[string]int{"街道": 2, "乡镇": 2, "部门": 2}, got); diff != "" {
		t.Error(diff)
	}
}
