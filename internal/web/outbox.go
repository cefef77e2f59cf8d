package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"duban/internal/health"
	"duban/internal/issue"
	"duban/internal/store"
)

// shownLetters is how many messages of a kind a page shows.
const shownLetters = 100

// shownWords is how many characters of a message are shown.
const shownWords = 60

type outboxView struct {
	Dead, Retried, Held, Queued    []letterView
	DeadCount, QueuedCount, Hidden int
}

type letterView struct {
	ID       int64
	To       string
	Words    string
	Attempts int
	Tried    string // 试了 3 次（走企业微信）
	Why      string // the last failure, in words
	Note     string // the last failure, for the maintainers
	When     string
}

// outbox lists what is not sent yet, and what was given up.
func (v *visit) outbox() error {
	var page outboxView
	err := v.read(func(tx *store.Tx) (err error) {
		var dead, queued []store.Outgoing
		if dead, err = tx.Outbox(store.OutDead, shownLetters); err != nil {
			return err
		}
		if queued, err = tx.Outbox(store.OutQueued, shownLetters); err != nil {
			return err
		}
		if page.DeadCount, err = tx.CountOutgoing(store.OutDead); err != nil {
			return err
		}
		page.QueuedCount, err = tx.CountOutgoing(store.OutQueued)
		v.sort(&page, dead, queued)
		page.Hidden = max(0, page.DeadCount-len(dead)) + max(0, page.QueuedCount-len(queued))
		return err
	})
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "outbox", "发件箱", page)
}

func (v *visit) sort(page *outboxView, dead, queued []store.Outgoing) {
	for _, o := range dead {
		page.Dead = append(page.Dead, v.letter(o))
	}
	for _, o := range queued {
		l := v.letter(o)
		switch {
		case o.Attempts > 0:
			page.Retried = append(page.Retried, l)
		case o.HeldUntil > v.now.UnixMicro():
			page.Held = append(page.Held, l)
		default:
			page.Queued = append(page.Queued, l)
		}
	}
}

func (v *visit) letter(o store.Outgoing) letterView {
	loc := v.now.Location()
	return letterView{
		ID: o.ID, To: v.target(o.Target), Words: firstWords(o.Text), Attempts: o.Attempts, Tried: tried(o), Why: causeOfLetter(o.Failure), Note: o.Failure,
		When: whenWords(o, time.UnixMicro(o.DueAt).In(loc), time.UnixMicro(o.CreatedAt).In(loc)),
	}
}

// tried says how often a message was tried, and by which channel it goes.
func tried(o store.Outgoing) string {
	text := fmt.Sprintf("试了 %d 次", o.Attempts)
	if o.Route != "" {
		text += "（走" + health.Network(o.Route) + "）"
	}
	return text
}

// whenWords says since when a message waits, or when it is tried next.
func whenWords(o store.Outgoing, due, since time.Time) string {
	switch {
	case o.State == store.OutQueued && o.Attempts > 0:
		return "下次 " + format(due, "01-02 15:04")
	case o.State == store.OutQueued && o.DueAt > o.CreatedAt:
		return format(due, "01-02 15:04") + " 发出"
	}
	return format(since, "01-02 15:04") + " 起"
}

// target is where a message goes, in words.
func (v *visit) target(t store.Target) string {
	if id, ok := t.Chat(); ok {
		if c, known := v.world.Reg.Chat(id); known {
			return c.Name
		}
		return id + "（配置里已没有这个群）"
	}
	if id, ok := t.Person(); ok {
		return v.world.Reg.PersonName(id) + "（私聊）"
	}
	if channel, _, _, ok := t.Conversation(); ok {
		return "没有绑定的会话（" + health.Network(channel) + "）"
	}
	return "不明"
}

// firstWords are the first line of a text, shortened.
func firstWords(text string) string {
	first, rest, _ := strings.Cut(strings.TrimSpace(text), "\n")
	runes := []rune(first)
	if len(runes) > shownWords {
		return string(runes[:shownWords]) + "…"
	}
	if first == "" {
		return "（只有附件）"
	}
	if rest != "" {
		return first + " …"
	}
	return first
}

// failures are parts of a message's failures and what they mean to people. The first that fits counts.
var failures = []struct{ part, word string }{
	{"is bound on no channel", "没有绑定：请先绑定这个群或这个人"},
	{"is not running", "这个通道没有运行"},
	{"has had its share", "这个会话发得太多，排队等着"},
	{"errcode 93000", "群机器人的 key 不对，或机器人已不在群里：请重新添加，改好配置再启动"},
	{"errcode 45009", "发得太快，过一会儿自动再发"},
	{"aibot_send_msg: 45009", "发得太快，过一会儿自动再发"},
	{"connection lost", "发的时候断线了，上线后会自动再发"},
	{"offline", "掉线了，上线后会自动再发"},
	{"attachment", "附件没有生成"},
	{"timeout", "网络太慢"},
	{"context deadline exceeded", "网络太慢"},
	{"no such host", "连不上网络"},
	{"connection refused", "连不上网络"},
}

