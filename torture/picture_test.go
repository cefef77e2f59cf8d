package torture

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// picture is one picture that somebody sent, for an issue.
type picture struct {
	id, where, who string
	m              *matter
	kind           string
	after          string // the message that it follows
	sum            string // of the whole picture
	spoilt         bool   // it did not always come whole
	lost           bool   // it never does
}

// doubt is a spoilt picture of which nobody knows yet whether it was refused.
type doubt struct {
	*picture
	said int // how much had been said before it
}

// show sends a picture that nobody has sent before. At times it comes damaged at first, or always; people wait in each group until they know.
func (c *crowd) show(where, who string, m *matter, kind string) {
	p := &picture{where: where, who: who, m: m, kind: kind, after: m.message}
	data := c.photograph()
	sum := sha256.Sum256(data)
	p.sum = hex.EncodeToString(sum[:])
	if d := c.doubts[where]; d != nil && kind == store.PhotoBefore && len(c.said) > d.said+100 {
		delete(c.doubts, where) // nobody waited for it, and another one too many would harm nothing
	}
	var first [][]byte
	if c.doubts[where] == nil && c.IntN(4) == 0 {
		first, p.spoilt, p.lost = c.damaged(data)
		c.doubts[where] = &doubt{p, len(c.said)}
		if p.lost {
			data = first[0]
		}
	}
	p.id = c.srv.PostSpoilt(c.groups[where], c.people[who], data, first...)
	c.pictures = append(c.pictures, p)
}

