package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/dingtalk"
	"duban/internal/chat/feishu"
	"duban/internal/config"
	"duban/internal/health"
	"duban/internal/issue"
	"duban/internal/setup"
	"duban/internal/store"
)

// directories are the enabled channels whose organisation's directory can be read.
func directories(cfg *config.Config, log *slog.Logger) map[string]chat.Directory {
	out := map[string]chat.Directory{}
	if c := cfg.Channels.Feishu; c.Enabled {
		out[feishu.Name] = feishu.New(feishuConfig(c, log))
	}
	if c := cfg.Channels.DingTalk; c.Enabled {
		out[dingtalk.Name] = dingtalk.New(dingTalkConfig(c, log))
	}
	return out
}

// BindByDirectory binds the people of the register to those in an organisation's directory who bear the same name, where it is nobody else's on
// either side. It lists them first and asks whether the list is right. Nobody's binding is changed.
func BindByDirectory(ctx context.Context, cfg *config.Config, channel string, agreed func(question string) bool, t Terminal, log *slog.Logger) (err error) {
	channel, staff, err := readDirectory(ctx, cfg, channel, t.Out, log)
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, cfg.Storage.Place(), log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	m, err := matched(ctx, s, cfg.Register(), channel, staff)
	if err != nil {
		return err
	}
	m.tell(t.Out, health.Network(channel))
	if len(m.pairs) == 0 {
		return nil
	}
	if !agreed(fmt.Sprintf("\n绑定这 %d 人？[y/N] ", len(m.pairs))) {
		fmt.Fprintf(t.Out, "\n一个人都没有绑定。核对后绑定请运行：duban directory %s%s --write\n", channel, setup.Naming(cfg.File))
		return nil
	}
	n := 0
	err = s.Write(ctx, time.Now(), func(tx *store.Tx) (err error) {
		n, err = m.bind(tx, channel)
		return err
	})
	if err == nil {
		notice(cfg.File)
		fmt.Fprintf(t.Out, "\n已绑定 %d 人。正在运行的机器人几秒后就认得他们；不认得的，请管理员对它说「重载」，或重新启动。\n", n)
	}
	return err
}

// readDirectory reads the directory of a channel, which may be called as people call it. Errors are Chinese sentences.
func readDirectory(ctx context.Context, cfg *config.Config, channel string, out io.Writer, log *slog.Logger) (name string, staff []chat.Staff, err error) {
	list := directories(cfg, log)
	for name := range list {
		if channel == health.Network(name) {
			channel = name
		}
	}
	network := health.Network(channel)
	d, ok := list[channel]
	if !ok {
		return "", nil, fmt.Errorf("读不到“%s”的通讯录：现在能读的是飞书（feishu）和钉钉（dingtalk），要先在配置的 channels 里启用", network)
	}
	fmt.Fprintf(out, "正在读取%s的通讯录，人多时要几分钟……\n", network)
	staff, err = d.Staff(ctx)
	if refused, ok := errors.AsType[*chat.Refusal](err); ok {
		return "", nil, refused
	} else if err != nil {
		log.Error("directory not read", "channel", channel, "err", err)
		return "", nil, fmt.Errorf("没有读成%s的通讯录。请检查网络，再试一次；运行 duban doctor 看是哪里不通", network)
	}
	return channel, staff, nil
}

// notice makes a running bot look at what it goes by, by touching the configuration's file, which it watches. Where that fails somebody can tell it.
func notice(file string) {
	now := time.Now()
	_ = os.Chtimes(file, now, now)
}

// pair is a person of the register and who bears the name in the directory.
type pair struct {
	person issue.Person
	staff  chat.Staff
}

// matches are what a directory and the register have in common.
type matches struct {
	reg     *issue.Register
	staff   int
	pairs   []pair
	bound   []string // names of people who are bound already
	nobody  []string // whose name is not in the directory
	several []string // whose name is not one person's alone, with the places where it is found
	taken   []string // whose namesake in the directory is bound as somebody else
}

func matched(ctx context.Context, s *store.Store, reg *issue.Register, channel string, staff []chat.Staff) (m matches, err error) {
	err = s.Read(ctx, time.Now(), func(tx *store.Tx) error {
		m, err = match(tx, reg, channel, staff)
		return err
	})
	return m, err
}

