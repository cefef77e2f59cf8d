package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Target is where a message goes: a work group, a person, or the very conversation that a message came from. It is
// resolved to a network's key only when it is sent, because keys change with every login.
type Target string

// ToChat addresses a work group by its id in the register.
func ToChat(id string) Target { return Target("chat/" + id) }

// ToPerson addresses a person in private by id.
func ToPerson(id string) Target { return Target("person/" + id) }

// ToConversation addresses a conversation by its network's key, for those that nobody has bound. It is lost with the login.
func ToConversation(channel, session, key string) Target {
	return Target("raw/" + url.PathEscape(channel) + "/" + url.PathEscape(session) + "/" + url.PathEscape(key))
}

// Chat is the work group addressed by ToChat.
func (t Target) Chat() (string, bool) { return strings.CutPrefix(string(t), "chat/") }

// Person is the person addressed by ToPerson.
func (t Target) Person() (string, bool) { return strings.CutPrefix(string(t), "person/") }

// Conversation is what ToConversation addresses.
func (t Target) Conversation() (channel, session, key string, ok bool) {
	parts := strings.Split(string(t), "/")
	if len(parts) != 4 || parts[0] != "raw" {
		return "", "", "", false
	}
	for n, p := range parts {
		plain, err := url.PathUnescape(p)
		if err != nil {
			return "", "", "", false
		}
		parts[n] = plain
	}
	return parts[1], parts[2], parts[3], true
}

// Out is a message to send.
type Out struct {
	To       Target
	Text     string
	Mentions []string // person ids
	File     *OutFile
	Make     Recipe // further files, made when the message is sent
	Via      string // the channel on which somebody asked for it, which is tried first; "": none did
	// NotBefore delays the message; zero: at once.
	NotBefore time.Time
	// Urgent says that the message does not wait for the end of the quiet hours, nor for many others where a network is slow.
	Urgent bool
	// HeldUntil delays the message to the end of the quiet hours; zero: it does not wait. What is held for one target until
	// one instant is delivered as one message (design.md §9.3). Files go by themselves.
	HeldUntil time.Time
	// Dedup, if set, makes the message unique for ever: a second one with the same key is not stored. Cancel withdraws it.
	Dedup string
	// Asks names what the message asks for, so that CancelHeld can withdraw it while it is held. It needs no Dedup besides.
	Asks string
}

// OutFile is a picture or a file to send along.
type OutFile struct {
	Name    string
	Path    string
	Picture bool
}

// Recipe says how files are made when their message is sent: nothing is drawn while a transaction is open, and nothing is kept
// that can be made again. It holds all that the files show, so that every attempt makes the same; package files writes and
// reads it. Empty: there are none.
type Recipe string

// Outgoing is a stored message with the state of its delivery.
type Outgoing struct {
	ID         int64
	Target     Target
	Text       string
	Mentions   string
	Attachment string
	Recipe     Recipe
	Via        string
	Route      string // the channel on which it was tried last; "": it was not tried yet
	Dedup      *string
	State      string
	DueAt      int64
	HeldUntil  int64
	CreatedAt  int64
	SentAt     int64
	PartsSent  int // of the parts on Route
	Urgent     int // 1: goes before what nobody waits for
	Attempts   int
	Failure    string
}

// The states of an outgoing message.
const (
	OutQueued = "queued"
	OutSent   = "sent"
	OutDead   = "dead"
	// OutCleared says that the message was sent, or given up if it has no SentAt, and that its words were kept long enough.
	OutCleared = "cleared"
)

// TableName is the table's name for GORM.
func (Outgoing) TableName() string { return "outbox" }

var outgoingTable = tableOf[Outgoing]()

// atOnce bounds the messages that one statement adds or marks.
const atOnce = 32

