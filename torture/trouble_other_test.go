//go:build !linux

package torture

import "os"

// halt only ends a process here, and what is said to it then is refused: not every system can keep one from running.
var halt, goOn = os.Kill, os.Kill

func bear() {}

func (r *run) beset(int) (end func()) { return func() {} }

func (r *run) spoil() {}
