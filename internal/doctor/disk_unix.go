//go:build !windows

package doctor

import "golang.org/x/sys/unix"

// free is how many bytes a user may still write on the disk of a path.
func free(path string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil //nolint:unconvert // the types differ between systems
}

// writable says whether this user may make files in a folder, without making one.
func writable(folder string) bool { return unix.Access(folder, unix.W_OK|unix.X_OK) == nil }
