package link

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path"

	"github.com/coder/websocket"

	"duban/internal/chat"
)

// Ask is a question over HTTP.
type Ask struct {
	What    string // for errors, in a word
	Address string
	Header  map[string]string
	Body    []byte // is posted; nil to get
}

// maxAnswer bounds what is read of an answer, in bytes. What is longer is cut, so that nobody can read it.
const maxAnswer = 1 << 20

// Do asks and reads the answer, whatever its status. Its errors show no address, because there are keys in addresses; one about an address that
// is none is a *chat.SendError, and so certain.
func (a Ask) Do(ctx context.Context, client *http.Client) (status int, answer []byte, err error) {
	method := http.MethodPost
	if a.Body == nil {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, a.Address, bytes.NewReader(a.Body))
	if err != nil {
		return 0, nil, &chat.SendError{Err: fmt.Errorf("%s: %w", a.What, errAddress)}
	}
	for k, v := range a.Header {
		req.Header.Set(k, v)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", a.What, Bare(err))
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return 0, nil, fmt.Errorf("%s: read the answer: %w", a.What, Bare(err))
	}
	return resp.StatusCode, answer, nil
}

var errAddress = errors.New("the address cannot be read")

// Bare takes the address off an error of the HTTP library.
func Bare(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// Form is an upload: a form with one file. It gives the body and its type.
func Form(field, name string, data []byte) (body []byte, kind string, err error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile(field, name)
	if err == nil {
		_, err = part.Write(data)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, "", fmt.Errorf("form: %w", err)
	}
	return form.Bytes(), w.FormDataContentType(), nil
}

// StatusError is an answer to Get that is none.
type StatusError int

func (e StatusError) Error() string {
	return fmt.Sprintf("fetch media: %d %s", int(e), http.StatusText(int(e)))
}

// Lasting says whether the same question will have the same answer.
func (e StatusError) Lasting() bool { return e >= 400 && e < 500 && e != http.StatusTooManyRequests }

// Get asks for a picture or a file; the body is the caller's to close. A StatusError wraps chat.ErrGone where the status says that.
func Get(ctx context.Context, client *http.Client, address string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch media: %w", errAddress)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch media: %w", Bare(err))
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	err = errors.Join(StatusError(resp.StatusCode), resp.Body.Close())
	if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone {
		err = errors.Join(err, chat.ErrGone)
	}
	return nil, err
}

// Body reads what Get has brought, at most limit bytes and never a part of it. What is larger is chat.ErrTooLarge, and is not loaded where its
// length is told.
func Body(resp *http.Response, limit int64) ([]byte, error) {
	tooLarge := fmt.Errorf("media of more than %d bytes: %w", limit, chat.ErrTooLarge)
	if resp.ContentLength > limit {
		return nil, tooLarge
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("fetch media: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, tooLarge
	}
	return data, nil
}

// FileName is what a file that Get has brought is called, without folders; "" where the network does not tell.
func FileName(resp *http.Response) string {
	_, how, _ := mime.ParseMediaType(resp.Header.Get("Content-Disposition"))
	name, err := url.PathUnescape(how["filename"])
	if err != nil {
		name = how["filename"]
	}
	if name == "" {
		return ""
	}
	return path.Base(name)
}

// Picture says of a picture that was too large that it cannot be had: it will not be smaller the next time.
func Picture(data []byte, err error) ([]byte, error) {
	if errors.Is(err, chat.ErrTooLarge) {
		return nil, errors.Join(err, chat.ErrGone)
	}
	return data, err
}

// maxFrame bounds what is read as one frame, in bytes: texts of 20 KB and addresses of pictures.
const maxFrame = 1 << 20

// Dial opens a WebSocket. ctx bounds the opening; client may be nil.
func Dial(ctx context.Context, client *http.Client, address string) (*websocket.Conn, error) {
	conn, resp, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPClient: client})
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close() // a websocket's answer has none that matters
	}
	if err != nil {
		return nil, fmt.Errorf("connect: %w", Bare(err))
	}
	conn.SetReadLimit(maxFrame)
	return conn, nil
}

// Transport is how a network is reached: by the environment's proxy, and trusting a file of certificates besides the system's; "" for
// none. An error is in Chinese and names the setting that is wrong.
func Transport(setting, ca string) (http.RoundTripper, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if ca == "" {
		return transport, nil
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("%s 无法读取：%w", setting, err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s：%s 里没有证书（要 PEM 格式）", setting, ca)
	}
	transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return transport, nil
}
