package photo

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/bep/imagemeta"
)

// Bounds on reading EXIF. A photo has one small block of it; a file that is made to keep the reader busy has others.
const (
	maxTags     = 2000 // tags that are looked at
	maxTagBytes = 64   // the longest value that is wanted has 24
	maxReads    = 5000 // pieces of 4 kB, taken anew after each jump in the file
)

// wanted are the tags that are read, with the directory in which each must stand: the thumbnail has tags of the same names.
var wanted = map[string]string{
	"Orientation":        "IFD0",
	"DateTimeOriginal":   "IFD0/ExifIFDP",
	"OffsetTimeOriginal": "IFD0/ExifIFDP",
	"GPSLatitude":        "IFD0/GPSInfoIFD",
	"GPSLatitudeRef":     "IFD0/GPSInfoIFD",
	"GPSLongitude":       "IFD0/GPSInfoIFD",
	"GPSLongitudeRef":    "IFD0/GPSInfoIFD",
}

// tags are the values of the wanted tags that a picture has, by name.
type tags map[string]any

// readTags reads a picture's EXIF as far as it can be read. Damage in it ends the reading and nothing else.
func readTags(data []byte, form format) tags {
	out := tags{}
	if form.meta == imagemeta.ImageFormatAuto {
		return out
	}
	_, _ = guarded(func() (imagemeta.DecodeResult, error) { // what was read before an error counts
		return imagemeta.Decode(imagemeta.Options{
			R: &bounded{r: bytes.NewReader(data), left: maxReads}, ImageFormat: form.meta, Sources: imagemeta.EXIF,
			LimitNumTags: maxTags, LimitTagSize: maxTagBytes,
			ShouldHandleTag: func(tag imagemeta.TagInfo) bool { return wanted[tag.Tag] == tag.Namespace },
			HandleTag: func(tag imagemeta.TagInfo) error {
				if _, twice := out[tag.Tag]; !twice {
					out[tag.Tag] = tag.Value
				}
				return nil
			},
		})
	})
	return out
}

func (t tags) text(name string) string {
	s, _ := t[name].(string)
	return strings.Trim(s, " \x00")
}

// orientation is how the picture has to be turned, 1 to 8; 1 when nothing usable is said.
func (t tags) orientation() int {
	if n, ok := t["Orientation"].(uint16); ok && n >= 1 && n <= 8 {
		return int(n)
	}
	return 1
}

// oldest is the year before which no phone took photos: the time of a clock that was never set.
const oldest = 1990

// taken is when the shutter was pressed, and whether its time zone is known.
func (t tags) taken(loc *time.Location) (at time.Time, zoned bool) {
	const layout = "2006:01:02 15:04:05"
	said := t.text("DateTimeOriginal")
	at, err := time.Parse(layout+"Z07:00", said+t.text("OffsetTimeOriginal"))
	if zoned = err == nil; !zoned {
		at, err = time.ParseInLocation(layout, said, loc)
	}
	if err != nil || at.Year() < oldest {
		return time.Time{}, false
	}
	return at, zoned
}

// place is where the picture was taken. No photo of the campaign comes from 0° 0′, but phones write that when they do not
// know where they are.
func (t tags) place() (lat, lng float64, ok bool) {
	lat, okLat := t.degrees("GPSLatitude", "S", 90)
	lng, okLng := t.degrees("GPSLongitude", "W", 180)
	if !okLat || !okLng || lat == 0 && lng == 0 {
		return 0, 0, false
	}
	return lat, lng, true
}

// degrees reads a coordinate, which is negative when its reference is minus.
func (t tags) degrees(name, minus string, limit float64) (float64, bool) {
	v, ok := t[name].(float64)
	if !ok || math.IsNaN(v) || v < 0 || v > limit {
		return 0, false
	}
	if strings.EqualFold(t.text(name+"Ref"), minus) {
		v = -v
	}
	return v, true
}

var errBusy = errors.New("too much to read for EXIF")

// bounded gives up after a number of reads, so that a file of a million tiny blocks does not keep the reader busy.
type bounded struct {
	r    *bytes.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left--; b.left < 0 {
		return 0, errBusy
	}
	return b.r.Read(p)
}

func (b *bounded) Seek(offset int64, whence int) (int64, error) { return b.r.Seek(offset, whence) }
