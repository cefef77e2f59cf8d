package jobs

import (
	"context"
	"time"
)

// backupGrace is how late a missed backup is made up for: any time before the next night's.
const backupGrace = 24 * time.Hour

// backupJob keeps a verified copy of all data every night.
func backupJob() Job {
	return Job{Name: "backup", Title: "备份", Grace: backupGrace, AtOnce: "现在就要备份，请在电脑上运行 duban backup", Work: func(ctx context.Context, e Env, now time.Time) (string, error) {
		return e.Backup(ctx, now)
	}}
}
