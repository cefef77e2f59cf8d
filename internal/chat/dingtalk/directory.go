package dingtalk

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"duban/internal/chat"
	"duban/internal/chat/link"
)

var _ chat.Directory = (*Channel)(nil)

// Sizes of lists.
const (
	pageSize  = 100
	mostPages = 1000 // of one department: a service that gives pages without end is not followed
)

// directory is one reading of the company's directory.
type directory struct {
	c     *Channel
	staff []chat.Staff
	seen  map[string]bool // staff ids
	read  map[int64]bool  // departments
}

// department is a department of the company.
type department struct {
	ID   int64  `json:"dept_id"`
	Name string `json:"name"`
}

// member is somebody in the directory.
type member struct {
	ID   string `json:"userid"`
	Name string `json:"name"`
}

// Staff implements chat.Directory. It reads what the app's range of the directory holds: departments with all below them, and people who
// were named one by one.
func (c *Channel) Staff(ctx context.Context) ([]chat.Staff, error) {
	d := &directory{c: c, seen: map[string]bool{}, read: map[int64]bool{}}
	err := d.all(ctx)
	e, refused := errors.AsType[*refusal](err)
	switch {
	case refused && e.forbidden():
		need := "通讯录部门信息读权限（qyapi_get_department_list）、通讯录部门成员读权限（qyapi_get_department_member）和成员信息读权限（qyapi_get_member）"
		if len(e.Detail.Scopes) > 0 {
			need = strings.Join(e.Detail.Scopes, "、")
		}
		return nil, &chat.Refusal{Text: "应用没有读通讯录的权限。请在开发者后台“权限管理”里开通" + need + "，再发布一个新版本"}
	case refused && errors.Is(err, errNoToken) && !e.broken():
		return nil, &chat.Refusal{Text: fmt.Sprintf("不给访问令牌（%s %s）。请核对 client_id 和 secret", e.Code, e.Message)}
	case err != nil:
		return nil, err
	case len(d.staff) == 0:
		return nil, &chat.Refusal{Text: "应用看不到任何人。请在开发者后台“权限管理”里把通讯录的权限范围改成全部员工，再发布一个新版本"}
	}
	return d.staff, nil
}

// all reads the range of the app.
func (d *directory) all(ctx context.Context) error {
	var scope struct {
		Range struct {
			Departments []int64  `json:"authed_dept"`
			People      []string `json:"authed_user"`
		} `json:"auth_org_scopes"`
	}
	err := d.c.with(ctx, func(token string) error {
		return d.c.do(ctx, link.Ask{What: "range", Address: d.c.old("/auth/scopes", token)}, &scope)
	})
	if err != nil {
		return err
	}
	for _, id := range scope.Range.Departments {
		var top struct{ Result department }
		if err := d.ask(ctx, "/topapi/v2/department/get", map[string]any{"dept_id": id}, &top); err != nil {
			return err
		}
		if err := d.below(ctx, department{id, top.Result.Name}); err != nil {
			return err
		}
	}
	for _, id := range scope.Range.People {
		var one struct{ Result member }
		if err := d.ask(ctx, "/topapi/v2/user/get", map[string]any{"userid": id}, &one); err != nil {
			return err
		}
		d.take(one.Result, "")
	}
	return nil
}

// below reads a department and all departments below it, each once.
func (d *directory) below(ctx context.Context, at department) error {
	todo := []department{at}
	for len(todo) > 0 {
		at, todo = todo[0], todo[1:]
		if d.read[at.ID] {
			continue
		}
		d.read[at.ID] = true
		if err := d.members(ctx, at); err != nil {
			return err
		}
		var sub struct{ Result []department }
		if err := d.ask(ctx, "/topapi/v2/department/listsub", map[string]any{"dept_id": at.ID}, &sub); err != nil {
			return err
		}
		todo = append(todo, sub.Result...)
	}
	return nil
}

func (d *directory) members(ctx context.Context, at department) error {
	cursor := int64(0)
	for range mostPages {
		var page struct {
			Result struct {
				More bool     `json:"has_more"`
				Next int64    `json:"next_cursor"`
				List []member `json:"list"`
			}
		}
		if err := d.ask(ctx, "/topapi/user/listsimple", map[string]any{"dept_id": at.ID, "cursor": cursor, "size": pageSize}, &page); err != nil {
			return err
		}
		for _, m := range page.Result.List {
			d.take(m, at.Name)
		}
		if cursor = page.Result.Next; !page.Result.More {
			return nil
		}
	}
	return fmt.Errorf("department %d has no end", at.ID)
}

func (d *directory) take(m member, where string) {
	if staff(m.ID) && !d.seen[m.ID] {
		d.seen[m.ID] = true
		d.staff = append(d.staff, chat.Staff{Key: m.ID, Name: strings.TrimSpace(m.Name), Department: where})
	}
}

func (d *directory) ask(ctx context.Context, path string, body, answer any) error {
	return d.c.with(ctx, func(token string) error { return d.c.request(ctx, path, d.c.old(path, token), "", body, answer) })
}

// old is where the older interface does something.
func (c *Channel) old(path, token string) string {
	return c.cfg.OldURL + path + "?" + url.Values{"access_token": {token}}.Encode()
}
