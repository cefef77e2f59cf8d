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
	"io"
	"net/http"
	"slices"
	"strings"

	"duban/internal/chat"
)

// Sizes of media, in bytes.
const (
	chunk      = 512 << 10
	maxPicture = 10 << 20
	maxFile    = 20 << 20
	minMedia   = 5 // smaller ones are refused by the server
)

// picture is the handle of a picture. It holds the key, because the address alone gives what nobody can read.
func (m media) picture() chat.Picture {
	ref, _ := json.Marshal(m) // two texts always marshal
	return chat.Picture{Ref: string(ref)}
}

// FetchPicture implements chat.PictureFetcher. The address is good for five minutes after the message.
func (c *Channel) FetchPicture(ctx context.Context, p chat.Picture) ([]byte, error) {
	var m media
	if err := json.Unmarshal([]byte(p.Ref), &m); err != nil || m.URL == "" {
		return nil, fmt.Errorf("not a picture of this channel: %w", chat.ErrGone)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.URL, nil)
	if err != nil {
		return nil, fmt.Errorf("the picture's address: %w", errors.Join(chat.ErrGone, err))
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch picture: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	switch {
	case resp.StatusCode >= 400 && resp.StatusCode < 500 && resp.StatusCode != http.StatusTooManyRequests:
		return nil, fmt.Errorf("fetch picture: %s: %w", resp.Status, chat.ErrGone)
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("fetch picture: %s", resp.Status)
	}
	sealed, err := io.ReadAll(io.LimitReader(resp.Body, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("fetch picture: %w", err)
	}
	if len(sealed) > maxFile {
		return nil, fmt.Errorf("picture of more than %d bytes: %w", maxFile, chat.ErrGone)
	}
	return open(sealed, m.Key)
}

// open decrypts: AES-256-CBC with the first half of the key as the initial vector, padded as PKCS #7 to blocks of 32 bytes. Media
// without a key are not encrypted.
func open(sealed []byte, key string) ([]byte, error) {
	if key == "" {
		return sealed, nil
	}
	k, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(key, "="))
	if err != nil || len(k) != 32 {
		return nil, fmt.Errorf("the picture's key is not one of 32 bytes: %w", chat.ErrGone)
	}
	if len(sealed) == 0 || len(sealed)%aes.BlockSize != 0 {
		return nil, fmt.Errorf("picture of %d bytes is cut", len(sealed)) // it may come whole the next time
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, fmt.Errorf("decrypt picture: %w", err)
	}
	cipher.NewCBCDecrypter(block, k[:aes.BlockSize]).CryptBlocks(sealed, sealed)
	pad := int(sealed[len(sealed)-1])
	if pad == 0 || pad > 32 || pad > len(sealed) {
		return nil, fmt.Errorf("the picture does not fit its key: %w", chat.ErrGone)
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
		return certain(err)
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
		return "", certain(errors.New("no media id"))
	}
	return is.Media, nil
}

// certain is for errors before the message itself was sent: nobody has seen anything of it.
func certain(err error) error {
	if _, ok := errors.AsType[*refusal](err); ok || err == nil {
		return err
	}
	return &chat.SendError{Err: err, Retry: true}
}