// match compares the names, letter by letter: a name that is only alike may be another's.
func match(tx *store.Tx, reg *issue.Register, channel string, staff []chat.Staff) (matches, error) {
	m := matches{reg: reg, staff: len(staff)}
	people, keys, err := boundOn(tx, channel)
	if err != nil {
		return m, err
	}
	byName, named := map[string][]chat.Staff{}, map[string]int{}
	for _, st := range staff {
		byName[st.Name] = append(byName[st.Name], st)
	}
	for _, p := range reg.People {
		named[p.Name]++
	}
	for _, p := range reg.People {
		found := byName[p.Name]
		switch {
		case people[p.ID]:
			m.bound = append(m.bound, p.Name)
		case len(found) == 0:
			m.nobody = append(m.nobody, p.Name)
		case named[p.Name] > 1:
			m.several = append(m.several, fmt.Sprintf("%s（登记了 %d 个）", p.Name, named[p.Name]))
		case len(found) > 1:
			m.several = append(m.several, fmt.Sprintf("%s（通讯录里 %d 个：%s）", p.Name, len(found), whereFound(found)))
		case keys[found[0].Key] != "":
			m.taken = append(m.taken, fmt.Sprintf("%s（已绑定为%s）", p.Name, reg.PersonName(keys[found[0].Key])))
		default:
			m.pairs = append(m.pairs, pair{p, found[0]})
		}
	}
	return m, nil
}

// boundOn are the people who are bound on a channel, and who each of its keys is.
func boundOn(tx *store.Tx, channel string) (people map[string]bool, keys map[string]string, err error) {
	list, err := tx.PersonBindings()
	people, keys = map[string]bool{}, map[string]string{}
	for _, b := range list {
		if b.Channel == channel {
			people[b.Person], keys[b.Sender] = true, b.Person
		}
	}
	return people, keys, err
}

func whereFound(found []chat.Staff) string {
	var where []string
	for _, st := range found {
		where = append(where, departmentOf(st))
	}
	return strings.Join(where, "、")
}

func departmentOf(st chat.Staff) string { return cmp.Or(st.Department, "没有写部门") }

// tell lists what was found, so that a person can see whether it is right.
func (m matches) tell(out io.Writer, network string) {
	fmt.Fprintf(out, "%s的通讯录里看得到 %d 人，配置里登记了 %d 人。\n", network, m.staff, len(m.reg.People))
	if len(m.bound) > 0 {
		fmt.Fprintf(out, "\n已经绑定、不动的 %d 人：%s\n", len(m.bound), strings.Join(m.bound, "、"))
	}
	if len(m.pairs) > 0 {
		fmt.Fprintf(out, "\n姓名对得上的 %d 人（左边是登记的，右边是通讯录里的）：\n", len(m.pairs))
	}
	for _, p := range m.pairs {
		unit := "没有单位"
		if u, ok := m.reg.Unit(p.person.Unit); ok {
			unit = u.Name
		}
		fmt.Fprintf(out, "  %s（%s）＝ %s（%s）\n", p.person.Name, unit, p.staff.Name, departmentOf(p.staff))
	}
	for _, list := range []struct {
		names []string
		text  string
	}{
		{m.nobody, "通讯录里没有这个姓名的"}, {m.several, "有重名、分不清的"}, {m.taken, "通讯录里的那个人已经绑定给别人的"},
	} {
		if len(list.names) > 0 {
			fmt.Fprintf(out, "\n%s %d 人：%s\n", list.text, len(list.names), strings.Join(list.names, "、"))
		}
	}
	if len(m.nobody)+len(m.several)+len(m.taken) > 0 {
		fmt.Fprintln(out, "\n对不上的用绑定码：duban code person 姓名")
	}
}

// bind binds the pairs, but for whoever has been bound since they were found, and says how many that were.
func (m matches) bind(tx *store.Tx, channel string) (n int, err error) {
	people, keys, err := boundOn(tx, channel)
	if err != nil {
		return 0, err
	}
	for _, p := range m.pairs {
		if people[p.person.ID] || keys[p.staff.Key] != "" {
			continue
		}
		if err := tx.BindPerson(store.PersonBinding{Channel: channel, Sender: p.staff.Key, Person: p.person.ID, How: "directory"}); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}
