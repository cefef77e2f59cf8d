package handlers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"
	"duban/internal/photo"
	"duban/internal/store"
)

// When a photo raises a question (domain.md row 34). Clocks of phones and of this machine may differ a little, and an
// inspector and a worker do not stand on the same spot.
const (
	clockSlack = 5 * time.Minute
	staleAfter = 3 * 24 * time.Hour
	farApart   = 500.0 // metres
	mostAlike  = 10    // look-alikes of one photo that are looked at
)

// proof is a photo that is to show that an issue was put right, with what it is compared with.
type proof struct {
	photo  store.Photo
	alike  []store.Photo // earlier evidence that is the same picture, be it as another file
	before []store.Photo // photos of the issue from before it was handled
	since  time.Time     // when the present handling began; zero: unknown
	began  issue.Action  // by what it began
	now    time.Time     // when it was sent
}

// flags are the questions that a proof raises, in neutral words, for the inspector to judge: what a phone says of itself may
// be wrong, and a picture may look like another one by chance.
func (p proof) flags(cal *calendar.Calendar) []string {
	var out []string
	add := func(text string) {
		if text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	for _, o := range p.alike {
		if o.SHA256 == p.photo.SHA256 {
			add("整改后照片与" + p.whose(o) + "相同，请核实")
		}
	}
	for _, o := range p.alike {
		same := "整改后照片与" + p.whose(o)
		if !slices.Contains(out, same+"相同，请核实") {
			add(same + "几乎相同，请核实")
		}
	}
	add(p.timeFlag(cal))
	add(p.placeFlag())
	return out
}

// whose says which photo another one is.
func (p proof) whose(o store.Photo) string {
	switch {
	case o.IssueID != p.photo.IssueID:
		return fmt.Sprintf(" #%d 的照片", o.IssueID)
	case o.Kind == store.PhotoAfter:
		return "先前提交的照片"
	}
	return photoKind(o.Kind) + "照片"
}

// timeFlag doubts the time at which the photo was taken by its own account.
func (p proof) timeFlag(cal *calendar.Calendar) string {
	if p.photo.TakenAt == 0 {
		return ""
	}
	at := time.UnixMicro(p.photo.TakenAt).In(cal.Location())
	text := at.Format("01-02 15:04") // the history keeps it: no 今日
	if at.Year() != p.now.In(cal.Location()).Year() {
		text = at.Format("2006-01-02 15:04")
	}
	switch {
	case at.After(p.now.Add(clockSlack)):
		return "照片拍摄时间 " + text + " 晚于现在，可能是手机时间不准"
	case !p.since.IsZero() && at.Before(p.since.Add(-clockSlack)):
		return "照片拍摄于 " + text + "，早于" + began(p.began)
	case p.now.Sub(at) > staleAfter:
		return fmt.Sprintf("照片拍摄于 %s，已过 %d 天", text, p.now.Sub(at)/(24*time.Hour))
	}
	return ""
}

// began is what the handling began by, in the words of a flag.
func began(a issue.Action) string {
	switch a {
	case issue.Return:
		return "退回"
	case issue.Relapse:
		return "反弹"
	}
	return "派单"
}

// placeFlag doubts the place: both photos say where they were taken, and it is not near each other.
func (p proof) placeFlag() string {
	nearest := -1.0
	for _, b := range p.before {
		if !p.photo.Located || !b.Located {
			continue
		}
		if d := photo.Apart(p.photo.Lat, p.photo.Lng, b.Lat, b.Lng); nearest < 0 || d < nearest {
			nearest = d
		}
	}
	if nearest <= farApart {
		return ""
	}
	if nearest < 1000 {
		return fmt.Sprintf("整改后与整改前照片拍摄地点相距约 %.0f 米，请核实", nearest)
	}
	return fmt.Sprintf("整改后与整改前照片拍摄地点相距约 %.1f 公里，请核实", nearest/1000)
}

// handledSince is when the present handling of an issue began and by what: the dispatch to the unit that has it, or the return or
// relapse after it.
func handledSince(events []issue.Event) (since time.Time, by issue.Action) {
	unit := ""
	for _, e := range events {
		moved := e.Change.Unit != "" && e.Change.Unit != unit
		if moved {
			unit = e.Change.Unit
		}
		switch {
		case e.Action == issue.SolveOnSpot: // was handled before anybody wrote of it
			since, by = time.Time{}, e.Action
		case moved, e.Action == issue.Return, e.Action == issue.Relapse:
			since, by = e.At, e.Action
		}
	}
	return since, by
}

// questions are the flags of some of an issue's after-photos, each once.
func (r *Request) questions(i issue.Issue, photos []store.Photo) ([]string, error) {
	events, err := r.Tx.Events(i.ID)
	if err != nil {
		return nil, err
	}
	since, by := handledSince(events)
	own, err := r.Tx.AllPhotos(i.ID)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, ph := range photos {
		ph.IssueID, ph.Kind = i.ID, store.PhotoAfter
		p := proof{photo: ph, since: since, began: by, now: r.Now}
		for _, o := range own {
			if o.Kind == store.PhotoBefore {
				p.before = append(p.before, o)
			}
		}
		if p.alike, err = r.Tx.Lookalikes(ph, mostAlike); err != nil {
			return nil, err
		}
		for _, f := range p.flags(r.Cal) {
			if !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	return out, nil
}

// remarked is what the history says of attached photos: how many of which kind, and the questions that they raise.
func (r *Request) remarked(i issue.Issue, photos []store.Photo, kind string) (string, error) {
	note := fmt.Sprintf("%s %d 张", photoKind(kind), len(photos))
	if kind != store.PhotoAfter {
		return note, nil
	}
	flags, err := r.questions(i, photos)
	if len(flags) > 0 {
		note += "；提示：" + strings.Join(flags, "；")
	}
	return note, err
}

// late adds to the answer to photos that came when the inspectors were asked already: the questions that they raise are told
// to them.
func (r *Request) late(i issue.Issue, photos []store.Photo, kind string, reply Reply) (Reply, error) {
	if kind != store.PhotoAfter || i.Status != issue.Submitted {
		return reply, nil
	}
	flags, err := r.questions(i, photos)
	if err != nil || len(flags) == 0 {
		return reply, err
	}
	r.tellReviewers(&reply, i, r.Words.Head(i)+" 补了整改后照片"+hints(flags))
	return reply, nil
}

// hints are flags as lines of a message, at most three.
func hints(flags []string) string {
	const shown = 3
	var b strings.Builder
	for n, f := range flags {
		if n == shown {
			fmt.Fprintf(&b, "\n…另有 %d 条提示，发「查」看", len(flags)-shown)
			break
		}
		b.WriteString("\n提示：" + f)
	}
	return b.String()
}
