package cli

import (
	"bytes"
	"strconv"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/proto/wire"
)

func TestWaitFlag(t *testing.T) {
	var unsaid waitFlag
	if unsaid.String() != "30s" || unsaid.span() != 30*time.Second || unsaid.proto().AsDuration() != 30*time.Second {
		t.Errorf("the default is %v", unsaid.String())
	}
	for in, want := range map[string]time.Duration{"0": 0, "5s": 5 * time.Second, "1m30s": 90 * time.Second, "-1s": -time.Second} {
		var w waitFlag
		if err := w.Set(in); err != nil || w.span() != want || w.proto().AsDuration() != want || w.proto() == nil {
			t.Errorf("%q: %v, %v", in, w.span(), err)
		}
	}
	var w waitFlag
	if err := w.Set("forever"); err != nil || w.proto() != nil || w.span() >= 0 || w.String() != "forever" {
		t.Errorf("forever: %v, %v", w.proto(), err)
	}
	for _, in := range []string{"", "5", "soon", "5 s"} {
		if w.Set(in) == nil {
			t.Errorf("%q is taken", in)
		}
	}
}

func TestNetworks(t *testing.T) {
	for _, c := range []struct {
		word, addr string
		family     farsockv1.Family
		kind       farsockv1.SocketType
	}{
		{"tcp", ":80", farsockv1.Family_FAMILY_INET, farsockv1.SocketType_SOCKET_TYPE_STREAM},
		{"tcp", "lab7:80", farsockv1.Family_FAMILY_INET, farsockv1.SocketType_SOCKET_TYPE_STREAM},
		{"tcp", "[::1]:80", farsockv1.Family_FAMILY_INET6, farsockv1.SocketType_SOCKET_TYPE_STREAM},
		{"udp", "[fe80::1%eth0]:80", farsockv1.Family_FAMILY_INET6, farsockv1.SocketType_SOCKET_TYPE_DATAGRAM},
		{"tcp4", "[::1]:80", farsockv1.Family_FAMILY_INET, farsockv1.SocketType_SOCKET_TYPE_STREAM},
		{"tcp6", "127.0.0.1:80", farsockv1.Family_FAMILY_INET6, farsockv1.SocketType_SOCKET_TYPE_STREAM},
		{"unix", "x.sock", farsockv1.Family_FAMILY_UNIX, farsockv1.SocketType_SOCKET_TYPE_STREAM},
		{"unixgram", "/x", farsockv1.Family_FAMILY_UNIX, farsockv1.SocketType_SOCKET_TYPE_DATAGRAM},
		{"unixpacket", "@x", farsockv1.Family_FAMILY_UNIX, farsockv1.SocketType_SOCKET_TYPE_SEQPACKET},
	} {
		n, err := networkOf(c.word)
		if err != nil {
			t.Fatal(err)
		}
		addr, err := n.address(c.addr)
		if err != nil {
			t.Fatal(err)
		}
		if n = n.settle(addr); n.family != c.family || n.kind != c.kind {
			t.Errorf("%s %s: %v %v", c.word, c.addr, n.family, n.kind)
		}
	}
	if _, err := networkOf("sctp"); err == nil {
		t.Error("sctp is taken")
	}
	if len(networkWords) != len(networks) {
		t.Error("networkWords and networks differ")
	}
}

func TestAnyAddress(t *testing.T) {
	for in, want := range map[string]string{
		"127.0.0.1:80": "127.0.0.1:80", "[::1]:0": "[::1]:0", ":-1": ":-1", "h:65536": "h:65536",
		"/tmp/x": "/tmp/x", "./x": "./x", "@a": "@a",
	} {
		addr, err := looseAddress(in)
		if err != nil || wire.FormatAddress(addr) != want {
			t.Errorf("%q: %q, %v", in, wire.FormatAddress(addr), err)
		}
	}
	for _, in := range []string{"", "x", "1.2.3.4", "h:http", "::1"} {
		if _, err := looseAddress(in); err == nil {
			t.Errorf("%q is taken", in)
		}
	}
}

func TestUnescape(t *testing.T) {
	got, err := unescape(`a\r\n\t\0\\\x7f\xFFz`)
	if err != nil || !bytes.Equal(got, []byte("a\r\n\t\x00\\\x7f\xffz")) {
		t.Errorf("%q, %v", got, err)
	}
	for _, in := range []string{`\`, `a\q`, `\x`, `\x1`, `\xg0`, `\x-1`} {
		if got, err := unescape(in); err == nil {
			t.Errorf("%q became %q", in, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOf(rapid.Byte()).Draw(t, "b")
		var in []byte
		for _, c := range b {
			in = append(in, `\x`...)
			in = append(in, strconv.FormatUint(uint64(c)>>4, 16)...)
			in = append(in, strconv.FormatUint(uint64(c)&15, 16)...)
		}
		if got, err := unescape(string(in)); err != nil || !bytes.Equal(got, b) {
			t.Fatalf("%q, %v", got, err)
		}
	})
}

func TestPollItem(t *testing.T) {
	for in, want := range map[string]*farsockv1.PollItem{
		"a": {Readable: true}, "a:r": {Readable: true}, "a:w": {Writable: true}, "a:rwu": {Readable: true, Writable: true, Urgent: true}, "a:": {},
	} {
		if name, got, err := pollItem(in); err != nil || name != "a" || !proto.Equal(got, want) {
			t.Errorf("%q: %q %v %v", in, name, got, err)
		}
	}
	if _, _, err := pollItem("a:x"); err == nil {
		t.Error("x is taken")
	}
}

func TestAsName(t *testing.T) {
	for in, want := range map[string]string{"me-host": "me-host", `DOM\me@host.example`: "DOM-me-host-example", "jörg": "j-rg"} {
		if got := asName(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringN(1, -1, -1).Draw(t, "s")
		if got := asName(s); !wire.ValidName(got) {
			t.Fatalf("%q became %q", s, got)
		}
	})
}

func TestSessionName(t *testing.T) {
	for in, want := range map[string]string{
		"ci-42": "sessions/ci-42", "sessions/ci-42": "sessions/ci-42", "0123456789abcdef.s1": "sessions/0123456789abcdef.s1",
	} {
		if got, err := sessionName(in); err != nil || got != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"a b", "a.b", "a/b", ""} {
		if got, err := sessionName(in); err == nil {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestLabelOf(t *testing.T) {
	for in, want := range map[string]string{
		"ssh://lab7": "lab7", "ssh://me@lab7:22/usr/bin/agent": "lab7", "unix:///x.sock": "unix:///x.sock",
		"unix:": localAgent, "embedded:": "the embedded agent",
	} {
		if got := labelOf(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
