//go:build unix

package bench

import (
	"syscall"
	"time"
)

// cpu is the processor time that this process has taken. Unlike the time on the clock it hardly depends on what else the machine does.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
