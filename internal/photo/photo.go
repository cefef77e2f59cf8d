// Package photo says what a picture is: its format and size, what it looks like, when and where it was taken by its own
// account, and a copy of it that may be shown. Bytes go in and facts come out: the package reads and writes nothing.
package photo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"time"
)

// The limits of a picture. A phone's photo has 12 to 50 million pixels; more would be an attack on the memory.
const (
	MaxBytes  = 20 << 20   // of the file
	MaxPixels = 64_000_000 // width times height
	MaxSide   = 30_000     // pixels; a screenshot of a whole conversation is 20,000 high
	maxMemory = 400 << 20  // bytes that decoding may take, by the worst case of the format
)

// Facts are what is known about a picture. Time and place are what the sender's phone wrote into it: WeChat takes them out
// unless the original was sent, and anybody can write others. They may raise a question, never settle one
// (domain.md row 34).
type Facts struct {
	Format  string    // "jpeg", "png", "gif" or "webp", by the bytes and not by a name
	Width   int       // pixels of the picture as people see it, after the turn that its EXIF asks for
	Height  int       // pixels
	SHA256  string    // of the bytes, in hexadecimal digits
	Look              // of the upright picture
	TakenAt time.Time // whole seconds; zero when unknown
	Zoned   bool      // TakenAt comes with its time zone; without, the caller's was assumed
	Lat     float64   // degrees north, WGS-84
	Lng     float64   // degrees east, WGS-84
	Located bool      // Lat and Lng are known
}

// Fault is why a picture is refused.
type Fault string

// The faults of pictures.
const (
	Unreadable Fault = "unreadable" // no picture, of a format that is not known, cut short, or damaged
	TooHeavy   Fault = "too_heavy"  // more than MaxBytes
	TooLarge   Fault = "too_large"  // more pixels than MaxPixels or MaxSide allow, or more memory than is given to one picture
)

// Error says that a picture is refused. It is for the program: whoever received the picture finds the words.
type Error struct {
	Fault  Fault
	Bytes  int   // size of the file
	Width  int   // pixels by the file's header; 0 for a file that was not read so far
	Height int   // pixels
	Cause  error // what the decoder said, for Unreadable
}

// Error implements error.
func (e *Error) Error() string {
	text := fmt.Sprintf("picture %s: %d bytes, %d×%d", e.Fault, e.Bytes, e.Width, e.Height)
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap gives the decoder's error.
func (e *Error) Unwrap() error { return e.Cause }

// Examine decodes a picture completely and gives what it found with a copy to show: a JPEG of at most 1280 pixels on the
// long side, upright, with nothing in it but the picture. The header is checked against the limits before any pixel is
// decoded; of an animation the first frame counts. A time without its zone is taken to be in loc, which must not be nil.
// Unreadable EXIF leaves its facts out and never fails. The error is always an *Error.
func Examine(data []byte, loc *time.Location) (facts Facts, shown []byte, err error) {
	img, form, err := decode(data)
	if err != nil {
		return Facts{}, nil, err
	}
	tags := readTags(data, form)
	upright := turn(shrink(img, image.Pt(shownSide, shownSide)), tags.orientation())
	size := img.Bounds().Size()
	if tags.orientation() >= firstSideways {
		size = image.Pt(size.Y, size.X)
	}
	sum := sha256.Sum256(data)
	facts = Facts{Format: form.name, Width: size.X, Height: size.Y, SHA256: hex.EncodeToString(sum[:])}
	facts.Look = look(upright)
	facts.TakenAt, facts.Zoned = tags.taken(loc)
	facts.Lat, facts.Lng, facts.Located = tags.place()
	return facts, encode(upright), nil
}
