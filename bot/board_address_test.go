package bot

import (
	"net"
	"testing"
)

// A link with the address 0.0.0.0 would open nothing.
func TestReachable(t *testing.T) {
	own := []net.Addr{
		&net.IPNet{IP: net.IPv4(127, 0, 0, 1)}, &net.IPNet{IP: net.ParseIP("fe80::1")}, &net.IPNet{IP: net.IPv4(192, 168, 3, 8)}, &net.IPNet{IP: net.IPv4(10, 0, 0, 2)},
	}
	for _, tt := range []struct {
		at   net.IP
		own  []net.Addr
		want string
	}{
		{net.IPv4(127, 0, 0, 1), own, "127.0.0.1:8711"},
		{net.IPv4(192, 168, 3, 8), nil, "192.168.3.8:8711"},
		{net.IPv4zero, own, "192.168.3.8:8711"},
		{net.IPv6unspecified, own, "192.168.3.8:8711"},
		{net.IPv6loopback, own, "[::1]:8711"},
		{net.IPv4zero, nil, "127.0.0.1:8711"},
	} {
		if got := reachable(&net.TCPAddr{IP: tt.at, Port: 8711}, tt.own); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.at, got, tt.want)
		}
	}
}
