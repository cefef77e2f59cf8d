package understand

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/internal/calendar"
)

// The present deadline is Tuesday 2026-11-24 17:30, and it is Monday 2026-11-23 10:00. Work ends at 17:30. The columns are what
// is written, the new deadline, what it was read from, and the reason that remains.
var untilRows = `
2天|11-26 17:30|2天|
2天 等配件|11-26 17:30|2天|等配件
两天，等配件到货|11-26 17:30|两天|等配件到货
再给两天|11-26 17:30|两天|
最多2天，下不为例|11-26 17:30|2天|下不为例
但只到30号|11-30 17:30=|30号|
，只能到11月30日|11-30 17:30=|11月30日|
延期2天|11-26 17:30|2天|
申请延期2天，因下雨|11-26 17:30|2天|下雨
延长3天时间|11-27 17:30|3天时间|
3天左右 原因：配件未到|11-27 17:30|3天左右|配件未到
三天|11-27 17:30|三天|
十天|12-04 17:30|十天|
3日|11-27 17:30|3日|
两个工作日|11-26 17:30|两个工作日|
2个工作日|11-26 17:30|2个工作日|
2 个工作日|11-26 17:30|2 个工作日|
２个工作日　等审批|11-26 17:30|2个工作日|等审批
3工作日 由于停电|11-27 17:30|3工作日|停电
4个工作日|11-30 17:30|4个工作日|
半个工作日|11-25 14:30|半个工作日|
1.5个工作日|11-26 14:30|1.5个工作日|
4小时|11-24 21:30|4小时|
四个小时|11-24 21:30|四个小时|
24小时|11-25 17:30|24小时|
半小时|11-24 18:00|半小时|
1.5小时|11-24 19:00|1.5小时|
30分钟|11-24 18:00|30分钟|
3个工作时|11-25 11:30|3个工作时|
5工作时|11-25 15:30|5工作时|
一周|12-01 17:30|一周|
1周 材料没到|12-01 17:30|1周|材料没到
两个星期|12-08 17:30|两个星期|
半天|11-25 05:30|半天|
一天半|11-26 05:30|一天半|
1.5天|11-26 05:30|1.5天|
半个月|12-09 17:30|半个月|
1个月|12-24 17:30|1个月|
两月|2027-01-24 17:30|两月|
2天内完成|11-25 10:00=|2天内|
2天后|11-25 10:00=|2天后|
两个工作日内完成|11-25 17:30=|两个工作日内|
2天内部协调|11-26 17:30|2天|内部协调
2天后续再看|11-26 17:30|2天|后续再看
2天3号楼施工|11-26 17:30|2天|3号楼施工
到周五|11-27 17:30=|周五|
至周五|11-27 17:30=|周五|
周五前|11-27 17:30=|周五前|
周五之前，等沥青|11-27 17:30=|周五之前|等沥青
延至周五下午3点|11-27 15:00=|周五下午3点|
到周五 9:00 因为停水|11-27 09:00=|周五 9:00|停水
延期到下周一|11-30 17:30=|下周一|
推迟到下周三上午|12-02 12:00=|下周三上午|
到周日|11-29 17:30=|周日|
本周内|11-27 17:30=|本周内|
本周内部协调|11-27 17:30=|本周|内部协调
到周五前期手续没完|11-27 17:30=|周五|前期手续没完
到下月28日|12-28 17:30=|下月28日|
至11月28日|11-28 17:30=|11月28日|
到11月28日下午5点|11-28 17:00=|11月28日下午5点|
到11月28日下午5点完成整改，等配件|11-28 17:00=|11月28日下午5点|等配件
到11月28号前|11-28 17:30=|11月28号前|
到十二月五日|12-05 17:30=|十二月五日|
11-28|11-28 17:30=|11-28|
到 12-05|12-05 17:30=|12-05|
到12.5 理由：封路|12-05 17:30=|12.5|封路
到12/5|12-05 17:30=|12/5|
到2027-03-01|2027-03-01 17:30=|2027-03-01|
到２０２７－０３－０１|2027-03-01 17:30=|2027-03-01|
2026年12月5日|12-05 17:30=|2026年12月5日|
2026年12月5日（等采购流程）|12-05 17:30=|2026年12月5日|等采购流程
2026-12-05 12:00 换泵|12-05 12:00=|2026-12-05 12:00|换泵
到28号|11-28 17:30=|28号|
到28日|11-28 17:30=|28日|
到5号|12-05 17:30=|5号|
至5日前|12-05 17:30=|5日前|
到3日内|11-26 10:00=|3日内|
到本月28日|11-28 17:30=|本月28日|
到下月5日|12-05 17:30=|下月5日|
到下个月15号下午|12-15 17:30=|下个月15号下午|
明天|11-24 17:30=|明天|
到明天下午4点|11-24 16:00=|明天下午4点|
今天|11-24 00:00=|今天|
今晚8点|11-23 20:00=|今晚8点|
到今晚12点|11-24 00:00=|今晚12点|
到今晚12点 等配件|11-24 00:00=|今晚12点|等配件
到今晚零点|11-24 00:00=|今晚零点|
到明天凌晨2点|11-24 02:00=|明天凌晨2点|
到中午1点|11-23 13:00=|中午1点|
到上午8点|11-23 08:00=|上午8点|
到明年1月前|12-31 17:30=|明年1月前|
后天上午|11-25 12:00=|后天上午|
大后天|11-26 17:30=|大后天|
月底|11-30 17:30=|月底|
月底前|11-30 17:30=|月底前|
到12月底 路面养护|12-31 17:30=|12月底|路面养护
到下月中旬|12-20 17:30=|下月中旬|
年底前|12-31 17:30=|年底前|
到明年3月1日|2027-03-01 17:30=|明年3月1日|
到明年3月|2027-03-31 17:30=|明年3月|
到明年三月底前 等开春补植|2027-03-31 17:30=|明年三月底前|等开春补植
到明年底|2027-12-31 17:30=|明年底|
到3月|2027-03-31 17:30=|3月|
到3月份|2027-03-31 17:30=|3月份|
到6月1日|2027-06-01 17:30=|6月1日|
到11月20日|11-20 17:30=|11月20日|
到2026年6月1日|2026-06-01 17:30=|2026年6月1日|
元旦前|12-31 17:30=|元旦前|
下班前|11-23 17:30=|下班前|
到17:00|11-23 17:00=|17:00|
到周五原因是人手不够|11-27 17:30=|周五|人手不够
到周五说明书未到|11-27 17:30=|周五|说明书未到
到周五 说明：说明书未到|11-27 17:30=|周五|说明书未到
到周五完成不了|11-27 17:30=|周五|完成不了
到周五（等配件）（已下单）|11-27 17:30=|周五|（等配件）（已下单）
：到週五，等設備|11-27 17:30=|周五|等設備
`

