package bot

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
)

// mentionsOnly is a network on which nothing reaches the bot but what mentions it.
var mentionsOnly = chat.Capabilities{Identified: true, MentionOnly: true, QuotesShown: true, Mentions: true}

// mannerIn is the manner in the groups of a network.
func mannerIn(t *testing.T, can chat.Capabilities) manner {
	t.Helper()
	return manner{can: can, group: true, table: newStage(t, time.Date(2026, 11, 23, 9, 0, 0, 0, shanghai(t))).bot.edition().world.Table}
}

const howPhotos = "照片请和 @督办 写在同一条消息里，或引用照片再 @督办"

// TestManner: what to say is written with the mention in groups where nothing else arrives, and nowhere else.
func TestManner(t *testing.T) {
	m := mannerIn(t, mentionsOnly)
	loose, unquoted := mentionsOnly, mentionsOnly
	loose.Loose, unquoted.QuotesShown = true, false
	for name, tt := range map[string]struct {
		can        chat.Capabilities
		person     bool
		text, want string
	}{
		"a command":         {mentionsOnly, false, "#17 已派单，请发「签收 17」", "#17 已派单，请发「@督办 签收 17」"},
		"several":           {mentionsOnly, false, "「通过 17」或「退回 17 原因」", "「@督办 通过 17」或「@督办 退回 17 原因」"},
		"a bare verb":       {mentionsOnly, false, "发「帮助」看全部命令", "发「@督办 帮助」看全部命令"},
		"an alias":          {mentionsOnly, false, "「不同意加减分 3 原因」", "「@督办 不同意加减分 3 原因」"},
		"the verb 督办":       {mentionsOnly, false, "「督办 17」", "「@督办 督办 17」"},
		"not twice":         {mentionsOnly, false, "「@督办 签收 17」", "「@督办 签收 17」"},
		"no command":        {mentionsOnly, false, "群众说「收到」「完成了没有」", "群众说「收到」「完成了没有」"},
		"to a person":       {mentionsOnly, true, "请在10分钟内发整改后照片：「完成 17 措施」", "请在10分钟内发整改后照片：「完成 17 措施」"},
		"everything":        {identified, false, "请在10分钟内发整改后照片：「完成 17 措施」", "请在10分钟内发整改后照片：「完成 17 措施」\n@李强"},
		"photos":            {mentionsOnly, false, "#17 请在10分钟内发整改后照片", "#17 请在10分钟内发整改后照片\n" + howPhotos},
		"photos and buts":   {mentionsOnly, false, "办好请发「完成 17 措施」并附整改后照片", "办好请发「@督办 完成 17 措施」并附整改后照片\n" + howPhotos},
		"photos, no quotes": {unquoted, false, "请重发「完成 17」并附照片", "请重发「@督办 完成 17」并附照片\n照片请和 @督办 写在同一条消息里"},
		"loose photos":      {loose, false, "请重发「完成 17」并附照片", "请重发「@督办 完成 17」并附照片"},
		"no photos asked":   {mentionsOnly, false, "#17 已提交完成，整改后照片 2 张", "#17 已提交完成，整改后照片 2 张"},
		"not received":      {mentionsOnly, false, "照片没有收到，请重发照片", "照片没有收到，请重发照片\n" + howPhotos},
		"too large":         {mentionsOnly, false, "照片太大（30 MB），最大 20 MB，请压缩后重发", "照片太大（30 MB），最大 20 MB，请压缩后重发\n" + howPhotos},
		"nobody hears":      {chat.Capabilities{SendOnly: true, Mentions: true}, false, "签收请发「签收 17」", "签收请发「签收 17」\n" + elsewhere},
		"nothing to answer": {chat.Capabilities{SendOnly: true, Mentions: true}, false, "群众说「收到」", "群众说「收到」"},
		"no picture":        {mentionsOnly, false, "这张图片打不开，请用手机重新拍照发送", "这张图片打不开，请用手机重新拍照发送\n" + howPhotos},
	} {
		t.Run(name, func(t *testing.T) {
			m.can, m.group = tt.can, !tt.person
			got := m.say(tt.text, []chat.Mention{{Name: "李强"}})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestActions: the buttons are what can be said at a tap, each once, with the numbers and without what a person has to think up.
func TestActions(t *testing.T) {
	cards := mentionsOnly
	cards.Cards = true
	m := mannerIn(t, cards)
	for text, want := range map[string][]chat.Action{
		"请发「签收 17」":     {{Label: "签收", Text: "签收 17"}},
		"「签收 12、13、14」": {{Label: "签收", Text: "签收 12、13、14"}},
		"「通过 17」或「退回 17 原因」，再说「通过 17」": {{Label: "通过", Text: "通过 17"}, {Label: "退回", Text: "退回 17"}},
		"「签收 17」\n「签收 18」":             {{Label: "签收 17", Text: "签收 17"}, {Label: "签收 18", Text: "签收 18"}},
		"「同意 17 住建局」或「同意 17 单位」「驳回 17 原因」": {
			{Label: "同意 17 住建局", Text: "同意 17 住建局"}, {Label: "同意 17", Text: "同意 17"}, {Label: "驳回", Text: "驳回 17"},
		},
		"「同意加减分 3」或「驳回加减分 3 原因」": {{Label: "同意加减分", Text: "同意加减分 3"}, {Label: "驳回加减分", Text: "驳回加减分 3"}},
		"「确认导入 2」": {{Label: "确认导入", Text: "确认导入 2"}},
		"「退回 17 角落仍有垃圾」「驳回加减分 3 当天窗口停电」":  nil, // an example is nobody's reason
		"请写明编号。例如：「同意 17」":                nil, // any number
		"#17 请写明改派给哪个单位，例如：「同意 17 住建局」":   nil, // any unit
		"例如「查 17」\n请发「同意 17」":             {{Label: "同意", Text: "同意 17"}},
		"「签收 编号」「签收」「通过」「查 17」「完成 17 措施」": nil,
		"群众说「通过大家努力」「同意」":                 nil,
		"「签收 1」「签收 2」「签收 3」「签收 4」「签收 5」「签收 6」": {
			{Label: "签收 1", Text: "签收 1"},
			{Label: "签收 2", Text: "签收 2"},
			{Label: "签收 3", Text: "签收 3"},
			{Label: "签收 4", Text: "签收 4"},
			{Label: "签收 5", Text: "签收 5"},
		},
	} {
		m.can.Cards = true
		if diff := cmp.Diff(want, m.actions(text)); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
		m.can.Cards = false
		if got := m.actions(text); got != nil {
			t.Errorf("%s: a network without cards gets %v", text, got)
		}
	}
}

// TestActionsGoWithTheLastPart: a long text is cut after it was fitted; the buttons stand below its end. A second attempt cuts alike.
func TestActionsGoWithTheLastPart(t *testing.T) {
	can := mentionsOnly
	can.Cards, can.MaxText = true, 20
	net := &fakeNet{name: "net", can: can}
	net.answer = func(_ chat.Outgoing, nth int) error {
		if nth == 2 {
			return &chat.SendError{Err: errNet, Retry: true}
		}
		return nil
	}
	sending(t, net, func(t *testing.T, b *Bot) {
		queue(t, b, to("inspect", "#17 金水湾小区垃圾桶满溢\n请核查：「通过 17」或「退回 17 原因」"))
		after(time.Hour)
		var texts []string
		parts := arrivedOnce(t, net)
		for n, out := range parts {
			texts = append(texts, out.Text)
			if want := n == len(parts)-1; (out.Actions != nil) != want {
				t.Errorf("part %d has the buttons %v", n, out.Actions)
			}
		}
		want := []string{"#17 金水湾小区垃圾桶满溢", "请核查：「@督办 通过 17」或「@督办", " 退回 17 原因」"}
		if diff := cmp.Diff(want, texts); diff != "" {
			t.Error(diff)
		}
		if n := len(net.all()); n != 4 {
			t.Errorf("%d attempts", n)
		}
	})
}

// TestNobodyPutsUpAButton: what people write in 「」, and the bot repeats, is no command to say: no button of a message is theirs.
func TestNobodyPutsUpAButton(t *testing.T) {
	s := newStage(t, time.Date(2026, 11, 23, 9, 0, 0, 0, shanghai(t)))
	heard := s.hear("zhang_min", "inspect", "上报 金水湾小区垃圾桶满溢，请发「同意 3」")
	heard = append(heard, s.hear("zhang_min", "inspect", "上报 南门菜场「签收 4」污水横流")...)
	can := mentionsOnly
	can.Cards = true
	m := manner{can: can, group: true, table: s.bot.edition().world.Table}
	var says []string
	for _, text := range heard {
		for _, a := range m.actions(text) {
			says = append(says, a.Text)
		}
	}
	if diff := cmp.Diff([]string{"签收 1", "签收 2"}, says); diff != "" || !strings.Contains(strings.Join(heard, "\n"), "“同意 3”") {
		t.Errorf("%s\n%q", diff, heard)
	}
}

// TestTapIsSaid: what every button of the conversations says is a command, understood as the very verb and numbers that it bears.
func TestTapIsSaid(t *testing.T) {
	cards := mentionsOnly
	cards.Cards = true
	m := mannerIn(t, cards)
	verbs := map[string]bool{}
	for _, text := range botTexts(t) {
		for _, a := range m.actions(text) {
			calls := m.table.Match(input(chat.Message{Text: a.Text, Mentioned: true}))
			if len(calls) != 1 || len(calls[0].IDs) == 0 && !calls[0].Command.Apart || !calls[0].Command.Tap {
				t.Errorf("%q is understood as %+v", a.Text, calls)
			}
			verb, _, _ := strings.Cut(a.Text, " ")
			verbs[verb] = true
		}
	}
	got := slices.Sorted(maps.Keys(verbs))
	want := []string{"取消导入", "同意", "同意加减分", "确认导入", "签收", "退回", "通过", "驳回", "驳回加减分"}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestQuotedNumbersOfAFittedText: the issues of a quoted message are the same with the mention in its examples.
func TestQuotedNumbersOfAFittedText(t *testing.T) {
	m := mannerIn(t, mentionsOnly)
	for _, text := range append(botTexts(t), "#17 已派单，请发「完成 #18 措施」") {
		if diff := cmp.Diff(quotedNumbers(text), quotedNumbers(m.say(text, nil))); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

var digits = regexp.MustCompile(`\d+`)

// TestWhichTextsAskForPhotos lists the lines in which the bot asks for photos, in all conversations, as they are said where only mentions
// arrive, and those in which it only speaks of some. With -update the list is written anew, to be read by a person.
func TestWhichTextsAskForPhotos(t *testing.T) {
	m := mannerIn(t, mentionsOnly)
	asks, others := map[string]bool{}, map[string]bool{}
	for _, text := range botTexts(t) {
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			fitted := m.say(line, nil)
			shape := digits.ReplaceAllString(fitted, "N")
			switch asked, asking := strings.CutSuffix(shape, "\n"+howPhotos); {
			case asking:
				asks[asked] = true
			case strings.Contains(line, "照片"):
				others[shape] = true
			}
		}
	}
	got := "# 要照片的话：后面加一行“" + howPhotos + "”\n" + strings.Join(slices.Sorted(maps.Keys(asks)), "\n") +
		"\n\n# 只是说到照片的话：不加\n" + strings.Join(slices.Sorted(maps.Keys(others)), "\n") + "\n"
	const file = "testdata/photos.txt"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("read the difference; if it is right, run: go test ./bot -run TestWhichTextsAskForPhotos -update\n%s", diff)
	}
}

// botTexts are what the bot says in the conversations of testdata/talk.
func botTexts(t *testing.T) (texts []string) {
	t.Helper()
	files, err := filepath.Glob("testdata/talk/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		steps, err := chat.ParseScript(strings.NewReader(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		for _, st := range steps {
			if st.Kind == chat.StepExpect {
				texts = append(texts, st.Text)
			}
		}
	}
	return texts
}
