// Package demotest starts and uses the browser in which the demo is tested.
package demotest

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// Browser starts a headless Chromium. The test is skipped where there is none, unless DUBAN_BROWSER=required, and in those steps of
// .ci/run that are about something else.
func Browser(t *testing.T) context.Context {
	t.Helper()
	if os.Getenv("CI") != "" && os.Getenv("DUBAN_BROWSER") != "required" {
		t.Skip("the browser has a step of its own")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		if os.Getenv("DUBAN_BROWSER") == "required" {
			t.Fatal("no Chromium on this machine, and DUBAN_BROWSER=required")
		}
		t.Skip("no Chromium on this machine")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("lang", "zh-CN"))
	alloc, stopAlloc := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), opts...)
	t.Cleanup(stopAlloc)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return ctx
}

// Click clicks on what a selector finds. The page draws its lists anew with every message: what was found may be gone when it is clicked,
// and is looked for again.
func Click(ctx context.Context, selector string) error {
	var err error
	for range 10 {
		if err = chromedp.Do(ctx, chromedp.Click(selector)); err == nil || !strings.Contains(err.Error(), "Could not find node") {
			return err
		}
	}
	return err
}
