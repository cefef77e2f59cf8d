// Package doctor looks at an installation and the computer under it, and says what is in order, what is not, and what to do. It
// changes nothing, and it may look while the program runs.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"duban/internal/config"
	"duban/internal/health"
	"duban/internal/issue"
	"duban/internal/store"
)

// Level says how bad a finding is.
type Level int

// The levels.
const (
	Good Level = iota
	Note       // the program runs, but somebody should know
	Bad        // something does not work
)

// Finding is what one check found: a line for the administrator, who reads what is the matter and what to do.
type Finding struct {
	Level Level
	Name  string // what was looked at
	Text  string
}

// String is the finding as a line: ✓ 时区：Asia/Shanghai.
func (f Finding) String() string {
	return [...]string{"✓", "！", "✗"}[f.Level] + " " + f.Name + "：" + f.Text
}

// Patient is an installation, and what the checks need to look at it.
type Patient struct {
	File string // the configuration file
	Now  time.Time
	Env  func(name string) string
	// Draw draws a picture in the font that pictures.font names, or says in Chinese why it cannot be done.
	Draw func(font string) error
	// Servers are what the enabled channels log in to. An error names the setting that is wrong.
	Servers func(*config.Config) ([]Server, error)
	// Trials are the keys that the enabled channels would be let in by.
	Trials   func(*config.Config) []Trial
	Login    bool // try those, too, that take a bot from whoever runs it
	JobTitle func(job string) string
	// LastBackup is when the newest backup was made; zero if there is none.
	LastBackup func(*config.Config) (time.Time, error)
	Log        *slog.Logger
}

// Server is what a channel logs in to, and how the channel reaches it.
type Server struct {
	Host      string // with a port where it is not the usual one
	Transport http.RoundTripper
}

// Trial tries a key at a network.
type Trial struct {
	What string // whose key, for example 企业微信群机器人（创城领导群）
	// Alone says that a running bot would lose its connection by it, for good.
	Alone bool
	// Try says in Chinese why the network refuses the key and what to do; "" if it takes it. An error says that it could not be tried.
	Try func(context.Context) (refused string, err error)
}

// Examine does all checks that can be done, tells each finding as it is made, and says whether nothing is Bad.
func (p Patient) Examine(ctx context.Context, tell func(Finding)) (sound bool) {
	e := &exam{Patient: p}
	defer e.close()
	sound = true
	for _, c := range checks {
		if ctx.Err() != nil {
			return false
		}
		if c.needs > e.knows() {
			continue
		}
		for _, v := range c.run(e, ctx) {
			tell(Finding{v.level, c.name, v.text})
			sound = sound && v.level != Bad
		}
	}
	return sound
}

// What a check needs to know before it makes sense.
const (
	nothing  = iota
	settings // the configuration could be read
	data     // the database could be opened, and this program knows its schema
)

// check looks at one thing. No verdict means that there is nothing to look at.
type check struct {
	name  string
	needs int
	run   func(*exam, context.Context) []verdict
}

// checks are done in this order; the first ones make what the later ones need.
var checks = []check{
	{"配置", nothing, (*exam).configuration},
	{"时区", settings, (*exam).zone},
	{"时钟", settings, (*exam).clock},
	{"节假日", settings, (*exam).holidays},
	{"字体", settings, (*exam).font},
	{"文件夹", settings, (*exam).folders},
	{"磁盘", settings, (*exam).disk},
	{"数据库", settings, (*exam).database},
	{"数据完整", data, (*exam).integrity},
	{"看板", settings, (*exam).dashboard},
	{"登录状态", settings, (*exam).session},
	{"代理", settings, (*exam).proxy},
	{"网络", settings, (*exam).network},
	{"密钥", settings, (*exam).keys},
	{"绑定", data, (*exam).bindings},
	{"备份", data, (*exam).backup},
	{"定时任务", data, (*exam).jobs},
	{"发不出的消息", data, (*exam).deadLetters},
}

// verdict is a finding without the name of its check.
type verdict struct {
	level Level
	text  string
}

func one(level Level, format string, args ...any) []verdict {
	return []verdict{{level, fmt.Sprintf(format, args...)}}
}

// exam is one examination and what it has learnt.
type exam struct {
	Patient
	cfg  *config.Config
	reg  *issue.Register
	view *store.Store
	runs bool // a duban runs on this computer
	know bool // the schema is the one that this program reads
}

func (e *exam) knows() int {
	switch {
	case e.cfg == nil:
		return nothing
	case e.view == nil || !e.know:
		return settings
	}
	return data
}

func (e *exam) close() {
	if e.view != nil {
		_ = e.view.Close() // it was only read
	}
}

