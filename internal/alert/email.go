package alert

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// Email sends by a mail server: over TLS on port 465, by STARTTLS on any other; without only on this computer.
type Email struct {
	Server   string // host:port
	From     string
	To       []string
	User     string // "": no login
	Password string
	tls      *tls.Config // for tests; nil: the system's authorities
}

// implicitTLS is the port on which the connection is encrypted from its beginning.
const implicitTLS = 465

// Name implements Way.
func (e *Email) Name() string { return "email" }

// Send implements Way.
func (e *Email) Send(ctx context.Context, m Message) error {
	msg := mail.NewMsg()
	if err := errors.Join(msg.From(e.From), msg.To(e.To...)); err != nil {
		return errors.New("邮件的发件人或收件人不对")
	}
	msg.Subject(m.Title)
	msg.SetDateWithValue(m.At)
	msg.SetBodyString(mail.TypeTextPlain, m.Text+"\n")
	client, err := e.client(patience(ctx))
	if err != nil {
		return errors.New("邮件服务器的地址不对，要写 地址:端口")
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("邮件没有送到：%w", e.redact(err))
	}
	return nil
}

// patience is how long a context lasts: the library heeds it only until the connection stands.
func patience(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return tryFor
	}
	return max(time.Until(deadline), time.Millisecond)
}

func (e *Email) client(timeout time.Duration) (*mail.Client, error) {
	host, text, err := net.SplitHostPort(e.Server)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, err
	}
	options := []mail.Option{mail.WithPort(port), mail.WithTimeout(timeout), mail.WithTLSPolicy(mail.TLSMandatory)}
	addr, err := netip.ParseAddr(host)
	switch {
	case port == implicitTLS:
		options = append(options, mail.WithSSL())
	case e.tls == nil && (host == "localhost" || err == nil && addr.IsLoopback()):
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	}
	if e.tls != nil {
		options = append(options, mail.WithTLSConfig(e.tls))
	}
	if e.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(e.User), mail.WithPassword(e.Password))
	}
	return mail.NewClient(host, options...)
}

// redact keeps the password out of what a server or the library says.
func (e *Email) redact(err error) error {
	if e.Password != "" && strings.Contains(err.Error(), e.Password) {
		return errors.New("登录失败")
	}
	return err
}
