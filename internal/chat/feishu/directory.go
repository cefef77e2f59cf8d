package feishu

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/larksuite/oapi-sdk-go/v3/core"

	"duban/internal/chat"
)

// department is a department of the organisation.
type department struct {
	ID   string `json:"open_department_id"`
	Name string `json:"name"`
}

// member is somebody in the directory.
type member struct {
	ID     string `json:"open_id"`
	Name   string `json:"name"`
	Status struct {
		Resigned bool `json:"is_resigned"`
		Exited   bool `json:"is_exited"`
	} `json:"status"`
}

// page is a part of a list, whatever the list is called.
type page[T any] struct {
	Items       []T      `json:"items"`
	Departments []string `json:"department_ids"`
	Users       []string `json:"user_ids"`
	More        bool     `json:"has_more"`
	Next        string   `json:"page_token"`
}

// Sizes of what is asked for at once.
const (
	pageSize  = 50
	mostPages = 2000 // of one list: a service that gives pages without end is not followed
)

// pages reads a list to its end.
func pages[T any](ctx context.Context, c *Channel, path string, query larkcore.QueryParams, take func(page[T])) error {
	query.Set("page_size", strconv.Itoa(pageSize))
	query.Set("user_id_type", "open_id")
	query.Set("department_id_type", "open_department_id")
	for range mostPages {
		answer, err := get[struct {
			Data page[T] `json:"data"`
		}](ctx, c, path, query)
		if err != nil {
			return err
		}
		p := answer.Data
		take(p)
		if !p.More || p.Next == "" {
			return nil
		}
		query.Set("page_token", p.Next)
	}
	return errors.New("a list without end: " + path)
}

var _ chat.Directory = (*Channel)(nil)

// Staff implements chat.Directory. It reads what the app's range of the directory holds: departments with all below them, and people who were named
// one by one.
func (c *Channel) Staff(ctx context.Context) ([]chat.Staff, error) {
	var out []chat.Staff
	seen, nameless := map[string]bool{}, 0
	take := func(where string) func(page[member]) {
		return func(p page[member]) {
			for _, m := range p.Items {
				if m.ID == "" || seen[m.ID] || m.Status.Resigned || m.Status.Exited {
					continue
				}
				seen[m.ID] = true
				if m.Name == "" {
					nameless++
				}
				out = append(out, chat.Staff{Key: m.ID, Name: strings.TrimSpace(m.Name), Department: where})
			}
		}
	}
	departments, users, err := c.scope(ctx)
	for _, d := range departments {
		if err == nil {
			err = pages(ctx, c, "/open-apis/contact/v3/users/find_by_department", larkcore.QueryParams{"department_id": {d.ID}}, take(d.Name))
		}
	}
	for some := range slices.Chunk(users, pageSize) {
		if err == nil {
			err = pages(ctx, c, "/open-apis/contact/v3/users/batch", larkcore.QueryParams{"user_ids": some}, take(""))
		}
	}
	switch {
	case err != nil:
		return nil, refusal(err)
	case len(out) == 0:
		return nil, &chat.Refusal{Text: "应用看不到任何人。请在开放平台「权限管理」→「通讯录权限范围」里选要绑定的部门或全部成员，" + publish}
	case nameless == len(out):
		return nil, &chat.Refusal{Text: "应用看得到人、看不到姓名。请在开放平台「权限管理」里开通“获取用户基本信息”（contact:user.base:readonly），" + publish}
	}
	return out, nil
}

// scope is what the app may see: departments, each once, and people by themselves.
func (c *Channel) scope(ctx context.Context) (list []department, users []string, err error) {
	var tops []string
	err = pages(ctx, c, "/open-apis/contact/v3/scopes", larkcore.QueryParams{}, func(p page[struct{}]) {
		tops, users = append(tops, p.Departments...), append(users, p.Users...)
	})
	seen := map[string]bool{}
	take := func(p page[department]) {
		for _, d := range p.Items {
			if d.ID != "" && !seen[d.ID] {
				seen[d.ID], list = true, append(list, d)
			}
		}
	}
	for some := range slices.Chunk(tops, pageSize) {
		if err == nil {
			err = pages(ctx, c, "/open-apis/contact/v3/departments/batch", larkcore.QueryParams{"department_ids": some}, take)
		}
	}
	for _, id := range tops {
		if err == nil {
			err = pages(ctx, c, "/open-apis/contact/v3/departments/"+id+"/children", larkcore.QueryParams{"fetch_child": {"true"}}, take)
		}
	}
	return list, users, err
}
