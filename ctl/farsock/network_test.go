package farsock

import (
	"errors"
	"net"
	"strings"
	"testing"

	"pgregory.net/rapid"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

func TestParseTarget(t *testing.T) {
	for _, c := range []struct {
		network, address string
		family           farsockv1.Family
		kind             farsockv1.SocketType
		protocol         int32
		v6Only           bool
		want             string // as wire.FormatAddress writes it
	}{
		{"tcp", "lab7:80", familyInet, stream, 0, false, "lab7:80"},
		{"tcp", "[::1]:80", familyInet6, stream, 0, false, "[::1]:80"},
		{"tcp", "[fe80::1%eth0]:80", familyInet6, stream, 0, false, "[fe80::1%eth0]:80"},
		{"tcp", ":80", familyInet, stream, 0, false, ":80"},
		{"tcp4", "lab7:80", familyInet, stream, 0, false, "lab7:80"},
		{"tcp6", ":80", familyInet6, stream, 0, true, ":80"},
		{"mptcp", "lab7:80", familyInet, stream, 262, false, "lab7:80"},
		{"mptcp", "[::1]:80", familyInet6, stream, 262, false, "[::1]:80"},
		{"mptcp4", "lab7:80", familyInet, stream, 262, false, "lab7:80"},
		{"mptcp6", "lab7:80", familyInet6, stream, 262, true, "lab7:80"},
		{"udp", "[::1]:80", familyInet6, datagram, 0, false, "[::1]:80"},
		{"udp4", "lab7:80", familyInet, datagram, 0, false, "lab7:80"},
		{"udp6", "lab7:80", familyInet6, datagram, 0, true, "lab7:80"},
		{"unix", "/tmp/x", familyUnix, stream, 0, false, "/tmp/x"},
		{"unix", "@x", familyUnix, stream, 0, false, "@x"},
		{"unix", "@@", familyUnix, stream, 0, false, "@@"},
		{"unixgram", "", familyUnix, datagram, 0, false, "unnamed"},
		{"unixpacket", "@\x00y", familyUnix, seqpacket, 0, false, "@\x00y"},
	} {
		got, err := parseTarget(c.network, c.address)
		if err != nil || got.family != c.family || got.kind != c.kind || got.v6Only != c.v6Only ||
			(got.protocol != nil) != (c.protocol != 0) || c.protocol != 0 && *got.protocol != c.protocol ||
			wire.FormatAddress(got.address) != c.want || got.network != c.network {
			t.Errorf("parseTarget(%q, %q) = %+v, %v", c.network, c.address, got, err)
		}
	}
	for _, network := range []string{"", "ip", "tcp5", "TCP", "sctp"} {
		var unknown net.UnknownNetworkError
		if _, err := parseTarget(network, "127.0.0.1:1"); !errors.As(err, &unknown) {
			t.Errorf("network %q: %v", network, err)
		}
	}
	for _, c := range [][2]string{{"tcp", "lab7"}, {"udp", "lab7:http"}, {"unix", "@"}, {"unixgram", "@"}} {
		var address *net.AddrError
		if _, err := parseTarget(c[0], c[1]); !errors.As(err, &address) {
			t.Errorf("%s %q: %v", c[0], c[1], err)
		}
	}
}

// What NetAddr makes of an address becomes the same address again.
func TestAddressesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a *farsockv1.Address
		family, kind := familyInet, stream
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			a = inetAddress(rapid.SampledFrom([]string{"0.0.0.0", "10.1.2.3", "239.1.1.1"}).Draw(t, "host"), rapid.Int32Range(0, 65535).Draw(t, "port"))
		case 1:
			kind = datagram
			a = inetAddress("127.0.0.1", rapid.Int32Range(0, 65535).Draw(t, "port"))
		case 2:
			family = familyInet6
			a = inetAddress(rapid.SampledFrom([]string{"::", "::1", "fe80::1%eth0", "fe80::1%3", "::ffff:10.0.0.7", "ff02::1%lo"}).Draw(t, "host"), 80)
		case 3:
			family, kind = familyUnix, seqpacket
			a = wire.UnixPath(rapid.StringMatching(`[/a-zA-Z0-9.][/a-z@. ]{0,106}`).Draw(t, "path"))
		case 4:
			family, kind = familyUnix, datagram
			name := rapid.SliceOfN(rapid.Byte(), 1, 107).Draw(t, "name")
			a = &farsockv1.Address{Kind: &farsockv1.Address_UnixDomain{UnixDomain: &farsockv1.UnixAddress{Abstract: name}}}
		}
		got, err := wireAddr(family, NetAddr(kind, a))
		if err != nil || wire.FormatAddress(got) != wire.FormatAddress(a) {
			t.Fatalf("%v became %v, %v", a, got, err)
		}
	})
}

