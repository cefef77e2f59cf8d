package calendar

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is the way in which a time limit is counted (domain.md §2.1, the clocks of GB/T 30428).
type Kind string

// The kinds of clocks. UrgentHour and NaturalDay run always, WorkHour and WorkDay only in working time, SameDay ends with
// the day (事不过夜, S22).
const (
	UrgentHour Kind = "urgent_hour"
	WorkHour   Kind = "work_hour"
	WorkDay    Kind = "work_day"
	NaturalDay Kind = "natural_day"
	SameDay    Kind = "same_day"
)

// NextDay is a kind of Offset only: a time of day on the day after the deadline. It is the last rung of same_day and
// urgent_hour, which escalate by hours and then the next morning (domain.md §5.2).
const NextDay Kind = "next_day"

// Kinds lists all kinds of limits, in the order in which messages name them.
func Kinds() []Kind { return []Kind{UrgentHour, WorkHour, WorkDay, NaturalDay, SameDay} }

// maxCount bounds the number of hours or days of a limit: beyond a year or so a deadline is a slip of the pen, and
// counting it day by day would be slow.
const maxCount = 9999

// Limit is how long a unit has, for example one working day. The zero value means that there is no limit.
type Limit struct {
	N    int // hours or days, as Kind says; 1 for SameDay
	Kind Kind
}

// IsZero says whether no limit is given.
func (l Limit) IsZero() bool { return l == Limit{} }

// Text is the limit as a user reads it: 1个工作日, 4个工作时, 24小时, 3天, 当日. It is "" for no limit.
func (l Limit) Text() string {
	switch l.Kind {
	case SameDay:
		return "当日"
	case UrgentHour, WorkHour, WorkDay, NaturalDay:
		return strconv.Itoa(l.N) + unitText(l.Kind)
	}
	return ""
}

func unitText(k Kind) string {
	switch k {
	case UrgentHour:
		return "小时"
	case WorkHour:
		return "个工作时"
	case WorkDay:
		return "个工作日"
	case NaturalDay:
		return "天"
	case SameDay:
		return "当日"
	}
	return string(k)
}

// String is the form of the config file, as MarshalText gives it.
func (l Limit) String() string {
	if l.IsZero() {
		return ""
	}
	if l.Kind == SameDay {
		return string(SameDay)
	}
	return fmt.Sprintf("%d %s", l.N, l.Kind)
}

// MarshalText gives the form of the config file: "1 work_day", "same_day", or nothing for no limit.
func (l Limit) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads the form of the config file. The empty text is no limit. Errors are sentences in Chinese.
func (l *Limit) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	switch s {
	case "":
		*l = Limit{}
		return nil
	case string(SameDay):
		*l = Limit{N: 1, Kind: SameDay}
		return nil
	}
	n, kind, err := countAndKind(s)
	if err != nil {
		return fmt.Errorf("时限应写成“1 work_day”、“4 work_hour”、“24 urgent_hour”、“3 natural_day”或“same_day”：%w", err)
	}
	if n < 1 {
		return fmt.Errorf("时限至少是 1，写的是 %d", n)
	}
	*l = Limit{N: n, Kind: kind}
	return nil
}

// countAndKind reads "3 work_day"; same_day has no count and is refused.
func countAndKind(s string) (int, Kind, error) {
	fields := strings.Fields(s)
	if len(fields) != 2 {
		return 0, "", fmt.Errorf("看不懂“%s”", s)
	}
	n, err := strconv.Atoi(fields[0])
	if err != nil {
		return 0, "", fmt.Errorf("“%s”不是整数", fields[0])
	}
	if n > maxCount || n < -maxCount {
		return 0, "", fmt.Errorf("%d 太大，最多 %d", n, maxCount)
	}
	switch k := Kind(fields[1]); k {
	case UrgentHour, WorkHour, WorkDay, NaturalDay:
		return n, k, nil
	case SameDay:
		return 0, "", fmt.Errorf("same_day 前面不写数字")
	}
	return 0, "", fmt.Errorf("没有“%s”这种计时方式", fields[1])
}
