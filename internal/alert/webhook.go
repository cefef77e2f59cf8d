package alert

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// The forms of a webhook.
const (
	WeCom    = "wecom"    // 企业微信群机器人
	DingTalk = "dingtalk" // 钉钉自定义机器人
	Feishu   = "feishu"   // 飞书自定义机器人
	JSON     = "json"     // {"title", "text", "at"}
)

// Webhook posts to a group robot or to a program of one's own. The address is a secret: whoever has it can write to the group.
type Webhook struct {
	URL    string
	Format string
	client *http.Client
}

// NewWebhook makes a way to an address. Redirects are not followed: they would carry the message elsewhere.
func NewWebhook(address, format string) *Webhook {
	return &Webhook{URL: address, Format: format, client: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Name implements Way.
func (w *Webhook) Name() string { return "webhook" }

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 10

// Send implements Way. A robot that refuses says so in a 200.
func (w *Webhook) Send(ctx context.Context, m Message) error {
	body, err := w.body(m)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("webhook 的地址不对") // the error itself would show it
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := w.client.Do(req)
	if err != nil {
		return fmt.Errorf("webhook 没有送到：%w", bare(err))
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("webhook 没有答复：%w", bare(err))
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("webhook 答复 HTTP %d", resp.StatusCode)
	}
	return w.accepted(answer)
}

// bare takes the address off an error of the HTTP library.
func bare(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

func (w *Webhook) body(m Message) ([]byte, error) {
	text := m.Title + "\n" + m.Text
	switch w.Format {
	case WeCom, DingTalk:
		return json.Marshal(map[string]any{"msgtype": "text", "text": map[string]string{"content": text}})
	case Feishu:
		return json.Marshal(map[string]any{"msg_type": "text", "content": map[string]string{"text": text}})
	default:
		return json.Marshal(map[string]string{"title": m.Title, "text": m.Text, "at": m.At.Format(time.RFC3339)})
	}
}

// accepted reads a robot's verdict. Its words are not repeated: they may hold anything.
func (w *Webhook) accepted(answer []byte) error {
	if w.Format == JSON {
		return nil
	}
	var verdict struct {
		ErrCode *int `json:"errcode"`
		Code    *int `json:"code"`
	}
	err := json.Unmarshal(answer, &verdict)
	code := verdict.ErrCode
	if w.Format == Feishu {
		code = verdict.Code
	}
	switch {
	case err != nil || code == nil:
		return errors.New("webhook 的答复看不懂，请检查 alerts.format 和地址")
	case *code != 0:
		return fmt.Errorf("webhook 拒绝了，错误码 %d，请看机器人的安全设置（关键词写 督办）", *code)
	}
	return nil
}
