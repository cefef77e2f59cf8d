package store

import "golang.org/x/sys/windows"

// What the system says of a disk without room, and of one that cannot be used.
var (
	noRoom = []windows.Errno{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED}
	noDisk = []windows.Errno{windows.ERROR_WRITE_PROTECT, windows.ERROR_IO_DEVICE, windows.ERROR_TOO_MANY_OPEN_FILES, windows.ERROR_SHARING_VIOLATION}
)
