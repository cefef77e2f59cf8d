package issue_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// TestOwner: the first row of the responsibility table that fits names unit, person and assisting units; without one the
// category's unit counts, and then the place's (S7, S11, domain.md row 10).
func TestOwner(t *testing.T) {
	r := register()
	r.Responsibility = []issue.Responsibility{
		{Categories: []string{"占道经营"}, Places: []string{"红星中路"}, Unit: "gongan", Person: "sun_li"},
		{Categories: []string{"占道经营", "交通秩序"}, Types: []string{"主次干道"}, Unit: "zhujian", Assist: []string{"gongan", "shuiwu"}},
		{Categories: []string{"占道经营"}, Unit: "gongan"},
		{Places: []string{"人民公园"}, Unit: "shuiwu"},
	}
	r.Places = append(r.Places, issue.Place{Name: "解放路", Type: "主次干道", Unit: "zhaoyang"}, issue.Place{Name: "人民公园"})
	for _, tt := range []struct {
		name, category, place string
		want                  issue.Owner
	}{
		{"the first row that fits, with its person", "占道经营", "红星中路", issue.Owner{Unit: "gongan", Person: "sun_li"}},
		{
			"by the type of place, with those who assist", "占道经营", "解放路",
			issue.Owner{Unit: "zhujian", Person: "wang_fang", Assist: []string{"gongan", "shuiwu"}},
		},
		{
			"another category of the same row", "交通秩序", "红星中路",
			issue.Owner{Unit: "zhujian", Person: "wang_fang", Assist: []string{"gongan", "shuiwu"}},
		},
		{"a row for all places", "占道经营", "金水湾小区", issue.Owner{Unit: "gongan", Person: "zhao_jun"}},
		{"a place that is not registered", "占道经营", "不存在的路", issue.Owner{Unit: "gongan", Person: "zhao_jun"}},
		{"a row for all categories", "环境卫生", "人民公园", issue.Owner{Unit: "shuiwu"}},
		{"a row comes before the category's unit", "公共设施", "人民公园", issue.Owner{Unit: "shuiwu"}},
		{"a row for a category does not fit an unknown one", "", "红星中路", issue.Owner{Unit: "zhujian", Person: "wang_fang"}},
		{"the category's unit comes before the place's", "公共设施", "金水湾小区", issue.Owner{Unit: "zhujian", Person: "wang_fang"}},
		{"the category's unit, without a place", "公共设施", "", issue.Owner{Unit: "zhujian", Person: "wang_fang"}},
		{"the place's unit", "环境卫生", "金水湾小区", issue.Owner{Unit: "zhaoyang", Person: "li_qiang"}},
		{"nobody", "环境卫生", "", issue.Owner{}},
		{"nothing known", "", "不存在的路", issue.Owner{}},
	} {
		if diff := cmp.Diff(tt.want, r.Owner(tt.category, tt.place)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	r.Owner("占道经营", "解放路").Assist[0] = "zhaoyang"
	if r.Responsibility[1].Assist[0] != "gongan" {
		t.Error("the list of assisting units is the register's own")
	}
}

func TestReceiver(t *testing.T) {
	r := register()
	u := &r.Units[0]
	for _, step := range []struct {
		want string
		next *string // who is missing after that
	}{{"li_qiang", &u.Liaison}, {"wu_gang", &u.Deputy}, {"zhang_wei", &u.Lead}, {"ma_chao", &u.Head}, {"", new(string)}} {
		if got := r.Receiver("zhaoyang"); got != step.want {
			t.Errorf("%q receives, want %q", got, step.want)
		}
		*step.next = ""
	}
	if got := r.Receiver("nowhere"); got != "" {
		t.Errorf("%q receives for a unit that is not there", got)
	}
}

// TestThoseWhoStandIn: the deputy and the head do what the liaison and the lead do, but an ordinary member does not.
func TestThoseWhoStandIn(t *testing.T) {
	for _, person := range []string{"li_qiang", "zhang_wei", "wu_gang", "ma_chao"} {
		s := filed(t, "2026-11-23 09:05", issue.Change{}).assign("2026-11-23 09:05", "zhaoyang").
			act("2026-11-23 09:10", issue.Sign, person).act("2026-11-23 09:20", issue.Note, person).
			act("2026-11-23 09:30", issue.Submit, person)
		if s.i.SubmittedBy != person {
			t.Errorf("submitted by %s, want %s", s.i.SubmittedBy, person)
		}
	}
	filed(t, "2026-11-23 09:05", issue.Change{}).assign("2026-11-23 09:05", "zhaoyang").
		refuse("2026-11-23 09:10", "#17 由昭阳街道李强负责，您不能签收。责任单位不对请找创城办改派", issue.Act{Action: issue.Sign, By: "zhou_tao"})
}

// wantFirst checks who answers for an issue until its unit has signed.
func (s *story) wantFirst(unit, first string) *story {
	s.t.Helper()
	if s.i.Unit != unit || s.i.First != first {
		s.t.Errorf("with %q, first %q; want %q, first %q", s.i.Unit, s.i.First, unit, first)
	}
	return s
}

func dispatched(t *testing.T) *story {
	t.Helper()
	return filed(t, "2026-11-23 09:00", limited(limit(3, calendar.WorkDay))).assign("2026-11-23 09:00", "zhaoyang").
		wantFirst("zhaoyang", "")
}

// TestFirstUnitAnswersUntilTheNextHasSigned is 首问负责 (S76).
func TestFirstUnitAnswersUntilTheNextHasSigned(t *testing.T) {
	moved := func() *story {
		return dispatched(t).sign("2026-11-23 09:30").reassign("2026-11-23 10:00", "zhujian").wantFirst("zhujian", "zhaoyang")
	}
	t.Run("signed", func(t *testing.T) {
		moved().act("2026-11-23 10:10", issue.Note, "li_qiang").wantFirst("zhujian", "zhaoyang").
			sign("2026-11-23 11:00").wantFirst("zhujian", "").
			refuse("2026-11-23 11:10", "#17 由住建局王芳负责，您不能记进展。责任单位不对请找创城办改派", issue.Act{Action: issue.Note, By: "li_qiang"})
	})
	t.Run("submitted by the new unit", func(t *testing.T) {
		moved().submit("2026-11-23 11:00").wantFirst("zhujian", "")
	})
	t.Run("submitted by the first", func(t *testing.T) {
		s := moved().act("2026-11-23 11:00", issue.Submit, "li_qiang").wantFirst("zhujian", "")
		if s.i.SubmittedBy != "li_qiang" || s.i.SignedAt.IsZero() {
			t.Errorf("%+v", s.i)
		}
		s.refuse("2026-11-23 11:10", "#17 是本单位办理的，不能自己核查。请其他督查员核查", issue.Act{Action: issue.Pass, By: "sun_li"})
	})
	t.Run("a person who is not named for the first unit", func(t *testing.T) {
		moved().refuse("2026-11-23 10:10", "#17 由住建局王芳负责，您不能完成。责任单位不对请找创城办改派",
			issue.Act{Action: issue.Submit, By: "zhou_tao"})
	})
	t.Run("the first unit does not sign for the next", func(t *testing.T) {
		moved().refuse("2026-11-23 10:10", "#17 由住建局王芳负责，您不能签收。责任单位不对请找创城办改派",
			issue.Act{Action: issue.Sign, By: "li_qiang"})
	})
	t.Run("the first unit does not close it", func(t *testing.T) {
		moved().refuse("2026-11-23 10:10", "#17 是本单位办理的，不能自己核查。请其他督查员核查",
			issue.Act{Action: issue.SolveOnSpot, By: "sun_li"})
	})
	t.Run("and back", func(t *testing.T) {
		moved().reassign("2026-11-23 10:30", "zhaoyang").wantFirst("zhaoyang", "").reassign("2026-11-23 10:40", "zhujian").
			wantFirst("zhujian", "zhaoyang")
	})
	t.Run("on to a third unit", func(t *testing.T) {
		moved().reassign("2026-11-23 10:30", "shuiwu").wantFirst("shuiwu", "zhaoyang").
			reassign("2026-11-23 10:40", "zhujian").wantFirst("zhujian", "zhaoyang")
	})
	t.Run("to a colleague", func(t *testing.T) {
		moved().do("2026-11-23 10:30", issue.Act{Action: issue.Reassign, By: "chen_jing", Change: issue.Change{Assignee: "wang_lei"}}).
			wantFirst("zhujian", "zhaoyang")
	})
	t.Run("at rest, done or void", func(t *testing.T) {
		moved().suspend("2026-11-23 10:30", "2026-12-01 08:00").wantFirst("zhujian", "").
			act("2026-11-24 09:00", issue.Resume, "chen_jing").wantFirst("zhujian", "")
		moved().act("2026-11-23 10:30", issue.SolveOnSpot, "zhang_min").wantFirst("zhujian", "")
		moved().act("2026-11-23 10:30", issue.Reject, "chen_jing").wantFirst("zhujian", "")
	})
}

// TestCorrectedByTheTable: the bot itself may follow the table until the unit has signed, and not afterwards.
func TestCorrectedByTheTable(t *testing.T) {
	move := issue.Act{Action: issue.Reassign, Change: issue.Change{Unit: "zhujian", Assignee: "wang_fang"}}
	dispatched(t).do("2026-11-23 09:10", move).wantFirst("zhujian", "zhaoyang")
	dispatched(t).sign("2026-11-23 09:05").refuse("2026-11-23 09:10", "改派不能由系统进行", move)
}

// TestFoundByItself: what others have found is not the unit's own find, even if somebody of it writes it down (S33).
func TestFoundByItself(t *testing.T) {
	for source, want := range map[issue.Source]bool{
		"": true, issue.FromSelf: true, issue.FromInspection: true,
		issue.FromUpper: false, issue.FromPublic: false, issue.FromLeader: false, issue.FromMedia: false,
	} {
		s := filed(t, "2026-11-23 09:05", issue.Change{Reporter: "zhou_tao", Source: source}).assign("2026-11-23 09:05", "zhaoyang")
		if s.i.SelfFound != want {
			t.Errorf("from %q: %v", source, s.i.SelfFound)
		}
	}
}

// TestAnotherUnitStartsAfresh: what one unit did must not be shown or scored as another's.
func TestAnotherUnitStartsAfresh(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", issue.Change{Reporter: "zhou_tao"}).assign("2026-11-23 09:05", "zhaoyang")
	if !s.i.SelfFound {
		t.Error("an issue that the unit found itself is not marked so")
	}
	s.ask("2026-11-23 09:30", issue.AskSendBack, issue.Request{}).act("2026-11-23 10:00", issue.Refuse, "chen_jing").
		sign("2026-11-23 14:30").extend("2026-11-23 14:35", "2026-11-30 18:00").
		act("2026-11-23 14:40", issue.Supervise, "chen_jing").
		submit("2026-11-23 15:00").act("2026-11-23 15:30", issue.Accuse, "zhang_min").
		act("2026-11-23 15:40", issue.Uphold, "chen_jing").giveBack("2026-11-23 16:00")
	if !s.i.SignedLate || s.i.Extensions != 1 || s.i.Refusals != 1 || !s.i.Falsified {
		t.Errorf("the unit's own account: %+v", s.i)
	}
	s.reassign("2026-11-24 09:00", "shuiwu")
	want := issue.Issue{
		ID: 17, Status: issue.Assigned, Unit: "shuiwu", First: "zhaoyang", Reporter: "zhou_tao", Seq: s.i.Seq,
		ReportedAt: at(t, "2026-11-23 09:05"), AssignedAt: at(t, "2026-11-24 09:00"), SignDue: at(t, "2026-11-24 11:00"),
		Due: at(t, "2026-11-27 18:00"), DueSince: at(t, "2026-11-24 09:00"), NextAlarm: at(t, "2026-11-24 11:00"),
		SubmittedAt: at(t, "2026-11-23 15:00"), SubmittedBy: "li_qiang", Measure: "已清理", ReviewDue: at(t, "2026-11-24 18:00"),
		Returns: 1, ReturnedAt: at(t, "2026-11-23 16:00"), SeenAt: at(t, "2026-11-23 16:00"), SeenBy: "zhang_min",
	}
	if diff := cmp.Diff(want, s.i); diff != "" {
		t.Errorf("left over from the unit before (-want +got):\n%s", diff)
	}
	if s.i.ScoredDue() != s.i.Due {
		t.Errorf("the new unit is scored by %v, but its deadline is %v", s.i.ScoredDue(), s.i.Due)
	}
}
