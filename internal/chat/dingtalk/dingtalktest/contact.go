package dingtalktest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// Company is what the app may see: departments by their ids, the topmost of them by Tops, and people.
type Company struct {
	Tops        []int64
	Departments map[int64]Department
	People      []Member
	Alone       []string // staff ids of those who were put into the app's range by themselves
}

// Department is a department of a company.
type Department struct {
	Name  string
	Above int64
}

// Member is somebody in a company's directory.
type Member struct {
	ID, Name string
	In       []int64 // departments
}

// contactPage is how many people a list gives at once, so that lists are read to their end.
const contactPage = 2

// Employ fills the directory.
func (s *Server) Employ(c Company) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.company = c
}

// contact answers for the directory; the lock is held.
func (s *Server) contact(r *http.Request) any {
	if !s.tokens[r.URL.Query().Get("access_token")] {
		return older(40014, "不合法的access_token")
	}
	if r.URL.Path == "/auth/scopes" {
		return map[string]any{"errcode": 0, "auth_org_scopes": map[string]any{"authed_dept": s.company.Tops, "authed_user": s.company.Alone}}
	}
	var b struct {
		Dept   int64  `json:"dept_id"`
		User   string `json:"userid"`
		Cursor int    `json:"cursor"`
		Size   int    `json:"size"`
	}
	if json.NewDecoder(r.Body).Decode(&b) != nil {
		return older(40035, "不合法的参数")
	}
	right := func(result any) any { return map[string]any{"errcode": 0, "errmsg": "ok", "result": result} }
	one := func(m Member) map[string]any { return map[string]any{"userid": m.ID, "name": m.Name} }
	switch strings.TrimPrefix(r.URL.Path, "/topapi/") {
	case "v2/department/get":
		return right(map[string]any{"dept_id": b.Dept, "name": s.company.Departments[b.Dept].Name})
	case "v2/department/listsub":
		list := []map[string]any{}
		for id, d := range s.company.Departments {
			if d.Above == b.Dept && id != b.Dept {
				list = append(list, map[string]any{"dept_id": id, "name": d.Name, "parent_id": b.Dept})
			}
		}
		return right(list)
	case "user/listsimple":
		var list []map[string]any
		for _, m := range s.company.People {
			if slices.Contains(m.In, b.Dept) {
				list = append(list, one(m))
			}
		}
		end := min(b.Cursor+min(b.Size, contactPage), len(list))
		return right(map[string]any{"has_more": end < len(list), "next_cursor": end, "list": list[b.Cursor:end]})
	case "v2/user/get":
		for _, m := range s.company.People {
			if m.ID == b.User {
				return right(one(m))
			}
		}
		return older(60121, "找不到该用户")
	}
	return older(22, "不合法ApiName")
}
