package feishu

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"duban/internal/chat"
	"duban/internal/chat/feishu/feishutest"
)

func TestProbe(t *testing.T) {
	for name, c := range map[string]struct {
		all    bool
		secret string
		scopes map[string]int
		fault  map[string]feishutest.Fault
		want   []string // in what is said; none: it is well
	}{
		"well": {},
		"wrong secret": {
			secret: "wrong", want: []string{"app_id 或 secret（错误码 10014）", "凭证与基础信息"},
		},
		"nothing": {
			scopes: map[string]int{}, want: []string{"缺少权限：接收群聊中 @ 机器人的消息（im:message.group_at_msg:readonly）", "im:message.p2p_msg:readonly", "im:message:send_as_bot", "im:resource", "版本管理与发布"},
		},
		"not all messages": {
			all: true, scopes: map[string]int{"im:message.group_at_msg:readonly": 1, "im:message.p2p_msg": 1, "im:message": 1, "im:resource": 1},
			want: []string{"缺少权限：获取群组中所有消息（im:message.group_msg）。"},
		},
		"not granted yet": {
			scopes: map[string]int{"im:message.group_at_msg:readonly": 1, "im:message.p2p_msg": 1, "im:message": 1, "im:resource": 2},
			want:   []string{"还没有生效：上传图片和文件（im:resource）", "审核"},
		},
		"no bot":     {fault: map[string]feishutest.Fault{"info": feishutest.Botless}, want: []string{"还没有机器人（错误码 11205）"}},
		"barred":     {fault: map[string]feishutest.Fault{"scopes": feishutest.Barred}, want: []string{"下面的有一项就行：im:message、im:resource。"}},
		"other code": {fault: map[string]feishutest.Fault{"scopes": feishutest.Refused}, want: []string{"飞书没有答应（错误码 230002）"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := feishutest.New(t)
			if c.scopes != nil {
				s.Grant(c.scopes)
			}
			for call, fault := range c.fault {
				s.Fail(call, fault)
			}
			cfg := Config{AppID: s.AppID, Secret: s.Secret, URL: s.URL(), All: c.all, Log: slog.New(slog.DiscardHandler)}
			if c.secret != "" {
				cfg.Secret = c.secret
			}
			got, err := New(cfg).Probe(t.Context())
			if err != nil || (got == "") != (c.want == nil) {
				t.Errorf("%q, %v", got, err)
			}
			for _, want := range c.want {
				if !strings.Contains(got, want) || strings.Contains(got, "wrong") {
					t.Errorf("%q lacks %q", got, want)
				}
			}
		})
	}
}

// Where nothing could be learnt, nothing is said about the app.
func TestProbeWithoutNetwork(t *testing.T) {
	s := feishutest.New(t)
	c := newChannel(t, s)
	for _, fault := range []feishutest.Fault{feishutest.Garbage, feishutest.Empty} {
		s.Fail("info", fault)
		if got, err := c.Probe(t.Context()); got != "" || err == nil {
			t.Errorf("%d: %q, %v", fault, got, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if got, err := newChannel(t, s).Probe(ctx); got != "" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestStaff(t *testing.T) {
	s := feishutest.New(t)
	s.Employ(feishutest.Organisation{
		Departments: map[string]string{"od-a": "创城办", "od-b": "城管局", "od-b/c": "市容科", "od-b/c/d": "一中队", "od-e": "住建局"},
		Members: []feishutest.Member{
			{ID: "ou_1", Name: "陈静", Department: "od-a"},
			{ID: "ou_2", Name: "李强 ", Department: "od-b/c/d"},
			{ID: "ou_3", Name: "王芳", Department: "od-b/c/d"},
			{ID: "ou_4", Name: "张敏", Department: "od-b/c/d"},
			{ID: "ou_4", Name: "张敏", Department: "od-e"}, // in two departments
			{ID: "ou_5", Name: "赵走", Department: "od-e", Left: true},
			{ID: "ou_6", Name: "刘建"},
		},
	})
	got, err := newChannel(t, s).Staff(t.Context())
	want := []chat.Staff{
		{Key: "ou_1", Name: "陈静", Department: "创城办"},
		{Key: "ou_2", Name: "李强", Department: "一中队"},
		{Key: "ou_3", Name: "王芳", Department: "一中队"},
		{Key: "ou_4", Name: "张敏", Department: "住建局"},
		{Key: "ou_6", Name: "刘建"},
	}
	byKey := func(a, b chat.Staff) int { return strings.Compare(a.Key, b.Key) }
	slices.SortFunc(got, byKey)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestStaffRefused(t *testing.T) {
	nobody := feishutest.Organisation{}
	nameless := feishutest.Organisation{Members: []feishutest.Member{{ID: "ou_1"}}}
	for name, c := range map[string]struct {
		staff feishutest.Organisation
		fault feishutest.Fault
		want  string // "" for an error of the network
	}{
		"nobody":   {staff: nobody, want: "通讯录权限范围"},
		"nameless": {staff: nameless, want: "contact:user.base:readonly"},
		"barred":   {staff: nameless, fault: feishutest.Barred, want: "权限管理"},
		"too fast": {staff: nameless, fault: feishutest.TooOften, want: "过一分钟再试"},
		"garbage":  {staff: nameless, fault: feishutest.Garbage},
	} {
		t.Run(name, func(t *testing.T) {
			s := feishutest.New(t)
			s.Employ(c.staff)
			s.Fail("contact", c.fault)
			got, err := newChannel(t, s).Staff(t.Context())
			r, refused := errors.AsType[*chat.Refusal](err)
			if got != nil || err == nil || refused != (c.want != "") || refused && !strings.Contains(r.Text, c.want) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}
