package web

import (
	"embed"
	"io/fs"
	"net/http"
	"slices"

	"duban/internal/issue"
)

//go:embed static
var static embed.FS

// route is one page or act of the dashboard.
type route struct {
	pattern string // of net/http.ServeMux
	menu    string // the page's name in the menu; "" keeps it out
	// open says that nobody has to be known. Only what tells nothing is open: the login and the files of its page.
	open bool
	// roles are those who may come in; nil means everybody who may use the dashboard at all. What people of a unit then see
	// is a matter of each page, by visit.units.
	roles []issue.Role
	serve func(*visit) error
}

// forAdmins is who may come in where the machine and the rights of people are concerned.
var forAdmins = []issue.Role{issue.RoleAdmin}

// onlyOffice is who files issues, as in chat.
var onlyOffice = []issue.Role{issue.RoleOffice}

// forSupervisors is who may come in where the figures of all units stand.
var forSupervisors = issue.Supervisors()

// forOffice is who may come in where the campaign's work is kept going.
var forOffice = []issue.Role{issue.RoleOffice, issue.RoleAdmin}

// routes lists all pages. There is no other place where pages are registered, so that one test can knock at every door.
func (s *Server) routes() []route {
	return slices.Concat([]route{
		{pattern: "GET /static/{file}", open: true, serve: (*visit).staticFile},
		{pattern: "GET /login", open: true, serve: (*visit).loginPage},
		{pattern: "GET /login/{code}", open: true, serve: (*visit).loginPage},
		{pattern: "POST /login", open: true, serve: (*visit).login},
		{pattern: "POST /logout", open: true, serve: (*visit).logout},
	}, looking(), running())
}

// looking are the pages for people who look.
func looking() []route {
	return []route{
		{pattern: "GET /{$}", menu: "总览", serve: (*visit).overview},
		{pattern: "GET /issues", menu: "台账", serve: (*visit).issues},
		{pattern: "GET /issues/export/{format}", serve: (*visit).exportIssues},
		{pattern: "GET /issues/{id}", serve: (*visit).issue},
		{pattern: "GET /photos/{id}", serve: (*visit).photo},
		{pattern: "GET /units", menu: "单位", serve: (*visit).unitList},
		{pattern: "GET /units/{id}", serve: (*visit).unitPage},
		{pattern: "GET /places", menu: "点位", serve: (*visit).placeList},
		{pattern: "GET /places/{name}", serve: (*visit).placePage},
		{pattern: "GET /rankings", menu: "排名", serve: (*visit).rankings},
		{pattern: "GET /rankings/{id}", serve: (*visit).ranking},
		{pattern: "GET /bulletins", menu: "通报", serve: (*visit).bulletins},
		{pattern: "GET /bulletins/{id}", serve: (*visit).bulletin},
		{pattern: "GET /published/{id}/{n}", serve: (*visit).publishedFile},
		{pattern: "GET /hot", menu: "热点", serve: (*visit).hot},
		{pattern: "GET /exposure", menu: "曝光台", serve: (*visit).exposure},
		{pattern: "GET /exposure/{id}/{which}", serve: (*visit).exposedPhoto},
		{pattern: "GET /wall", menu: "大屏", roles: forSupervisors, serve: (*visit).wall},
	}
}

// running are the pages for those who keep the campaign and the machine going.
func running() []route {
	return []route{
		{pattern: "GET /jobs", menu: "定时任务", roles: forOffice, serve: (*visit).jobs},
		{pattern: "GET /jobs/{job}/{slot}/again", roles: forOffice, serve: (*visit).askAgain},
		{pattern: "POST /jobs/{job}/{slot}/again", roles: forOffice, serve: (*visit).again},
		{pattern: "GET /outbox", menu: "发件箱", roles: forOffice, serve: (*visit).outbox},
		{pattern: "POST /outbox/{id}/resend", roles: forOffice, serve: (*visit).resend},
		{pattern: "GET /outbox/{id}/drop", roles: forOffice, serve: (*visit).askDrop},
		{pattern: "POST /outbox/{id}/drop", roles: forOffice, serve: (*visit).drop},
		{pattern: "GET /dead/{act}", roles: forOffice, serve: (*visit).askDead},
		{pattern: "POST /dead/{act}", roles: forOffice, serve: (*visit).dead},
		{pattern: "GET /people", menu: "人员绑定", roles: forOffice, serve: (*visit).people},
		{pattern: "POST /people/{id}/code", roles: forOffice, serve: (*visit).personCode},
		{pattern: "GET /people/{id}/unbind/{channel}", roles: forOffice, serve: (*visit).askUnbindPerson},
		{pattern: "POST /people/{id}/unbind/{channel}", roles: forOffice, serve: (*visit).unbindPerson},
		{pattern: "POST /chats/{id}/code", roles: forOffice, serve: (*visit).chatCode},
		{pattern: "GET /chats/{id}/unbind/{channel}", roles: forOffice, serve: (*visit).askUnbindChat},
		{pattern: "POST /chats/{id}/unbind/{channel}", roles: forOffice, serve: (*visit).unbindChat},
		{pattern: "GET /channels", menu: "通道", roles: forAdmins, serve: (*visit).channels},
		{pattern: "GET /channels/{name}/qr.png", roles: forAdmins, serve: (*visit).channelQR},
		{pattern: "GET /config", menu: "配置", roles: forAdmins, serve: (*visit).config},
		{pattern: "POST /config", roles: forAdmins, serve: (*visit).saveConfig},
		{pattern: "POST /config/check", roles: forAdmins, serve: (*visit).checkConfig},
		{pattern: "POST /config/reload", roles: forAdmins, serve: (*visit).reload},
		{pattern: "GET /import", menu: "导入", roles: forOffice, serve: (*visit).imports},
		{pattern: "POST /import/issues", roles: onlyOffice, serve: (*visit).uploadIssues},
		{pattern: "POST /import/{id}/confirm", roles: onlyOffice, serve: (*visit).confirmBatch},
		{pattern: "POST /import/{id}/drop", roles: onlyOffice, serve: (*visit).dropBatch},
		{pattern: "POST /config/sheet", roles: forAdmins, serve: (*visit).fillConfig},
		{pattern: "GET /audit", menu: "操作记录", roles: forAdmins, serve: (*visit).audit},
	}
}

// Handler is the dashboard's handler.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(r.pattern, s.enter(r))
	}
	for pattern, h := range s.Checks {
		mux.Handle(pattern, h)
	}
	mux.Handle("/", s.enter(route{serve: func(*visit) error { return notFound("没有这一页") }}))
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.visit(w, r).say(http.StatusForbidden, "不接受别的网站发来的操作")
	}))
	return s.shield(guard.Handler(s.sessions.LoadAndSave(mux)))
}

func (v *visit) staticFile() error {
	files, err := fs.Glob(static, "static/*")
	if err != nil {
		return err
	}
	n := slices.Index(files, "static/"+v.r.PathValue("file"))
	if n < 0 {
		return notFound("没有这个文件")
	}
	v.w.Header().Set("Cache-Control", "max-age=600")
	http.ServeFileFS(v.w, v.r, static, files[n])
	return nil
}
