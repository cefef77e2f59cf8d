package feishu

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/larksuite/oapi-sdk-go/v3/core"

	"duban/internal/chat"
)

// Codes of a refused app.
const (
	codeBadSecret = 10014
	codeBadApp    = 10003
	codeNoBot     = 11205
)

// publish is the step without which nothing that is changed in the console counts.
const publish = "再在「版本管理与发布」里创建版本、发布，等企业管理员审核通过"

// denied says in Chinese what a refusal of the service means and what to do; "" if the error is none.
func denied(err error) string {
	e, ok := errors.AsType[larkcore.CodeError](err)
	if !ok {
		return ""
	}
	switch names := scopes(e); {
	case names != "":
		return fmt.Sprintf("应用缺少权限，下面的有一项就行：%s。请在开放平台「权限管理」里开通，%s", names, publish)
	case e.Code == codeBadSecret, e.Code == codeBadApp:
		return fmt.Sprintf("飞书不接受 app_id 或 secret（错误码 %d）。请在开放平台「凭证与基础信息」里重新复制", e.Code)
	case e.Code == codeNoBot:
		return fmt.Sprintf("应用还没有机器人（错误码 %d）。请在开放平台「添加应用能力」里添加机器人，%s", e.Code, publish)
	case e.Code == codeTooOften:
		return "问得太快了，请过一分钟再试"
	}
	return fmt.Sprintf("飞书没有答应（错误码 %d）。请在开放平台核对应用的能力、权限和可用范围，%s", e.Code, publish)
}

// need is a permission that the bot cannot do without, any of several.
type need struct {
	What string
	Any  []string
}

func (c *Channel) needs() []need {
	hear := need{"接收群聊中 @ 机器人的消息", []string{"im:message.group_at_msg:readonly", "im:message.group_at_msg"}}
	if c.cfg.All {
		hear = need{"获取群组中所有消息", []string{"im:message.group_msg"}}
	}
	return []need{
		hear,
		{"读取用户发给机器人的单聊消息", []string{"im:message.p2p_msg:readonly", "im:message.p2p_msg"}},
		{"以应用的身份发消息", []string{"im:message:send_as_bot", "im:message"}},
		{"读取照片、文件和被引用的消息", []string{"im:message:readonly", "im:message", "im:message.history:readonly"}},
		{"上传图片和文件", []string{"im:resource", "im:resource:upload"}},
	}
}

// granted is the status of a permission that the organisation has given.
const granted = 1

// Probe says in Chinese why the app cannot do its work and what to do; "" if it can. It disturbs no running bot. An error says that nothing was
// learnt.
func (c *Channel) Probe(ctx context.Context) (refused string, err error) {
	if _, err := c.openID(ctx); err != nil {
		return c.unlessDenied(err)
	}
	list, err := get[struct {
		Data struct {
			Scopes []struct {
				Name   string `json:"scope_name"`
				Status int    `json:"grant_status"`
				Type   string `json:"scope_type"` // tenant or user; "" from older services
			} `json:"scopes"`
		} `json:"data"`
	}](ctx, c, "/open-apis/application/v6/scopes", nil)
	if err != nil {
		return c.unlessDenied(err)
	}
	have := map[string]int{}
	for _, s := range list.Data.Scopes {
		if s.Type != "user" {
			have[s.Name] = s.Status
		}
	}
	var missing, waiting []string
	for _, n := range c.needs() {
		name := fmt.Sprintf("%s（%s）", n.What, n.Any[0])
		switch {
		case slices.ContainsFunc(n.Any, func(s string) bool { return have[s] == granted }):
		case slices.ContainsFunc(n.Any, func(s string) bool { return have[s] != 0 }):
			waiting = append(waiting, name)
		default:
			missing = append(missing, name)
		}
	}
	switch {
	case missing != nil:
		return fmt.Sprintf("应用缺少权限：%s。请在开放平台「权限管理」里开通，%s", strings.Join(append(missing, waiting...), "、"), publish), nil
	case waiting != nil:
		return fmt.Sprintf("权限申请了，还没有生效：%s。请%s", strings.Join(waiting, "、"), publish), nil
	}
	return "", nil
}

// unlessDenied is what a refusal means, or that nothing was learnt.
func (c *Channel) unlessDenied(err error) (string, error) {
	if text := denied(err); text != "" {
		return text, nil
	}
	if _, late := errors.AsType[*larkcore.ClientTimeoutError](err); late {
		err = errors.Join(err, context.DeadlineExceeded) // the kit keeps only its text
	}
	return "", err
}

// refusal makes an error one that a person at the terminal can read, where it is a refusal.
func refusal(err error) error {
	if text := denied(err); text != "" {
		return &chat.Refusal{Text: text}
	}
	return err
}
