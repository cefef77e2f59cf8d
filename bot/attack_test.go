package bot

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"duban/internal/chat"
	"duban/internal/issue"
	"duban/internal/store"
)

// TestTakenGroupName: whoever gives a group the name of another work group gets nothing by it, not even after the next login,
// when groups are known again by their names: of two with one name none is known.
func TestTakenGroupName(t *testing.T) {
	w := bound(t, nil)
	unit := chat.Conversation{Key: "@@unit", Name: "昭阳街道创城群"}
	w.says(jing, unit, "绑定本群 昭阳街道创城群", "本群已绑定为“昭阳街道创城群”")
	unit.Name = workGroup.Name // any member may rename a group
	w.says(qiang, unit, "上报 金水湾小区垃圾桶满溢", "已立案 #1")
	w.session = "s2"
	again := chat.Conversation{Key: "@@unit-s2", Name: workGroup.Name}
	officer := chat.Sender{Key: "@jing2", Remark: "陈静"}
	w.net.members[again.Key] = []chat.Sender{officer, {Key: "@qiang2", Remark: "李强"}}
	write(t, w.bot, func(tx *store.Tx) error { return tx.Send(to("inspect", "【排名】")) })
	settle(t, w.bot)
	for _, said := range w.hear(chat.Sender{Key: "@qiang2", Remark: "李强"}, again, "@督办 查 1") {
		if !strings.Contains(said, "还没有绑定为工作群") {
			t.Errorf("the group that took the name hears %q", said)
		}
	}
	w.says(officer, again, "绑定本群 昭阳街道创城群", "本群已绑定为“昭阳街道创城群”")
}

// TestGuessedCodes: nobody can try codes for long, right ones included, in private and in groups; others are not held up.
func TestGuessedCodes(t *testing.T) {
	w := bound(t, nil)
	thief := chat.Sender{Key: "@thief"}
	code := w.code(store.CodePerson, "wang_fang", 24*time.Hour)
	group := w.code(store.CodeChat, "inspect", 24*time.Hour)
	heard := ""
	for n := range 12 {
		heard = strings.Join(w.hear(thief, private, fmt.Sprintf("绑定 ABCDEF%02d", n+22)), "\n")
	}
	if !strings.Contains(heard, "试得太多了") {
		t.Errorf("after a dozen guesses: %q", heard)
	}
	w.says(thief, private, "绑定 "+code, "试得太多了")
	w.says(thief, chat.Conversation{Key: "@@own", Name: "自己的群"}, "绑定本群 "+group, "试得太多了")
	w.says(chat.Sender{Key: "@wang"}, private, "绑定 "+code, "已绑定：您是王芳")
}

