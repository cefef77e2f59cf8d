package bot

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // pictures that people send
	_ "image/jpeg" // pictures that people send
	_ "image/png"  // pictures that people send
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"duban/internal/chat"
	"duban/internal/issue"
	"duban/internal/store"
)

// The limits of a picture. A phone's photo has 12 to 50 million pixels; more would be an attack on the memory.
const (
	maxPictureBytes  = 20 << 20
	maxPicturePixels = 120_000_000
	fetchTries       = 6 // 31 seconds: after a restart the network may not be there yet
)

// fetchPictures brings the pictures of a message and keeps the originals on disk under their hash, before any transaction
// is open. trouble is an *issue.Error about those that did not come or are no pictures: the command that they came with is
// done all the same, because a report must not be lost for its picture.
func (b *Bot) fetchPictures(ctx context.Context, m chat.Message, who identity, wanted bool) (photos []store.Photo, trouble *issue.Error, err error) {
	c, _ := b.channel(m.Channel)
	fetcher, ok := c.(chat.PictureFetcher)
	if len(m.Pictures) == 0 || who.person.ID == "" || !ok {
		return nil, nil, nil
	}
	for _, p := range m.Pictures {
		data, err := fetch(ctx, fetcher, p)
		if err != nil {
			b.log.Warn("picture not fetched", "channel", m.Channel, "message", m.ID, "err", err)
			if wanted || b.photosAwaited(ctx, m, who) {
				trouble = issue.Fail(issue.CodeInput, "照片没有收到", "请重发照片")
			}
			continue
		}
		photo, err := b.keep(data)
		if e, bad := issue.AsError(err); bad {
			if wanted || b.photosAwaited(ctx, m, who) { // a sticker among chatter is nobody's business
				trouble = e
			}
			continue
		} else if err != nil {
			return nil, nil, err
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

func fetch(ctx context.Context, f chat.PictureFetcher, p chat.Picture) ([]byte, error) {
	var failed error
	for try := range fetchTries {
		data, err := f.FetchPicture(ctx, p)
		if err == nil {
			return data, nil
		}
		failed = err
		if errors.Is(err, chat.ErrGone) || try == fetchTries-1 {
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

// keep checks that bytes are a picture and stores them under their hash. An existing file is never touched.
func (b *Bot) keep(data []byte) (store.Photo, error) {
	if len(data) > maxPictureBytes {
		return store.Photo{}, issue.Fail(issue.CodeInput, fmt.Sprintf("照片太大（%d MB），最大 %d MB", len(data)>>20, maxPictureBytes>>20), "请压缩后重发")
	}
	cfg, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || cfg.Width*cfg.Height <= 0 {
		return store.Photo{}, issue.Fail(issue.CodeInput, "这张图片打不开", "请用手机重新拍照发送")
	}
	if cfg.Width*cfg.Height > maxPicturePixels {
		return store.Photo{}, issue.Fail(issue.CodeInput, fmt.Sprintf("照片尺寸太大（%d×%d）", cfg.Width, cfg.Height), "请压缩后重发")
	}
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	name := filepath.Join(hash[:2], hash[2:4], hash+"."+format)
	if err := writeOnce(filepath.Join(b.cfg.Storage.Media, name), data); err != nil {
		return store.Photo{}, fmt.Errorf("keep picture: %w", err)
	}
	return store.Photo{SHA256: hash, File: filepath.ToSlash(name), Width: cfg.Width, Height: cfg.Height, Bytes: int64(len(data))}, nil
}

// writeOnce writes a file completely or not at all, and never over an existing one.
func writeOnce(path string, data []byte) error {
	if _, err := os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
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