// read looks into the database.
func (e *exam) read(ctx context.Context, fn func(tx *store.Tx) error) error {
	return e.view.Read(ctx, e.Now, fn)
}

// shown is an instant as people read it.
func (e *exam) shown(t time.Time) string { return t.In(e.cfg.Location()).Format("2006-01-02 15:04") }

// configuration reads the file with which all else begins.
func (e *exam) configuration(context.Context) []verdict {
	cfg, err := config.Load(e.File)
	if faults, ok := errors.AsType[*config.Errors](err); ok && len(faults.Faults) == 1 && faults.Faults[0].Line == 0 {
		return one(Bad, "%s：%s", e.File, faults.Faults[0].Text)
	} else if ok {
		return one(Bad, "%s 有 %d 处错误，程序不能启动。运行 duban check 看是哪些", e.File, len(faults.Faults)+faults.More)
	}
	if err != nil {
		return one(Bad, "%s 读不出来", e.File)
	}
	e.cfg, e.reg = cfg, cfg.Register()
	out := one(Good, "%d 个单位、%d 人、%d 个群", len(cfg.Units), len(cfg.People), len(cfg.Chats))
	if n := len(cfg.Warnings(e.Now)); n > 0 {
		out = one(Note, "没有错误，有 %d 条提示。运行 duban check 看是哪些", n)
	}
	return append(out, e.onlyOwner(e.File, "配置文件里有口令")...)
}

// database opens the database and learns whether its schema is the one that this program reads.
func (e *exam) database(ctx context.Context) []verdict {
	path := e.cfg.Storage.Place()
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && !writable(file, false) {
			return one(Bad, "%s 没有权限读写。请用运行 duban 的用户来检查，或把它的所有者改成这个用户", file)
		}
	}
	view, err := store.View(path, e.Log)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return one(Note, "还没有，第一次运行时自动建立")
	case errors.Is(err, fs.ErrPermission):
		return one(Bad, "%s 没有权限打开。请用运行 duban 的用户来检查，或改文件的所有者", path)
	case err != nil && store.OnServer(path):
		return one(Bad, "%v", err)
	case err != nil:
		return one(Bad, "%s 打不开。%s", path, restore)
	}
	e.view = view
	var have, known int
	err = e.read(ctx, func(tx *store.Tx) (err error) { have, known, err = tx.Steps(); return err })
	switch {
	case store.OnServer(path) && err != nil:
		return one(Bad, "数据库连上了，读不出来。请把配置里的用户设为库的所有者（见 docs/operations.md 的“PostgreSQL”）")
	case store.OnServer(path) && have == 0:
		return one(Note, "数据库连上了，还是空的，第一次运行时自动建表")
	case err != nil:
		return one(Bad, "%s 不是 duban 的数据库，或已损坏。%s", path, restore)
	}
	size := view.Size(ctx)
	switch e.know = have == known; {
	case have > known:
		return one(Bad, "结构版本是 %d，这个程序只认识到 %d。请换用更新的 duban", have, known)
	case have < known:
		return one(Note, "结构版本 %d，这个程序是 %d，下次启动时自动升级。升级前请先备份；升级后再查一遍", have, known)
	}
	found := append(one(Good, "%s，结构版本 %d", megabytes(size), have), e.sharing(ctx)...)
	if store.OnServer(path) {
		return found
	}
	return append(found, e.onlyOwner(path, "数据库里有群众和干部的信息")...)
}

// sharing tells who works on the database, if there are several.
func (e *exam) sharing(ctx context.Context) (out []verdict) {
	var workers []store.Worker
	var leases []store.Lease
	if err := e.read(ctx, func(tx *store.Tx) (err error) { workers, leases, err = tx.Sharing(); return err }); err != nil || len(workers) < 2 {
		return nil
	}
	for _, w := range workers {
		var has []string
		for _, l := range leases {
			if l.Holder == w.ID {
				has = append(has, map[bool]string{true: "定时任务", false: health.Network(l.Name)}[l.Name == "jobs"])
			}
		}
		what := "待命"
		if len(has) > 0 {
			what = "负责" + strings.Join(has, "、")
		}
		out = append(out, one(Good, "%s：%s，%s 报到", w.Name, what, w.SeenTime().In(e.Now.Location()).Format("01-02 15:04:05"))...)
	}
	return out
}

// restore is the way out for a database that cannot be used.
const restore = "请停止程序，用备份恢复（见 docs/operations.md 的“备份”）；不要删掉原来的文件"

