package wechat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// text is a JSON string that may also come as a number, a boolean or null.
type text string

// UnmarshalJSON accepts any scalar. Objects and lists are errors.
func (t *text) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	switch {
	case len(data) == 0, bytes.Equal(data, []byte("null")):
		*t = ""
		return nil
	case data[0] == '"':
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		*t = text(s)
		return nil
	case data[0] == '{' || data[0] == '[':
		return fmt.Errorf("a text is wanted, not %.20s", data)
	default:
		*t = text(data)
		return nil
	}
}

// number is a JSON integer that may also come as a text or null. It keeps all 64 bits: a float64 would not.
type number int64

// UnmarshalJSON accepts an integer, a text with an integer, an empty text and null.
func (n *number) UnmarshalJSON(data []byte) error {
	s := strings.Trim(string(bytes.TrimSpace(data)), `"`)
	if s == "" || s == "null" {
		*n = 0
		return nil
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return fmt.Errorf("an integer is wanted, not %.20s", s)
	}
	*n = number(v)
	return nil
}
