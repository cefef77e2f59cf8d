//go:build !unix

package bot

import "os"

// hangups does nothing where there is no such signal.
func hangups(chan<- os.Signal) (stop func()) { return func() {} }
