//go:build !windows

package doctor

import "golang.org/x/sys/unix"

// writable says whether this user may read and write a file, or make files in a folder, without doing it.
func writable(path string, folder bool) bool {
	mode := uint32(unix.R_OK | unix.W_OK)
	if folder {
		mode = unix.W_OK | unix.X_OK
	}
	return unix.Access(path, mode) == nil
}
