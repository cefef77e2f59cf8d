package feishu

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/larksuite/oapi-sdk-go/v3/core"
)

// tenant is the token that all is asked with: the app's, in its organisation.
var tenant = []larkcore.AccessTokenType{larkcore.AccessTokenTypeTenant}

// get asks the open interface for something and gives the answer. An error of the service is a larkcore.CodeError.
func get[T any](ctx context.Context, c *Channel, path string, query larkcore.QueryParams) (answer T, err error) {
	resp, err := larkcore.Request(ctx, &larkcore.ApiReq{
		HttpMethod: http.MethodGet, ApiPath: path, QueryParams: query, PathParams: larkcore.PathParams{}, SupportedAccessTokenTypes: tenant,
	}, c.core)
	if err != nil {
		return answer, fmt.Errorf("get %s: %w", path, err)
	}
	var code larkcore.CodeError
	err = resp.JSONUnmarshalBody(&code, c.core)
	if err == nil && code.Code != 0 {
		return answer, fmt.Errorf("get %s: %w", path, code)
	}
	if err == nil {
		err = resp.JSONUnmarshalBody(&answer, c.core)
	}
	if err != nil {
		return answer, fmt.Errorf("get %s: %w", path, brief(err))
	}
	return answer, nil
}

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
