package calendar

import (
	"fmt"
	"strings"
)

// Offset is a distance from a deadline in either direction, for the escalation ladder (domain.md §5.2). The zero value is
// the deadline itself.
type Offset struct {
	N    int // hours or days, negative before the deadline; the minutes since midnight for NextDay
	Kind Kind
}

// String is the form of the config file, as MarshalText gives it.
func (o Offset) String() string {
	switch {
	case o.Kind == NextDay:
		return string(NextDay) + " " + TimeOfDay(o.N).String()
	case o.N == 0:
		return "0"
	}
	return fmt.Sprintf("%+d %s", o.N, o.Kind)
}

// MarshalText gives the form of the config file: "-2 work_hour", "+1 work_day", "next_day 09:00", "0".
func (o Offset) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the form of the config file. The empty text is "0". Errors are sentences in Chinese.
func (o *Offset) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	if s == "" || s == "0" || s == "+0" || s == "-0" {
		*o = Offset{}
		return nil
	}
	read, err := countedOffset(s)
	if fields := strings.Fields(s); fields[0] == string(NextDay) {
		read, err = nextDayOffset(fields[1:])
	}
	if err != nil {
		return fmt.Errorf("应写成“-2 work_hour”、“0”、“+1 work_day”或“next_day 09:00”：%w", err)
	}
	*o = read
	return nil
}

// countedOffset reads "+3 work_day". Nothing of any kind is the deadline itself.
func countedOffset(s string) (Offset, error) {
	n, kind, err := countAndKind(s)
	if err != nil || n == 0 {
		return Offset{}, err
	}
	return Offset{N: n, Kind: kind}, nil
}

// nextDayOffset reads the time of day after next_day.
func nextDayOffset(fields []string) (Offset, error) {
	if len(fields) != 1 {
		return Offset{}, fmt.Errorf("%s 后面写一个时间", NextDay)
	}
	var at TimeOfDay
	if err := at.UnmarshalText([]byte(fields[0])); err != nil {
		return Offset{}, err
	}
	return Offset{N: int(at), Kind: NextDay}, nil
}