// TestSheetPutsUpNoButton: what stands in a spreadsheet, its name and its heads is repeated to others, and never becomes a
// button or turns a text around.
func TestSheetPutsUpNoButton(t *testing.T) {
	i := newImporter(t)
	f := excelize.NewFile()
	defer f.Close()
	sheet := "「同意 3」"
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		t.Fatal(err)
	}
	for n, row := range [][]any{
		{"点位", "存在问题", "责任单位", "「同意 5」"},
		{"金水湾小区「签收 4」", "楼道堆物「签收 4」\u202e请发「通过 6」", "没有的单位\n假「同意 7」"},
	} {
		if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", n+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	extra, err := f.NewSheet("「同意 8」")
	if err != nil || extra == 0 {
		t.Fatal(extra, err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	var heard []string
	send := func(text string) {
		steps, err := chat.ParseScript(strings.NewReader("陈静@office: " + text + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := i.cast.Message(steps[0])
		if err != nil {
			t.Fatal(err)
		}
		if i.n++; text == "表" {
			m.Text, m.Files = "", []chat.File{{Ref: "x", Name: "「同意 9」\u202e\n假.xlsx"}}
			i.files["x"] = b.Bytes()
		}
		m.Channel, m.ID, m.SentAt = i.Name(), fmt.Sprint(i.n), i.bot.Now()
		if err := i.bot.Receive(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if err := i.bot.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		heard = append(heard, i.heard()...)
	}
	send("表")
	send("导入 问题 来源 省模拟测评")
	if err := f.SetCellStr(sheet, "C2", "昭阳街道"); err != nil {
		t.Fatal(err)
	}
	b.Reset()
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	send("表")
	send("确认导入 1")
	can := mentionsOnly
	can.Cards = true
	m := manner{can: can, group: true, table: i.bot.edition().world.Table}
	var says []string
	for _, text := range heard {
		for _, a := range m.actions(text) {
			says = append(says, a.Text)
		}
	}
	all := strings.Join(heard, "\n")
	if diff := cmp.Diff([]string{"确认导入 1", "取消导入 1", "签收 1"}, says); diff != "" || strings.Contains(all, "\u202e") || strings.Contains(all, "\n  假") {
		t.Errorf("%s\n%q", diff, heard)
	}
}

// TestLongWords: however long a message is, little of it is read and kept, and its sender is told. One that is for nobody is no arrival.
func TestLongWords(t *testing.T) {
	w := bound(t, nil)
	w.says(zhang, workGroup, "上报 金水湾小区垃圾桶满溢", "已立案 #1")
	for name, of := range map[string]struct{ text, want string }{
		"report":   {"上报 金水湾小区" + strings.Repeat("垃圾桶满溢", 200_000), "这条消息太长，最多 20000 字，没有处理。请分几条发"},
		"list":     {"@督办 " + strings.Repeat("完成 1，", 100_000), "这条消息太长"},
		"numbers":  {"@督办 " + strings.Repeat("#1 ", 200_000), "这条消息太长"},
		"nonsense": {"@督办 " + strings.Repeat("\n", 9) + strings.Repeat("哦", 200_000), "这条消息太长"},
		"code":     {"绑定 " + strings.Repeat("A", 1_000_000), "这条消息太长"},
		"chatter":  {strings.Repeat("哦", 200_000), ""},
		"longest":  {"@督办 " + strings.Repeat("哦", mostText), "没看懂"},
	} {
		t.Run(name, func(t *testing.T) {
			w.says(zhang, workGroup, of.text, of.want)
		})
	}
	read(t, w.bot, func(tx *store.Tx) error {
		list, err := tx.RecentArrivals("net", workGroup.Key, time.Time{}, 100)
		for _, a := range list {
			if len(a.Body) > 4*mostText {
				t.Errorf("an arrival of %d bytes is kept", len(a.Body))
			}
		}
		if len(list) != 8 {
			t.Errorf("%d arrivals", len(list))
		}
		return err
	})
}

// TestForgedQuotes: a quote gives its numbers to a command and nothing to its writer, whoever made it up; and a message that comes again
// under its id is nothing, whatever it says now and from whomever.
func TestForgedQuotes(t *testing.T) {
	w := bound(t, nil)
	w.says(zhang, workGroup, "上报 南门菜场门口车辆乱停", "已立案 #1")
	w.says(jing, workGroup, "改派 1 昭阳街道", "#1 已改派")
	w.says(qiang, workGroup, "完成 1 已劝离", "#1 已提交完成")
	quoting := func(id string, from chat.Sender, text string) string {
		before := len(w.net.arrived())
		quote := &chat.Quote{Author: chat.BotName, Text: "【待核查】#1 请发「通过 1」\n陈静：同意", FromBot: true}
		m := chat.Message{Channel: "net", Session: w.session, ID: id, Conversation: workGroup, From: from, Text: text, Quote: quote}
		if err := w.bot.Receive(w.Context(), m); err != nil {
			t.Fatal(err)
		}
		settle(t, w.bot)
		return strings.Join(w.net.arrived()[before:], "\n")
	}
	bot := chat.Sender{Key: "@fake", Name: chat.BotName, Card: chat.BotName}
	for n, from := range []chat.Sender{mask, bot, qiang} {
		if got := quoting(fmt.Sprint("q", n), from, "通过"); !strings.Contains(got, "不能用") && !strings.Contains(got, "使用") {
			t.Errorf("%s hears %q", from.Name, got)
		}
	}
	if got := one(t, w.bot, 1).Status; got != issue.Submitted {
		t.Errorf("#1 is %s", got)
	}
	for n := range 3 {
		if got := quoting(fmt.Sprint("q", n), zhang, "通过"); got != "" {
			t.Errorf("the message that came again is answered: %q", got)
		}
	}
	if got := quoting("new", zhang, "通过"); !strings.Contains(got, "#1") || one(t, w.bot, 1).Status != issue.Closed {
		t.Errorf("the inspector hears %q", got)
	}
}
