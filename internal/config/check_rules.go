package config

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// rules checks the clocks, the ladder and the score.
func (k *checker) rules() {
	k.checkCalendar()
	k.checkWindows()
	k.checkLookBack()
	k.checkEscalation()
	k.checkScoring()
	k.checkBulletin()
}

func (k *checker) checkBulletin() {
	b := k.c.Bulletin
	k.need("bulletin", "mark", b.Mark)
	k.between("bulletin.photos", b.Photos, 0, 50)
}

func (k *checker) checkCalendar() {
	c := k.c.Calendar
	if len(c.WorkHours) == 0 {
		k.fault("calendar.work_hours", "至少要有一个工作时段，例如 [\"08:30-12:00\", \"14:00-17:30\"]")
	}
	for i, p := range c.WorkHours {
		path := item("calendar.work_hours", i)
		switch {
		case p.From >= p.To:
			k.fault(path, "开始要早于结束，例如 08:30-12:00")
		case i > 0 && p.From < c.WorkHours[i-1].To:
			k.fault(path, "与前一个时段 "+c.WorkHours[i-1].String()+" 重叠或次序颠倒，请按时间先后写")
		}
	}
	k.one("calendar.work_day", c.WorkDay, []string{calendar.ModeEndOfDay, calendar.ModeHours8})
	if c.SameDayCutoff == 0 {
		k.fault("calendar.same_day_cutoff", "要写 00:01 到 24:00 的时间，例如 \"20:00\"")
	}
	k.days("calendar.days_off", c.DaysOff)
	k.days("calendar.workdays", c.Workdays)
	for i, d := range c.Workdays {
		if j := slices.Index(c.DaysOff, d); j >= 0 {
			k.fault(item("calendar.workdays", i), "同一天也写在 "+item("calendar.days_off", j)+"，只能留一处")
		}
	}
}

// days reports dates that are empty or come twice.
func (k *checker) days(path string, days []calendar.Date) {
	for i, d := range days {
		if d.IsZero() {
			k.fault(item(path, i), form(d))
		}
	}
	twice(k, path, days)
}

func (k *checker) checkWindows() {
	r := k.c.Rules
	k.lasts("rules.pair_window", r.PairWindow, time.Second, time.Hour)
	k.lasts("rules.withdraw_window", r.WithdrawWindow, 0, 24*time.Hour)
	k.lasts("rules.duplicate_window", r.DuplicateWindow, 0, 30*24*time.Hour)
	k.lasts("rules.auto_sign", r.AutoSign, 0, 3*24*time.Hour)
	k.between("rules.coverage_days", r.CoverageDays, 0, 365)
	for path, limit := range map[string]calendar.Limit{
		"rules.default_limit": r.DefaultLimit, "rules.review_limit": r.ReviewLimit, "rules.return_limit": r.ReturnLimit,
		"rules.send_back_limit": r.SendBackLimit, "rules.decision_limit": r.DecisionLimit,
		"rules.office_extension": r.OfficeExtension, "rules.appeal_limit": r.AppealLimit,
		"rules.opinion_limit": r.OpinionLimit, "rules.complaint_limit": r.ComplaintLimit,
		"look_back.limit": k.c.LookBack.Limit,
	} {
		if limit.IsZero() {
			k.fault(path, form(limit))
		}
	}
	if r.OfficeExtension.Kind == calendar.SameDay {
		k.fault("rules.office_extension", "延期是在原来的时限上加，不能写 same_day；要写 1 work_day、8 work_hour 这样的时限")
	}
}

func (k *checker) checkLookBack() {
	l := k.c.LookBack
	k.between("look_back.after", l.After, 1, 90)
	k.between("look_back.share", l.Share, 0, 100)
	k.between("look_back.most", l.Most, 1, 100)
}

// lasts reports a duration outside its bounds.
func (k *checker) lasts(path string, d, least, most time.Duration) {
	if d < least || d > most {
		k.fault(path, "要在 "+short(least)+" 到 "+short(most)+" 之间")
	}
}

