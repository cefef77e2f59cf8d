package bot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"duban/internal/chat"
	"duban/internal/files"
	"duban/internal/media"
	"duban/internal/store"
)

// bundle is what goes along with a message, and a sentence about each file that does not.
type bundle struct {
	files   []chat.Attachment
	missing []string
	dir     string // of the files that were made, for as long as they are sent
}

// drop removes what was made.
func (b bundle) drop() {
	if b.dir != "" {
		_ = os.RemoveAll(b.dir) // the system empties its temporary folder, too
	}
}

// fit leaves out what a network does not carry.
func (b *bundle) fit(can chat.Capabilities) {
	b.files = slices.DeleteFunc(b.files, func(a chat.Attachment) bool {
		why := unfit(a, can)
		if why != "" {
			b.missing = append(b.missing, why)
		}
		return why != ""
	})
}

// unfit is why a network does not carry a file, as a sentence for whoever asked for it; "" if it does. A file that cannot be looked at
// is left to the channel.
func unfit(a chat.Attachment, can chat.Capabilities) string {
	if a.Picture && !can.Pictures || !a.Picture && !can.Files {
		return "“" + a.Name + "”在这里发不了，请向管理员要"
	}
	info, err := os.Stat(a.Path)
	if err != nil || can.MaxFile <= 0 || info.Size() <= can.MaxFile {
		return ""
	}
	return fmt.Sprintf("“%s”有 %s，这里最多能发 %s，请向管理员要", a.Name, megabytes(info.Size()), megabytes(can.MaxFile))
}

// megabytes is a size as people know it, rounded up.
func megabytes(n int64) string {
	return strconv.FormatFloat(math.Ceil(float64(n)/(1<<20)*10)/10, 'f', -1, 64) + " MB"
}

// bundle gathers the files of a message: the one that it names, and those that its recipe makes, as far as the network carries them. A
// recipe that fails costs the reader the files, not the text.
func (o *outbox) bundle(ctx context.Context, e *edition, row store.Outgoing, can chat.Capabilities) (with bundle, err error) {
	defer func() { with.fit(can) }()
	file, err := row.File()
	if err != nil {
		return with, err
	}
	kept, gone, err := o.attachment(e.cfg.Storage.Media, file)
	if err != nil {
		return with, err
	}
	if kept != nil {
		with.files = append(with.files, *kept)
	}
	if gone != "" {
		with.missing = append(with.missing, gone)
	}
	if row.Recipe == "" {
		return with, nil
	}
	var made []files.File
	if with.dir, err = os.MkdirTemp("", "duban-*"); err == nil {
		made, err = o.make(ctx, e, row.Recipe, with.dir)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		with.drop()
		return bundle{}, ctx.Err()
	case err != nil:
		o.bot.log.Error("files not made", "message", row.ID, "err", err)
		with.missing = append(with.missing, "附件没有生成，请告诉管理员")
	}
	for _, f := range made {
		with.files = append(with.files, chat.Attachment{Name: f.Name, Path: f.Path, Picture: f.Picture})
	}
	return with, nil
}

// make makes the files of a recipe. One that makes the program panic must not do so at every start.
func (o *outbox) make(ctx context.Context, e *edition, r store.Recipe, dir string) (made []files.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return e.files.Make(ctx, o.bot.Now(), r, dir)
}

// attachment is the file that goes along with a message; nil if none does. A relative path is one below the media folder, which
// commands know nothing of; it must not lead out of it. Instead of a file that is gone or damaged there is a sentence for whoever
// asked.
func (o *outbox) attachment(folder string, f *store.OutFile) (a *chat.Attachment, gone string, err error) {
	if f == nil {
		return nil, "", nil
	}
	path := filepath.FromSlash(f.Path)
	if !filepath.IsAbs(path) {
		switch _, err := media.Read(folder, f.Path); {
		case errors.Is(err, fs.ErrNotExist):
			o.bot.log.Error("attachment is gone", "file", path)
			return nil, "“" + f.Name + "”的文件不在了，请告诉管理员", nil
		case errors.Is(err, media.ErrDamaged):
			o.bot.log.Error("attachment is damaged", "file", path)
			return nil, "“" + f.Name + "”的文件坏了，没有发，请告诉管理员", nil
		case err != nil:
			return nil, "", &chat.SendError{Err: fmt.Errorf("attachment %q: %w", f.Path, err)}
		}
		path = filepath.Join(folder, path)
	}
	return &chat.Attachment{Name: f.Name, Path: path, Picture: f.Picture}, "", nil
}
