package store

import (
	"errors"
	"syscall"

	"modernc.org/sqlite"
)

// sqliteFull is the library's code for a full disk.
const sqliteFull = 13

// DiskFull says whether an error comes from a disk without room, be it the database's or a file's.
func DiskFull(err error) bool {
	var e *sqlite.Error
	return errors.Is(err, syscall.ENOSPC) || errors.As(err, &e) && e.Code()&0xff == sqliteFull
}
