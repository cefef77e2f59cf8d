package bot

import (
	"context"
	"errors"
	"image"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/photo/phototest"
	"duban/internal/store"
)

// herald is a network that hands on what is sent to the administrators' group.
type herald struct {
	fakeNet
	heard chan string
}

func (h *herald) Send(ctx context.Context, out chat.Outgoing) error {
	h.heard <- out.Conversation + ": " + out.Text
	return h.fakeNet.Send(ctx, out)
}

// edit replaces text in a bot's configuration file the way that an editor does.
func edit(t *testing.T, b *Bot, save func(file string, text []byte) error, from, to string) {
	t.Helper()
	text, err := os.ReadFile(b.started.File)
	if err != nil || !strings.Contains(string(text), from) {
		t.Fatalf("%q is not in the file: %v", from, err)
	}
	if err := save(b.started.File, []byte(strings.Replace(string(text), from, to, 1))); err != nil {
		t.Fatal(err)
	}
}

func inPlace(file string, text []byte) error { return os.WriteFile(file, text, 0o600) }

// renamed saves as most editors do, with their own files around it.
func renamed(file string, text []byte) error {
	dir := filepath.Dir(file)
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "4913"), nil, 0o600), os.Remove(filepath.Join(dir, "4913")),
		os.WriteFile(filepath.Join(dir, ".config.yaml.swp"), []byte("x"), 0o600),
		os.WriteFile(filepath.Join(dir, ".~lock.config.yaml#"), []byte("x"), 0o600),
		os.Rename(file, file+"~"),
		os.WriteFile(filepath.Join(dir, "new"), text, 0o600),
		os.Rename(filepath.Join(dir, "new"), file),
		os.Remove(filepath.Join(dir, ".config.yaml.swp")),
	)
}

// emptied saves as those do that empty the file first.
func emptied(file string, text []byte) error {
	return errors.Join(os.Truncate(file, 0), os.WriteFile(file, text, 0o600))
}

// TestSavingIsNoticed: a running bot goes by what is saved, however an editor saves, says so once, and goes on by the old when the
// new has faults. The signal does the same.
func TestSavingIsNoticed(t *testing.T) {
	net := &herald{fakeNet: fakeNet{name: "net", can: identified}, heard: make(chan string, 100)}
	b := openBot(t, editable(t), time.Time{}, net)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	defer func() {
		cancel()
		if err := errors.Join(<-ended, b.Close()); err != nil {
			t.Error(err)
		}
	}()
	hear := func(want ...string) {
		t.Helper()
		select {
		case got := <-net.heard:
			for _, w := range want {
				if !strings.Contains(got, w) {
					t.Errorf("heard %q, want %q", got, w)
				}
			}
		case <-time.After(time.Minute):
			t.Fatalf("nothing heard, want %q", want)
		}
	}
	for b.edition().text == nil { // the start has compared the file
		select {
		case err := <-ended:
			t.Fatal(err)
		case <-time.After(time.Millisecond):
		}
	}
	for n, save := range []func(string, []byte) error{inPlace, renamed, emptied} {
		from, to := []string{"张敏", "王敏", "李敏", "赵敏二"}[n], []string{"张敏", "王敏", "李敏", "赵敏二"}[n+1]
		edit(t, b, save, "name: "+from, "name: "+to)
		hear("office: 【配置】已生效（文件有改动）", "人员 "+from+"：姓名 "+from+"→"+to)
		if p, _ := b.register().Person("zhang_min"); p.Name != to {
			t.Errorf("the register says %s", p.Name)
		}
	}
	edit(t, b, renamed, "name: 赵敏二", "nam: 赵敏二")
	hear("office: 【配置】有误", "nam：没有这个键；是不是 name？")
	if p, _ := b.register().Person("zhang_min"); p.Name != "赵敏二" {
		t.Errorf("the register says %s", p.Name)
	}
	edit(t, b, renamed, "nam: 赵敏二", "name: 张敏")
	hear("姓名 赵敏二→张敏")
	hangUp(t) // nothing to tell; what comes next is
	edit(t, b, inPlace, "name: 张敏", "name: 张小敏")
	hear("姓名 张敏→张小敏")
	select {
	case more := <-net.heard:
		t.Errorf("said besides: %s", more)
	default:
	}
}

