package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"duban/internal/issue"
)

// personal is a table that says something about persons.
type personal struct {
	table string
	who   []string // the columns with persons' ids
	shown []string // what a person is given of a row besides them
}

// personals are the tables that hold persons' ids. docs/privacy.md lists the same columns, and a test compares: a new one belongs
// here, so that exports and erasures know of it.
func personals() []personal {
	return []personal{
		{"issues", []string{"reporter", "assignee", "submitted_by", "look_back_by", "seen_by"}, []string{"id", "text", "place", "category", "unit", "status", "reported_at", "closed_at"}},
		{"events", []string{"person"}, []string{"issue_id", "at", "action", "note"}},
		{"judgements", []string{"person"}, []string{"issue_id", "at", "kind"}},
		{"photos", []string{"person"}, []string{"id", "issue_id", "kind", "at", "file", "taken_at", "lat", "lng", "located", "purged_at"}},
		{"awaits", []string{"person"}, []string{"issue_id", "kind", "note", "until"}},
		{"visits", []string{"person"}, []string{"place", "at", "note"}},
		{"adjustments", []string{"person", "decided_by"}, []string{"id", "unit", "points", "reason", "at", "state", "decided_at", "note"}},
		{"snapshots", []string{"person"}, []string{"id", "kind", "state", "at"}},
		{"batches", []string{"person", "filed_by"}, []string{"id", "name", "file_name", "state", "at", "filed_at"}},
		{"audit", []string{"person"}, []string{"at", "what", "detail"}},
		{"person_bindings", []string{"person"}, []string{"channel", "session", "sender", "how", "at"}},
		{"codes", []string{"subject"}, []string{"kind", "expires_at", "used_at"}},
	}
}

// PersonColumns lists the columns with persons' ids, as table.column, sorted.
func PersonColumns() (out []string) {
	for _, p := range personals() {
		for _, c := range p.who {
			out = append(out, p.table+"."+c)
		}
	}
	slices.Sort(out)
	return out
}

// ShownColumns lists the columns that a person is given, as table.column.
func ShownColumns() (out []string) {
	for _, p := range personals() {
		for _, c := range append(slices.Clone(p.shown), p.who...) {
			out = append(out, p.table+"."+c)
		}
	}
	return out
}

// Record is what a table says of a person: a line for each of its rows, with the columns' names above.
type Record struct {
	Table   string
	Columns []string
	Rows    [][]any
}

// of chooses the rows of a table that name a person.
func (p personal) of(db *gorm.DB, id string) *gorm.DB {
	var either []string
	var args []any
	for _, c := range p.who {
		either = append(either, c+" = ?")
		args = append(args, id)
	}
	q := db.Table(p.table).Where("("+strings.Join(either, " OR ")+")", args...)
	if p.table == "codes" {
		q = q.Where("kind <> ?", CodeChat)
	}
	return q
}

// Records is what the tables say of a person. Of others who stand in the same row only that they are others. What it costs grows
// with the tables: it is asked rarely.
func (tx *Tx) Records(id string) ([]Record, error) {
	var out []Record
	for _, p := range personals() {
		var rows []map[string]any
		if err := p.of(tx.db, id).Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("read %s of a person: %w", p.table, err)
		}
		r := Record{Table: p.table, Columns: append(slices.Clone(p.shown), p.who...)}
		for _, row := range rows {
			r.Rows = append(r.Rows, p.line(row, id))
		}
		if len(r.Rows) > 0 {
			out = append(out, r)
		}
	}
	return out, nil
}

func (p personal) line(row map[string]any, id string) []any {
	var out []any
	for _, c := range p.shown {
		v := row[c]
		if us, whole := v.(int64); whole && instants[c] {
			v = instant(us)
		}
		out = append(out, v)
	}
	for _, c := range p.who {
		switch row[c] {
		case id:
			out = append(out, "本人")
		case "":
			out = append(out, "")
		default:
			out = append(out, "他人")
		}
	}
	return out
}

