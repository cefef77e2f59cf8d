package wecom

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5" //nolint:gosec // the protocol's check against damage, not against attack
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"duban/internal/chat"
	"duban/internal/chat/link"
)

// Sizes of media, in bytes.
const (
	chunk      = 512 << 10
	maxPicture = 10 << 20
	maxFile    = 20 << 20
	minMedia   = 5 // smaller ones are refused by the server

	mostPadding = 32 // of what is encrypted
)

// FetchPicture implements chat.PictureFetcher. The address is good for five minutes after the message.
func (c *Channel) FetchPicture(ctx context.Context, p chat.Picture) ([]byte, error) {
	return link.Picture(c.fetch(ctx, p.Ref, maxFile))
}

// FetchFile implements chat.FileFetcher.
func (c *Channel) FetchFile(ctx context.Context, f chat.File, limit int64) ([]byte, error) {
	return c.fetch(ctx, f.Ref, limit)
}

func (c *Channel) fetch(ctx context.Context, ref string, limit int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.pace.Media)
	defer cancel()
	resp, key, err := c.get(ctx, ref)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	sealed, err := link.Body(resp, limit+mostPadding)
	if err != nil {
		return nil, err
	}
	data, err := open(sealed, key)
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("media of more than %d bytes: %w", limit, chat.ErrTooLarge)
	}
	return data, err
}

// get asks for what a handle leads to, whose body is the caller's to close.
func (c *Channel) get(ctx context.Context, ref string) (resp *http.Response, key string, err error) {
	var m media
	bad := json.Unmarshal([]byte(ref), &m)
	if _, err := url.Parse(m.URL); bad != nil || err != nil || m.URL == "" {
		return nil, "", fmt.Errorf("no handle of this channel: %w", chat.ErrGone)
	}
	resp, err = link.Get(ctx, c.client, m.URL)
	if no, ok := errors.AsType[link.StatusError](err); ok && no.Lasting() {
		err = errors.Join(err, chat.ErrGone)
	}
	return resp, m.Key, err
}

// nameFiles asks for the names of a message's files, which come with their bytes only. Without a name a file is of little use, and the message
// still is.
func (c *Channel) nameFiles(ctx context.Context, files []chat.File) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.pace.Answer)
	defer cancel()
	for i := range files {
		if files[i].Name != "" { // the message is offered again
			continue
		}
		resp, _, err := c.get(ctx, files[i].Ref)
		if err != nil {
			c.cfg.Log.Warn("file without a name", "err", err)
			continue
		}
		_ = resp.Body.Close() // it is fetched when somebody wants it
		files[i].Name = link.FileName(resp)
	}
}

// open decrypts: AES-256-CBC with the first half of the key as the initial vector, padded as PKCS #7 to blocks of 32 bytes. Media
// without a key are not encrypted.
func open(sealed []byte, key string) ([]byte, error) {
	if key == "" {
		return sealed, nil
	}
	k, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(key, "="))
	if err != nil || len(k) != 32 {
		return nil, fmt.Errorf("the key is not one of 32 bytes: %w", chat.ErrGone)
	}
	if len(sealed) == 0 || len(sealed)%aes.BlockSize != 0 {
		return nil, fmt.Errorf("media of %d bytes are cut", len(sealed)) // it may come whole the next time
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, fmt.Errorf("decrypt media: %w", err)
	}
	cipher.NewCBCDecrypter(block, k[:aes.BlockSize]).CryptBlocks(sealed, sealed)
	pad := int(sealed[len(sealed)-1])
	if pad == 0 || pad > mostPadding || pad > len(sealed) {
		return nil, fmt.Errorf("the media do not fit their key: %w", chat.ErrGone)
	}
	return sealed[:len(sealed)-pad], nil
}

// upload brings data to the network in chunks and gives the id under which it can be sent.
func (s *socket) upload(ctx context.Context, kind, name string, data []byte) (string, error) {
	var is struct {
		Upload string `json:"upload_id"`
		Media  string `json:"media_id"`
	}
	ask := func(cmd string, body map[string]any) error {
		f, err := s.call(ctx, cmd, body)
		if err == nil && cmd != cmdUploadChunk { // whose answer says nothing else
			err = json.Unmarshal(f.Body, &is)
		}
		return err
	}
	sum := md5.Sum(data) //nolint:gosec // see the import
	err := ask(cmdUploadBegin, map[string]any{
		"type": kind, "filename": name, "total_size": len(data), "total_chunks": (len(data) + chunk - 1) / chunk, "md5": hex.EncodeToString(sum[:]),
	})
	if err != nil {
		return "", err
	}
	n := 0
	for part := range slices.Chunk(data, chunk) {
		text := base64.StdEncoding.EncodeToString(part)
		if err := ask(cmdUploadChunk, map[string]any{"upload_id": is.Upload, "chunk_index": n, "base64_data": text}); err != nil {
			return "", err
		}
		n++
	}
	if err := ask(cmdUploadEnd, map[string]any{"upload_id": is.Upload}); err != nil {
		return "", err
	}
	if is.Media == "" {
		return "", errors.New("no media id")
	}
	return is.Media, nil
}
