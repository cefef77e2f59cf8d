package feishutest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Member is somebody in the organisation's directory.
type Member struct {
	ID, Name   string
	Department string // its id; "" for who was put into the app's range alone
	Left       bool
}

// Organisation is what the app may see: names of departments by their ids, which begin with their parent's (a, a/b), and people.
type Organisation struct {
	Departments map[string]string
	Members     []Member
}

// contactPage is how many things a list gives at once, so that lists are read to their end.
const contactPage = 2

// Employ fills the directory.
func (s *Server) Employ(o Organisation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.staff = o
}

// Grant says which permissions the app has: 1 given, 2 asked for. Without it the app has all.
func (s *Server) Grant(scopes map[string]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scopes = scopes
}

func (s *Server) granted(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{{"scope_name": "im:message:send_as_bot", "scope_type": "user", "grant_status": 1}}
	for name, status := range s.scopes {
		list = append(list, map[string]any{"scope_name": name, "scope_type": "tenant", "grant_status": status})
	}
	reply(w, map[string]any{"code": 0, "data": map[string]any{"scopes": list}})
}

func (s *Server) contact(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	below := func(parent string) (ids []string) {
		for id := range s.staff.Departments {
			if strings.HasPrefix(id, parent) && id != strings.TrimSuffix(parent, "/") {
				ids = append(ids, id)
			}
		}
		slices.Sort(ids)
		return ids
	}
	switch path := strings.TrimPrefix(r.URL.Path, "/open-apis/contact/v3/"); {
	case q.Get("user_id_type") != "open_id" || q.Get("department_id_type") != "open_department_id":
		replyWith(w, http.StatusBadRequest, map[string]any{"code": 40001, "msg": "param error"})
	case path == "scopes":
		tops := slices.DeleteFunc(below(""), func(id string) bool { return strings.Contains(id, "/") })
		var alone []string
		for _, m := range s.staff.Members {
			if m.Department == "" {
				alone = append(alone, m.ID)
			}
		}
		reply(w, map[string]any{"code": 0, "data": map[string]any{"department_ids": tops, "user_ids": alone, "has_more": false}})
	case path == "departments/batch":
		s.list(w, r, len(q["department_ids"]), func(n int) any { return s.department(q["department_ids"][n]) })
	case strings.HasSuffix(path, "/children"):
		parent := strings.TrimSuffix(strings.TrimPrefix(path, "departments/"), "children")
		ids := below(parent)
		if q.Get("fetch_child") != "true" { // only those that are right below
			ids = slices.DeleteFunc(ids, func(id string) bool { return strings.Contains(strings.TrimPrefix(id, parent), "/") })
		}
		s.list(w, r, len(ids), func(n int) any { return s.department(ids[n]) })
	case path == "users/batch":
		s.members(w, r, func(m Member) bool { return slices.Contains(q["user_ids"], m.ID) })
	case path == "users/find_by_department":
		s.members(w, r, func(m Member) bool { return m.Department == q.Get("department_id") })
	default:
		http.NotFound(w, r)
	}
}

func (s *Server) department(id string) any {
	return map[string]string{"open_department_id": id, "name": s.staff.Departments[id]}
}

func (s *Server) members(w http.ResponseWriter, r *http.Request, want func(Member) bool) {
	var found []Member
	for _, m := range s.staff.Members {
		if want(m) {
			found = append(found, m)
		}
	}
	s.list(w, r, len(found), func(n int) any {
		return map[string]any{"open_id": found[n].ID, "name": found[n].Name, "status": map[string]bool{"is_resigned": found[n].Left}}
	})
}

// list answers with one page of a list.
func (s *Server) list(w http.ResponseWriter, r *http.Request, n int, at func(int) any) {
	from, _ := strconv.Atoi(r.URL.Query().Get("page_token"))
	var items []any
	for k := from; k < min(n, from+contactPage); k++ {
		items = append(items, at(k))
	}
	more := from+contactPage < n
	reply(w, map[string]any{"code": 0, "data": map[string]any{"items": items, "has_more": more, "page_token": strconv.Itoa(from + contactPage)}})
}
