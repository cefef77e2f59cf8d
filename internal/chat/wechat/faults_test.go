package wechat

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/wechat/wechattest"
	"duban/internal/health"
)

// What a fault of the table lasts, when the operator is told of a channel that is away, and what must have happened so long after the
// fault is over.
const (
	outage       = 40 * time.Minute
	offlineAfter = 10 * time.Minute
	backAgain    = 12 * time.Minute
)

// outboxPace is how far apart the program sends.
const outboxPace = 3 * time.Second

// The most requests in a second and in a minute. A login asks eight times in its first second.
const (
	perSecond = 12
	perMinute = 80
)

// forever is more answers than a test sees.
const forever = 1 << 30

// mode is one way in which an answer is wrong.
type mode struct {
	name   string
	fault  wechattest.Fault
	gentle bool // what was asked for still comes
}

// modes are those of every endpoint.
func modes() []mode {
	return []mode{
		{"500", wechattest.Fault{HTML: http.StatusInternalServerError}, false},
		{"429", wechattest.Fault{HTML: http.StatusTooManyRequests}, false},
		{"refused", wechattest.Fault{Refuse: true}, false},
		{"reset", wechattest.Fault{Before: true}, false},
		{"lost reply", wechattest.Fault{After: true}, false},
		{"half", wechattest.Fault{Half: true}, false},
		{"timeout", wechattest.Fault{Slow: 10 * time.Hour}, false},
		{"drip", wechattest.Fault{Drip: 10 * time.Second}, false},
		{"garbage", wechattest.Fault{Body: "<html><body>请稍后再试</body></html>"}, false},
		{"deep", wechattest.Fault{Body: strings.Repeat(`{"a":`, 20_000)}, false},
		{"empty", wechattest.Fault{Empty: true}, false},
		{"huge", wechattest.Fault{Huge: 1 << 30}, false},
		{"too often", wechattest.Fault{Ret: retTooOften}, false},
		{"system error", wechattest.Fault{Ret: -1}, false},
		{"nothing in it", wechattest.Fault{Body: "{}"}, false},
		{"slow", wechattest.Fault{Slow: 5 * time.Second}, true},
		{"more fields", wechattest.Fault{Edit: func(m map[string]any) {
			for k := range 50 {
				m[fmt.Sprint("New", k)] = []any{map[string]any{"A": nil}, "x", k}
			}
		}}, true},
	}
}

// without is the fault of an answer that lacks a field; of one inside of another if the path has a dot.
func without(path string, gentle bool) mode {
	return mode{"without " + path, wechattest.Fault{Edit: func(m map[string]any) {
		outer, inner, nested := strings.Cut(path, ".")
		if !nested {
			delete(m, outer)
		} else if m, ok := m[outer].(map[string]any); ok {
			delete(m, inner)
		}
	}}, gentle}
}

// instead is the fault of an answer that is this text, in which something is missing.
func instead(name, body string) mode {
	return mode{name, wechattest.Fault{Body: body}, false}
}

// endless is the fault of a list whose pages do not end.
func endless() mode {
	seq := 1
	return mode{"endless", wechattest.Fault{Edit: func(m map[string]any) {
		seq++
		m["Seq"] = seq
	}}, false}
}

// ticketWithout is the page at the end of a login without one of its elements.
func ticketWithout(element string) mode {
	return mode{"without " + element, wechattest.Fault{Rewrite: func(page string) string {
		before, rest, _ := strings.Cut(page, "<"+element+">")
		_, after, _ := strings.Cut(rest, "</"+element+">")
		return before + after
	}}, false}
}

// withoutMembers is the fault of groups in which nobody is.
func withoutMembers() mode {
	return mode{"without members", wechattest.Fault{Edit: func(m map[string]any) {
		for _, c := range m["ContactList"].([]any) {
			delete(c.(map[string]any), "MemberList")
		}
	}}, false}
}

// when is what goes on while an endpoint is at fault.
type when string

const (
	scanning when = "scan"    // somebody scans a code
	pushing  when = "push"    // the phone is asked
	resuming when = "resume"  // the stored login is taken up
	working  when = "working" // messages come and go
)

