package store

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type sessionRow struct {
	Token     string `gorm:"primaryKey"`
	Data      string
	ExpiresAt int64
}

// TableName is the table's name for GORM.
func (sessionRow) TableName() string { return "web_sessions" }

// Sessions keeps the dashboard's sessions. Its times are real ones, also where a story's clock runs; it fits the session
// manager of package web.
type Sessions struct{ store *Store }

// Sessions are the dashboard's sessions in this database.
func (s *Store) Sessions() Sessions { return Sessions{s} }

// FindCtx reads a session; false if there is none or it has expired.
func (s Sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var row sessionRow
	err := s.store.reader.WithContext(ctx).Where("token = ? AND expires_at > ?", token, micros(time.Now())).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read session: %w", err)
	}
	data, err := base64.StdEncoding.DecodeString(row.Data)
	if err != nil {
		return nil, false, fmt.Errorf("read session: %w", err)
	}
	return data, true, nil
}

// CommitCtx keeps a session until an instant, and forgets those that have expired.
func (s Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	row := sessionRow{Token: token, Data: base64.StdEncoding.EncodeToString(data), ExpiresAt: micros(expiry)}
	return s.store.Write(ctx, time.Now(), func(tx *Tx) error {
		if err := tx.db.Where("expires_at <= ?", micros(tx.now)).Delete(&sessionRow{}).Error; err != nil {
			return fmt.Errorf("forget sessions: %w", err)
		}
		if err := tx.db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error; err != nil {
			return fmt.Errorf("keep session: %w", err)
		}
		return nil
	})
}

// DeleteCtx ends a session.
func (s Sessions) DeleteCtx(ctx context.Context, token string) error {
	return s.store.Write(ctx, time.Now(), func(tx *Tx) error {
		if err := tx.db.Where("token = ?", token).Delete(&sessionRow{}).Error; err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		return nil
	})
}

// Find, Commit and Delete are what the session manager calls where it has no context.

// Find is FindCtx without a context.
func (s Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (s Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