// Send queues messages in this transaction, in their order: they go out if and only if the transaction is kept.
func (tx *Tx) Send(outs ...Out) error {
	for some := range slices.Chunk(outs, atOnce) {
		var values []any
		for _, o := range some {
			row, err := tx.queued(o)
			if err != nil {
				return err
			}
			values = append(values, outgoingTable.values(&row)[1:]...)
		}
		if _, err := tx.exec(outgoingTable.insert(len(some), true)+" ON CONFLICT (dedup) DO NOTHING", values...); err != nil {
			return fmt.Errorf("queue messages: %w", err)
		}
	}
	return nil
}

// queued is the row of a message to send.
func (tx *Tx) queued(o Out) (row Outgoing, err error) {
	row = Outgoing{Target: o.To, Text: o.Text, Recipe: o.Make, Via: o.Via, State: OutQueued, DueAt: micros(tx.now), CreatedAt: micros(tx.now)}
	if o.Urgent {
		row.Urgent = 1
	}
	if o.NotBefore.After(tx.now) {
		row.DueAt = micros(o.NotBefore)
	}
	if o.HeldUntil.After(tx.now) {
		row.DueAt = micros(o.HeldUntil)
		if o.File == nil && o.Make == "" {
			row.HeldUntil = row.DueAt
		}
	}
	if o.Asks != "" && row.HeldUntil > 0 { // unique, because the same may be asked again on another night
		o.Dedup = fmt.Sprintf("%s/%d/%s", o.Asks, row.CreatedAt, o.To)
	}
	if o.Dedup != "" {
		row.Dedup = &o.Dedup
	}
	if row.Mentions, err = jsonText(o.Mentions, len(o.Mentions) > 0); err != nil {
		return row, err
	}
	row.Attachment, err = jsonText(o.File, o.File != nil)
	return row, err
}

func jsonText(v any, set bool) (string, error) {
	if !set {
		return "", nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode %T: %w", v, err)
	}
	return string(b), nil
}

// Cancel withdraws a queued message by its key, so that the same key can be queued again. Sent messages stay.
func (tx *Tx) Cancel(dedup string) error {
	if _, err := tx.exec("DELETE FROM outbox WHERE dedup = ? AND state = ?", dedup, OutQueued); err != nil {
		return fmt.Errorf("cancel message %s: %w", dedup, err)
	}
	return nil
}

// CancelUnder withdraws the queued messages whose keys begin with a prefix that ends in a slash, and says how many there were.
func (tx *Tx) CancelUnder(prefix string) (int, error) {
	return cancelled(tx.under(prefix), prefix)
}

// CancelHeld withdraws the messages that ask for something and still wait for the end of the quiet hours, and says how many
// there were. What is being delivered stays: its parts may have arrived.
func (tx *Tx) CancelHeld(asks string) (int, error) {
	return cancelled(tx.under(asks+"/").Where("held_until > ?", micros(tx.now)), asks)
}

// under chooses the queued messages whose keys begin with a prefix that ends in a slash. They are found by the keys: thousands may be queued.
func (tx *Tx) under(prefix string) *gorm.DB {
	end := strings.TrimSuffix(prefix, "/") + "0" // the character after the slash
	return tx.db.Where("dedup >= ? AND dedup < ? AND COALESCE(state, '') = ?", prefix, end, OutQueued)
}

func cancelled(chosen *gorm.DB, keys string) (int, error) {
	done := chosen.Delete(&Outgoing{})
	if done.Error != nil {
		return 0, fmt.Errorf("cancel messages under %s: %w", keys, done.Error)
	}
	return int(done.RowsAffected), nil
}

// MentionIDs are the persons to mention.
func (o Outgoing) MentionIDs() ([]string, error) {
	var ids []string
	if o.Mentions == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(o.Mentions), &ids); err != nil {
		return nil, fmt.Errorf("mentions of outgoing message %d: %w", o.ID, err)
	}
	return ids, nil
}

