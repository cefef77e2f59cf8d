package store

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// filled is an issue every field of which is set, found by reflection so that a new field cannot be forgotten.
func filled(t *testing.T) issue.Issue {
	t.Helper()
	var i issue.Issue
	fill(t, reflect.ValueOf(&i).Elem(), 1)
	return i
}

// fill sets every field to a value that no other field has.
func fill(t *testing.T, v reflect.Value, n int) {
	t.Helper()
	for k := range v.NumField() {
		f := v.Field(k)
		switch value := f.Addr().Interface().(type) {
		case *time.Time:
			*value = time.UnixMicro(int64(1_700_000_000_000_000 + 1_000_001*(n+k)))
		case *calendar.Limit:
			*value = calendar.Limit{N: n + k, Kind: calendar.WorkHour}
		default:
			switch f.Kind() {
			case reflect.String:
				f.SetString(v.Type().Field(k).Name)
			case reflect.Bool:
				f.SetBool(true)
			case reflect.Int, reflect.Int64:
				f.SetInt(int64(n + k))
			default:
				t.Fatalf("no value for %s: teach this test the type %s", v.Type().Field(k).Name, f.Type())
			}
		}
		if f.IsZero() {
			t.Fatalf("%s was not set", v.Type().Field(k).Name)
		}
	}
}

// TestEveryFieldOfAnIssueIsStored takes a full issue, an empty one, and full ones with one field each left empty.
func TestEveryFieldOfAnIssueIsStored(t *testing.T) {
	s, err := openAt(t, t.TempDir()+"/duban.db")
	if err != nil {
		t.Fatal(err)
	}
	full := filled(t)
	all := []issue.Issue{full, {}}
	for k := range reflect.TypeFor[issue.Issue]().NumField() {
		i := full
		reflect.ValueOf(&i).Elem().Field(k).SetZero()
		if i.FirstSubmittedAt.IsZero() || i.FirstDue.IsZero() { // one is never without the other
			i.FirstSubmittedAt, i.FirstDue = time.Time{}, time.Time{}
		}
		all = append(all, i)
	}
	for n, i := range all {
		i.ID, i.Seq = int64(n+1), 1
		err := s.Write(t.Context(), time.Now(), func(tx *Tx) error {
			return tx.SaveIssue(i, issue.Event{Issue: i.ID, Seq: 1})
		})
		if err != nil {
			t.Fatal(err)
		}
		var got issue.Issue
		err = s.Read(t.Context(), time.Now(), func(tx *Tx) (err error) {
			got, err = tx.Issue(i.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(i, got); diff != "" {
			t.Errorf("variant %d (-saved +read):\n%s", n, diff)
		}
	}
}

// TestEveryFieldOfAnEventIsStored does the same for events and what they change.
func TestEveryFieldOfAnEventIsStored(t *testing.T) {
	s, err := openAt(t, t.TempDir()+"/duban.db")
	if err != nil {
		t.Fatal(err)
	}
	limit := calendar.Limit{N: 3, Kind: calendar.NaturalDay}
	e := issue.Event{
		Issue: 1, Seq: 1, At: time.UnixMicro(1_700_000_000_000_001), By: "zhang_min", Action: issue.Report, From: issue.None,
		To: issue.Reported, Note: "备注", Message: "wechat/1",
	}
	change := reflect.ValueOf(&e.Change).Elem()
	e.Change.Limit = &limit
	fillExcept(t, change, "Limit")
	var got []issue.Event
	err = s.Write(t.Context(), time.Now(), func(tx *Tx) error {
		if err := tx.SaveIssue(issue.Issue{ID: 1, Seq: 1}, e); err != nil {
			return err
		}
		var err error
		got, err = tx.Events(1)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]issue.Event{e}, got); diff != "" {
		t.Errorf("(-saved +read):\n%s", diff)
	}
}

// fillExcept fills a copy of the struct that lacks one field, and copies it over.
func fillExcept(t *testing.T, v reflect.Value, except string) {
	t.Helper()
	var fields []reflect.StructField
	for k := range v.NumField() {
		if f := v.Type().Field(k); f.Name != except {
			fields = append(fields, reflect.StructField{Name: f.Name, Type: f.Type})
		}
	}
	part := reflect.New(reflect.StructOf(fields)).Elem()
	fill(t, part, 100)
	for _, f := range fields {
		v.FieldByName(f.Name).Set(part.FieldByName(f.Name))
	}
}
