package chat

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
)

// Title is the name that people see.
func (a Attachment) Title() string { return cmp.Or(a.Name, filepath.Base(a.Path)) }

// Read gives the bytes of an attachment of at least least and at most most of them. Its error is a *SendError: trying again is of no use.
func (a Attachment) Read(least, most int64) ([]byte, error) {
	info, err := os.Stat(a.Path)
	if err == nil && (info.Size() < least || info.Size() > most) {
		err = fmt.Errorf("%d bytes: the network takes %d to %d", info.Size(), least, most)
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(a.Path)
	}
	if err != nil {
		return nil, &SendError{Err: fmt.Errorf("attachment: %w", err)}
	}
	return data, nil
}