// cell is an endpoint at a time.
type cell struct {
	endpoint string
	when     when
	told     bool // as long as it fails, nobody is reached: the operator is told
	more     []mode
}

// everything is all endpoints at once.
const everything = "everything"

func cells() []cell {
	init := []mode{without("BaseResponse", true), without("SyncKey", false), without("SyncKey.List", false), without("User", false), without("User.UserName", false), without("ContactList", true), without("SystemTime", true)}
	login := []mode{instead("without redirect", "window.code=200;"), instead("without code", "window.userAvatar = '';"), instead("unknown code", "window.code=500;")}
	ticket := []mode{ticketWithout("skey"), ticketWithout("wxsid"), ticketWithout("wxuin"), ticketWithout("pass_ticket")}
	sent := []mode{without("BaseResponse", false), without("MsgID", true)}
	return []cell{
		{everything, scanning, true, nil},
		{everything, resuming, true, nil},
		{everything, working, true, nil},
		{"jslogin", scanning, true, []mode{instead("without uuid", "window.QRLogin.code = 200;")}},
		{"login", scanning, true, login},
		{"login", pushing, true, login},
		{"webwxpushloginurl", pushing, false, []mode{without("ret", false), without("uuid", false), without("msg", true)}},
		{"webwxnewloginpage", scanning, true, ticket},
		{"webwxnewloginpage", pushing, true, ticket},
		{"webwxinit", scanning, true, init},
		{"webwxinit", resuming, true, init},
		{"webwxstatusnotify", scanning, false, []mode{without("BaseResponse", false)}},
		{"webwxstatusnotify", resuming, false, nil},
		{"webwxgetcontact", scanning, false, []mode{without("BaseResponse", false), without("MemberList", false), without("Seq", false), endless()}},
		{"synccheck", working, true, []mode{
			instead("without retcode", `window.synccheck={selector:"2"}`), instead("without selector", `window.synccheck={retcode:"0"}`),
			instead("unknown code", `window.synccheck={retcode:"1104",selector:"0"}`),
		}},
		{"webwxsync", working, true, []mode{without("SyncKey", false), without("SyncKey.List", false), without("AddMsgList", false), without("BaseResponse", true)}},
		{"webwxgetcontact", working, false, []mode{without("BaseResponse", false), without("MemberList", false), without("Seq", false), endless()}},
		{"webwxbatchgetcontact", working, false, []mode{without("BaseResponse", false), without("ContactList", false), without("Count", true), withoutMembers()}},
		{"webwxsendmsg", working, false, sent},
		{"webwxsendmsgimg", working, false, sent},
		{"webwxsendappmsg", working, false, sent},
		{"webwxuploadmedia", working, false, []mode{without("MediaId", false), without("BaseResponse", true)}},
		{"webwxgetmsgimg", working, false, nil},
		{"webwxgetmedia", working, false, nil},
	}
}

// TestFaults: every fault of every endpoint, in a login and while messages come and go, for forty minutes. The program goes on and asks
// neither too often nor for too much; the operator is told once, if nobody is reached, and once that it is over; when it is over, all that
// was written has arrived and all that was answered, too.
func TestFaults(t *testing.T) {
	for _, c := range cells() {
		for _, m := range slices.Concat(modes(), c.more) {
			if testing.Short() && m.name != "500" && m.name != "timeout" && m.name != "nothing in it" {
				continue
			}
			t.Run(fmt.Sprintf("%s/%s/%s", c.endpoint, c.when, m.name), func(t *testing.T) {
				t.Parallel()
				inWorld(t, func(t *testing.T, w *world) { newTrial(t, w, c, m).run() })
			})
		}
	}
}

// trial is one fault in one cell.
type trial struct {
	*world
	cell
	mode
	zhang    *wechattest.Person
	group    *wechattest.Group
	stranger *wechattest.Person
	fuse     *fuse
	states   health.Channels
	phone    *operator
	path     string // a file to send
	posted   []string
	outbox   chan chat.Outgoing
	faulty   atomic.Bool
	done     chan struct{} // all of the outbox was sent
}