// TestHalfWrittenFile: a file that goes on changing, or is missing or empty for a moment, is waited for; one that stays so is told.
func TestHalfWrittenFile(t *testing.T) {
	b := openBot(t, editable(t), time.Time{}) // outside: GORM keeps tickers that never end
	defer b.Close()
	file := b.started.File
	synctest.Test(t, func(t *testing.T) {
		f := &follower{bot: b, changed: make(chan struct{}, 1)}
		settle := func(change func()) time.Duration {
			start := time.Now()
			go change()
			f.settled(t.Context())
			synctest.Wait()
			return time.Since(start)
		}
		if took := settle(func() {}); took != calm {
			t.Errorf("a whole file took %v", took)
		}
		busy := func() {
			for range 5 {
				f.poke()
				time.Sleep(calm / 2)
			}
		}
		if took := settle(busy); took < 3*calm || took > time.Second {
			t.Errorf("a file that goes on changing took %v", took)
		}
		aside := func() {
			if err := os.Rename(file, file+"~"); err != nil {
				t.Error(err)
			}
			time.Sleep(2*calm + calm/2)
			if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Rename(file+"~", file)); err != nil {
				t.Error(err)
			}
		}
		if took := settle(aside); took != 3*calm {
			t.Errorf("a file that was away took %v", took)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if took := settle(func() {}); took != patience {
			t.Errorf("a file that is gone took %v", took)
		}
	})
	f := &follower{bot: b, changed: make(chan struct{}, 1)}
	for range 2 {
		f.reload(t.Context(), bySaving)
	}
	told := 0
	read(t, b, func(tx *store.Tx) error {
		due, err := tx.DueOutgoing(100)
		for _, o := range due {
			if strings.Contains(o.Text, "【配置】有误") && strings.Contains(o.Text, "没有这个文件") {
				told++
			}
		}
		return err
	})
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}

// slowNet is a network on which something happens while a picture is fetched.
type slowNet struct {
	fakeNet
	meanwhile func()
}

func (n *slowNet) FetchPicture(context.Context, chat.Picture) ([]byte, error) {
	n.meanwhile()
	return phototest.Encode(image.NewGray(image.Rect(0, 0, 64, 48)), 90), nil
}

