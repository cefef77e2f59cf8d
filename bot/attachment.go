package bot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"duban/internal/chat"
	"duban/internal/store"
)

// attachment is the file that goes along with a message; nil if none does. A relative path is one below the media folder, which
// commands know nothing of; it must not lead out of it. Instead of a file that is gone there is a sentence for whoever asked.
func (o *outbox) attachment(f *store.OutFile) (a *chat.Attachment, gone string, err error) {
	if f == nil {
		return nil, "", nil
	}
	path := filepath.FromSlash(f.Path)
	if !filepath.IsAbs(path) {
		there, err := o.inMedia(path)
		if err != nil {
			return nil, "", &chat.SendError{Err: fmt.Errorf("attachment %q: %w", f.Path, err)}
		}
		if !there {
			o.bot.log.Error("attachment is gone", "file", path)
			return nil, "“" + f.Name + "”的文件不在了，请告诉管理员", nil
		}
		path = filepath.Join(o.bot.cfg.Storage.Media, path)
	}
	return &chat.Attachment{Name: f.Name, Path: path, Picture: f.Picture}, "", nil
}

// inMedia says whether a file exists below the media folder. A path that leads elsewhere, be it by a link, is an error.
func (o *outbox) inMedia(path string) (bool, error) {
	media, err := os.OpenRoot(o.bot.cfg.Storage.Media)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	info, err := media.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	} else if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a file")
	}
	return info != nil, errors.Join(err, media.Close())
}