// causeOfLetter puts the failure of a message into words.
func causeOfLetter(note string) string {
	if note == "" {
		return ""
	}
	for _, c := range failures {
		if strings.Contains(note, c.part) {
			return c.word
		}
	}
	for _, c := range causes {
		if strings.Contains(note, c.part) {
			return c.word
		}
	}
	return "对方网络没有收下"
}

// number is the message that the address of a page names.
func (v *visit) number() (int64, error) {
	id, err := strconv.ParseInt(v.r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, notFound("没有这条消息")
	}
	return id, nil
}

// errMeanwhile says that a message is not stuck any more.
var errMeanwhile = issue.Fail(issue.CodeState, "这条消息已不在这里了，可能刚刚发出或已由别人处理", "请刷新发件箱看看")

// resend tries a message again now.
func (v *visit) resend() error {
	id, err := v.number()
	if err != nil {
		return err
	}
	return v.act("/outbox", func() (outcome, error) {
		err := v.onLetter(id, "resend", (*store.Tx).Resend)
		if err == nil {
			v.s.Lent.Poke()
		}
		return outcome{said: "已重新排队，马上再发一次"}, err
	})
}

// askDrop asks before a message is given up.
func (v *visit) askDrop() error {
	id, err := v.number()
	if err != nil {
		return err
	}
	var o store.Outgoing
	err = v.read(func(tx *store.Tx) (err error) {
		var found bool
		if o, found, err = tx.Outgoing(id); err == nil && !found {
			err = notFound("没有这条消息")
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.confirm("不再发送", question{
		Text: "发给“" + v.target(o.Target) + "”的消息不再发送：" + firstWords(o.Text), Notes: []string{"丢弃以后不能恢复；对方不会收到这条消息。"}, Do: "丢弃", Back: "/outbox",
	})
}

// drop gives a message up.
func (v *visit) drop() error {
	id, err := v.number()
	if err != nil {
		return err
	}
	return v.act("/outbox", func() (outcome, error) {
		return outcome{said: "已丢弃，不再发送"}, v.onLetter(id, "drop_letter", (*store.Tx).Drop)
	})
}

// onLetter does something to a message that is stuck, and records it.
func (v *visit) onLetter(id int64, what string, do func(*store.Tx, int64) (bool, error)) error {
	return v.write(func(tx *store.Tx) error {
		o, found, err := tx.Outgoing(id)
		if err != nil {
			return err
		}
		if !found {
			return notFound("没有这条消息")
		}
		won, err := do(tx, id)
		if err == nil && !won {
			err = errMeanwhile
		}
		if err != nil {
			return err
		}
		return tx.Audit(v.who.ID, what, v.target(o.Target)+"："+firstWords(o.Text))
	})
}

// deadAct is what can be done to all dead letters at once.
type deadAct struct {
	title, ask, do, done, audit string
	run                         func(*store.Tx, int64) (int, error)
}

var deadActs = map[string]deadAct{
	"resend": {"全部重发", "把 %d 条没送到的消息重新排队，逐条再发一次。", "全部重发", "%d 条已重新排队", "resend_all", (*store.Tx).ResendDead},
	"drop":   {"全部丢弃", "%d 条没送到的消息不再发送，不能恢复。", "全部丢弃", "%d 条已丢弃", "drop_all", (*store.Tx).DropDead},
}

// askDead asks before something is done to all dead letters, and remembers which those are: what dies meanwhile is not meant.
func (v *visit) askDead() error {
	act, ok := deadActs[v.r.PathValue("act")]
	if !ok {
		return notFound("没有这一页")
	}
	var last int64
	n := 0
	err := v.read(func(tx *store.Tx) (err error) {
		if last, err = tx.LastDead(); err != nil {
			return err
		}
		n, err = tx.CountOutgoing(store.OutDead)
		return err
	})
	if err != nil {
		return err
	}
	if n == 0 {
		return denied{http.StatusConflict, "没有要处理的消息了"}
	}
	q := question{Text: fmt.Sprintf(act.ask, n), Do: act.do, Back: "/outbox"}
	q.Field.Name, q.Field.Value = "through", strconv.FormatInt(last, 10)
	return v.confirm(act.title, q)
}

// dead does something to all dead letters that the question was about.
func (v *visit) dead() error {
	act, ok := deadActs[v.r.PathValue("act")]
	if !ok {
		return notFound("没有这一页")
	}
	return v.act("/outbox", func() (outcome, error) {
		through, err := strconv.ParseInt(v.r.PostFormValue("through"), 10, 64)
		if err != nil {
			return outcome{}, badRequest("表单不完整，请返回刷新页面再试")
		}
		n := 0
		err = v.write(func(tx *store.Tx) (err error) {
			if n, err = act.run(tx, through); err != nil {
				return err
			}
			return tx.Audit(v.who.ID, act.audit, fmt.Sprintf("%d 条", n))
		})
		v.s.Lent.Poke()
		return outcome{said: fmt.Sprintf(act.done, n)}, err
	})
}
