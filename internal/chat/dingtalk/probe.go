package dingtalk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Probe says in Chinese why the network would not let the robot work; "" if it does. It looks at the key, at what the robot hears by and
// at its permissions, and shows nothing to anybody: what it sends goes to no group and to nobody, which the network refuses after it has
// looked at the permission. A running program is not disturbed. An error says that nothing was learnt.
func (c *Channel) Probe(ctx context.Context) (refused string, err error) {
	_, err = c.ticket(ctx)
	if text := final(err); text != "" {
		return text, nil
	}
	if e, ok := errors.AsType[*refusal](err); ok {
		return fmt.Sprintf("不让连接（%s %s）。请在开发者后台确认应用已添加“机器人”、消息接收模式是 Stream 模式，并且已发布", e.Code, e.Message), nil
	}
	if err != nil {
		return "", err
	}
	_, err = c.token(ctx)
	if e, ok := errors.AsType[*refusal](err); ok && !e.broken() {
		return fmt.Sprintf("不给访问令牌（%s %s）。请核对 client_id 和 secret，并在开发者后台确认应用没有停用", e.Code, e.Message), nil
	}
	if err != nil {
		return "", err
	}
	return c.permissions(ctx)
}

// permissions asks for what the robot does, without content.
func (c *Channel) permissions(ctx context.Context) (refused string, err error) {
	var scopes, without []string
	nobody := map[string]any{"robotCode": c.cfg.RobotCode, "msgKey": "sampleText", "msgParam": "{}", "userIds": []string{}, "openConversationId": ""}
	for _, p := range []struct {
		what, path string
		body       map[string]any
	}{
		{"在群里主动发消息", "robot/groupMessages/send", nobody},
		{"私聊发消息", "robot/oToMessages/batchSend", nobody},
		{"收照片和文件", "robot/messageFiles/download", map[string]any{"robotCode": c.cfg.RobotCode, "downloadCode": ""}},
	} {
		err := c.call(ctx, p.path, p.body, nil)
		e, ok := errors.AsType[*refusal](err)
		switch {
		case err != nil && (!ok || e.broken()):
			return "", err
		case ok && e.forbidden():
			scopes, without = append(scopes, e.Detail.Scopes...), append(without, p.what)
		case ok && strings.Contains(e.Code, "robotCode"):
			return "不认识机器人的编码。请核对 channels.dingtalk.robot_code（企业内部应用不用写），并确认机器人和 client_id 是同一个应用的", nil
		}
	}
	if len(without) == 0 {
		return "", nil
	}
	slices.Sort(scopes)
	return fmt.Sprintf("没有权限%s。请在开发者后台“权限管理”里开通 %s，再发布一个新版本",
		strings.Join(without, "、"), strings.Join(slices.Compact(scopes), "、")), nil
}