// instants are the columns of records that are instants.
var instants = map[string]bool{
	"at": true, "reported_at": true, "closed_at": true, "taken_at": true, "purged_at": true, "until": true, "decided_at": true, "expires_at": true, "used_at": true, "filed_at": true,
}

// PersonPhotos lists the photos that a person sent and whose files are there.
func (tx *Tx) PersonPhotos(id string) ([]Photo, error) {
	var out []Photo
	err := tx.db.Where("person = ? AND COALESCE(purged_at, 0) = 0", id).Order("id").Find(&out).Error
	return out, wrap("list photos of a person", err)
}

// PersonMessages lists the messages that were sent to a person or named them, as far as their words are still there.
func (tx *Tx) PersonMessages(id string) ([]Outgoing, error) {
	var out []Outgoing
	err := tx.toPerson(id).Where("state <> ?", OutCleared).Order("id").Find(&out).Error
	return out, wrap("list messages to a person", err)
}

func (tx *Tx) toPerson(id string) *gorm.DB {
	return tx.db.Where("(target = ? OR mentions LIKE ? ESCAPE '!')", ToPerson(id), "%"+like(quoted(id))+"%")
}

// Causes are the messages by which a person moved issues, as channel/id.
func (tx *Tx) Causes(id string) (map[string]bool, error) {
	var list []string
	if err := tx.db.Model(&eventRow{}).Where("person = ? AND message <> ''", id).Distinct("message").Pluck("message", &list).Error; err != nil {
		return nil, wrap("list messages of a person", err)
	}
	out := map[string]bool{}
	for _, m := range list {
		out[m] = true
	}
	return out, nil
}

// EachArrival goes through the messages whose words are still there, a few hundred in memory at a time.
func (tx *Tx) EachArrival(do func(Arrival) error) error {
	for last := int64(0); ; {
		var page []Arrival
		if err := tx.db.Where("id > ? AND cleared_at = 0", last).Order("id").Limit(pageOf).Find(&page).Error; err != nil {
			return wrap("read arrivals", err)
		}
		for _, a := range page {
			if err := do(a); err != nil {
				return err
			}
			last = a.ID
		}
		if len(page) < pageOf {
			return nil
		}
	}
}

// Burdens are the issues that wait for a person: theirs to put right, or drawn for them to look at again.
func (tx *Tx) Burdens(id string) ([]int64, error) {
	var open []issue.Status
	for _, s := range issue.Statuses() {
		if s.Open() {
			open = append(open, s)
		}
	}
	var out []int64
	err := tx.db.Model(&issueRow{}).Where("(assignee = ? AND status IN ?) OR (look_back_by = ? AND look_back_due > 0)", id, open, id).
		Order("id").Pluck("id", &out).Error
	return out, wrap("list what waits for a person", err)
}

// NamedIn lists the issues in whose words, or those of whose events, a name stands, at most so many.
func (tx *Tx) NamedIn(name string, most int) ([]int64, error) {
	var ids, noted []int64
	pattern := containing(name)
	err := tx.db.Model(&issueRow{}).Where(holds("text")+" OR "+holds("measure"), pattern, pattern).Order("id").Limit(most).Pluck("id", &ids).Error
	if err == nil {
		err = tx.db.Model(&eventRow{}).Where(holds("note"), pattern).Distinct("issue_id").Order("issue_id").Limit(most).Pluck("issue_id", &noted).Error
	}
	ids = append(ids, noted...)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return ids[:min(most, len(ids))], wrap("look for a name", err)
}

// like makes of words a pattern that only they match.
func like(words string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(words)
}

// quoted is an id as JSON holds it.
func quoted(id string) string {
	b, _ := json.Marshal(id) // of a string, which cannot fail
	return string(b)
}

// Alias is the name by which the next person who is erased goes on. Nothing says whose it is.
func (tx *Tx) Alias() (string, error) {
	var n int64
	if err := tx.db.Model(&auditRow{}).Where("what = ?", auditErase).Count(&n).Error; err != nil {
		return "", wrap("count erasures", err)
	}
	return fmt.Sprintf("已注销人员%d", n+1), nil
}

