package farsock

import (
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// No endpoint smuggles an option into ssh's command line, or a second word into
// the command that it runs.
func FuzzEndpoint(f *testing.F) {
	for _, s := range []string{"ssh://lab7", "ssh://me@lab7:2222/opt/my%20agent", "ssh://[fe80::1%25eth0]/~/bin/agent", "ssh://-oX@y", "ssh://me:pw@lab7",
		"ssh://a/%0a", "ssh://a/~/", "ssh:lab7", "unix:", "unix:///tmp/x", "unix://x", "unix:x", "tcp://x:1", "embedded:", "ssh://a/'$(x)'", "ssh://%2d@a", "SSH://a", ":", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		err := CheckEndpoint(s)
		var bad *EndpointError
		if err != nil && (!errors.As(err, &bad) || bad.Endpoint != s || bad.Problem == "") {
			t.Fatalf("%q is refused with %#v", s, err)
		}
		if err != nil || !strings.HasPrefix(s, "ssh:") {
			return
		}
		target, err := parseSSH(s)
		if err != nil {
			t.Fatalf("%q: %v, though it can be dialed", s, err)
		}
		args := target.args()
		end := slices.Index(args, "--")
		host := args[max(end, 1)-1]
		if end < 2 || strings.HasPrefix(host, "-") || len(args) != end+3 || args[end+2] != "stdio" {
			t.Fatalf("%q becomes %q", s, args)
		}
		if args[0] != "-T" || end == 4 && args[1] != "-p" || end != 2 && end != 4 {
			t.Fatalf("%q becomes %q", s, args)
		}
		for _, arg := range args {
			if strings.ContainsAny(arg, "\x00\n\r") {
				t.Fatalf("%q becomes %q", s, args)
			}
		}
		if word := strings.TrimPrefix(args[end+1], "~/"); word != unquotedWord(word) && !strings.HasPrefix(word, "'") {
			t.Fatalf("%q runs %q", s, args[end+1])
		}
		if u, err := url.Parse(s); err == nil && !strings.Contains(host, u.Hostname()) {
			t.Fatalf("%q goes to %q", s, host)
		}
	})
}

// unquotedWord is s without what a shell gives a meaning.
func unquotedWord(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\n|&;<>()$`\\\"'*?[#~!{}", r) {
			return -1
		}
		return r
	}, s)
}

// What an agent says of an address becomes one of package net's, and goes back as
// it came.
func FuzzNetAddr(f *testing.F) {
	f.Add("127.0.0.1", int32(80))
	f.Add("::1", int32(0))
	f.Add("fe80::1%eth0", int32(65535))
	f.Add("::ffff:10.0.0.1", int32(1))
	f.Add("@a", int32(-1))
	f.Add("", int32(70000))
	kinds := []farsockv1.SocketType{stream, datagram, farsockv1.SocketType_SOCKET_TYPE_SEQPACKET}
	f.Fuzz(func(t *testing.T, text string, port int32) {
		for _, kind := range kinds {
			a := &farsockv1.Address{Kind: &farsockv1.Address_Inet{Inet: &farsockv1.InetAddress{Host: text, Port: &port}}}
			addr := NetAddr(kind, a)
			ip, err := netip.ParseAddr(text)
			if err != nil || port < 0 || port > wire.MaxPort {
				continue // no agent sends it; it has to do no harm
			}
			family := familyInet
			if ip.Is6() {
				family = familyInet6
			}
			back, err := wireAddr(family, addr)
			if err != nil || back.GetInet().GetPort() != port {
				t.Fatalf("%v is %v, which is %v, %v", a, addr, back, err)
			}
			if again, err := netip.ParseAddr(back.GetInet().GetHost()); err != nil || again.Unmap() != ip.Unmap() {
				t.Fatalf("%v is %v, which is %v", a, addr, back)
			}
			u := NetAddr(kind, wire.ParseUnix(text))
			if back, err := wireAddr(familyUnix, u); err == nil && wire.FormatAddress(back) != wire.FormatAddress(wire.ParseUnix(text)) {
				t.Fatalf("%q is %v, which is %v", text, u, back)
			}
		}
	})
}