// noUntil begin with no deadline.
var noUntil = `
等配件
因下雨延期
再给点时间
延期
到
到时候再说
2
2天前
2天桥
一周边
3个工作时半
半个工作时
3月
到13月
0天
1.2天
到2月30日
到32号
明年
下月
至今未修
年久失修
两个人
3号楼
到3号楼
到3月前
2月30日
春节后
`

func at(t testing.TB, cal *calendar.Calendar, s string) time.Time {
	t.Helper()
	if len(s) == len("11-24 00:00") {
		s = "2026-" + s
	}
	v, err := time.ParseInLocation("2006-01-02 15:04", s, cal.Location())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestUntil(t *testing.T) {
	cal := testCalendar(t)
	r := New(county(t), cal)
	from, now := at(t, cal, "11-24 17:30").UTC(), at(t, cal, "11-23 10:00").UTC()
	for line := range strings.Lines(strings.TrimSpace(untilRows)) {
		f := strings.Split(strings.TrimRight(line, "\n"), "|")
		want, fixed := strings.CutSuffix(f[1], "=")
		u, rest, ok := r.Until(f[0], from, now)
		if !ok || !u.At.Equal(at(t, cal, want)) || u.Text != f[2] || u.Length == fixed || rest != f[3] {
			t.Errorf("%s: %v %s from %q, length %v, rest %q, want %s", f[0], ok, u.At.Format("2006-01-02 15:04"), u.Text, u.Length, rest, line)
		}
	}
	for line := range strings.Lines(strings.TrimSpace(noUntil)) {
		line = strings.TrimSpace(line)
		if u, rest, ok := r.Until(line, from, now); ok || rest != line || u != (Until{}) {
			t.Errorf("%s: found %q, %s, rest %q", line, u.Text, u.At, rest)
		}
	}
}

// A length counts from the present deadline as the calendar counts.
func TestUntilFromDeadline(t *testing.T) {
	cal := testCalendar(t)
	r := New(county(t), cal)
	tests := []struct {
		from, text, want string
		known            bool
	}{
		{"11-27 17:30", "1个工作日", "11-30 17:30", true},      // Friday → Monday
		{"11-28 00:00", "1个工作日", "2026-12-01 00:00", true}, // 24:00 of the Friday → 24:00 of the Monday
		{"11-25 11:00", "2个工作日", "11-27 11:00", true},      // it keeps the hour
		{"11-27 17:00", "2个工作时", "2026-11-30 10:00", true}, // over the weekend
		{"11-27 17:30", "1天", "11-28 17:30", true},         // days by the calendar
		{"11-24 00:00", "1天", "11-25 00:00", true},         // the same day → 24:00 of the next
		{"2026-09-30 17:30", "2个工作日", "10-09 17:30", true}, // over the National Day
		{"2026-12-31 17:30", "1个工作日", "2027-01-01 17:30", false},
		{"2026-12-31 08:30", "半个工作日", "2026-12-31 14:30", true},
		{"2026-12-30 08:30", "1.5个工作日", "2026-12-31 14:30", true},
		{"2026-12-31 08:30", "1.5个工作日", "2027-01-01 14:30", false},
		{"2026-12-31 17:00", "半个工作日", "2027-01-01 12:00", false},
		{"2026-12-31 17:30", "3天", "2027-01-03 17:30", true},
		{"2026-01-31 17:30", "1个月", "2026-02-28 17:30", true},
	}
	for _, tt := range tests {
		u, _, ok := r.Until(tt.text, at(t, cal, tt.from), at(t, cal, "11-23 10:00"))
		if !ok || !u.At.Equal(at(t, cal, tt.want)) || u.Known != tt.known || !u.Length {
			t.Errorf("%s from %s: %v %s, known %v, want %s", tt.text, tt.from, ok, u.At.Format("2006-01-02 15:04"), u.Known, tt.want)
		}
	}
}

// A length leads forward, a longer one no less far, and what stands after it is the reason, whatever it is.
func TestUntilProperties(t *testing.T) {
	cal := testCalendar(t)
	r := New(county(t), cal)
	rapid.Check(t, func(t *rapid.T) {
		from := time.Unix(rapid.Int64Range(1.7e9, 1.9e9).Draw(t, "from"), 0)
		n := rapid.IntRange(1, 60).Draw(t, "n")
		unit := rapid.SampledFrom([]string{"天", "个工作日", "小时", "个工作时", "周", "个月", "分钟"}).Draw(t, "unit")
		why := rapid.SampledFrom([]string{"", "等配件", "3号楼施工", "内部协调", "封路，绕行"}).Draw(t, "why")
		say := func(n int) string { return strings.TrimSpace(strconv.Itoa(n) + unit + " " + why) }
		u, rest, ok := r.Until(say(n), from, from)
		more, _, _ := r.Until(say(n+1), from, from)
		if !ok || rest != why || !u.At.After(from) || more.At.Before(u.At) {
			t.Fatalf("%s: %v %s, rest %q; one more: %s", say(n), ok, u.At, rest, more.At)
		}
	})
}

func FuzzUntil(f *testing.F) {
	for line := range strings.Lines(untilRows + noUntil) {
		text, _, _ := strings.Cut(line, "|")
		f.Add(text, int64(1795399200), int64(1795312800))
	}
	cal := testCalendar(f)
	r := New(county(f), cal)
	f.Fuzz(func(t *testing.T, s string, from, now int64) {
		start, seen := time.Unix(from%4e9, 0), time.Unix(now%4e9, 0)
		u, rest, ok := r.Until(s, start, seen)
		switch {
		case !ok && (rest != s || u != (Until{})):
			t.Errorf("%q: %+v, rest %q without a deadline", s, u, rest)
		case ok && (u.At.IsZero() || u.Text == "" || !strings.Contains(Fold(s), u.Text) || !strings.Contains(s, rest)):
			t.Errorf("%q: %+v, rest %q", s, u, rest)
		case ok && u.Length && !u.At.After(start):
			t.Errorf("%q: from %s back to %s", s, start, u.At)
		}
	})
}
