package report

import (
	"fmt"
	"time"

	"duban/internal/issue"
)

// BoardTitle names the exposure board of a day, and says until when it counts.
func (w Words) BoardTitle(at time.Time) (title, until string) {
	return w.day(at) + "曝光台", "截至 " + w.clock(at)
}

// Late is how long an issue is overdue: 超期 3 天, 超期 7小时 within the first day; "" if it is not.
func (w Words) Late(i issue.Issue, now time.Time) string {
	switch late := now.Sub(i.Due); {
	case !i.Overdue(now):
		return ""
	case late < 24*time.Hour:
		return "超期 " + Span(late)
	default:
		return fmt.Sprintf("超期 %d 天", late/(24*time.Hour))
	}
}
