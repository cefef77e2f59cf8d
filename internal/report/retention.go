package report

import (
	"fmt"
	"strings"
	"time"
)

// Removed is how much was removed because it was kept long enough.
type Removed struct {
	Photos int // of issues
	Loose  int // photos of none
	Texts  int // of messages
	Drafts int // of publications
}

// Text says it in a line: 清除问题照片 12 张、旧草稿 3 份; "" if it is nothing.
func (r Removed) Text() string {
	var parts []string
	for _, p := range []struct {
		n    int
		form string
	}{
		{r.Photos, "问题照片 %d 张"}, {r.Loose, "没有归属的照片 %d 张"}, {r.Texts, "消息原文 %d 条"}, {r.Drafts, "没有发布的旧草稿 %d 份"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf(p.form, p.n))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "清除" + strings.Join(parts, "、")
}

// Removed tells the administrators what was removed in a month.
func (w Words) Removed(month time.Time, r Removed) string {
	return fmt.Sprintf("【资料清理】%s按保存期限%s。台账、经过、得分和发布过的内容都在\n期限在配置的 retention 里，说明见 docs/privacy.md",
		month.In(w.Cal.Location()).Format("2006年1月"), r.Text())
}
