package sheet

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"duban/internal/issue"
)

// object is a row as JSON has it.
type object struct {
	ID          int64        `json:"id"`
	ReportedAt  time.Time    `json:"reported_at,omitzero"`
	Place       string       `json:"place"`
	PlaceKind   string       `json:"place_kind"`
	Category    string       `json:"category"`
	Text        string       `json:"text"`
	Source      string       `json:"source"`
	Unit        string       `json:"unit"`
	Person      string       `json:"person"`
	Due         time.Time    `json:"due,omitzero"`
	Status      issue.Status `json:"status"`
	StatusText  string       `json:"status_text"`
	Overdue     bool         `json:"overdue"`
	LateMinutes int64        `json:"late_minutes"`
	Measure     string       `json:"measure"`
	DoneAt      time.Time    `json:"done_at,omitzero"`
	Review      string       `json:"review"`
	ClosedAt    time.Time    `json:"closed_at,omitzero"`
	Returns     int          `json:"returns"`
	Relapses    int          `json:"relapses"`
	Extensions  int          `json:"extensions"`
	Reporter    string       `json:"reporter"`
	Note        string       `json:"note"`
}

func newObject(r Row, zone *time.Location) object {
	in := func(t time.Time) time.Time {
		if t.IsZero() {
			return time.Time{}
		}
		return t.In(zone)
	}
	return object{
		ID: r.ID, ReportedAt: in(r.ReportedAt), Place: r.Place, PlaceKind: r.PlaceKind, Category: r.Category, Text: r.Text,
		Source: r.Source, Unit: r.Unit, Person: r.Person, Due: in(r.Due), Status: r.Status, StatusText: r.Status.Text(),
		Overdue: r.Late > 0, LateMinutes: int64(r.Late / time.Minute), Measure: r.Measure, DoneAt: in(r.DoneAt),
		Review: r.Review, ClosedAt: in(r.ClosedAt), Returns: r.Returns, Relapses: r.Relapses, Extensions: r.Extensions,
		Reporter: r.Reporter, Note: r.Note,
	}
}

// WriteJSON writes the rows as an array of objects, one a line: texts as they were said, times in RFC 3339 with the zone's
// offset, without those that are zero. It gives the number of rows, which have gone to w when an error comes; the array then
// has no end, so that nobody takes it for complete.
func WriteJSON(w io.Writer, info Info, rows iter.Seq2[Row, error], opt Options) (n int, err error) {
	if info.Zone == nil {
		return 0, errNoZone
	}
	out := bufio.NewWriter(w)
	before := "[\n"
	n, err = each(rows, opt, func(r Row) error {
		line, err := json.Marshal(newObject(r, info.Zone))
		if err != nil {
			return fmt.Errorf("sheet: #%d as JSON: %w", r.ID, err)
		}
		_, err = out.WriteString(before + string(line))
		before = ",\n"
		return err
	})
	if err != nil {
		return n, errors.Join(err, out.Flush())
	}
	end := "\n]\n"
	if n == 0 {
		end = "[]\n"
	}
	_, err = out.WriteString(end)
	return n, errors.Join(err, out.Flush())
}
