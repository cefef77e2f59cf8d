package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/issue"
	"duban/internal/media"
	"duban/internal/photo"
	"duban/internal/store"
)

// fetchTries take 31 seconds: after a restart the network may not be there yet.
const fetchTries = 6

// fetchPictures brings the pictures of a message and keeps the originals on disk under their hash, before any transaction
// is open. trouble is an *issue.Error about those that did not come or are no pictures: the command that they came with is
// done all the same, because a report must not be lost for its picture. The photos are coming, whatever err is, until their rows are
// stored or given up.
func (b *Bot) fetchPictures(ctx context.Context, e *edition, m chat.Message, who identity, wanted bool) (photos []store.Photo, trouble *issue.Error, err error) {
	c, _ := b.channel(m.Channel)
	fetcher, ok := c.(chat.PictureFetcher)
	if len(m.Pictures) == 0 || who.person.ID == "" || !ok {
		return nil, nil, nil
	}
	for _, p := range m.Pictures {
		data, err := retry(ctx, func() ([]byte, error) { return fetcher.FetchPicture(ctx, p) })
		if err != nil {
			b.log.Warn("picture not fetched", "channel", m.Channel, "message", m.ID, "err", err)
			if wanted || b.photosAwaited(ctx, m, who) {
				trouble = issue.Fail(issue.CodeInput, "照片没有收到", "请重发照片")
			}
			continue
		}
		photo, err := keep(e.cfg, data)
		if wrong, bad := issue.AsError(err); bad {
			if wanted || b.photosAwaited(ctx, m, who) { // a sticker among chatter is nobody's business
				trouble = wrong
			}
			continue
		} else if err != nil {
			return photos, nil, err
		}
		photo.Person, photo.Conversation = who.person.ID, string(target(m, who))
		photos = append(photos, photo)
	}
	return photos, trouble, nil
}

func (b *Bot) photosAwaited(ctx context.Context, m chat.Message, who identity) bool {
	var open []store.Await
	err := b.store.Read(ctx, b.Now(), func(tx *store.Tx) (err error) {
		open, err = tx.OpenAwaits(string(target(m, who)), who.person.ID)
		return err
	})
	return err != nil || len(open) > 0
}

// retry brings something from a network, again and again while that may help.
func retry(ctx context.Context, fetch func() ([]byte, error)) ([]byte, error) {
	var failed error
	for try := range fetchTries {
		data, err := fetch()
		if err == nil {
			return data, nil
		}
		failed = err
		if errors.Is(err, chat.ErrGone) || errors.Is(err, chat.ErrTooLarge) || try == fetchTries-1 {
			break
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(failed, ctx.Err())
		case <-time.After(time.Second << try):
		}
	}
	return nil, failed
}

// keep checks that bytes are a picture and stores them under their hash, with a copy to show beside them. The original stays
// as it came, byte for byte: it is the evidence. The copy has no time and no place in it, and is all that anybody is shown.
func keep(cfg *config.Config, data []byte) (store.Photo, error) {
	facts, shown, err := examine(data, cfg.Location())
	if err != nil {
		return store.Photo{}, refusal(err)
	}
	p, err := keepFiles(cfg.Storage.Media, data, facts, shown)
	if err != nil {
		coming.done(p)
	}
	return p, err
}

// keepFiles writes the files of a picture, which is coming from then on.
func keepFiles(folder string, data []byte, facts photo.Facts, shown []byte) (store.Photo, error) {
	original, copied := media.Original(facts.SHA256, extension(facts.Format)), media.Copy(facts.SHA256, shown)
	p := store.Photo{
		SHA256: facts.SHA256, File: original, Shown: copied, Width: facts.Width, Height: facts.Height,
		Bytes: int64(len(data)), PHash: int64(facts.Hash), Sketch: facts.Sketch, Flat: facts.Flat,
		Lat: facts.Lat, Lng: facts.Lng, Located: facts.Located,
	}
	if !facts.TakenAt.IsZero() {
		p.TakenAt = facts.TakenAt.UnixMicro()
	}
	coming.add(p.SHA256)
	if err := writeMedia(folder, original, data); err != nil {
		return p, err
	}
	return p, writeMedia(folder, copied, shown)
}

// decoding is held by whoever decodes a picture: one of them may take 400 MB, and all groups send at the same time.
var decoding sync.Mutex

func examine(data []byte, loc *time.Location) (photo.Facts, []byte, error) {
	decoding.Lock()
	defer decoding.Unlock()
	return photo.Examine(data, loc)
}

// refusal puts into words why a picture is not taken.
func refusal(err error) error {
	var e *photo.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Fault {
	case photo.TooHeavy:
		return issue.Fail(issue.CodeInput, fmt.Sprintf("照片太大（%d MB），最大 %d MB", e.Bytes>>20, photo.MaxBytes>>20), "请压缩后重发")
	case photo.TooLarge:
		return issue.Fail(issue.CodeInput, fmt.Sprintf("照片尺寸太大（%d×%d）", e.Width, e.Height), "请压缩后重发")
	}
	return issue.Fail(issue.CodeInput, "这张图片打不开", "请用手机重新拍照发送")
}

// extension is how the file of a format is called, so that people can open a copy of the media folder.
func extension(format string) string {
	if format == "jpeg" {
		return ".jpg"
	}
	return "." + format
}

// writeMedia keeps a file of the media folder. An existing one is not touched, because its name says what is in it, unless it is damaged.
func writeMedia(folder, name string, data []byte) error {
	if err := writeOnce(filepath.Join(folder, beginnings), filepath.Join(folder, filepath.FromSlash(name)), data); err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	return nil
}

// beginnings is the folder below the media folder in which files are written until they are whole. What is old in it was left by
// a program that was killed, and need not be looked for among a million photos.
const (
	beginnings = ".new"
	abandoned  = time.Hour
)

// writeOnce writes a file completely or not at all, and never over an existing one that is the same. It begins in another folder of the
// same disk.
func writeOnce(begin, path string, data []byte) error {
	switch there, err := os.ReadFile(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case bytes.Equal(there, data):
		return nil
	}
	for _, folder := range []string{begin, filepath.Dir(path)} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	tmp, err := os.CreateTemp(begin, ".new-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}

// sweep removes what killed programs have begun in the media folder and not finished.
func (b *Bot) sweep() error {
	left, err := filepath.Glob(filepath.Join(b.started.Storage.Media, beginnings, ".new-*"))
	for _, file := range left {
		info, statErr := os.Stat(file)
		if statErr == nil && time.Since(info.ModTime()) > abandoned { // else another program may be about to finish it
			err = errors.Join(err, os.Remove(file))
		}
	}
	return err
}