// auditErase is the audit of an erasure.
const auditErase = "erase_person"

// TouchedIssues lists the issues whose rows or events name a person.
func (tx *Tx) TouchedIssues(id string) ([]int64, error) {
	var ids, acted []int64
	if err := personals()[0].of(tx.db, id).Pluck("id", &ids).Error; err != nil {
		return nil, wrap("list issues of a person", err)
	}
	err := tx.db.Model(&eventRow{}).Where("person = ? OR details LIKE ? ESCAPE '!'", id, "%"+like(quoted(id))+"%").
		Distinct("issue_id").Pluck("issue_id", &acted).Error
	ids = append(ids, acted...)
	slices.Sort(ids)
	return slices.Compact(ids), wrap("list events of a person", err)
}

// RenameInIssues puts an alias in the place of a person in the rows and the histories of issues. It is the one thing that alters
// events: who, never what or when, so that an issue that is made from its events again is still the same (docs/privacy.md).
func (tx *Tx) RenameInIssues(issues []int64, id, alias string) error {
	for _, number := range issues {
		i, err := tx.Issue(number)
		if err != nil {
			return err
		}
		events, err := tx.Events(number)
		if err != nil {
			return err
		}
		if err := tx.renameEvents(events, id, alias); err != nil {
			return err
		}
		rename(id, alias, &i.Reporter, &i.Assignee, &i.SubmittedBy, &i.LookBackBy, &i.SeenBy, &i.Request.By)
		row, err := toRow(i)
		if err != nil {
			return err
		}
		if err := tx.updateIssue(row, i.Seq); err != nil {
			return fmt.Errorf("rename in issue %d: %w", number, err)
		}
	}
	err := tx.db.Model(&judgementRow{}).Where("issue_id IN ? AND person = ?", issues, id).Update("person", alias).Error
	return wrap("rename in judgements", err)
}

func (tx *Tx) renameEvents(events []issue.Event, id, alias string) error {
	for _, e := range events {
		before := e
		rename(id, alias, &e.By, &e.Change.Reporter, &e.Change.Assignee, &e.Change.LookBackBy)
		if r := e.Change.Request; r != nil {
			other := *r
			rename(id, alias, &other.By)
			e.Change.Request = &other
		}
		was, err := json.Marshal(before.Change)
		if err != nil {
			return fmt.Errorf("event %d/%d: %w", e.Issue, e.Seq, err)
		}
		is, err := json.Marshal(e.Change)
		if err != nil {
			return fmt.Errorf("event %d/%d: %w", e.Issue, e.Seq, err)
		}
		if e.By == before.By && string(was) == string(is) {
			continue
		}
		err = tx.db.Model(&eventRow{}).Where("issue_id = ? AND seq = ?", e.Issue, e.Seq).
			Updates(map[string]any{"person": e.By, "details": string(is)}).Error
		if err != nil {
			return fmt.Errorf("rename in event %d/%d: %w", e.Issue, e.Seq, err)
		}
	}
	return nil
}

func rename(from, to string, fields ...*string) {
	for _, f := range fields {
		if *f == from {
			*f = to
		}
	}
}

// Settle writes what stands in the database's log into its file, so that nothing that was erased is left in the log. While others read,
// it can be that some of it stays until they have ended. A server keeps its log itself.
func (s *Store) Settle(ctx context.Context) error {
	if s.dialect.settle == "" {
		return nil
	}
	return wrap("settle the log", s.alone(ctx, s.dialect.settle))
}

