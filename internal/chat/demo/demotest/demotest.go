// Package demotest starts and uses the browser in which the demo is tested.
package demotest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

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
		chromedp.Env("LC_ALL=C.UTF-8"), // in another locale it crashes where the temporary folder's name is Chinese
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

// patience is how long a machine with much to do may take to show something.
const patience = 90 * time.Second

// Until waits until a JavaScript expression is true, on whatever page the tab gets to: a page that goes away ends the waiting on it.
func Until(ctx context.Context, expression string) error {
	var err error
	for range 100 {
		if _, err = chromedp.Run(ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(patience))); err == nil {
			return nil
		}
		if text := err.Error(); !strings.Contains(text, "navigated") && !strings.Contains(text, "context") && !strings.Contains(text, "Not attached") {
			break
		}
	}
	return fmt.Errorf("never true: %s: %w", expression, err)
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
