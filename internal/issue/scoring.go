package issue

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"duban/internal/calendar"
)

// Points are hundredths of a point: 92.33 is 9233. They are exact.
type Points int64

// String shows two decimals.
func (p Points) String() string {
	sign := ""
	if p < 0 {
		sign, p = "-", -p
	}
	return fmt.Sprintf("%s%d.%02d", sign, p/100, p%100)
}

// Text is the shortest form: -0.2, 5, 92.33.
func (p Points) Text() string {
	return strings.TrimSuffix(strings.TrimRight(p.String(), "0"), ".")
}

// maxPoints is the most that anybody may write: 100 points.
const maxPoints Points = 10_000

var decimal = regexp.MustCompile(`^([+-]?)(0|[1-9][0-9]{0,2})(?:\.([0-9]{1,2}))?$`)

// ParsePoints reads a number of -100 to 100 points with at most two decimals, as people write it. The error is for the
// program: callers say in their own words what should stand there.
func ParsePoints(text string) (Points, error) {
	m := decimal.FindStringSubmatch(text)
	if m == nil {
		return 0, errors.New("no decimal with at most two places: " + strconv.Quote(text))
	}
	n, err := strconv.ParseInt(m[2]+(m[3] + "00")[:2], 10, 64)
	if err != nil || Points(n) > maxPoints {
		return 0, errors.New("beyond 100 points: " + text)
	}
	if m[1] == "-" {
		n = -n
	}
	return Points(n), nil
}

// Style is how a unit's score is made (domain.md §5.4).
type Style string

// The styles.
const (
	StyleRates      Style = "rates"      // A: five rates and adjustments
	StyleDeductions Style = "deductions" // B: what was found and was late is taken off
	StyleComplaints Style = "complaints" // C: 三率 of complaints, by calling back
)

// Styles lists the styles.
func Styles() []Style { return []Style{StyleRates, StyleDeductions, StyleComplaints} }

// Scoring is the versioned rule of the unit score (domain.md §5.4).
type Scoring struct {
	Version string  `yaml:"version"`
	Style   Style   `yaml:"style"`
	Weights Weights `yaml:"weights"`
	// Cutoff is the time of day at which the daily ranking's period ends (domain.md §5.4); zero: when it is drafted, 24:00: midnight.
	Cutoff             calendar.TimeOfDay `yaml:"cutoff"`
	MinCases           int                `yaml:"min_cases"`
	Shrink             int                `yaml:"shrink"`                // k of (n·s + k·mean)/(n+k); 0: off
	OnTimeRequiresPass bool               `yaml:"on_time_requires_pass"` // an issue enters when it is passed
	Adjustments        Adjustments        `yaml:"adjustments"`
	Deductions         Deductions         `yaml:"deductions"`
	Complaints         ComplaintRates     `yaml:"complaints"`
}

// PeriodEnd is the end of the daily ranking's period that is drafted at an instant, by the clock of its time zone.
func (s Scoring) PeriodEnd(at time.Time) time.Time {
	if s.Cutoff == 0 {
		return at
	}
	day := calendar.DateOf(at)
	if end := day.At(s.Cutoff, at.Location()); !end.After(at) {
		return end
	}
	return day.AddDays(-1).At(s.Cutoff, at.Location())
}

// Weights are the points of the five factors; they add up to 100.
type Weights struct {
	Handled     int `yaml:"handled"`
	OnTime      int `yaml:"on_time"`
	NoReturn    int `yaml:"no_return"`
	NoOverdue   int `yaml:"no_overdue"`
	NoExtension int `yaml:"no_extension"`
}

// Adjustments are what is added to the five rates of style A: penalties are negative, and there are bounds.
type Adjustments struct {
	Exposure        Points `yaml:"exposure"`
	Falsified       Points `yaml:"falsified"`
	RefusedSendBack Points `yaml:"refused_send_back"`
	Relapse         Points `yaml:"relapse"`
	ThirdReturn     Points `yaml:"third_return"` // each return beyond the second
	OnTheSpot       Points `yaml:"on_the_spot"`  // to the unit of who had it solved
	Early           Points `yaml:"early"`        // first submission before half the limit
	BonusCap        Points `yaml:"bonus_cap"`    // of the bonuses together
	TotalCap        Points `yaml:"total_cap"`    // of all adjustments together, up and down
	ManualCap       Points `yaml:"manual_cap"`   // of one entry by hand, up and down
	UpperWeight     int    `yaml:"upper_weight"` // a finding of an upper level counts so many times
}

// Deductions are the rules of style B: a full account from which every finding takes.
type Deductions struct {
	Start    Points `yaml:"start"`
	Found    Levels `yaml:"found"`    // each issue
	Late     Levels `yaml:"late"`     // each that was not handled in time
	Repeated Levels `yaml:"repeated"` // each that was late in the period before, too
}

// Levels are the points by who found an issue.
type Levels struct {
	Upper  Points `yaml:"upper"`  // 上级反馈
	County Points `yaml:"county"` // everybody else
	Own    Points `yaml:"own"`    // 自查
}

// ComplaintRates are the weights of style C, which add up to 100, what 基本满意 counts of 满意, and the rate of satisfaction
// that passes (S75).
type ComplaintRates struct {
	Response  int    `yaml:"response"`
	Solved    int    `yaml:"solved"`
	Satisfied int    `yaml:"satisfied"`
	Basic     Points `yaml:"basic"`
	Pass      Points `yaml:"pass"`
}
