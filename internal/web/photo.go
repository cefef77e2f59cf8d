package web

import (
	"bytes"
	"net/http"
	"strconv"
	"time"

	"duban/internal/issue"
	"duban/internal/media"
	"duban/internal/store"
)

// noPhoto is said of a photo that is not there and of one that the visitor may not see.
func noPhoto() error { return notFound("没有这张照片") }

// mostMerges bounds how far a photo's issue is followed to the one that it was merged into.
const mostMerges = 10

// photo shows a photo of an issue that the visitor may see: the copy without metadata, never the original, which may tell where
// somebody lives.
func (v *visit) photo() error {
	id, err := strconv.ParseInt(v.r.PathValue("id"), 10, 64)
	if err != nil {
		return noPhoto()
	}
	var p store.Photo
	err = v.read(func(tx *store.Tx) (err error) {
		if p, err = tx.Photo(id); err != nil {
			return err
		}
		ok, err := v.seesPhoto(tx, p)
		if err == nil && !ok {
			return noPhoto()
		}
		return err
	})
	if _, unknown := issue.AsError(err); unknown {
		return noPhoto()
	}
	if err != nil {
		return err
	}
	return v.sendPhoto(p.Shown)
}

// seesPhoto says whether the visitor may see a photo: evidence of an issue of their unit's, or of one that was merged into such.
func (v *visit) seesPhoto(tx *store.Tx, p store.Photo) (bool, error) {
	if p.IssueID == 0 || p.Kind == "" {
		return false, nil
	}
	for id, n := p.IssueID, 0; id != 0 && n < mostMerges; n++ {
		i, err := tx.Issue(id)
		if err != nil || v.sees(i) {
			return err == nil, err
		}
		id = i.MergedInto
	}
	return false, nil
}

// sendPhoto sends a file below the media folder; a name that leads elsewhere finds nothing.
func (v *visit) sendPhoto(name string) error {
	if name == "" {
		return noPhoto()
	}
	data, err := media.Read(v.world.Media, name)
	if err != nil {
		v.s.Log.Warn("photo not shown", "file", name, "err", err)
		return noPhoto()
	}
	v.w.Header().Set("Content-Type", "image/jpeg") // all copies to show are
	http.ServeContent(v.w, v.r, "", time.Time{}, bytes.NewReader(data))
	return nil
}