// File is the attachment, or nil.
func (o Outgoing) File() (*OutFile, error) {
	if o.Attachment == "" {
		return nil, nil
	}
	var f OutFile
	if err := json.Unmarshal([]byte(o.Attachment), &f); err != nil {
		return nil, fmt.Errorf("attachment of outgoing message %d: %w", o.ID, err)
	}
	return &f, nil
}

// Hurried says whether somebody waits for a message, or should not have to.
func (o Outgoing) Hurried() bool { return o.Via != "" || o.Urgent > 0 }

// DueOutgoing lists queued messages that are due, oldest first, at most limit, without those to some targets. A message waits for
// an earlier one to the same target that is being repeated, until that one is sent or buried, so that their order stays.
func (tx *Tx) DueOutgoing(limit int, except ...Target) ([]Outgoing, error) {
	chosen, args := sendable(except)
	out, err := outgoingTable.list(tx, chosen+" AND due_at <= ? ORDER BY due_at, id LIMIT ?", append(args, micros(tx.now), limit)...)
	if err != nil {
		return nil, fmt.Errorf("list due messages: %w", err)
	}
	return out, nil
}

// OutgoingTo lists what DueOutgoing does, to one target.
func (tx *Tx) OutgoingTo(t Target, limit int) ([]Outgoing, error) {
	chosen, args := sendable(nil)
	out, err := outgoingTable.list(tx, chosen+" AND target = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?", append(args, string(t), micros(tx.now), limit)...)
	if err != nil {
		return nil, fmt.Errorf("list due messages to %s: %w", t, err)
	}
	return out, nil
}

// NewOutgoing lists what DueOutgoing does of what was queued after a message, in that order. What it costs does not grow with how many
// others wait.
func (tx *Tx) NewOutgoing(after int64, limit int) ([]Outgoing, error) {
	out, err := outgoingTable.list(tx, `WHERE id > ? AND COALESCE(state, '') = ? AND due_at <= ? AND NOT EXISTS (SELECT 1 FROM outbox AS earlier
		WHERE earlier.target = outbox.target AND earlier.state = ? AND earlier.attempts > 0 AND earlier.id < outbox.id) ORDER BY id LIMIT ?`,
		after, OutQueued, micros(tx.now), OutQueued, limit)
	if err != nil {
		return nil, fmt.Errorf("list new messages: %w", err)
	}
	return out, nil
}

// LastOutgoing is the id of the message that was queued last; 0: none was.
func (tx *Tx) LastOutgoing() (int64, error) {
	last, err := scan(tx, func(id *int64) []any { return []any{id} }, "SELECT COALESCE(MAX(id), 0) FROM outbox")
	if err != nil {
		return 0, fmt.Errorf("last message: %w", err)
	}
	return last[0], nil
}

// HeldWith lists what is to be delivered together with a message, itself among them, in order: the queued messages that were
// held for its target until the same instant.
func (tx *Tx) HeldWith(o Outgoing) ([]Outgoing, error) {
	var out []Outgoing
	err := tx.db.Where("target = ? AND state = ? AND held_until = ? AND id >= ?", o.Target, OutQueued, o.HeldUntil, o.ID).Order("id").Find(&out).Error
	if err != nil {
		return nil, fmt.Errorf("list held messages: %w", err)
	}
	return out, nil
}

// NextOutgoing is when the next queued message is due that does not wait for another, without those to some targets; false if there
// is none.
func (tx *Tx) NextOutgoing(except ...Target) (time.Time, bool, error) {
	chosen, args := sendable(except)
	due, err := scan(tx, func(at *int64) []any { return []any{at} }, "SELECT due_at FROM outbox "+chosen+" ORDER BY due_at, id LIMIT 1", args...)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("next due message: %w", err)
	}
	if len(due) == 0 {
		return time.Time{}, false, nil
	}
	return instant(due[0]), true, nil
}

