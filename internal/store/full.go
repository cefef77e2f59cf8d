package store

import (
	"errors"
	"slices"
	"syscall"

	"modernc.org/sqlite"
)

// The library's codes for a database that cannot be used as it is.
const (
	sqliteBusy     = 5
	sqliteLocked   = 6
	sqliteNoMemory = 7
	sqliteReadOnly = 8
	sqliteIO       = 10
	sqliteFull     = 13
	sqliteCantOpen = 14
	sqliteProtocol = 15
)

// errBusy says that others wrote for too long.
var errBusy = errors.New("the database was busy for too long")

// DiskFull says whether an error comes from a disk without room, be it the database's or a file's.
func DiskFull(err error) bool {
	return code(err) == sqliteFull || sqlState(err) == serverFull || from(err, noRoom)
}

// Passing says whether an error comes from a database or a disk that cannot be used now: full, read-only, locked by another program, lost or
// out of order. Nothing is wrong with what was to be done: it may be done when somebody has seen to the disk.
func Passing(err error) bool {
	switch code(err) {
	case sqliteBusy, sqliteLocked, sqliteNoMemory, sqliteReadOnly, sqliteIO, sqliteFull, sqliteCantOpen, sqliteProtocol:
		return true
	}
	return errors.Is(err, errBusy) || errors.Is(err, errLost) || passingOnServer(err) || from(err, noRoom) || from(err, noDisk)
}

// Cause is why a database or a disk cannot be used now.
type Cause int

// The causes that people can do something about.
const (
	Other Cause = iota
	Full
	ReadOnly
	Locked
)

// Why is the cause of an error that is Passing.
func Why(err error) Cause {
	switch c := code(err); {
	case DiskFull(err):
		return Full
	case c == sqliteReadOnly || errors.Is(err, syscall.EROFS):
		return ReadOnly
	case c == sqliteBusy || c == sqliteLocked:
		return Locked
	}
	return Other
}

// code is the library's code for an error, without its details; 0 for any other error.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

func from(err error, causes []syscall.Errno) bool {
	return slices.ContainsFunc(causes, func(c syscall.Errno) bool { return errors.Is(err, c) })
}