func newTrial(t *testing.T, w *world, c cell, m mode) *trial {
	tr := &trial{world: w, cell: c, mode: m, phone: &operator{}, outbox: make(chan chat.Outgoing, 100), done: make(chan struct{})}
	tr.zhang = w.srv.AddFriend("小张", "张敏")
	tr.group = w.srv.AddGroup("督查群", true, tr.zhang)
	tr.group.SetCard(tr.zhang, "督查员张敏")
	tr.stranger = w.srv.AddPerson("过客")
	tr.path = filepath.Join(filepath.Dir(w.path), "kept")
	if err := os.WriteFile(tr.path, png, 0o600); err != nil {
		t.Fatal(err)
	}
	tr.heard = func(s chat.Status) { tr.states.Set(s, time.Now()) }
	tr.fuse = &fuse{base: w.srv.Transport()}
	return tr
}

func (tr *trial) run() {
	t := tr.t
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	tr.states.Add(Name, time.Now())
	go tr.phone.listen(ctx, filepath.Join(filepath.Dir(tr.world.path), "alerts.json"), &tr.states)
	r := tr.begin()
	tr.faulty.Store(true)
	for _, endpoint := range tr.asked() {
		f := tr.fault
		if f.Times = forever; f.Huge != 0 { // some, and then none: they take the test long
			f.Times = 6
			tr.srv.Inject(endpoint, f)
			f = wechattest.Fault{Empty: true, Times: forever}
		}
		tr.srv.Inject(endpoint, f)
	}
	if tr.when != working {
		r = tr.start(tr.fused)
	}
	go tr.carry(r)
	if tr.when == working {
		tr.talk(r)
	} else {
		time.Sleep(outage)
	}
	tr.srv.Heal()
	tr.faulty.Store(false)
	healed := time.Now()
	r.until("online", func() bool { return r.ch.current.Load() != nil && tr.states.Of(Name).Online() })
	tr.within(healed, backAgain, "online")
	time.Sleep(time.Minute) // what is older than the login is not answered
	tr.post(r)
	tr.arrived(r)
	tr.within(healed, backAgain+time.Minute, "all messages")
	close(tr.outbox)
	<-tr.done
	tr.within(healed, 70*time.Minute, "all answers") // after 1205 the pauses grow to an hour
	time.Sleep(5 * time.Minute)                      // until the operator knows that it is over
	r.quit()
	stop()
	synctest.Wait()
	tr.check()
}

// asked are the endpoints at fault.
func (tr *trial) asked() (out []string) {
	if tr.endpoint != everything {
		return []string{tr.endpoint}
	}
	for _, c := range cells() {
		if c.endpoint != everything && !slices.Contains(out, c.endpoint) {
			out = append(out, c.endpoint)
		}
	}
	return out
}

func (tr *trial) within(since time.Time, limit time.Duration, what string) {
	tr.t.Helper()
	if d := time.Since(since); d > limit {
		tr.t.Errorf("%s after %v", what, d)
	}
}

func (tr *trial) fused(c *Config) { c.Transport = tr.fuse }

// begin brings the account to where the fault meets it.
func (tr *trial) begin() *run {
	switch tr.when {
	case pushing:
		tr.srv.AllowPush(true)
		tr.online(tr.fused).quit()
		tr.srv.Expire(retElsewhere)
	case resuming:
		tr.online(tr.fused).quit()
	case working:
		r := tr.online(tr.fused)
		tr.post(r)
		tr.arrived(r)
		return r
	}
	return nil
}

// talk lets messages come and go while the fault lasts. What is fetched then is whole or an error.
func (tr *trial) talk(r *run) {
	for range 8 {
		tr.post(r)
		until := time.Now().Add(outage / 8)
		time.Sleep(time.Minute)
		got := r.inbox.all()
		for _, m := range got[max(0, len(got)-3):] {
			for _, p := range m.Pictures {
				if data, err := r.ch.FetchPicture(tr.t.Context(), p); err == nil || tr.gentle {
					tr.whole(data, err)
				}
			}
			for _, f := range m.Files {
				if data, err := r.ch.FetchFile(tr.t.Context(), f, 1<<20); err == nil || tr.gentle {
					tr.whole(data, err)
				}
			}
		}
		time.Sleep(time.Until(until))
	}
}

