//go:build unix

package bot

import (
	"os"
	"os/signal"
	"syscall"
)

// hangups lets SIGHUP ask for a reload. Where it says that the terminal is gone in which the program runs, the program ends, as it
// would without: nobody would see it any more.
func hangups(asked chan<- os.Signal) (stop func()) {
	received := make(chan os.Signal, 1)
	signal.Notify(received, syscall.SIGHUP)
	had := hasTerminal()
	go func() {
		for s := range received {
			if had && !hasTerminal() {
				_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
				return
			}
			select {
			case asked <- s:
			default: // it is asked for already
			}
		}
	}()
	return func() { signal.Stop(received); close(received) }
}

func hasTerminal() bool {
	f, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	_ = f.Close()
	return true
}
