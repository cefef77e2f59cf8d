//go:build !windows

package health

import "golang.org/x/sys/unix"

// DiskFree is how many bytes this user may still write on the disk of a path.
func DiskFree(path string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil //nolint:unconvert // the types differ between systems
}
