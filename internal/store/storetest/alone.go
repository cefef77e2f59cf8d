package storetest

import (
	"os"
	"os/exec"
	"testing"
)

// Alone runs a test in a process of its own, and says whether this is the one. A limit on the files of a process would keep the test runner
// from writing its own as well.
func Alone(t *testing.T) bool {
	t.Helper()
	const mark = "DUBAN_TEST_ALONE"
	if os.Getenv(mark) == t.Name() {
		return true
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1")
	cmd.Env = append(os.Environ(), mark+"="+t.Name())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}
