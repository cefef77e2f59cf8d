package bot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/flopp/go-findfont"

	"duban/internal/config"
	"duban/internal/picture"
)

// systemFonts are the files of the usual fonts for simplified Chinese, those that read best on a phone first: Windows, macOS, Linux.
var systemFonts = []string{
	"msyh.ttc", "msyh.ttf", "deng.ttf", "simhei.ttf",
	"pingfang.ttc", "hiragino sans gb.ttc", "stheiti medium.ttc",
	"notosanscjk-regular.ttc", "notosanssc-regular.ttf", "notosanssc-regular.otf", "sourcehansanssc-regular.otf", "sourcehansanscn-regular.otf",
	"wqy-microhei.ttc", "wqy-zenhei.ttc",
}

// Check is config.Check, and reads the font besides.
func Check(file string, now time.Time) (string, error) {
	text, err := config.Check(file, now)
	if err != nil {
		return "", err
	}
	cfg, err := config.Load(file)
	if err != nil {
		return "", err
	}
	if _, err := painter(cfg.Pictures.Font)(); err != nil {
		return "", err
	}
	return text, nil
}

// painter gives what draws pictures, in the font that pictures.font names: a file, the first of the computer's own fonts that
// has the characters (config.SystemFont), or the one inside the program: "", or the computer has none. The font is read
// when it is first asked for. The error is a Chinese sentence for the administrator.
func painter(font string) func() (*picture.Painter, error) {
	return sync.OnceValues(func() (*picture.Painter, error) {
		if font == "" {
			return picture.New(nil)
		}
		if font == config.SystemFont {
			if p := systemPainter(findfont.List(), readFont); p != nil {
				return p, nil
			}
			return picture.New(nil)
		}
		p, err := readFont(font)
		if err != nil {
			return nil, fmt.Errorf("配置 pictures.font：%w", err)
		}
		return p, nil
	})
}

// systemPainter takes the first of the fonts that draws what pictures need; nil if none does. A name promises nothing about
// what a file has in it.
func systemPainter(files []string, read func(file string) (*picture.Painter, error)) *picture.Painter {
	installed := map[string]string{}
	for _, file := range files {
		installed[strings.ToLower(filepath.Base(file))] = file
	}
	for _, name := range systemFonts {
		if file, ok := installed[name]; ok {
			if p, err := read(file); err == nil {
				return p
			}
		}
	}
	return nil
}

func readFont(file string) (*picture.Painter, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("没有字体文件 %s", file)
	}
	if err != nil {
		return nil, fmt.Errorf("字体文件无法读取：%w", err)
	}
	p, err := picture.New(data)
	if err != nil {
		return nil, fmt.Errorf("%s：%w", file, err)
	}
	return p, nil
}
