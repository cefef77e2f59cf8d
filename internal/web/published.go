package web

import (
	"fmt"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/picture"
	"duban/internal/publish"
	"duban/internal/store"
)

// publication is something that went out.
type publication struct {
	ID        int64
	Title     string
	Kind      string
	Published string
	Corrected bool // it puts another one right
}

// publishedView lists what went out of some kinds.
type publishedView struct {
	Title string
	List  []publication
	Next  int64
	Path  string
}

const publishedPage = 30

// rankingKinds are the kinds of rankings with their names.
func rankingKinds() map[string]string {
	out := map[string]string{}
	for _, k := range publish.Rankings() {
		out[k.ID] = k.Name
	}
	return out
}

func (v *visit) rankings() error {
	var ids []string
	for _, k := range publish.Rankings() {
		ids = append(ids, k.ID)
	}
	return v.published("排名", "/rankings", ids...)
}

func (v *visit) bulletins() error { return v.published("通报", "/bulletins", store.SnapshotBulletin) }

// published lists what went out, the newest first.
func (v *visit) published(title, path string, ids ...string) error {
	before, _ := strconv.ParseInt(v.r.FormValue("before"), 10, 64) // anything else is the first page
	page := publishedView{Title: title, Path: path}
	err := v.read(func(tx *store.Tx) error {
		list, err := tx.Publications(ids, before, publishedPage+1)
		if len(list) > publishedPage {
			list = list[:publishedPage]
			page.Next = list[publishedPage-1].ID
		}
		for _, s := range list {
			page.List = append(page.List, v.publication(s))
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "published", title, page)
}

func (v *visit) publication(s store.Snapshot) publication {
	title, _, _ := strings.Cut(s.Text, "\n")
	title = strings.TrimPrefix(title, "【")
	name, until, _ := strings.Cut(title, "】")
	if until != "" {
		until = "（" + until + "）"
	}
	return publication{
		ID: s.ID, Title: name + until, Kind: orElse(rankingKinds()[s.Kind], "通报"), Corrected: s.Corrects > 0,
		Published: v.world.Cal.Text(time.UnixMicro(s.PublishedAt), v.now),
	}
}

// publishedPageView is one publication: the frozen text, the table, and what went along with it.
type rankingView struct {
	publication
	Card        *picture.Ranking
	Units       map[string]string // ids by the names of that time, of units that the visitor may open
	Text        []string
	Original    int64    // that this one puts right
	Corrections []change // of this one
	Files       []link
	Picture     string
}

// change is a correction: what it says, and the ranking as it should have been.
type change struct {
	Text    []string
	Ranking int64
}

type link struct{ Name, URL string }

// snapshot reads something that went out of some kinds. Drafts are nobody's but the office's, in chat.
func (v *visit) snapshot(tx *store.Tx, kinds ...string) (store.Snapshot, error) {
	id, err := strconv.ParseInt(v.r.PathValue("id"), 10, 64)
	if err != nil {
		return store.Snapshot{}, notFound("没有这一期")
	}
	s, err := tx.Snapshot(id)
	if _, unknown := issue.AsError(err); unknown {
		return s, notFound("没有这一期")
	}
	if err == nil && (s.State != store.SnapshotPublished || !slices.Contains(kinds, s.Kind)) {
		return s, notFound("没有这一期")
	}
	return s, err
}

// ranking is a published ranking as it went out.
func (v *visit) ranking() error {
	var page rankingView
	err := v.read(func(tx *store.Tx) error {
		s, err := v.snapshot(tx, store.SnapshotRanking, store.SnapshotWeek, store.SnapshotMonth)
		if err != nil {
			return err
		}
		var r publish.Ranking
		if err := s.Decode(&r); err != nil {
			return err
		}
		page = rankingView{publication: v.publication(s), Card: r.Card, Text: strings.Split(s.Text, "\n"), Original: s.Corrects, Units: map[string]string{}}
		for _, g := range r.Groups {
			for _, u := range g.Units {
				if _, still := v.world.Reg.Unit(u.ID); still && v.ofUnit(u.ID) {
					page.Units[u.Name] = u.ID
				}
			}
		}
		if r.Card != nil {
			page.Picture = fmt.Sprintf("/published/%d/1", s.ID)
		}
		return v.corrections(tx, s, &page)
	})
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "ranking", page.Title, page)
}

// corrections adds what puts a ranking right, and what it puts right itself.
func (v *visit) corrections(tx *store.Tx, s store.Snapshot, page *rankingView) error {
	of := s.ID
	if s.Corrects > 0 {
		of = s.Corrects
	}
	list, err := tx.Corrections(s, of)
	if err != nil {
		return err
	}
	right := int64(0) // the ranking as it should have been goes out just before the words
	for _, c := range list {
		if c.Kind == store.SnapshotCorrection {
			page.Corrections = append(page.Corrections, change{strings.Split(c.Text, "\n"), right})
		} else {
			right = c.ID
		}
	}
	return nil
}

// bulletin is a published bulletin.
func (v *visit) bulletin() error {
	var page rankingView
	err := v.read(func(tx *store.Tx) error {
		s, err := v.snapshot(tx, store.SnapshotBulletin)
		if err != nil {
			return err
		}
		page = rankingView{publication: v.publication(s), Text: strings.Split(s.Text, "\n")}
		page.Files = []link{{"Word 文件", fmt.Sprintf("/published/%d/1", s.ID)}, {"Excel 表格", fmt.Sprintf("/published/%d/2", s.ID)}}
		return nil
	})
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "ranking", page.Title, page)
}

// publishedFile makes a file of a publication again, as it went out.
func (v *visit) publishedFile() error {
	n, err := strconv.Atoi(v.r.PathValue("n"))
	if err != nil || n < 1 {
		return notFound("没有这个文件")
	}
	var recipe store.Recipe
	err = v.read(func(tx *store.Tx) error {
		s, err := v.snapshot(tx, store.SnapshotRanking, store.SnapshotWeek, store.SnapshotMonth, store.SnapshotBulletin)
		if err != nil {
			return err
		}
		recipe, err = v.desk().Recipe(s)
		return err
	})
	if err != nil {
		return err
	}
	if recipe == "" {
		return notFound("这一期没有附件")
	}
	dir, err := os.MkdirTemp("", "duban-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // the system empties its temporary folder, too
	made, err := v.s.Lent.Files().Make(v.r.Context(), v.now, recipe, dir)
	if err != nil {
		return err
	}
	if n > len(made) {
		return notFound("没有这个文件")
	}
	f := made[n-1]
	if !f.Picture {
		v.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	}
	v.w.Header().Set("Content-Type", orElse(fileTypes[filepath.Ext(f.Name)], "application/octet-stream"))
	http.ServeFile(v.w, v.r, f.Path)
	return nil
}

var fileTypes = map[string]string{
	".png": "image/png", ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