// ErasePerson forgets a person beside the issues: bindings, codes, waiting, loose photos and the words of messages to and from them go, and
// everywhere else stands the alias. arrivals are their messages; name, if it is known, is looked for in messages that were sent. What
// is audited does not say who it was.
func (tx *Tx) ErasePerson(id, name, alias string, arrivals []int64) error {
	for _, step := range []func() error{
		func() error { return tx.dropPersonal(id) },
		func() error { return tx.aliasPersonal(id, name, alias) },
		func() error { return tx.clearArrivals(arrivals) },
		func() error { return tx.clearMessages(id, name, alias) },
		func() error { return tx.Audit("", auditErase, alias) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) dropPersonal(id string) error {
	for _, step := range []func() error{
		func() error { return tx.db.Where("person = ?", id).Delete(&PersonBinding{}).Error },
		func() error { return tx.db.Where("subject = ? AND kind <> ?", id, CodeChat).Delete(&codeRow{}).Error },
		func() error { return tx.db.Where("person = ?", id).Delete(&Await{}).Error },
	} {
		if err := step(); err != nil {
			return wrap("drop what a person has", err)
		}
	}
	var loose []int64
	if err := tx.db.Model(&Photo{}).Where("issue_id = 0 AND person = ?", id).Pluck("id", &loose).Error; err != nil {
		return wrap("list loose photos of a person", err)
	}
	_, err := tx.PurgePhotos(loose, time.Time{}, tx.now.Add(time.Microsecond))
	return err
}

// aliasPersonal renames in the tables that stay. Those of issues are renamed with their histories.
func (tx *Tx) aliasPersonal(id, name, alias string) error {
	for _, p := range personals() {
		if slices.Contains([]string{"issues", "events", "judgements", "awaits", "person_bindings", "codes"}, p.table) {
			continue
		}
		for _, c := range p.who {
			if err := tx.db.Table(p.table).Where(c+" = ?", id).Update(c, alias).Error; err != nil {
				return fmt.Errorf("rename in %s: %w", p.table, err)
			}
		}
	}
	private, other := string(ToPerson(id)), string(ToPerson(alias))
	swap := func(table, column, where string, args ...any) error {
		set := gorm.Expr("REPLACE("+column+", ?, ?)", quoted(id), quoted(alias))
		return wrap("rename in "+table, tx.db.Table(table).Where(where, args...).Update(column, set).Error)
	}
	for _, table := range []string{"photos", "batches"} {
		if err := tx.db.Table(table).Where("conversation = ?", private).Update("conversation", other).Error; err != nil {
			return wrap("rename in "+table, err)
		}
	}
	if err := swap("snapshots", "inputs", "kind = ? AND inputs LIKE ? ESCAPE '!'", SnapshotLookBack, "%"+like(quoted(id))+"%"); err != nil {
		return err
	}
	begins := gorm.Expr("REPLACE(detail, ?, ?)", id+" ", alias+" ")
	if err := tx.db.Model(&auditRow{}).Where("detail LIKE ? ESCAPE '!'", like(id)+" %").Update("detail", begins).Error; err != nil {
		return wrap("rename in audit", err)
	}
	if name == "" {
		return nil
	}
	return wrap("rename in audit", tx.db.Model(&auditRow{}).Where("detail = ?", name).Update("detail", alias).Error)
}

// clearMessages empties what was said to a person or named them. What still waits for others to read it stays until it was sent.
func (tx *Tx) clearMessages(id, name, alias string) error {
	var ids, named []int64
	if err := tx.toPerson(id).Model(&Outgoing{}).Where("state <> ? OR target = ?", OutQueued, ToPerson(id)).Pluck("id", &ids).Error; err != nil {
		return wrap("list messages to a person", err)
	}
	if name != "" {
		err := tx.db.Model(&Outgoing{}).Where("state <> ? AND ("+holds("text")+" OR "+holds("recipe")+")", OutQueued, containing(name), containing(name)).
			Pluck("id", &named).Error
		if err != nil {
			return wrap("list messages that name a person", err)
		}
	}
	for page := range slices.Chunk(append(ids, named...), pageOf) {
		if err := tx.clearOutgoing(page); err != nil {
			return err
		}
	}
	keys := gorm.Expr("REPLACE(dedup, ?, ?)", string(ToPerson(id)), string(ToPerson(alias)))
	err := tx.db.Model(&Outgoing{}).Where("dedup LIKE ? ESCAPE '!'", "%"+like(string(ToPerson(id)))).Update("dedup", keys).Error
	return wrap("rename in the keys of messages", err)
}
