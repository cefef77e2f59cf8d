package console

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"

	"duban/internal/chat"
)

// readLines hands on the input's lines one by one until the input or ctx ends. A line that is longer than a script may
// have is handed on cut, so that it stays one line and line numbers stay right.
func readLines(ctx context.Context, in io.Reader, lines chan<- string) error {
	r := bufio.NewReader(in)
	for {
		line, err := readLine(r)
		if line != "" || err == nil {
			select {
			case lines <- strings.TrimSuffix(line, "\n"):
			case <-ctx.Done():
				return nil
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// readLine reads to the next line end, keeping at most chat.MaxScriptLine bytes of it.
func readLine(r *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		part, err := r.ReadSlice('\n')
		if room := chat.MaxScriptLine - b.Len(); len(part) > room {
			part = part[:room]
		}
		b.Write(part)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return b.String(), err
		}
	}
}
