package bot

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/font/gofont/goregular"

	"duban/internal/picture"
)

// TestBadFont: a font that cannot be used is known at the start and to duban check, not when there is no ranking.
func TestBadFont(t *testing.T) {
	dir := t.TempDir()
	english := filepath.Join(dir, "english.ttf")
	for file, content := range map[string][]byte{english: goregular.TTF, filepath.Join(dir, "text.ttf"): []byte("no font")} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for font, want := range map[string]string{"gone.ttf": "没有字体文件", "text.ttf": "换一个字体", "english.ttf": "缺少"} {
		cfg := talkConfig(t, t.TempDir())
		cfg.Pictures.Font = filepath.Join(dir, font)
		_, err := New(t.Context(), cfg, Options{Log: slog.New(slog.DiscardHandler)})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "pictures.font") || !strings.Contains(err.Error(), font) {
			t.Errorf("%s: %v", font, err)
		}
		if _, err := os.Stat(cfg.Storage.Place()); err == nil {
			t.Errorf("%s: a database was made", font)
		}
	}
	yaml, err := os.ReadFile("testdata/talk.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "duban.yaml")
	for font, want := range map[string]string{"english.ttf": "english.ttf：字体缺少", "system": ""} {
		if err := os.WriteFile(file, append(yaml, "\npictures: {font: "+font+"}\n"...), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Check(file, time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", font, err)
		}
	}
}

// TestSystemFont: of the computer's fonts the first that can be used, whatever the case of its name.
func TestSystemFont(t *testing.T) {
	installed := []string{"/f/arial.ttf", "/f/wqy-microhei.ttc", "/f/NotoSansCJK-Regular.ttc", "/f/msyh.ttc"}
	for _, tt := range []struct{ usable, want string }{
		{"/f/msyh.ttc /f/wqy-microhei.ttc", "/f/msyh.ttc"},
		{"/f/NotoSansCJK-Regular.ttc /f/wqy-microhei.ttc /f/arial.ttf", "/f/NotoSansCJK-Regular.ttc"},
		{"/f/arial.ttf", ""},
	} {
		last, painter := "", new(picture.Painter)
		got := systemPainter(installed, func(file string) (*picture.Painter, error) {
			if !slices.Contains(strings.Fields(tt.usable), file) {
				return nil, errors.New("no font")
			}
			last = file
			return painter, nil
		})
		if last != tt.want || (got == painter) != (tt.want != "") {
			t.Errorf("usable %s: took %q, %v", tt.usable, last, got)
		}
	}
}
