package web

import "net/http"

// overview is the day at a glance.
func (v *visit) overview() error {
	return v.render(http.StatusOK, "overview", "总览", nil)
}
