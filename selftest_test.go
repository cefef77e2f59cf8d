package main

import (
	"strings"
	"testing"
)

func TestSelfTest(t *testing.T) {
	code, out, errOut := duban(t, "", "selftest")
	if code != 0 || strings.Count(out, "通过：") != 5 || errOut != "" {
		t.Errorf("exit %d, %q, %q", code, out, errOut)
	}
}
