package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"duban/internal/store"
	"duban/internal/store/storetest"
)

func TestAudit(t *testing.T) {
	b := newBoard(t)
	storetest.Write(t, b.store, b.now, func(tx *store.Tx) error {
		for n := range auditPage + 5 {
			if err := tx.Audit("chen_jing", "bind_chat", fmt.Sprintf("群%03d", n)); err != nil {
				return err
			}
		}
		return nil
	})
	if status, _ := b.as("chen_jing").get("/audit"); status != http.StatusForbidden {
		t.Errorf("the office is let in: %d", status)
	}
	admin := b.as("wu_di")
	status, first := admin.get("/audit")
	if status != http.StatusOK || !strings.Contains(first, "登录看板") || !strings.Contains(first, "群054") || strings.Contains(first, "群001") {
		t.Fatalf("the first page: %d %s", status, first)
	}
	_, rest, _ := strings.Cut(first, `href="/audit?before=`)
	id, _, _ := strings.Cut(rest, `"`)
	if _, second := admin.get("/audit?before=" + id); !strings.Contains(second, "群001") || strings.Contains(second, "群054") || strings.Contains(second, "更早的") {
		t.Errorf("the second page: %s", second)
	}
}
