package feishu

import (
	"strings"

	"github.com/larksuite/oapi-sdk-go/v3/core"
)

// scopes are the permissions of which the network says that one is missing; "" if it says nothing of the kind.
func scopes(e larkcore.CodeError) string {
	if e.Err == nil {
		return ""
	}
	var names []string
	for _, v := range e.Err.PermissionViolations {
		if v != nil && v.Subject != "" {
			names = append(names, v.Subject)
		}
	}
	return strings.Join(names, "、")
}