// sendable chooses the queued messages that need not wait for an earlier one to the same target.
func sendable(except []Target) (where string, args []any) {
	where, args = "WHERE state = ?", []any{OutQueued}
	if len(except) > 0 {
		except = padded(except)
		where += " AND target NOT IN (" + marks(len(except)) + ")"
	}
	for _, t := range except {
		args = append(args, string(t))
	}
	return where + ` AND NOT EXISTS (SELECT 1 FROM outbox AS earlier
		WHERE earlier.target = outbox.target AND earlier.state = ? AND earlier.attempts > 0 AND earlier.id < outbox.id)`, append(args, OutQueued)
}

// padded repeats the last of a list until there are a power of two, so that lists of all lengths make few statements.
func padded[T any](list []T) []T {
	list = slices.Clone(list)
	for len(list)&(len(list)-1) != 0 {
		list = append(list, list[len(list)-1])
	}
	return list
}

// LastTried is when something may have been sent last; false if nothing ever was. What is due may have been on its way when the
// program ended, and what is being repeated was tried at a time that nobody kept: both count as now.
func (tx *Tx) LastTried() (time.Time, bool, error) {
	var begun []int64
	onTheWay := tx.db.Model(&Outgoing{}).Where("state = ? AND (due_at <= ? OR attempts > 0 OR parts_sent > 0)", OutQueued, micros(tx.now))
	if err := onTheWay.Limit(1).Pluck("id", &begun).Error; err != nil {
		return time.Time{}, false, fmt.Errorf("messages on their way: %w", err)
	}
	if len(begun) > 0 {
		return tx.now, true, nil
	}
	var last int64
	for _, state := range []string{OutSent, OutDead, OutDropped} {
		var at []int64
		if err := tx.db.Model(&Outgoing{}).Where("state = ?", state).Order("due_at DESC").Limit(1).Pluck("due_at", &at).Error; err != nil {
			return time.Time{}, false, fmt.Errorf("last message that was sent: %w", err)
		}
		if len(at) > 0 {
			last = max(last, at[0])
		}
	}
	return instant(last), last > 0, nil
}

// longestRetry is longer than any pause before a message is tried again.
const longestRetry = 2 * time.Hour

// Rewind brings forward what waits because it was queued or tried while the clock was ahead, and says how many messages that were. What was
// queued waits as long as it was to wait, counted from now; what was tried is due at once.
func (tx *Tx) Rewind() (int, error) {
	now := micros(tx.now)
	ahead := gorm.Expr("created_at - ?", now)
	queued := tx.db.Model(&Outgoing{}).Where("state = ? AND due_at > ? AND created_at > ? AND due_at >= created_at", OutQueued, now, now).
		Updates(map[string]any{
			"due_at": gorm.Expr("due_at - (?)", ahead), "held_until": gorm.Expr("CASE WHEN held_until > 0 THEN held_until - (?) ELSE 0 END", ahead),
		})
	tried := tx.db.Model(&Outgoing{}).Where("state = ? AND due_at > ? AND attempts > 0", OutQueued, micros(tx.now.Add(longestRetry))).
		Updates(map[string]any{"due_at": now})
	if err := errors.Join(queued.Error, tried.Error); err != nil {
		return 0, fmt.Errorf("rewind messages: %w", err)
	}
	return int(queued.RowsAffected + tried.RowsAffected), nil
}

// LastQueued is when a message was last queued, or later if one waits that was queued or tried by a clock that has been set back since; zero
// if none ever was.
func (tx *Tx) LastQueued() (time.Time, error) {
	var last, ahead []int64
	err := tx.db.Model(&Outgoing{}).Order("id DESC").Limit(1).Pluck("created_at", &last).Error
	now := micros(tx.now)
	queued := tx.db.Model(&Outgoing{}).Where("state = ? AND due_at > ? AND created_at > ? AND due_at >= created_at", OutQueued, now, now)
	tried := tx.db.Model(&Outgoing{}).Where("state = ? AND due_at > ? AND attempts > 0", OutQueued, micros(tx.now.Add(longestRetry)))
	err = errors.Join(err, queued.Order("created_at DESC").Limit(1).Pluck("created_at", &ahead).Error)
	if len(ahead) == 0 {
		err = errors.Join(err, tried.Order("due_at DESC").Limit(1).Pluck("due_at", &ahead).Error)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("last queued: %w", err)
	}
	return firstInstant(append(ahead, last...)), nil
}

