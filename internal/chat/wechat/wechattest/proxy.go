package wechattest

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Proxy is an HTTPS proxy on loopback that ends the TLS of the hosts that the Server plays and refuses all others. A
// process reaches the Server through it with HTTPS_PROXY=Proxy.URL and SSL_CERT_FILE=Proxy.CAFile.
type Proxy struct {
	URL    string
	CAFile string

	server   *Server
	listener net.Listener
	ca       *x509.Certificate
	key      *ecdsa.PrivateKey
	certs    sync.Map // host → *tls.Certificate

	mu      sync.Mutex
	refused []string
	open    int // connections to the Server
}

// Proxy starts a proxy; its certificate authority is made anew and written into dir. Close ends it.
func (s *Server) Proxy(dir string) (*Proxy, error) {
	p := &Proxy{server: s, CAFile: filepath.Join(dir, "wechattest-ca.pem")}
	if err := p.makeCA(); err != nil {
		return nil, err
	}
	var err error
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("start the proxy: %w", err)
	}
	p.URL = "http://" + p.listener.Addr().String()
	quiet := log.New(io.Discard, "", 0)
	go func() {
		_ = (&http.Server{Handler: p, ErrorLog: quiet, ReadHeaderTimeout: time.Minute}).Serve(p.listener)
	}()
	return p, nil
}

// Environ is the environment for a process that shall talk to the Server: the present one with the proxy's settings.
func (p *Proxy) Environ() []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(strings.ToUpper(kv), "=")
		if name != "HTTPS_PROXY" && name != "HTTP_PROXY" && name != "NO_PROXY" && name != "SSL_CERT_FILE" {
			env = append(env, kv)
		}
	}
	return append(env, "HTTPS_PROXY="+p.URL, "SSL_CERT_FILE="+p.CAFile)
}

// Refused are the hosts that were asked for and refused.
func (p *Proxy) Refused() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.refused...)
}

// Close stops the proxy. Connections that are open stay until their ends close them.
func (p *Proxy) Close() error { return p.listener.Close() }

// ServeHTTP answers CONNECT for WeChat's hosts and refuses everything else.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, port, err := net.SplitHostPort(r.Host)
	if r.Method != http.MethodConnect || err != nil || port != "443" || !ours(host) {
		p.mu.Lock()
		p.refused = append(p.refused, r.Host)
		p.mu.Unlock()
		http.Error(w, "not a host of this proxy", http.StatusForbidden)
		return
	}
	cert, err := p.certFor(host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	conn, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		_ = conn.Close()
		return
	}
	p.count(1)
	defer p.count(-1)
	p.serveTLS(tls.Server(buffered{conn, buf.Reader}, &tls.Config{Certificates: []tls.Certificate{*cert}, MinVersion: tls.VersionTLS12}))
}

// count counts connections that were opened and that have ended.
func (p *Proxy) count(n int) {
	p.mu.Lock()
	p.open += n
	p.mu.Unlock()
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	p.server.wake()
}

// WaitGone blocks until every connection has ended and the Server is done with all that came over it: after the death of the
// only process that used the proxy, nothing of it is on its way any more.
func (p *Proxy) WaitGone(ctx context.Context) error {
	return p.server.wait(ctx, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.open == 0
	})
}

func ours(host string) bool {
	for _, suffix := range []string{"qq.com", "wechat.com", "weixin.com"} {
		if host == suffix || strings.HasSuffix(host, "."+suffix) {
			return true
		}
	}
	return false
}

// serveTLS serves the requests of one connection.
func (p *Proxy) serveTLS(conn net.Conn) {
	one := &oneConn{conns: make(chan net.Conn, 1), done: make(chan struct{}), addr: conn.LocalAddr()}
	one.conns <- conn
	srv := &http.Server{Handler: http.HandlerFunc(p.serveInner), ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute}
	srv.ConnState = func(_ net.Conn, st http.ConnState) {
		if st == http.StateClosed || st == http.StateHijacked {
			one.stop()
		}
	}
	_ = srv.Serve(one)
}

func (p *Proxy) serveInner(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if v := recover(); v != nil {
			panic(http.ErrAbortHandler)
		}
	}()
	p.server.ServeHTTP(w, r)
}

// buffered is a connection whose first bytes were already read into a buffer.
type buffered struct {
	net.Conn
	r *bufio.Reader
}

func (b buffered) Read(p []byte) (int, error) { return b.r.Read(p) }

// oneConn is a listener with one connection.
type oneConn struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	addr  net.Addr
}

func (l *oneConn) stop() { l.once.Do(func() { close(l.done) }) }

func (l *oneConn) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, errors.New("the only connection has ended")
	}
}

func (l *oneConn) Close() error   { return nil }
func (l *oneConn) Addr() net.Addr { return l.addr }

func (p *Proxy) makeCA() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make the key: %w", err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "wechattest CA"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		return fmt.Errorf("make the certificate: %w", err)
	}
	if p.ca, err = x509.ParseCertificate(der); err != nil {
		return fmt.Errorf("read the certificate back: %w", err)
	}
	p.key = key
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(p.CAFile, data, 0o600); err != nil {
		return fmt.Errorf("write the certificate: %w", err)
	}
	return nil
}

func (p *Proxy) certFor(host string) (*tls.Certificate, error) {
	if c, ok := p.certs.Load(host); ok {
		return c.(*tls.Certificate), nil
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, p.ca, &p.key.PublicKey, p.key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate for %s: %w", host, err)
	}
	c := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: p.key}
	p.certs.Store(host, c)
	return c, nil
}