// post lets somebody write a text, a picture and a file, and the bot answer with each of them. A stranger and a changed group before that
// make the channel ask who they are.
func (tr *trial) post(r *run) {
	n := len(tr.posted)
	tr.srv.PostText(tr.stranger, tr.stranger, "在吗")
	tr.srv.PostSystem(tr.group, "有人加入了群聊")
	tr.posted = append(tr.posted, fmt.Sprint("上报 ", n))
	tr.srv.PostText(tr.group, tr.zhang, tr.posted[n])
	tr.srv.PostPicture(tr.group, tr.zhang, png)
	tr.srv.PostFile(tr.group, tr.zhang, fmt.Sprint(n, ".xlsx"), png)
	for k, a := range []*chat.Attachment{nil, {Path: tr.path, Name: "图.png", Picture: true}, {Path: tr.path, Name: "表.xlsx"}} {
		out := chat.Outgoing{ID: fmt.Sprint(n, "/", k), Attachment: a, Text: fmt.Sprint("已立案 ", n)}
		if k > 0 {
			out.Text = ""
		}
		tr.outbox <- out
	}
}

// arrived waits for all that was posted, and fetches it.
func (tr *trial) arrived(r *run) {
	t := tr.t
	t.Helper()
	r.until("all arrives", func() bool {
		got := r.inbox.texts()
		return !slices.ContainsFunc(tr.posted, func(text string) bool { return !slices.Contains(got, text) })
	})
	time.Sleep(10 * time.Second) // what belongs to the last one
	ids, pictures, files := map[string]bool{}, 0, 0
	for _, m := range r.inbox.all() {
		if ids[m.ID] {
			continue // from the last stored position
		}
		ids[m.ID] = true
		if want := (chat.Sender{Key: tr.zhang.Key(), Name: "小张", Card: "督查员张敏", Remark: "张敏"}); !m.Conversation.Private && m.From != want {
			t.Errorf("%q is from %+v, not from %+v", m.Text, m.From, want)
		}
		time.Sleep(time.Second)
		for _, p := range m.Pictures {
			pictures++
			tr.whole(r.ch.FetchPicture(t.Context(), p))
		}
		for _, f := range m.Files {
			files++
			tr.whole(r.ch.FetchFile(t.Context(), f, 1<<20))
		}
	}
	if tr.when == resuming && tr.srv.Count("jslogin") > 1 {
		t.Error("somebody had to scan again")
	}
	if tr.when == working && (pictures != len(tr.posted) || files != len(tr.posted)) {
		t.Errorf("%d pictures and %d files came with %d texts", pictures, files, len(tr.posted))
	}
}

func (tr *trial) whole(data []byte, err error) {
	tr.t.Helper()
	if err != nil || !bytes.Equal(data, png) {
		tr.t.Errorf("got %d bytes, %v", len(data), err)
	}
}

// check looks at what the program did.
func (tr *trial) check() {
	t := tr.t
	for _, word := range []string{"panic", "crashed"} {
		if strings.Contains(tr.logged(), word) {
			t.Errorf("the log says %q", word)
		}
	}
	if s, m := tr.fuse.most(tr.srv.Requests()); s > perSecond || m > perMinute {
		t.Errorf("%d requests in a second, %d in a minute", s, m)
	}
	if n := tr.srv.Taken(); n > maxTaken(tr.endpoint) {
		t.Errorf("%d bytes were read of one answer", n)
	}
	told := tr.phone.heard()
	switch want := tr.told && !tr.gentle; {
	case !want && len(told) > 0:
		t.Errorf("the operator was told %q", told)
	case want && (len(told) != 2 || !strings.HasPrefix(told[0], "【告警】微信不在线") || !strings.HasPrefix(told[1], "【已恢复】微信不在线")):
		t.Errorf("the operator was told %q, not once of the beginning and once of the end", told)
	}
}

// maxTaken is the most that may be read of an answer, in bytes.
func maxTaken(endpoint string) int64 {
	switch endpoint {
	case everything, "webwxgetmsgimg", "webwxgetmedia", "webwxgetcontact", "webwxbatchgetcontact":
		return maxPicture + 1
	case "webwxsync", "webwxinit":
		return maxSync + 1
	}
	return maxSmall + 1
}
