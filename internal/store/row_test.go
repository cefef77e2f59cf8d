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
		name := v.Type().Field(k).Name
		fillValue(t, v.Field(k), name, n+k)
		if v.Field(k).IsZero() {
			t.Fatalf("%s was not set", name)
		}
	}
}

func fillValue(t *testing.T, f reflect.Value, name string, n int) {
	t.Helper()
	switch value := f.Addr().Interface().(type) {
	case *time.Time:
		*value = time.UnixMicro(int64(1_700_000_000_000_000 + 1_000_001*n))
	case *calendar.Limit:
		*value = calendar.Limit{N: n, Kind: calendar.WorkHour}
	case *issue.Marks:
		*value = issue.Marks{"L0", "opinion/soon", name}
	default:
		switch f.Kind() {
		case reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
			fillValue(t, f.Elem(), name, n)
		case reflect.Struct:
			fill(t, f, 1000*n)
		case reflect.String:
			f.SetString(name)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int, reflect.Int64:
			f.SetInt(int64(n))
		default:
			t.Fatalf("no value for %s: teach this test the type %s", name, f.Type())
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
	e := issue.Event{
		Issue: 1, Seq: 1, At: time.UnixMicro(1_700_000_000_000_001), By: "zhang_min", Action: issue.Report, From: issue.None,
		To: issue.Reported, Note: "备注", Message: "wechat/1",
	}
	fill(t, reflect.ValueOf(&e.Change).Elem(), 100)
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

// TestLimitThatIsSetToNone: a change that takes the limit away is not the same as one that leaves it.
func TestLimitThatIsSetToNone(t *testing.T) {
	s, err := openAt(t, t.TempDir()+"/duban.db")
	if err != nil {
		t.Fatal(err)
	}
	e := issue.Event{Issue: 1, Seq: 1, Change: issue.Change{Limit: &calendar.Limit{}}}
	err = s.Write(t.Context(), time.Now(), func(tx *Tx) error {
		if err := tx.SaveIssue(issue.Issue{ID: 1, Seq: 1}, e); err != nil {
			return err
		}
		got, err := tx.Events(1)
		if err == nil && got[0].Change.Limit == nil {
			t.Error("the change is lost")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
