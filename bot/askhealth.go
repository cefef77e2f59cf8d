package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"duban/internal/config"
)

// askTime is how long a program that is well may take to say so.
const askTime = 5 * time.Second

// AskHealth asks the program that runs on this computer how it is, and gives its answer, a line of JSON. The error is a sentence for
// people: it does not answer, or says that it is not well.
func AskHealth(ctx context.Context, c config.Web) (string, error) {
	if c.Listen == config.Off {
		return "", errors.New("看板没有打开（web.listen: off），没有地方问程序是否正常")
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return "", fmt.Errorf("web.listen：%w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return "", err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy: it is this computer
	resp, err := client.Do(req)
	if err != nil {
		return "", fmt.Errorf("程序没有在 %s 答复，可能没有运行", c.Listen)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	switch {
	case err != nil:
		return "", fmt.Errorf("程序没有在 %s 答复，可能没有运行", c.Listen)
	case resp.StatusCode != http.StatusOK:
		return string(text), errors.New("程序不正常，请看日志")
	}
	return string(text), nil
}
