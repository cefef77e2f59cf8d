// Package media knows whether a file of the media folder is what was put there. Its name says what is in it: originals bear the SHA-256 of
// their bytes, copies to show that of the original and the beginning of their own.
package media

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// ErrDamaged says that a file is not what was put there: cut short, emptied or replaced.
var ErrDamaged = errors.New("the file is damaged")

// ownDigits is how many digits of its own hash a copy bears.
const ownDigits = 16

// Original is the path of a file below the media folder by the hash of its bytes; extension begins with a dot.
func Original(sha, extension string) string { return path.Join(sha[:2], sha[2:4], sha+extension) }

// Copy is the path of the copy to show of a picture, by the hash of the original and the copy's bytes.
func Copy(sha string, shown []byte) string { return Original(sha, "."+hash(shown)[:ownDigits]+".jpg") }

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Whole says whether bytes are those of a file's name. Of copies whose name does not bear a hash of their own, as older programs made them, it
// knows whether they were cut short; of files with other names whether there is anything in them.
func Whole(name string, data []byte) bool {
	parts := strings.Split(path.Base(filepath.ToSlash(name)), ".")
	switch {
	case len(data) == 0 || !hashed(parts[0], sha256.Size*2):
		return len(data) > 0
	case len(parts) == 2:
		return hash(data) == parts[0]
	case len(parts) == 3 && hashed(parts[1], ownDigits):
		return hash(data)[:ownDigits] == parts[1]
	}
	return bytes.HasPrefix(data, []byte{0xff, 0xd8}) && bytes.HasSuffix(data, []byte{0xff, 0xd9}) // how a JPEG begins and ends
}

func hashed(word string, digits int) bool {
	_, err := hex.DecodeString(word)
	return err == nil && len(word) == digits
}

// Read reads a file below a folder. A name that leads elsewhere is an error, and so is a file that is not whole: ErrDamaged.
func Read(folder, name string) ([]byte, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("open the media folder: %w", err)
	}
	defer func() { _ = root.Close() }()
	data, err := root.ReadFile(filepath.FromSlash(name))
	if err == nil && !Whole(name, data) {
		err = fmt.Errorf("%s: %w", name, ErrDamaged)
	}
	if err != nil {
		return nil, err
	}
	return data, nil
}
