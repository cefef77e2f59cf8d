package setup

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"duban/internal/config"
	"duban/internal/issue"
)

func example(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "config.example.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// typed runs init in a new folder with what a person types.
func typed(t *testing.T, given Answers, in string) (file, out string, err error) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "config.yaml")
	var b strings.Builder
	err = Init(t.Context(), file, example(t), given, strings.NewReader(in), &b)
	return file, b.String(), err
}

func TestInit(t *testing.T) {
	file, out, err := typed(t, Answers{}, "兴安县\n陈静\n\n创城一线\n局域网\n")
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	c, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if token := c.Web.Token.Reveal(); len(token) < 20 || strings.Count(out, token) != 1 {
		t.Errorf("the token must be shown once: %q", out)
	}
	want := config.Default()
	want.Campaign.Name = "兴安县创建全国文明城市"
	want.Web.Listen, want.Web.Token = wholeLAN, c.Web.Token
	want.Groups = []issue.Group{{ID: "street", Name: "街道"}, {ID: "dept", Name: "部门"}}
	want.People = []issue.Person{{ID: "chen_jing", Name: "陈静", Roles: []issue.Role{issue.RoleOffice, issue.RoleAdmin}}}
	want.Chats = []issue.Chat{
		{ID: "office", Name: "创城办工作群", For: []issue.Purpose{issue.ForAdmin, issue.ForDrafts}, Listen: config.ListenCommands},
		{ID: "inspect", Name: "创城一线", For: []issue.Purpose{issue.ForIntake, issue.ForReminders, issue.ForRanking}, Listen: config.ListenCommands},
	}
	want.Channels.WeComHook.Groups = []config.HookGroup{{Chat: "leaders"}} // an example of what is not enabled
	dir := filepath.Dir(file)
	want.File = file
	want.Storage.DSN = config.Secret(filepath.Join(dir, want.Storage.Place()))
	for _, p := range []*string{&want.Storage.Media, &want.Channels.WeChat.Session, &want.Backup.Folder} {
		*p = filepath.Join(dir, *p)
	}
	if diff := cmp.Diff(&want, c, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if left, err := os.ReadDir(dir); len(left) != 1 || err != nil {
		t.Errorf("%v left, %v", left, err)
	}
}

// TestCommentsStay: every explanation of the example is in the file, and every line without one.
func TestCommentsStay(t *testing.T) {
	file, _, err := typed(t, Answers{}, "兴安县\n陈静\n\n\n\n")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(example(t), "\n") {
		if _, explanation, found := strings.Cut(line, "#"); found {
			line = strings.TrimLeft(explanation, "# ")
		}
		if !strings.HasPrefix(line, "1. ") && !strings.Contains(string(text), line) { // 1. says where the file is from
			t.Errorf("lost: %s", line)
		}
	}
}

func TestBadAnswersAreAskedAgain(t *testing.T) {
	in := "\n兴安\u200b县\n兴安县\n" + strings.Repeat("长", 61) + "\n陈静\n创城群\n创城群\n“督查群”\n督查群\n都行\n2\n"
	file, out, err := typed(t, Answers{}, in)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"不行：不能为空", "不行：含有看不见的字符", "不行：名称要写在一行里，最长 60 字", "不行：前面的名称已经是这个", "不行：引号是全角的", "不行：请写 本机 或 局域网"} {
		if strings.Count(out, want) != 1 {
			t.Errorf("not said once: %s\n%s", want, out)
		}
	}
	c, err := config.Load(file)
	if err != nil || c.Web.Listen != wholeLAN || c.Chats[1].Name != "督查群" {
		t.Errorf("%v, %v", c, err)
	}
}

func TestGivenAnswersAreNotAsked(t *testing.T) {
	given := Answers{County: "兴安县创建全国文明城市提名城市", Admin: "陈静", Office: "甲", Inspect: "乙", Web: Here}
	file, out, err := typed(t, given, "")
	if err != nil || strings.Contains(out, "①") || strings.Contains(out, "回答几个问题") {
		t.Errorf("%v, %s", err, out)
	}
	c, err := config.Load(file)
	if err != nil || c.Campaign.Name != given.County || c.Web.Listen != onlyHere {
		t.Errorf("%v, %v", c, err)
	}
	given.Inspect = "甲"
	if file, _, err = typed(t, given, ""); err == nil || !strings.HasPrefix(err.Error(), "--inspect-group “甲”：") {
		t.Errorf("%v", err)
	}
	if _, err := os.Lstat(file); err == nil {
		t.Error("a file was written")
	}
}