func (c *crowd) photograph() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for x := range 40 {
		for y := range 30 {
			img.Set(x, y, color.RGBA{R: uint8(c.IntN(256)), G: uint8(c.IntN(256)), B: uint8(c.IntN(256)), A: 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		c.Error(err)
	}
	return b.Bytes()
}

// damaged is what comes instead of a picture. Nothing at all and a page are no pictures to the channel, which asks again; what is cut and
// what is garbage may be all that there is.
func (c *crowd) damaged(data []byte) (first [][]byte, spoilt, lost bool) {
	switch c.IntN(6) {
	case 0:
		return [][]byte{{}, {}}[:1+c.IntN(2)], true, false
	case 1:
		return [][]byte{[]byte("<html><body>502 Bad Gateway</body></html>")}, true, false
	case 2:
		garbage := make([]byte, 1+c.IntN(4000))
		for n := range garbage {
			garbage[n] = byte(c.IntN(256))
		}
		garbage[0] = 'g' // no bracket, and no beginning of a picture
		return [][]byte{garbage}, true, c.IntN(2) == 0
	case 3:
		zeros := append([]byte{}, data...) // as a disk that lost a block
		clear(zeros[200:])
		return [][]byte{zeros}, true, c.IntN(2) == 0
	}
	return [][]byte{data[:1+c.IntN(len(data)-1)]}, true, c.IntN(2) == 0
}

// refused: the bot says that a picture did not come or cannot be opened. Its sender sends another one.
func (c *crowd) refused(where string) {
	d := c.doubts[where]
	if d == nil {
		return // it is known by now what became of it: the clock was set back, and what was queued before comes later
	}
	delete(c.doubts, where)
	switch {
	case d.kind == store.PhotoAfter:
		d.m.photo = c.waits[d.m] && d.m.action == issue.Submit && !d.m.again
	case c.newest[d.who] == d.m: // else it would be taken for a picture of what they said since
		c.show(where, d.who, d.m, d.kind)
	}
}

// damagedFile cuts a file of a photo short for a while, as a bad disk or a careless hand does.
func (r *run) damagedFile(_ int, until <-chan struct{}) error {
	files := r.filesIn(filepath.Join(r.dir, "data", "media"))
	if len(files) == 0 {
		return nil
	}
	file := files[time.Now().UnixNano()%int64(len(files))]
	data, err := os.ReadFile(file)
	if err != nil || strings.Contains(file, ".new") {
		return nil // it was about to be written
	}
	if err := os.WriteFile(file, data[:len(data)/2], 0o600); err != nil {
		return err
	}
	<-until
	whole := filepath.Join(r.dir, "whole")
	return errors.Join(os.WriteFile(whole, data, 0o600), os.Rename(whole, file))
}

// checkPhotos: every picture that came whole is there once, with files that hold it, and belongs to the issue that it was sent for; who sent
// one that did not was told so. There are no others.
//
// By a clock that jumps, the time in which a picture belongs to what its sender said before may be over when it comes. Such a picture has
// strayed: it may belong to nothing, or to what its sender said next. Who then has a picture too many for that finds the last one counted
// for the next again (takeBack in handlers/photo.go).
func (r *run) checkPhotos(tables map[string][]storetest.Row) {
	album := r.album(tables)
	rows, files := map[string]storetest.Row{}, map[string]bool{}
	for _, row := range tables["photos"] {
		if album[row["sha256"]] == nil || rows[row["sha256"]] != nil {
			r.Errorf("a photo that nobody sent, or sent once: %v", row)
			continue
		}
		rows[row["sha256"]] = row
		r.checkFiles(row)
		files[row["file"]], files[row["shown"]] = true, true
	}
	inbox := by(tables["inbox"], "message_id")
	missing, strayed, astray := 0, 0, map[string]bool{} // issues
	for _, p := range r.crowd.pictures {
		row, number := rows[p.sum], fmt.Sprint(p.m.number)
		stray := r.strayed(p, inbox)
		switch {
		case row == nil && !p.spoilt:
			r.Errorf("no photo of %+v", p)
		case row == nil:
			missing++
			if !stray && !r.wasRefused(p, inbox, tables) {
				r.Errorf("nobody was told of a bad picture: %+v", p)
			}
		case row["issue_id"] == number && row["kind"] == p.kind:
			astray[number] = astray[number] || stray // it came to its issue by what was said later, and another one may have been sent
		case stray || astray[number]:
			strayed++
			astray[row["issue_id"]] = true
		default:
			r.Errorf("a %s photo of #%s: %v", p.kind, number, row)
		}
	}
	if n := len(r.filesIn(filepath.Join(r.dir, "data", "media"))); n != len(files) {
		r.Errorf("%d files instead of %d", n, len(files))
	}
	r.checkTies(tables)
	r.Logf("%d photos, %d pictures that were spoilt and refused, %d strayed", len(rows), missing, strayed)
}

// album are the pictures by their hash.
func (r *run) album(map[string][]storetest.Row) map[string]*picture {
	album := map[string]*picture{}
	for _, p := range r.crowd.pictures {
		album[p.sum] = p
	}
	return album
}

func by(rows []storetest.Row, column string) map[string]storetest.Row {
	out := map[string]storetest.Row{}
	for _, row := range rows {
		out[row[column]] = row
	}
	return out
}

// strayed says whether a picture came at a time, by the clock of the program, at which it was not awaited.
func (r *run) strayed(p *picture, inbox map[string]storetest.Row) bool {
	came, said := micros(inbox[p.id]["done_at"]), micros(inbox[p.after]["done_at"])
	return came.Before(said) || came.After(said.Add(window))
}

func micros(text string) time.Time {
	n, _ := strconv.ParseInt(text, 10, 64)
	return time.UnixMicro(n)
}

// wasRefused says whether the answer to a picture says that it is bad.
func (r *run) wasRefused(p *picture, inbox map[string]storetest.Row, tables map[string][]storetest.Row) bool {
	for _, row := range tables["outbox"] {
		if row["target"] == "chat/"+p.where && row["created_at"] == inbox[p.id]["done_at"] && refusal.MatchString(row["text"]) {
			return true
		}
	}
	return false
}

func (r *run) checkFiles(row storetest.Row) {
	media := filepath.Join(r.dir, "data", "media")
	data, err := os.ReadFile(filepath.Join(media, row["file"]))
	if sum := sha256.Sum256(data); err != nil || hex.EncodeToString(sum[:]) != row["sha256"] {
		r.Errorf("the file of a photo: %v, %v", row, err)
	}
	if shown, err := os.Open(filepath.Join(media, row["shown"])); err != nil {
		r.Errorf("the copy of a photo: %v, %v", row, err)
	} else if _, err := jpeg.Decode(shown); err != nil {
		r.Errorf("the copy of a photo: %v, %v", row, err)
	} else {
		_ = shown.Close()
	}
}

// checkTies: every photo of an issue came, by the clock, no longer before or after the event that made it one than people may send photos.
func (r *run) checkTies(tables map[string][]storetest.Row) {
	ties := map[string][]time.Time{} // by issue
	for _, e := range tables["events"] {
		if e["action"] == string(issue.Photo) {
			ties[e["issue_id"]] = append(ties[e["issue_id"]], micros(e["at"]))
		}
	}
	for _, row := range tables["photos"] {
		tied := row["issue_id"] == "0"
		for _, at := range ties[row["issue_id"]] {
			tied = tied || at.Sub(micros(row["at"])).Abs() <= window
		}
		if !tied {
			r.Errorf("a photo of another time: %v, added at %v", row, ties[row["issue_id"]])
		}
	}
}

func (r *run) filesIn(folder string) (files []string) {
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // none yet, or gone meanwhile
			return nil
		}
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		r.Error(err)
	}
	return files
}