// MarkSent records that messages have arrived at the network. They are not due any more: what was sent stands in the order in which it
// was, so that the last is found.
func (tx *Tx) MarkSent(ids ...int64) error {
	now := micros(tx.now)
	for some := range slices.Chunk(ids, atOnce) {
		some = padded(some)
		args := []any{OutSent, now, now}
		for _, id := range some {
			args = append(args, id)
		}
		if _, err := tx.exec("UPDATE outbox SET state = ?, sent_at = ?, due_at = ? WHERE id IN ("+marks(len(some))+")", args...); err != nil {
			return fmt.Errorf("mark messages %v: %w", some, err)
		}
	}
	return nil
}

// MarkPart records that the first n parts of a long message have been sent on its route.
func (tx *Tx) MarkPart(o Outgoing, n int) error {
	return tx.updateOut(o.ID, map[string]any{"parts_sent": n, "route": o.Route})
}

// ClaimOutgoing gives a message that waits to a channel, unless somebody else has given it to one meanwhile; then it is false.
func (tx *Tx) ClaimOutgoing(o Outgoing, route string) (bool, error) {
	done := tx.db.Model(&Outgoing{}).Where("id = ? AND state = ? AND route = ?", o.ID, OutQueued, o.Route).
		Updates(map[string]any{"route": route, "parts_sent": 0})
	if done.Error != nil {
		return false, fmt.Errorf("claim outgoing message %d: %w", o.ID, done.Error)
	}
	return done.RowsAffected == 1, nil
}

// Postpone records a failed attempt on the message's route that is to be repeated.
func (tx *Tx) Postpone(o Outgoing, until time.Time, cause string) error {
	return tx.updateQueued(o.ID, map[string]any{"attempts": o.Attempts + 1, "due_at": micros(until), "route": o.Route, "failure": cause})
}

// Move gives a message to another channel, at once and from its first part: networks cut differently, and who reads there has seen
// nothing of it. It counts as tried, so that what follows it to the same target goes on waiting.
func (tx *Tx) Move(o Outgoing, route, cause string) error {
	return tx.updateQueued(o.ID, map[string]any{"attempts": 1, "due_at": micros(tx.now), "route": route, "parts_sent": 0, "failure": cause})
}

// Bury gives a message up after an attempt on its route: it becomes a dead letter.
func (tx *Tx) Bury(o Outgoing, cause string) error {
	return tx.updateQueued(o.ID, map[string]any{"attempts": o.Attempts + 1, "state": OutDead, "due_at": micros(tx.now), "route": o.Route, "failure": cause})
}

// updateQueued is updateOut for what still waits: a message that was dropped while it was tried stays dropped.
func (tx *Tx) updateQueued(id int64, set map[string]any) error {
	if err := tx.db.Model(&Outgoing{}).Where("id = ? AND state = ?", id, OutQueued).Updates(set).Error; err != nil {
		return fmt.Errorf("update outgoing message %d: %w", id, err)
	}
	return nil
}

func (tx *Tx) updateOut(id int64, set map[string]any) error {
	if err := tx.db.Model(&Outgoing{}).Where("id = ?", id).Updates(set).Error; err != nil {
		return fmt.Errorf("update outgoing message %d: %w", id, err)
	}
	return nil
}

// CountOutgoing counts messages by state.
func (tx *Tx) CountOutgoing(state string) (int, error) {
	var n int64
	if err := tx.db.Model(&Outgoing{}).Where("state = ?", state).Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count messages: %w", err)
	}
	return int(n), nil
}