func TestNothingIsWritten(t *testing.T) {
	file, _, err := typed(t, Answers{}, "兴安县\n陈静\n\n\n") // the input ends before the last answer
	if !errors.Is(err, errStopped) {
		t.Errorf("%v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); len(left) != 0 || err != nil {
		t.Errorf("%v left, %v", left, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // Ctrl+C while nobody types
	never, w := io.Pipe()
	defer func() { _ = w.Close() }()
	if err := Init(ctx, file, example(t), Answers{}, never, io.Discard); !errors.Is(err, errStopped) {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	all := Answers{County: "a", Admin: "b", Office: "c", Inspect: "d", Web: Here}
	if err := Init(t.Context(), file, example(t), all, strings.NewReader(""), io.Discard); err == nil || !strings.Contains(err.Error(), "已经有了") {
		t.Errorf("%v", err)
	}
	if err := write(file, "ours"); err == nil { // somebody else's file came in the way
		t.Error("written over")
	}
	if text, err := os.ReadFile(file); string(text) != "mine" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); len(left) != 1 || err != nil {
		t.Errorf("%v left, %v", left, err)
	}
}

// TestWhatCheckSays: the new file has no faults, and its warnings are what has to be done next.
func TestWhatCheckSays(t *testing.T) {
	file, _, err := typed(t, Answers{}, "兴安县\n陈静\n\n\n\n")
	if err != nil {
		t.Fatal(err)
	}
	text, err := config.Check(file, time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"duban template", "还没有登记点位", "没有督查员", "没有领导"} {
		if !strings.Contains(text, want) {
			t.Errorf("does not say: %s\n%s", want, text)
		}
	}
}

// FuzzAnswers: whatever answers the configuration accepts, it reads back as exactly these.
func FuzzAnswers(f *testing.F) {
	whole := example(f)
	from, to := strings.Index(whole, "\ncategories:"), strings.Index(whole, "\n# ── 责任清单")
	short := whole[:from] + "\ncategories: []\n" + whole[to:] // reading the keywords takes longer than all the rest
	for _, s := range []string{"兴安县", "a: b # c", "'", `"x`, "- [", "${HOME}", "$${a}", "$$${", "null", "1e3", "!!bool", "\\", "true", "&a", "*a", "a'b''", "~", "{}", "%", "@督办", "`", "?"} {
		f.Add(s, s+"1", s+"2", s+"3")
	}
	f.Fuzz(func(t *testing.T, county, admin, office, inspect string) {
		trimmed := strings.TrimSpace
		// The groups' names differ, so that nothing is refused for that.
		a := Answers{County: trimmed(county), Admin: trimmed(admin), Office: trimmed(office) + "一", Inspect: trimmed(inspect) + "二", Web: LAN}
		if a.County == "" || a.Admin == "" {
			return
		}
		if why := reason(short, a); why != "" {
			if harmless(a.County) && harmless(a.Admin) && harmless(a.Office) && harmless(a.Inspect) {
				t.Fatalf("%q is refused: %s", a, why)
			}
			return
		}
		text, err := render(short, a, "secret")
		if err != nil {
			t.Fatal(err)
		}
		c, err := config.Parse("config.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		got := []string{c.Campaign.Name, c.People[0].Name, c.Chats[0].Name, c.Chats[1].Name, c.Web.Listen, c.Web.Token.Reveal()}
		want := []string{campaign(a.County), a.Admin, a.Office, a.Inspect, wholeLAN, "secret"}
		if diff := cmp.Diff(want, got); diff != "" || len(c.People) != 1 || len(c.Chats) != 2 {
			t.Errorf("(-want +got)\n%s\n%s", diff, text)
		}
	})
}

// harmless says whether a name has nothing in it that the configuration refuses.
func harmless(name string) bool {
	odd := func(r rune) bool { return !unicode.IsPrint(r) || strings.ContainsRune("“”", r) }
	return utf8.ValidString(name) && utf8.RuneCountInString(name) < 40 && !strings.ContainsFunc(name, odd)
}
