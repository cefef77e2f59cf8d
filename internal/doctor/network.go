package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"duban/internal/config"
)

// patience bounds each look into the network.
const patience = 8 * time.Second

// strongToken is how long a token has to be where others can try to guess it, in bytes.
const strongToken = 16

// dashboard says whether the dashboard's address is free, or taken by a running duban, and who can open it.
func (e *exam) dashboard(ctx context.Context) []verdict {
	listen := e.cfg.Web.Listen
	if listen == config.Off {
		return one(Good, "没有启用（web.listen 是 off）")
	}
	out := e.port(ctx, listen)
	host, _, _ := net.SplitHostPort(listen)
	local := host == "localhost" || net.ParseIP(host).IsLoopback()
	switch n := len(e.cfg.Web.Token.Reveal()); {
	case local && n == 0:
		out = append(out, one(Note, "没有口令（web.token），微信登录之前没有人能进；登录以后私聊机器人发「后台」要链接")...)
	case n < strongToken && !local:
		out = append(out, one(Bad, "局域网里能打开，口令（web.token）却太短，容易被猜中。请改成 %d 个以上的字母和数字", strongToken)...)
	}
	return out
}

// port tries to take the address for a moment. Where it is taken, a running duban answers /healthz.
func (e *exam) port(ctx context.Context, listen string) []verdict {
	var lc net.ListenConfig
	l, taken := lc.Listen(ctx, "tcp", listen)
	if taken == nil {
		_ = l.Close()
		return one(Good, "%s 空着，运行时能用", listen)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(listen)+"/healthz", nil)
	if err == nil && !errors.Is(taken, syscall.EADDRNOTAVAIL) {
		var resp *http.Response
		if resp, err = (&http.Transport{DisableKeepAlives: true}).RoundTrip(req); err == nil {
			defer func() { _ = resp.Body.Close() }()
			if resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusServiceUnavailable {
				e.runs = true
				return one(Good, "duban 正在运行，看板在 %s", listen)
			}
		}
	}
	return one(Bad, "%s 不能用，%s", listen, NoListener(taken))
}

// NoListener says why an address cannot be listened on and what to do.
func NoListener(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "这台电脑没有这个地址。请改 web.listen：只在本机打开写 127.0.0.1:8711，局域网里都能打开写 0.0.0.0:8711"
	case errors.Is(err, fs.ErrPermission):
		return "这个端口要管理员才能用。请改 web.listen 的端口，例如 8711"
	}
	return "多半被别的程序或另一个 duban 占着。请改 web.listen 的端口，例如 8712"
}

// reachable is an address at which something that listens everywhere can be reached from here.
func reachable(listen string) string {
	host, port, _ := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// session says whether a login is stored. Whoever can read it is the bot.
func (e *exam) session(context.Context) []verdict {
	c := e.cfg.Channels.WeChat
	if !c.Enabled {
		return nil
	}
	info, err := os.Stat(c.Session)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return one(Note, "微信还没有登录过。duban run 会显示二维码，用专用号的手机扫")
	case err != nil:
		return one(Bad, "%s 看不了。请检查它的权限", c.Session)
	}
	if v := e.onlyOwner(c.Session, "登录状态等于账号的钥匙"); v != nil {
		v[0].level = Bad
		return v
	}
	const stale = 3 * 24 * time.Hour
	if age := e.Now.Sub(info.ModTime()); age > stale {
		return one(Note, "上次保存是 %s，太久了，启动时多半要重新扫码", e.shown(info.ModTime()))
	}
	return one(Good, "有，上次保存 %s", e.shown(info.ModTime()))
}

// proxy looks at the settings of the environment by which the program reaches the network.
func (e *exam) proxy(context.Context) []verdict {
	var out []verdict
	if v := e.either("HTTPS_PROXY", "https_proxy"); v != "" {
		if !strings.Contains(v, "://") { // the scheme may be left out
			v = "http://" + v
		}
		if u, err := url.Parse(v); err != nil || u.Host == "" {
			out = append(out, one(Bad, "HTTPS_PROXY 写得不对，要像 http://10.0.0.1:8080")...)
		} else {
			out = append(out, one(Good, "经过 %s 上网", u.Host)...)
		}
	}
	if file := e.Env("SSL_CERT_FILE"); file != "" {
		text, err := os.ReadFile(file)
		switch {
		case err != nil:
			out = append(out, one(Bad, "SSL_CERT_FILE 指的 %s 读不出来。请改正，或去掉这个环境变量", file)...)
		case !x509.NewCertPool().AppendCertsFromPEM(text):
			out = append(out, one(Bad, "SSL_CERT_FILE 指的 %s 里没有证书（要 PEM 格式）", file)...)
		}
	}
	return out
}

func (e *exam) either(names ...string) string {
	for _, name := range names {
		if v := strings.TrimSpace(e.Env(name)); v != "" {
			return v
		}
	}
	return ""
}

// network asks the servers of the enabled channels for their front page, by the way that the channels go. It takes no part in
// their protocol, and any answer will do.
func (e *exam) network(ctx context.Context) []verdict {
	servers, err := e.Servers(e.cfg)
	if err != nil {
		return one(Bad, "%v", err)
	}
	var out []verdict
	for _, s := range servers {
		if err := s.reach(ctx); err != nil {
			out = append(out, one(Note, "连不上 %s：%s", s.Host, unreachable(err))...)
			continue
		}
		out = append(out, one(Good, "能连上 %s", s.Host)...)
	}
	return out
}

// keys tries the channels' keys. What would take the bot from a running program is tried only when that is asked for.
func (e *exam) keys(ctx context.Context) (out []verdict) {
	for _, t := range e.Trials(e.cfg) {
		switch {
		case t.Alone && !e.Login:
			out = append(out, one(Good, "%s：没有试登录，因为会把正在运行的机器人挤下线。要试，先停下所有电脑上的 duban，再运行 duban doctor --login", t.What)...)
		case t.Alone && e.runs:
			out = append(out, one(Note, "%s：duban 正在运行，没有试登录。请先停下，再运行 duban doctor --login", t.What)...)
		default:
			out = append(out, t.verdict(ctx))
		}
	}
	return out
}

func (t Trial) verdict(ctx context.Context) verdict {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	refused, err := t.Try(ctx)
	switch {
	case err != nil:
		return verdict{Note, t.What + "：没有试成，" + unreachable(err)}
	case refused != "":
		return verdict{Bad, t.What + "：" + refused}
	}
	return verdict{Good, t.What + "：能用"}
}

func (s Server) reach(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, "https://"+s.Host+"/", nil)
	if err != nil {
		return err
	}
	resp, err := s.Transport.RoundTrip(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// unreachable says why a server could not be reached and what to do.
func unreachable(err error) string {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "找不到这个域名。请检查网线、网络和 DNS；要经过代理上网的，设置环境变量 HTTPS_PROXY"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "证书不受信任，中间多半有代理或防火墙。请用环境变量 SSL_CERT_FILE 指出单位的根证书"
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "等了 8 秒没有回应。请检查防火墙；要经过代理上网的，设置环境变量 HTTPS_PROXY"
	}
	return "连接被拒绝或中断。请检查网络和防火墙；要经过代理上网的，设置环境变量 HTTPS_PROXY"
}
