package handlers

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
)

func showCommands() []*Command {
	return []*Command{{
		Name: "照片", Aliases: []string{"看照片", "佐证"}, Shape: Numbers, Goes: true, Alone: true, Section: "查询", Args: "编号",
		Help: "看一件问题整改前后和核查的照片", Run: (*Request).show,
	}}
}

// shownPhotos is how many photos one answer sends: more would bury the group.
const shownPhotos = 6

// show lists an issue's photos, those of the issues merged into it included, and sends the newest of them: the copies that
// may be shown, which hold nothing but the picture, never the originals.
func (r *Request) show() (Reply, error) {
	sent := 0
	return r.each(func(i issue.Issue) (Reply, error) {
		photos, err := r.Tx.AllPhotos(i.ID)
		if err != nil {
			return Reply{}, err
		}
		photos = slices.DeleteFunc(photos, func(p store.Photo) bool { return p.Kind == "" })
		if len(photos) == 0 {
			return Reply{Text: i.Number() + " 还没有照片"}, nil
		}
		slices.Reverse(photos)
		lines := []string{r.Words.Head(i) + "｜" + countKinds(photos)}
		lines = append(lines, r.batches(i, photos)...)
		var outs []store.Out
		for _, p := range photos {
			if p.Shown != "" && sent < shownPhotos {
				sent++
				name := fmt.Sprintf("%d-%s-%d%s", p.IssueID, photoKind(p.Kind), sent, path.Ext(p.Shown))
				outs = append(outs, store.Out{To: r.Target, File: &store.OutFile{Name: name, Path: p.Shown, Picture: true}})
			}
		}
		return Reply{Text: strings.Join(append(lines, sending(i.ID, photos, len(outs))...), "\n"), Notices: outs}, nil
	})
}

// sending says which of the photos follow, where it is not all of them.
func sending(id int64, photos []store.Photo, sent int) []string {
	lost, purged := 0, 0
	for _, p := range photos {
		switch {
		case p.PurgedAt > 0:
			purged++
		case p.Shown == "":
			lost++
		}
	}
	var lines []string
	if purged > 0 {
		lines = append(lines, fmt.Sprintf("有 %d 张照片已按期限清除", purged))
	}
	if lost > 0 {
		lines = append(lines, fmt.Sprintf("有 %d 张没有可以显示的副本", lost))
	}
	switch rest := len(photos) - lost - purged - sent; {
	case rest > 0 && sent == 0:
		lines = append(lines, fmt.Sprintf("一次最多发 %d 张，请单独发「照片 %d」看", shownPhotos, id))
	case rest > 0:
		lines = append(lines, fmt.Sprintf("只发最近 %d 张，较早的 %d 张没有发", sent, rest))
	}
	return lines
}

// countKinds counts photos by their kind: 整改前 2 张、整改后 1 张、核查 1 张.
func countKinds(photos []store.Photo) string {
	var parts []string
	for _, kind := range []string{store.PhotoBefore, store.PhotoAfter, store.PhotoCheck} {
		n := 0
		for _, p := range photos {
			if p.Kind == kind {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d 张", photoKind(kind), n))
		}
	}
	return strings.Join(parts, "、")
}

// batches says who sent which photos and when, one line for those of one kind that a person sent within minutes.
func (r *Request) batches(i issue.Issue, photos []store.Photo) []string {
	const lines = 10
	var out []string
	for len(photos) > 0 {
		if len(out) == lines {
			return append(out, fmt.Sprintf("……另有 %d 张", len(photos)))
		}
		first, n := photos[0], 1
		for n < len(photos) && sameBatch(photos[n-1], photos[n], r.Reg.Rules.PairWindow) {
			n++
		}
		line := fmt.Sprintf("%s %s %s %d 张", r.Cal.Text(time.UnixMicro(first.At), r.Now), r.Reg.PersonName(first.Person), photoKind(first.Kind), n)
		if first.IssueID != i.ID {
			line += fmt.Sprintf("（随 #%d 并入）", first.IssueID)
		}
		out = append(out, line)
		photos = photos[n:]
	}
	return out
}

// sameBatch says whether a photo belongs to the later one before it in the list.
func sameBatch(later, p store.Photo, window time.Duration) bool {
	return later.Person == p.Person && later.Kind == p.Kind && later.IssueID == p.IssueID && later.At-p.At <= window.Microseconds()
}
