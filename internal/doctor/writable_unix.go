//go:build !windows

package doctor

import "golang.org/x/sys/unix"

// writable says whether this user may make files in a folder, without making one.
func writable(folder string) bool { return unix.Access(folder, unix.W_OK|unix.X_OK) == nil }