// integrity reads the whole database, which takes some seconds for a gigabyte.
func (e *exam) integrity(ctx context.Context) []verdict {
	if e.view.OnServer() {
		return one(Good, "由 PostgreSQL 服务器负责")
	}
	var damage string
	err := e.read(ctx, func(tx *store.Tx) (err error) { damage, err = tx.QuickCheck(ctx); return err })
	if err != nil || damage != "" {
		return one(Bad, "数据库有损坏。%s", restore)
	}
	return one(Good, "数据库没有损坏")
}

// bindings says who and what has to be bound before the bot can serve: without an officer nobody can bind groups.
func (e *exam) bindings(ctx context.Context) []verdict {
	people, chats := map[string]bool{}, map[string]bool{}
	err := e.read(ctx, func(tx *store.Tx) error {
		persons, err := tx.PersonBindings()
		for _, b := range persons {
			people[b.Person] = true
		}
		if err != nil {
			return err
		}
		groups, err := tx.ChatBindings()
		for _, b := range groups {
			chats[b.Chat] = true
		}
		return err
	})
	if err != nil {
		return unread()
	}
	officer, bound := false, 0
	for _, p := range e.reg.People {
		if people[p.ID] {
			bound++
			officer = officer || e.reg.Has(p.ID, issue.RoleOffice, issue.RoleAdmin)
		}
	}
	var missing []string
	reached := map[string]string{} // without a binding
	if hook := e.cfg.Channels.WeComHook; hook.Enabled {
		reached = hook.Keys()
	}
	for _, c := range e.reg.Chats {
		if _, hook := reached[c.ID]; !chats[c.ID] && !hook {
			missing = append(missing, c.Name)
		}
	}
	switch {
	case !officer:
		return one(Note, "创城办和管理员还没有一个人绑定。登录以后，运行 duban code person 姓名，请本人把绑定码私聊发给机器人")
	case len(missing) > 0:
		return one(Note, "%d 人已绑定；%d 个群还没有绑定：%s。请创城办的人在群里发：绑定本群 %s", bound, len(missing), some(missing), missing[0])
	}
	return one(Good, "%d 人、%d 个群已绑定", bound, len(e.reg.Chats))
}

// freshBackup is how old the newest backup may be: a night and a day that a holiday's computer was off.
const freshBackup = 48 * time.Hour

// backup says whether what is lost today could be had again.
func (e *exam) backup(context.Context) []verdict {
	if store.OnServer(e.cfg.Storage.Place()) {
		return one(Note, "数据库在 PostgreSQL 服务器上，请确认每天有 pg_dump（见 docs/operations.md 的“PostgreSQL”）；duban 只备份配置和照片")
	}
	last, err := e.LastBackup(e.cfg)
	switch {
	case err != nil:
		return one(Bad, "存放备份的 %s 读不出来。请检查它的权限，或改 backup.folder", e.cfg.Backup.Folder)
	case last.IsZero():
		return one(Note, "还没有备份过。现在就做一份：duban backup")
	case e.Now.Sub(last) > freshBackup:
		return one(Note, "上次备份是 %s，太久了。现在就做一份：duban backup；每晚自动备份见配置的 schedule.backup", e.shown(last))
	}
	return one(Good, "上次备份 %s", e.shown(last))
}

// jobs names the jobs that failed the last time.
func (e *exam) jobs(ctx context.Context) []verdict {
	var failed []store.FailedRun
	err := e.read(ctx, func(tx *store.Tx) (err error) { failed, err = tx.FailedRuns(); return err })
	if err != nil {
		return unread()
	}
	var out []verdict
	for _, f := range failed {
		out = append(out, verdict{Note, fmt.Sprintf("“%s”上一次（%s）没有完成。请看那时的日志；到时候会再运行", e.JobTitle(f.Job), e.shown(f.At))})
	}
	if out == nil {
		return one(Good, "没有失败的")
	}
	return out
}

// deadLetters counts what was given up.
func (e *exam) deadLetters(ctx context.Context) []verdict {
	var dead, queued int
	err := e.read(ctx, func(tx *store.Tx) (err error) {
		if dead, err = tx.CountOutgoing(store.OutDead); err == nil {
			queued, err = tx.CountOutgoing(store.OutQueued)
		}
		return err
	})
	switch {
	case err != nil:
		return unread()
	case dead > 0:
		return one(Note, "%d 条一直没有送到，已放弃；另有 %d 条等着发。请看群还绑定着没有，号还在不在群里", dead, queued)
	}
	return one(Good, "没有；%d 条等着发", queued)
}

// unread is the verdict where the database could not be read; the check of its integrity says why.
func unread() []verdict { return one(Bad, "数据库里的内容读不出来。%s", restore) }
