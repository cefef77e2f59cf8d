package dingtalk

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"

	"duban/internal/chat"
	"duban/internal/chat/dingtalk/dingtalktest"
)

func TestStaff(t *testing.T) {
	s := dingtalktest.New(t)
	c := newChannel(t, s, nil)
	s.Employ(dingtalktest.Company{
		Tops: []int64{1, 3},
		Departments: map[int64]dingtalktest.Department{
			1: {Name: "兴安县"}, 2: {Name: "昭阳街道", Above: 1}, 3: {Name: "社区办", Above: 2}, 4: {Name: "住建局", Above: 1}, 5: {Name: "县外", Above: 9},
		},
		People: []dingtalktest.Member{
			{ID: "chen", Name: "陈静", In: []int64{1}},
			{ID: "li", Name: " 李强", In: []int64{2}},
			{ID: "wang1", Name: "王芳", In: []int64{3}},
			{ID: "wang2", Name: "王芳", In: []int64{3, 4}},
			{ID: "a", Name: "甲", In: []int64{3}},
			{ID: "b", Name: "乙", In: []int64{3}},
			{ID: "out", Name: "丙", In: []int64{5}},
			{ID: "alone", Name: "丁"},
		},
		Alone: []string{"alone", "chen"},
	})
	got, err := c.Staff(t.Context())
	slices.SortFunc(got, func(a, b chat.Staff) int { return cmp.Compare(a.Key, b.Key) })
	want := []chat.Staff{
		{Key: "a", Name: "甲", Department: "社区办"},
		{Key: "alone", Name: "丁"},
		{Key: "b", Name: "乙", Department: "社区办"},
		{Key: "chen", Name: "陈静", Department: "兴安县"},
		{Key: "li", Name: "李强", Department: "昭阳街道"},
		{Key: "wang1", Name: "王芳", Department: "社区办"},
		{Key: "wang2", Name: "王芳", Department: "社区办"},
	}
	for k := range got {
		if got[k].Key == "wang2" { // is in two departments, in either of which they may be found first
			got[k].Department = "社区办"
		}
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if n := s.Asked(dingtalktest.Contact); n != 14 { // each department once: the range, two tops, four lists of departments, five of people, two people
		t.Errorf("asked %d times", n)
	}
	s.ExpireTokens()
	if again, err := c.Staff(t.Context()); err != nil || len(again) != len(want) {
		t.Errorf("with a stale token: %d, %v", len(again), err)
	}
}

func TestStaffRefused(t *testing.T) {
	for name, c := range map[string]struct {
		kind    string
		faults  []dingtalktest.Fault
		refused string // "": an error of the network
	}{
		"nobody":         {refused: "看不到任何人"},
		"forbidden":      {kind: dingtalktest.Contact, faults: []dingtalktest.Fault{dingtalktest.Forbidden}, refused: "qyapi_get_department_member"},
		"no token":       {kind: dingtalktest.Token, faults: []dingtalktest.Fault{dingtalktest.Refused}, refused: "client_id"},
		"broken":         {kind: dingtalktest.Contact, faults: []dingtalktest.Fault{dingtalktest.Broken}},
		"garbage":        {kind: dingtalktest.Contact, faults: []dingtalktest.Fault{dingtalktest.Garbage}},
		"cut":            {kind: dingtalktest.Contact, faults: []dingtalktest.Fault{0, dingtalktest.Cut}},
		"token is cut":   {kind: dingtalktest.Token, faults: []dingtalktest.Fault{dingtalktest.Cut}},
		"in the members": {kind: dingtalktest.Contact, faults: []dingtalktest.Fault{0, 0, dingtalktest.Broken}},
		"in the rest":    {kind: dingtalktest.Contact, faults: []dingtalktest.Fault{0, 0, 0, dingtalktest.TooOften}},
		"one person":     {kind: dingtalktest.Contact, faults: []dingtalktest.Fault{0, 0, 0, 0, dingtalktest.Refused}},
	} {
		t.Run(name, func(t *testing.T) {
			s := dingtalktest.New(t)
			if name != "nobody" {
				s.Employ(dingtalktest.Company{Tops: []int64{1}, People: []dingtalktest.Member{{ID: "chen", Name: "陈静", In: []int64{1}}}, Alone: []string{"chen"}})
			}
			if c.kind != "" {
				s.Fail(c.kind, c.faults...)
			}
			got, err := newChannel(t, s, nil).Staff(t.Context())
			r, refused := errors.AsType[*chat.Refusal](err)
			if err == nil || got != nil || refused != (c.refused != "") || refused && !strings.Contains(r.Text, c.refused) {
				t.Errorf("got %v, %v", got, err)
			}
			if strings.Contains(err.Error(), "token-") {
				t.Errorf("a token is in the error: %v", err)
			}
		})
	}
}
