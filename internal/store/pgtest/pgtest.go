// Package pgtest lends tests databases of a PostgreSQL server, if there is one; otherwise they use files of SQLite.
package pgtest

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver
)

// Server is the address of a PostgreSQL server whose user may create databases, in the environment variable DUBAN_POSTGRES; "" if there
// is none: then tests use SQLite. With it the same tests run on the server.
func Server() string { return os.Getenv("DUBAN_POSTGRES") }

// NeedsFile skips a test that is about SQLite's own file where the tests run on a server.
func NeedsFile(t testing.TB, why string) {
	t.Helper()
	if Server() != "" {
		t.Skip("only of SQLite: " + why)
	}
}

// NeedsServer skips a test of a server where there is none.
func NeedsServer(t testing.TB) {
	t.Helper()
	if Server() == "" {
		t.Skip("set DUBAN_POSTGRES to the address of a PostgreSQL server; .ci/run postgres does")
	}
}

// Place is where the database stands that a test calls by a path: the path itself, or on a server an empty database of its own, the same
// one whenever the path is the same, until the test is over. An address is a place already.
func Place(t testing.TB, path string) string {
	t.Helper()
	return place(t, path, false)
}

// Bare is Place for a database that nobody has ever opened, without tables.
func Bare(t testing.TB, path string) string {
	t.Helper()
	return place(t, path, true)
}

func place(t testing.TB, path string, bare bool) string {
	t.Helper()
	if Server() == "" || strings.Contains(path, "://") {
		return path
	}
	server.once.Do(func() { server.err = server.connect() })
	if server.err != nil {
		t.Fatal(server.err)
	}
	address, fresh, err := server.lend(path, bare)
	if err != nil {
		t.Fatal(err)
	}
	if fresh {
		t.Cleanup(func() {
			if err := server.takeBack(path, bare); err != nil {
				t.Error(err)
			}
		})
	}
	return address
}

// server lends databases to tests. They are emptied and lent again, because that takes a hundredth of the time of making one.
var server lender

type lender struct {
	once  sync.Once
	err   error
	admin *sql.DB
	name  string // what the names of this process's databases begin with

	mu   sync.Mutex
	made int
	free []string
	lent map[string]string // paths to databases
}

// connect also removes what processes have left that are gone.
func (l *lender) connect() error {
	l.lent, l.name = map[string]string{}, "duban_test_"+strings.ToLower(rand.Text())[:8]
	address, err := with(Server(), "", "application_name", l.name)
	if err != nil {
		return err
	}
	if l.admin, err = sql.Open("pgx", address); err != nil {
		return err
	}
	var old string
	err = l.admin.QueryRow(`SELECT COALESCE(string_agg(d.datname, ' '), '') FROM pg_database d WHERE d.datname LIKE 'duban_test_%' AND NOT EXISTS
		(SELECT 1 FROM pg_stat_activity a WHERE a.application_name <> '' AND d.datname LIKE a.application_name || '%')`).Scan(&old)
	if err != nil {
		return fmt.Errorf("DUBAN_POSTGRES: %w", err)
	}
	for name := range strings.FieldsSeq(old) {
		_, _ = l.admin.Exec("DROP DATABASE IF EXISTS " + name) // another process may be doing it, too
	}
	l.admin.SetMaxIdleConns(1) // by whose name it is known that this process is there
	return nil
}

func (l *lender) lend(path string, bare bool) (address string, fresh bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	name := l.lent[path]
	if fresh = name == ""; fresh {
		if bare || len(l.free) == 0 {
			l.made++
			name = fmt.Sprintf("%s_%d", l.name, l.made)
			if err := l.create(name); err != nil {
				return "", false, err
			}
			l.free = append(l.free, name)
		}
		last := len(l.free) - 1
		name, l.free = l.free[last], l.free[:last]
		l.lent[path] = name
	}
	address, err = with(Server(), name, "", "")
	return address, fresh, err
}

// create makes a database in which texts are ordered as in a Chinese dictionary, if the server can: nothing may depend on it.
func (l *lender) create(name string) error {
	const create = "CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8'"
	if _, err := l.admin.Exec(fmt.Sprintf(create, name) + " LOCALE_PROVIDER icu ICU_LOCALE 'zh-u-co-pinyin'"); err == nil {
		return nil
	}
	_, err := l.admin.Exec(fmt.Sprintf(create, name))
	return err
}

// takeBack empties a database. One that a test has changed otherwise is dropped.
func (l *lender) takeBack(path string, bare bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	name := l.lent[path]
	delete(l.lent, path)
	if !bare && l.emptied(name) == nil {
		l.free = append(l.free, name)
		return nil
	}
	_, err := l.admin.Exec("DROP DATABASE " + name + " WITH (FORCE)")
	return err
}

// empty leaves of a database what opening it has made. It fails where there is anything else.
const empty = `DO $$ DECLARE t text; s text; BEGIN
	IF (SELECT COUNT(*) <> MAX(step) FROM schema_steps) THEN RAISE 'other steps'; END IF;
	SET LOCAL session_replication_role = replica;
	FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_steps' LOOP
		EXECUTE format('DELETE FROM %I', t);
		s := NULL;
		SELECT pg_get_serial_sequence(format('%I', t), 'id') INTO s FROM information_schema.columns
			WHERE table_schema = 'public' AND table_name = t AND column_name = 'id';
		IF s IS NOT NULL THEN EXECUTE 'ALTER SEQUENCE ' || s || ' RESTART'; END IF;
	END LOOP;
END $$`

func (l *lender) emptied(name string) error {
	address, err := with(Server(), name, "", "")
	if err != nil {
		return err
	}
	db, err := sql.Open("pgx", address)
	if err != nil {
		return err
	}
	_, err = db.Exec(empty)
	return errors.Join(err, db.Close())
}

// with is an address with another database and another setting.
func with(address, database, setting, value string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("DUBAN_POSTGRES: %w", err)
	}
	if database != "" {
		u.Path = "/" + database
	}
	if setting != "" {
		q := u.Query()
		q.Set(setting, value)
		u.RawQuery = q.Encode()
	}
	return u.String(), nil
}
