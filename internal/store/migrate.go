package store

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"gorm.io/gorm"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate runs the numbered steps of a folder migrations that the database does not have yet, each in a transaction of its
// own together with its number. Steps are only ever appended. schema gives them the database's own types.
func migrate(db *gorm.DB, schema func(string) string, folder fs.FS) error {
	err := db.Transaction(func(tx *gorm.DB) error { // others may open the same database at this moment
		return tx.Exec("CREATE TABLE IF NOT EXISTS schema_steps (step INTEGER PRIMARY KEY)").Error
	})
	if err != nil {
		return fmt.Errorf("数据库结构无法建立：%w", err)
	}
	have, err := lastStep(db)
	if err != nil {
		return err
	}
	files, err := stepFiles(folder)
	if err != nil {
		return err
	}
	if have > len(files) {
		return newer(have, len(files))
	}
	for n := have; n < len(files); n++ {
		if err := runStep(db, n+1, schema, folder, files[n]); err != nil {
			return err
		}
	}
	return nil
}

func lastStep(db *gorm.DB) (have int, err error) {
	if err := db.Raw("SELECT COALESCE(MAX(step), 0) FROM schema_steps").Scan(&have).Error; err != nil {
		return 0, fmt.Errorf("数据库结构无法读取：%w", err)
	}
	return have, nil
}

// stepFiles are the files of a folder's migrations, in order.
func stepFiles(folder fs.FS) ([]string, error) {
	files, err := fs.Glob(folder, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	return files, nil
}

// newer refuses a database that another version has changed already.
func newer(have, known int) error {
	return fmt.Errorf("数据库的结构版本是 %d，本程序只认识到 %d：请使用更新的 duban", have, known)
}

func runStep(db *gorm.DB, step int, schema func(string) string, steps fs.FS, file string) error {
	text, err := fs.ReadFile(steps, file)
	if err != nil {
		return fmt.Errorf("read migration: %w", err)
	}
	err = db.Transaction(func(tx *gorm.DB) error {
		if have, err := lastStep(tx); err != nil || have >= step { // somebody else was faster
			return err
		}
		for _, stmt := range statements(string(text), schema) {
			if err := tx.Exec(stmt).Error; err != nil {
				return err
			}
		}
		return tx.Exec("INSERT INTO schema_steps (step) VALUES (?)", step).Error
	})
	if err != nil {
		return fmt.Errorf("数据库升级到版本 %d 失败（已全部撤销）：%w", step, err)
	}
	return nil
}

// statements cuts a migration at the semicolons that end lines, and fills in the database's own types.
func statements(text string, schema func(string) string) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(strings.TrimSpace(line), "--") {
			lines = append(lines, line)
		}
	}
	text = schema(strings.Join(lines, "\n"))
	var out []string
	for stmt := range strings.SplitSeq(text, ";\n") {
		if stmt = strings.TrimSpace(stmt); stmt != "" {
			out = append(out, strings.TrimSuffix(stmt, ";"))
		}
	}
	return out
}
