package store

import (
	"cmp"
	"errors"
	"slices"

	"duban/internal/issue"
)

// MergedInto lists the issues that were merged into an issue, and into those.
func (tx *Tx) MergedInto(id int64) ([]issue.Issue, error) {
	list, err := tx.Issues(Filter{MergedInto: id, Statuses: []issue.Status{issue.Merged}})
	for _, m := range slices.Clone(list) {
		further, e := tx.MergedInto(m.ID)
		list, err = append(list, further...), errors.Join(err, e)
	}
	return list, err
}

// AllPhotos lists an issue's photos and those of the issues that were merged into it, in order of arrival.
func (tx *Tx) AllPhotos(id int64) ([]Photo, error) {
	out, err := tx.Photos(id)
	if err != nil {
		return nil, err
	}
	merged, err := tx.MergedInto(id)
	if err != nil {
		return nil, err
	}
	for _, m := range merged {
		more, err := tx.Photos(m.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	slices.SortFunc(out, func(a, b Photo) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}