// short is a duration as the file writes it: 5m and not 5m0s.
func short(d time.Duration) string {
	switch {
	case d >= time.Hour && d%time.Hour == 0:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	case d >= time.Minute && d%time.Minute == 0:
		return strconv.Itoa(int(d/time.Minute)) + "m"
	}
	return strconv.Itoa(int(d/time.Second)) + "s"
}

// levels are the rungs that the program knows how to carry out (domain.md §5.2).
func levels() []string { return []string{"L0", "L1", "L2", "L3", "L4"} }

func (k *checker) checkEscalation() {
	ladder := k.c.Escalation
	for i, rung := range ladder {
		path := item("escalation", i)
		k.checkRung(path, rung)
		if i == 0 {
			continue
		}
		before := ladder[i-1]
		known := slices.Contains(levels(), rung.Level) && slices.Contains(levels(), before.Level)
		if known && rung.Level <= before.Level {
			k.fault(path+".level", "各级要从低到高写，每级一次（前一级是 "+before.Level+"）")
		}
		if earlier(rung.At, before.At) && !k.covered(item("escalation", i-1)+".at") {
			k.fault(path+".at", "不能早于前一级的 "+before.At.String())
		}
		k.checkUrgentOrder(i)
	}
}

// checkUrgentOrder reports a rung that for limits of a day or of hours around the clock comes before the rung above it,
// unless the cause was told already: the order of the levels or of their At, or a value that could not be read.
func (k *checker) checkUrgentOrder(i int) {
	rung, before := k.c.Escalation[i], k.c.Escalation[i-1]
	at, least := urgentAt(rung), urgentAt(before)
	if !earlier(at, least) {
		return
	}
	path, above := item("escalation", i), item("escalation", i-1)
	for _, p := range []string{path + ".level", path + ".at", path + ".urgent_at", above + ".at", above + ".urgent_at"} {
		if k.covered(p) || k.meant[p] {
			return
		}
	}
	text := "不能早于前一级的 " + least.String()
	if !k.has(path + ".urgent_at") {
		text = "没有写，当日和连续小时的时限就按 " + at.String() + " 算，早于前一级的 " + least.String() + "；请写上"
	}
	k.fault(path+".urgent_at", text)
}

// urgentAt is when a rung is reached under a limit of a day or of hours around the clock.
func urgentAt(r issue.Rung) calendar.Offset {
	if r.UrgentAt != nil {
		return *r.UrgentAt
	}
	return r.At
}

func (k *checker) checkRung(path string, rung issue.Rung) {
	k.need(path, "level", rung.Level)
	if rung.Level != "" {
		k.one(path+".level", rung.Level, levels())
	}
	if k.has(path) && !k.has(path+".at") {
		k.need(path, "at", "")
	}
	if len(rung.To) == 0 && !k.meant[path+".to"] {
		k.fault(path+".to", "至少要写一个提醒对象，例如 [assignee]")
	}
	if k.spots[path+".urgent_at"].raw == shownEmpty {
		k.fault(path+".urgent_at", form(calendar.Offset{}))
	}
	for j, to := range rung.To {
		k.one(item(path+".to", j), string(to), texts(issue.Targets()))
	}
	twice(k, path+".to", rung.To)
	k.between(path+".or_returns", rung.OrReturns, 0, 99)
	if rung.Reply != nil && rung.Reply.IsZero() {
		k.fault(path+".reply", form(*rung.Reply))
	}
}

// texts is a list of words of a kind of their own as plain texts.
func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// earlier says whether a is certainly before b. Offsets that are counted in different ways are compared by whether they
// are before, at or after the deadline only.
func earlier(a, b calendar.Offset) bool {
	if a.Kind == b.Kind {
		return a.N < b.N
	}
	return side(a) < side(b)
}

// side is where an offset lies: before the deadline, at it or after it.
func side(o calendar.Offset) int {
	if o.Kind == calendar.NextDay {
		return 1
	}
	return cmp.Compare(o.N, 0)
}