func TestWireAddrRefuses(t *testing.T) {
	for _, c := range []struct {
		family farsockv1.Family
		addr   net.Addr
	}{
		{familyInet, nil},
		{familyInet, (*net.UDPAddr)(nil)},
		{familyInet, (*net.TCPAddr)(nil)},
		{familyInet, &net.UDPAddr{IP: net.IPv6loopback, Port: 1}},
		{familyInet, &net.UDPAddr{Port: 65536}},
		{familyInet6, &net.TCPAddr{Port: -1}},
		{familyInet, &net.UnixAddr{Name: "/x", Net: "unixgram"}},
		{familyInet, &net.IPAddr{IP: net.IPv4(127, 0, 0, 1)}},
		{familyUnix, (*net.UnixAddr)(nil)},
		{familyUnix, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}},
		{familyUnix, &net.UnixAddr{Name: "@", Net: "unix"}},
		{familyUnix, &net.UnixAddr{Name: "a\x00b", Net: "unix"}},
		{familyUnix, &net.UnixAddr{Name: strings.Repeat("x", 108), Net: "unix"}},
		{familyUnix, &net.UnixAddr{Name: "@" + strings.Repeat("x", 108), Net: "unix"}},
	} {
		var address *net.AddrError
		if got, err := wireAddr(c.family, c.addr); !errors.As(err, &address) {
			t.Errorf("%v for %v: %v, %v", c.addr, c.family, got, err)
		}
	}
	for _, c := range []struct {
		family farsockv1.Family
		addr   net.Addr
		want   string
	}{
		{familyInet, &net.UDPAddr{Port: 9}, "0.0.0.0:9"},
		{familyInet6, &net.TCPAddr{Port: 9}, "[::]:9"},
		{familyInet6, &net.UDPAddr{IP: net.IPv4(10, 0, 0, 7), Port: 9}, "[::ffff:10.0.0.7]:9"},
		{familyUnix, &net.UnixAddr{Net: "unix"}, "unnamed"},
	} {
		if got, err := wireAddr(c.family, c.addr); err != nil || wire.FormatAddress(got) != c.want {
			t.Errorf("%v became %v, %v", c.addr, got, err)
		}
	}
}

// Every end has an address of the right type, also where there is none.
func TestEndAddr(t *testing.T) {
	for want, s := range map[string]*farsockv1.Socket{
		"tcp 0.0.0.0:0": {Family: familyInet, Type: stream},
		"udp [::]:0":    {Family: familyInet6, Type: datagram},
		"unixpacket ":   {Family: familyUnix, Type: seqpacket},
		"unix @x":       {Family: familyUnix, Type: stream, Local: wire.ParseUnix("@x")},
		"tcp [::1]:80":  {Family: familyInet6, Type: stream, Protocol: wire.ProtocolMPTCP, Local: inetAddress("::1", 80)},
	} {
		if got := endAddr(s, s.GetLocal()); got.Network()+" "+got.String() != want {
			t.Errorf("%q, want %q", got.Network()+" "+got.String(), want)
		}
	}
}

func inetAddress(host string, port int32) *farsockv1.Address {
	return &farsockv1.Address{Kind: &farsockv1.Address_Inet{Inet: &farsockv1.InetAddress{Host: host, Port: &port}}}
}