// TestMessageSeesOneConfiguration: what a message began under one configuration and would end under another is done again under the new
// one, so that nothing is given to a unit that is gone.
func TestMessageSeesOneConfiguration(t *testing.T) {
	net := &slowNet{fakeNet: fakeNet{name: "net", can: identified}}
	b := openBot(t, editable(t), morning(t), net)
	defer b.Close()
	fetched := 0
	net.meanwhile = func() {
		if fetched++; fetched > 1 {
			return
		}
		edit(t, b, inPlace, "社区小区, unit: zhaoyang", "社区小区, unit: linhu")
		if text, err := b.Reload(t.Context(), "chen_jing"); err != nil || !strings.Contains(text, "点位 金水湾小区：责任单位 昭阳街道→临湖街道") {
			t.Errorf("%q, %v", text, err)
		}
	}
	m := said("net", 1, "zhang_min", "inspect", "上报 金水湾小区3号楼楼道堆放杂物")
	m.Pictures = []chat.Picture{{}}
	if err := b.Receive(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	settle(t, b)
	got := strings.Join(net.arrived(), "\n")
	if fetched != 2 || strings.Count(got, "已立案") != 1 || !strings.Contains(got, "责任：临湖街道 孙丽") {
		t.Errorf("fetched %d times: %s", fetched, got)
	}
}

// TestReloadThatIsNotKept: if the transaction fails in which a configuration was replaced, the old one counts.
func TestReloadThatIsNotKept(t *testing.T) {
	b := openBot(t, editable(t), morning(t))
	defer b.Close()
	e := b.edition()
	ctx, cancel := context.WithCancel(t.Context())
	err := b.replacing(ctx, b.Now(), func(_ *store.Tx, replace func(*edition)) error {
		other := *e
		replace(&other)
		cancel() // the commit fails
		return nil
	})
	if err == nil || b.edition() != e {
		t.Errorf("error %v, the old one counts: %v", err, b.edition() == e)
	}
	if _, err := os.Stat(lastFile(b.started)); err == nil {
		t.Error("it was remembered")
	}
}

// TestStartWithAnotherConfiguration: what was changed while the program was off is told at its start, once; a unit that is still needed
// is told, too, and does not keep the bot from starting. New times of a job are not made up for.
func TestStartWithAnotherConfiguration(t *testing.T) {
	cfg := editable(t)
	run := func(change func(b *Bot)) []string {
		net := &fakeNet{name: "net", can: identified}
		b, err := New(t.Context(), cfg, Options{Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		b.Add(net)
		if err := b.resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		settle(t, b)
		told := slices.DeleteFunc(net.arrived(), func(s string) bool { return !strings.Contains(s, "【配置】") })
		change(b)
		return told
	}
	if got := run(func(b *Bot) {
		if err := b.Receive(t.Context(), said("net", 1, "zhang_min", "inspect", "上报 翠绿社区楼道堆放杂物")); err != nil {
			t.Fatal(err)
		}
		settle(t, b)
		edit(t, b, inPlace, "  - {id: linhu, name: 临湖街道, aliases: [临湖], group: street, lead: zhou_jun, liaison: sun_li}\n", "")
		edit(t, b, inPlace, "{id: sun_li, name: 孙丽, unit: linhu}", "{id: sun_li, name: 孙丽}")
		edit(t, b, inPlace, "{id: zhou_jun, name: 周军, unit: linhu}", "{id: zhou_jun, name: 周军}")
		for range 2 {
			edit(t, b, inPlace, "unit: linhu", "unit: zhujian")
		}
		edit(t, b, inPlace, "unit: linhu, assist: [zhujian]", "unit: zhujian")
		edit(t, b, inPlace, "scoring:\n", "schedule: {ranking: \"59 23 * * *\"}\nlog: {level: debug}\nscoring:\n")
	}); len(got) != 0 {
		t.Errorf("the first start: %q", got)
	}
	changed := reloaded(t, cfg.File)
	*cfg = *changed
	got := run(func(b *Bot) {
		read(t, b, func(tx *store.Tx) error {
			if last, ran, err := tx.LastRun("ranking"); err != nil || !ran || b.Now().Sub(last) > time.Minute {
				t.Errorf("the new times count from %v %v %v", last, ran, err)
			}
			return nil
		})
	})
	text := strings.Join(got, "\n")
	for _, want := range []string{
		"office: 【配置】已生效（重新启动）：\n日志详细程度 一般→最细\n删去单位 1：临湖街道\n", "任务 日排名 18:00→23:59",
		"office: 【配置】少了还在用的单位或人，请尽快加回来：\n临湖街道还有 1 件没有销号：#1，不能删",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("not told: %s\n%s", want, text)
		}
	}
	if got := run(func(*Bot) {}); len(got) != 0 {
		t.Errorf("the third start: %q", got)
	}
}

func reloaded(t *testing.T, file string) *config.Config {
	t.Helper()
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// TestCheckChange: before saving, the same is told that a reload would say, while the bot runs and afterwards; nothing is changed.
func TestCheckChange(t *testing.T) {
	b := openBot(t, editable(t), time.Time{}, &fakeNet{name: "net", can: identified})
	check := func() string {
		t.Helper()
		text, err := CheckChange(t.Context(), b.started.File, b.Now(), slog.New(slog.DiscardHandler))
		if err != nil {
			text += "\n! " + err.Error()
		}
		return text
	}
	if got := check(); !strings.HasPrefix(got, "还没有用过的配置可以比较") {
		t.Error(got)
	}
	if err := b.resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.Receive(t.Context(), said("net", 1, "zhang_min", "inspect", "上报 翠绿社区楼道堆放杂物")); err != nil {
		t.Fatal(err)
	}
	settle(t, b)
	if got := check(); got != "与正在用的配置相比：\n没有改动" {
		t.Error(got)
	}
	edit(t, b, inPlace, "  - {id: sun_li, name: 孙丽, unit: linhu}\n", "")
	edit(t, b, inPlace, ", liaison: sun_li}", "}")
	want := "与正在用的配置相比：\n单位 临湖街道：联络员 孙丽→无，已经派出的问题还是原来的人\n删去人员 1：孙丽\n" +
		"! 这样改不会生效：\n孙丽还有 1 件没有销号：#1，不能删。请先办完或改派，或保留这个人"
	if got := check(); got != want {
		t.Error(got)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if got := check(); got != want {
		t.Errorf("after the bot ended: %s", got)
	}
}
