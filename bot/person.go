package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"duban/handlers"
	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/files"
	"duban/internal/issue"
	"duban/internal/store"
)

// openData opens a configuration's database, which a running bot may be using; one that is not there is not made.
func openData(ctx context.Context, cfg *config.Config, log *slog.Logger) (*store.Store, error) {
	if _, err := os.Stat(cfg.Storage.Place()); cfg.Storage.Driver == config.DriverSQLite && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("没有数据库 %s；程序还没有运行过，或配置文件不对", cfg.Storage.Place())
	}
	return store.Open(ctx, cfg.Storage.Place(), log)
}

// ExportPerson writes everything that is held about a person as a zip (docs/privacy.md). who is an id or a name of the configuration,
// or the id of somebody who has left it.
func ExportPerson(ctx context.Context, cfg *config.Config, who string, e Export, t Terminal, log *slog.Logger) (err error) {
	reg := cfg.Register()
	person, ok := reg.Person(who)
	if !ok {
		person, ok = reg.PersonNamed(who)
	}
	if !ok {
		person = issue.Person{ID: who}
	}
	s, err := openData(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	now := time.Now()
	p, err := dossier(ctx, s, now, cfg, person)
	if err != nil {
		return err
	}
	if !ok && len(p.Records) == 0 {
		return fmt.Errorf("配置和数据库里都没有“%s”；有重名的请写编号（id），已经离开的人也要写编号", who)
	}
	if e.File == "" {
		e.File = "个人信息-" + person.ID + "-" + now.In(cfg.Location()).Format("20060102") + ".zip"
	}
	cal, err := cfg.NewCalendar()
	if err != nil {
		return fmt.Errorf("日历配置：%w", err)
	}
	maker := files.New(s, handlers.NewWorld(reg, cal).Words, cfg.Storage.Media, nil)
	n, err := e.toFile(func(out io.Writer) (int, error) {
		return maker.WritePerson(p, func(done, total int) { fmt.Fprintf(t.ErrOut, "已写照片 %d / %d\n", done, total) }, out)
	})
	if err != nil {
		return fmt.Errorf("导出没有完成：%w", err)
	}
	rows := 0
	for _, r := range p.Records {
		rows += len(r.Rows)
	}
	fmt.Fprintf(t.ErrOut, "已导出到 %s：记录 %d 行、消息 %d 条、照片 %d 张。里面是个人信息，只交给本人，用完删除\n", e.File, rows, len(p.Sent)+len(p.Told), n)
	return nil
}

// dossier gathers what is held about a person, on one state of the data.
func dossier(ctx context.Context, s *store.Store, now time.Time, cfg *config.Config, person issue.Person) (p files.Person, err error) {
	p = files.Person{ID: person.ID, Name: person.Name, AsOf: now, Config: configured(cfg.Register(), person)}
	err = s.Read(ctx, now, func(tx *store.Tx) (err error) {
		if p.Records, err = tx.Records(person.ID); err != nil {
			return err
		}
		if p.Photos, err = tx.PersonPhotos(person.ID); err != nil {
			return err
		}
		told, err := tx.PersonMessages(person.ID)
		if err != nil {
			return err
		}
		for _, o := range told {
			where := "群里"
			if o.Target == store.ToPerson(person.ID) {
				where = "私聊"
			}
			p.Told = append(p.Told, files.Said{At: time.UnixMicro(o.DueAt), Where: where, Text: o.Text})
		}
		return eachOf(tx, person.ID, func(a store.Arrival, m chat.Message) {
			where := "群里"
			if m.Conversation.Private {
				where = "私聊"
			}
			p.Sent = append(p.Sent, files.Said{At: time.UnixMicro(a.ArrivedAt), Where: where, Text: m.Text})
		})
	})
	return p, err
}

// eachOf goes through the messages of a person whose words are still there: those from a key that is bound to them, and those by
// which they moved an issue.
func eachOf(tx *store.Tx, id string, do func(store.Arrival, chat.Message)) error {
	bound, err := tx.PersonBindings()
	if err != nil {
		return err
	}
	keys := map[senderKey]bool{}
	for _, b := range bound {
		if b.Person == id {
			keys[senderKey{b.Channel, b.Session, b.Sender}] = true
		}
	}
	causes, err := tx.Causes(id)
	if err != nil {
		return err
	}
	return tx.EachArrival(func(a store.Arrival) error {
		var m chat.Message
		if json.Unmarshal([]byte(a.Body), &m) != nil {
			return nil // what cannot be read says nothing
		}
		if m.From.Key == id || keys[senderKey{m.Channel, m.Session, m.From.Key}] || causes[m.Channel+"/"+m.ID] {
			do(a, m)
		}
		return nil
	})
}

// configured is what the administrators' file says of a person.
func configured(reg *issue.Register, p issue.Person) (out []files.Said) {
	add := func(where, text string) {
		if text != "" {
			out = append(out, files.Said{Where: where, Text: text})
		}
	}
	add("姓名", p.Name)
	add("别名", strings.Join(p.Aliases, "、"))
	add("备注名", p.Remark)
	if p.Unit != "" {
		add("单位", reg.UnitName(p.Unit))
	}
	for _, role := range p.Roles {
		add("角色", role.Text())
	}
	for _, u := range reg.Units {
		for _, post := range []struct{ name, who string }{{"主要领导", u.Head}, {"负责人", u.Lead}, {"联络员", u.Liaison}, {"代班人", u.Deputy}} {
			if post.who == p.ID {
				add(post.name, u.Name)
			}
		}
	}
	for _, place := range reg.Places {
		if place.Leader == p.ID {
			add("包保领导", place.Name)
		}
	}
	return out
}

// Erasure is whom to forget.
type Erasure struct {
	ID   string
	Name string // "" if it is not known any more: then messages and the history are not searched for it
	Yes  bool   // otherwise it is only said what would be done
}

// renamedAtOnce is how many issues one transaction renames in: others wait for it.
const renamedAtOnce = 100

// ErasePerson forgets somebody who has left the configuration (docs/privacy.md). The ledger, the events and the scores stay; who it was
// is not in them any more. What is cut off is done by running it again.
func ErasePerson(ctx context.Context, cfg *config.Config, e Erasure, t Terminal, log *slog.Logger) (err error) {
	if p, there := cfg.Register().Person(e.ID); there {
		return fmt.Errorf("%s（%s）还在配置里。请先从配置里删去，duban check 通过、程序用上新配置以后再清除", p.Name, p.ID)
	}
	s, err := openData(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	w := erasing{Erasure: e, s: s, now: time.Now(), t: t}
	if err := w.look(ctx); err != nil {
		return err
	}
	if !e.Yes {
		fmt.Fprintln(t.Out, "这是预演，什么都没有改。确认无误后加 --yes 再运行一次；改了不能恢复，请先备份")
		return nil
	}
	return w.do(ctx)
}

// erasing is an erasure that is being done.
type erasing struct {
	Erasure
	s        *store.Store
	now      time.Time
	t        Terminal
	touched  []int64 // issues
	arrivals []int64
}

// look finds what there is of the person, says it, and refuses what must not be done.
func (w *erasing) look(ctx context.Context) error {
	return w.s.Read(ctx, w.now, func(tx *store.Tx) error {
		records, err := tx.Records(w.ID)
		if err != nil {
			return err
		}
		told, err := tx.PersonMessages(w.ID)
		if err != nil {
			return err
		}
		if err := eachOf(tx, w.ID, func(a store.Arrival, _ chat.Message) { w.arrivals = append(w.arrivals, a.ID) }); err != nil {
			return err
		}
		if w.touched, err = tx.TouchedIssues(w.ID); err != nil {
			return err
		}
		if len(records)+len(told)+len(w.arrivals)+len(w.touched) == 0 {
			return fmt.Errorf("数据库里没有编号“%s”的人；请写配置里用过的编号（id），不是姓名", w.ID)
		}
		waits, err := tx.Burdens(w.ID)
		if err != nil {
			return err
		}
		if len(waits) > 0 {
			return fmt.Errorf("%s 还等着这个人办：请先改派或办结，再清除", hashed(waits))
		}
		w.say(records, len(told))
		return w.sayNamed(tx)
	})
}

// say lists what will be done.
func (w *erasing) say(records []store.Record, told int) {
	fmt.Fprintf(w.t.Out, "清除 %s：\n", w.ID)
	for _, r := range records {
		what := "换成代号"
		if slices.Contains([]string{"awaits", "person_bindings", "codes"}, r.Table) {
			what = "删除"
		}
		fmt.Fprintf(w.t.Out, "  %s %d 行：%s\n", files.Label(r.Table), len(r.Rows), what)
	}
	fmt.Fprintf(w.t.Out, "  发来的消息 %d 条、收到的消息 %d 条：清空原文\n", len(w.arrivals), told)
	fmt.Fprintln(w.t.Out, "  没有归属的照片：删除；问题的照片是佐证，到保存期限再清除")
	fmt.Fprintln(w.t.Out, "台账、经过、得分和发布过的内容不变。备份里的到期才没有，见 docs/privacy.md")
}

// mostNamed is how many issues are listed in whose words the name stands.
const mostNamed = 20

// sayNamed tells where people have written the name themselves: words are not altered, because a name may be another word, too.
func (w *erasing) sayNamed(tx *store.Tx) error {
	if w.Name == "" {
		fmt.Fprintln(w.t.Out, "没有写 --name：不查消息和经过的文字里有没有姓名")
		return nil
	}
	list, err := tx.NamedIn(w.Name, mostNamed+1)
	if err != nil || len(list) == 0 {
		return err
	}
	more := ""
	if len(list) > mostNamed {
		list, more = list[:mostNamed], " 等"
	}
	fmt.Fprintf(w.t.Out, "别人写的文字里有“%s”，原文保留：%s%s\n", w.Name, hashed(list), more)
	return nil
}

// hashed lists issues as people write them: #3、#17.
func hashed(list []int64) string {
	var out []string
	for _, n := range list {
		out = append(out, fmt.Sprintf("#%d", n))
	}
	return strings.Join(out, "、")
}

func (w *erasing) do(ctx context.Context) error {
	var alias string
	err := w.s.Read(ctx, w.now, func(tx *store.Tx) (err error) {
		alias, err = tx.Alias()
		return err
	})
	done := 0
	for page := range slices.Chunk(w.touched, renamedAtOnce) {
		if err != nil {
			break
		}
		err = w.s.Write(ctx, w.now, func(tx *store.Tx) error { return tx.RenameInIssues(page, w.ID, alias) })
		if done += len(page); err == nil && len(w.touched) > renamedAtOnce {
			fmt.Fprintf(w.t.ErrOut, "已改 %d / %d 件\n", done, len(w.touched))
		}
	}
	if err == nil {
		err = w.s.Write(ctx, w.now, func(tx *store.Tx) error { return tx.ErasePerson(w.ID, w.Name, alias, w.arrivals) })
	}
	if err == nil {
		err = w.s.Settle(ctx)
	}
	if err != nil {
		return fmt.Errorf("没有做完，请再运行一次：%w", err)
	}
	fmt.Fprintf(w.t.Out, "已清除，代号是“%s”。没有归属的照片由程序下次清理时删除文件\n", alias)
	if w.s.OnServer() {
		fmt.Fprintln(w.t.Out, "数据库在 PostgreSQL 服务器上：旧内容还在它的数据文件和日志里，请管理员在方便时执行 VACUUM FULL；pg_dump 的备份到期请删除")
	}
	return nil
}
