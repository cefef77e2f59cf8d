package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// PersonBinding says that a network's sender key, in one login, is a person of the register (design.md §7).
type PersonBinding struct {
	Channel string `gorm:"primaryKey"`
	Session string `gorm:"primaryKey"`
	Sender  string `gorm:"primaryKey"`
	Person  string
	How     string // "code", "remark" or "directory"
	At      int64
}

// ChatBinding says which conversation of a network, in one login, is a work group of the register.
type ChatBinding struct {
	Channel      string `gorm:"primaryKey"`
	Chat         string `gorm:"primaryKey"`
	Session      string
	Conversation string
	Name         string // the group's name when it was last seen
	At           int64
}

type auditRow struct {
	ID     int64
	At     int64
	Person string
	What   string
	Detail string
}

// TableName is the table's name for GORM.
func (auditRow) TableName() string { return "audit" }

// Audit records an act of administration.
func (tx *Tx) Audit(person, what, detail string) error {
	if err := tx.db.Create(&auditRow{At: micros(tx.now), Person: person, What: what, Detail: detail}).Error; err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

// Act is an act of administration.
type Act struct {
	ID     int64
	At     time.Time
	Person string // "" for the bot, and for whoever holds the dashboard's token
	What   string
	Detail string
}

// Audited lists acts of administration, the newest first, at most so many; before is the id that the page before ended
// with, 0 for the first page.
func (tx *Tx) Audited(before int64, most int) ([]Act, error) {
	q := tx.db.Order("id DESC").Limit(most)
	if before > 0 {
		q = q.Where("id < ?", before)
	}
	var rows []auditRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list audit: %w", err)
	}
	out := make([]Act, len(rows))
	for n, r := range rows {
		out[n] = Act{ID: r.ID, At: instant(r.At), Person: r.Person, What: r.What, Detail: r.Detail}
	}
	return out, nil
}

// BindPerson stores who a sender key is, in place of an earlier binding of the same key, and of those of the same person in earlier logins,
// whose keys mean nothing any more.
func (tx *Tx) BindPerson(b PersonBinding) error {
	b.At = micros(tx.now)
	earlier := tx.db.Where("channel = ? AND person = ? AND session <> ?", b.Channel, b.Person, b.Session)
	if err := earlier.Delete(&PersonBinding{}).Error; err != nil {
		return fmt.Errorf("bind person: %w", err)
	}
	if err := tx.db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&b).Error; err != nil {
		return fmt.Errorf("bind person: %w", err)
	}
	return tx.Audit(b.Person, "bind_person", b.Channel+" "+b.How)
}

// BindChat stores which conversation a work group is, in place of an earlier one on the same channel; a conversation that
// was another group is that no longer.
func (tx *Tx) BindChat(b ChatBinding, by string) error {
	b.At = micros(tx.now)
	err := tx.db.Where("channel = ? AND session = ? AND conversation = ?", b.Channel, b.Session, b.Conversation).
		Delete(&ChatBinding{}).Error
	if err != nil {
		return fmt.Errorf("bind chat: %w", err)
	}
	if err := tx.db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&b).Error; err != nil {
		return fmt.Errorf("bind chat: %w", err)
	}
	return tx.Audit(by, "bind_chat", b.Chat+" = "+b.Channel+" "+b.Name)
}

// RenameChat records a bound group's present name.
func (tx *Tx) RenameChat(b ChatBinding, name string) error {
	err := tx.db.Model(&ChatBinding{}).Where("channel = ? AND chat = ?", b.Channel, b.Chat).Update("name", name).Error
	if err != nil {
		return fmt.Errorf("rename chat: %w", err)
	}
	return nil
}

