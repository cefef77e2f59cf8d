//go:build !windows

package store

import "syscall"

// What the system says of a disk without room, and of one that cannot be used.
var (
	noRoom = []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}
	noDisk = []syscall.Errno{syscall.EROFS, syscall.EIO, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM}
)