// UnbindPerson forgets who a person is on a channel, in this login and in earlier ones, and says how many keys that were.
func (tx *Tx) UnbindPerson(person, channel, by string) (int, error) {
	done := tx.db.Where("person = ? AND channel = ?", person, channel).Delete(&PersonBinding{})
	if done.Error != nil {
		return 0, fmt.Errorf("unbind person: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return 0, nil
	}
	return int(done.RowsAffected), tx.Audit(by, "unbind_person", person+" "+channel)
}

// UnbindChat forgets which conversation of a channel a work group is; false if none was.
func (tx *Tx) UnbindChat(chat, channel, by string) (bool, error) {
	done := tx.db.Where("chat = ? AND channel = ?", chat, channel).Delete(&ChatBinding{})
	if done.Error != nil {
		return false, fmt.Errorf("unbind chat: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return false, nil
	}
	return true, tx.Audit(by, "unbind_chat", chat+" "+channel)
}

// PersonBindings lists all bindings of persons.
func (tx *Tx) PersonBindings() ([]PersonBinding, error) {
	var out []PersonBinding
	if err := tx.db.Order("at").Find(&out).Error; err != nil {
		return nil, fmt.Errorf("list bindings: %w", err)
	}
	return out, nil
}

// ChatBindings lists all bindings of work groups.
func (tx *Tx) ChatBindings() ([]ChatBinding, error) {
	var out []ChatBinding
	if err := tx.db.Order("at").Find(&out).Error; err != nil {
		return nil, fmt.Errorf("list bindings: %w", err)
	}
	return out, nil
}

// The kinds of one-time codes.
const (
	CodePerson = "person"
	CodeChat   = "chat"
	CodeLogin  = "login" // a person's, to the dashboard; a program follows the link, so that it may be long
)

type codeRow struct {
	Hash      string `gorm:"primaryKey"`
	Kind      string
	Subject   string
	ExpiresAt int64
	UsedAt    int64
}

// TableName is the table's name for GORM.
func (codeRow) TableName() string { return "codes" }

// codeLetters leaves out what people confuse: 0 and O, 1 and I and L.
const codeLetters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// The lengths of codes: what people type, and what stands in a link.
const (
	typedCode  = 8
	linkedCode = 26
)

// NewCode makes a one-time code for a person or chat that is valid for a time. Only its hash is stored.
func (tx *Tx) NewCode(kind, subject string, valid time.Duration) (string, error) {
	length := typedCode
	if kind == CodeLogin {
		length = linkedCode
	}
	var b strings.Builder
	for range length {
		n, err := randomIndex(len(codeLetters))
		if err != nil {
			return "", err
		}
		b.WriteByte(codeLetters[n])
	}
	row := codeRow{Hash: codeHash(b.String()), Kind: kind, Subject: subject, ExpiresAt: micros(tx.now.Add(valid))}
	if err := tx.db.Create(&row).Error; err != nil {
		return "", fmt.Errorf("store code: %w", err)
	}
	return b.String(), nil
}

// randomIndex draws a number below n without bias.
func randomIndex(n int) (int, error) {
	limit := 256 - 256%n
	var b [1]byte
	for {
		if _, err := rand.Read(b[:]); err != nil {
			return 0, fmt.Errorf("draw code: %w", err)
		}
		if int(b[0]) < limit {
			return int(b[0]) % n, nil
		}
	}
}

func codeHash(code string) string {
	sum := sha256.Sum256([]byte(strings.ToUpper(strings.TrimSpace(code))))
	return hex.EncodeToString(sum[:])
}

// UseCode redeems a code of a kind and returns whom it is for; false if it is wrong, too old or used.
func (tx *Tx) UseCode(kind, code string) (string, bool, error) {
	var row codeRow
	err := tx.db.Where("hash = ? AND kind = ? AND used_at = 0 AND expires_at >= ?", codeHash(code), kind, micros(tx.now)).
		Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("look up code: %w", err)
	}
	done := tx.db.Model(&codeRow{}).Where("hash = ? AND used_at = 0", row.Hash).Update("used_at", micros(tx.now))
	if done.Error != nil {
		return "", false, fmt.Errorf("use code: %w", done.Error)
	}
	return row.Subject, done.RowsAffected == 1, nil
}
