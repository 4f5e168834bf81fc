package wire

import (
	"errors"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"pgregory.net/rapid"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

const uid = "0123456789abcdef."

func TestParseSocket(t *testing.T) {
	for _, c := range []struct {
		in   string
		want SocketRef
		ok   bool
	}{
		{"sockets/" + uid + "7", SocketRef{UID: uid + "7"}, true},
		{"sessions/ci-42/sockets/web", SocketRef{Session: SessionRef{ID: "ci-42"}, Name: "web"}, true},
		{"sessions/" + uid + "s3/sockets/web", SocketRef{Session: SessionRef{UID: uid + "s3"}, Name: "web"}, true},
		{"", SocketRef{}, false},
		{"web", SocketRef{}, false},
		{"sockets/web", SocketRef{}, false},
		{"sockets/0123456789ABCDEF.1", SocketRef{}, false},
		{"sockets/" + uid, SocketRef{}, false},
		{"sessions/a", SocketRef{}, false},
		{"sessions/a/sockets/", SocketRef{}, false},
		{"sessions//sockets/b", SocketRef{}, false},
		{"sessions/a/sockets/b/c", SocketRef{}, false},
		{"sessions/a.b/sockets/c", SocketRef{}, false},
		{"sessions/a/sockets/b.c", SocketRef{}, false},
		{"sessions/a/sockets/" + strings.Repeat("x", 64), SocketRef{Session: SessionRef{ID: "a"}, Name: strings.Repeat("x", 64)}, true},
		{"sessions/a/sockets/" + strings.Repeat("x", 65), SocketRef{}, false},
	} {
		got, err := ParseSocket(c.in)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("ParseSocket(%q) = %+v, %v", c.in, got, err)
		}
		if err != nil && !errors.Is(err, ErrName) {
			t.Errorf("ParseSocket(%q): %v is not ErrName", c.in, err)
		}
	}
}

func TestNamesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		session := rapid.StringMatching(`[A-Za-z0-9_-]{1,64}`).Draw(t, "session")
		name := rapid.StringMatching(`[A-Za-z0-9_-]{1,64}`).Draw(t, "name")
		ref, err := ParseSocket(SocketName(session, name))
		if err != nil || ref != (SocketRef{Session: SessionRef{ID: session}, Name: name}) {
			t.Fatalf("%+v, %v", ref, err)
		}
	})
}

func TestIncarnationOf(t *testing.T) {
	if got, ok := IncarnationOf(uid + "s1"); !ok || got != "0123456789abcdef" {
		t.Errorf("IncarnationOf = %q, %v", got, ok)
	}
	if _, ok := IncarnationOf("web"); ok {
		t.Error("a name has no incarnation")
	}
}

func TestInfoOf(t *testing.T) {
	err := InvalidFields(Violation{"bind.inet.port", "must be 0 to 65535, is -1"}, Violation{"name", "too long"})
	info, ok := InfoOf(err)
	if !ok || info.Code != codes.InvalidArgument || info.Reason != farsockv1.ErrorReason_ERROR_REASON_INVALID_FIELD ||
		len(info.Violations) != 2 || info.Violations[0].Field != "bind.inet.port" {
		t.Errorf("InfoOf = %+v, %v", info, ok)
	}
	info, ok = InfoOf(UnknownField("farsock.v1.OpenRequest", 99))
	if !ok || info.Code != codes.Unimplemented || info.Metadata["field_number"] != "99" {
		t.Errorf("InfoOf = %+v, %v", info, ok)
	}
	if _, ok = InfoOf(status.Error(codes.Unavailable, "connection broke")); ok {
		t.Error("gRPC's own error was taken for ours")
	}
	if _, ok = InfoOf(nil); ok {
		t.Error("nil was taken for an error")
	}
}

func TestParseInet(t *testing.T) {
	for _, c := range []struct {
		in, host string
		port     int32
		ok       bool
	}{
		{"lab7:8080", "lab7", 8080, true},
		{":0", "", 0, true},
		{"[::1]:80", "::1", 80, true},
		{"[fe80::1%eth0]:80", "fe80::1%eth0", 80, true},
		{"127.0.0.1:-1", "127.0.0.1", -1, true},
		{"127.0.0.1:65536", "127.0.0.1", 65536, true},
		{"127.0.0.1", "", 0, false},
		{"::1:80:", "", 0, false},
		{"a:http", "", 0, false},
		{"a:99999999999", "", 0, false},
		{"", "", 0, false},
	} {
		got, err := ParseInet(c.in)
		if (err == nil) != c.ok || got.GetInet().GetHost() != c.host || got.GetInet().GetPort() != c.port {
			t.Errorf("ParseInet(%q) = %v, %v", c.in, got, err)
		}
		if c.ok && c.port >= 0 && FormatAddress(got) != c.in {
			t.Errorf("FormatAddress = %q, want %q", FormatAddress(got), c.in)
		}
	}
	for _, s := range []string{"/tmp/x.sock", "@name"} {
		if got := FormatAddress(ParseUnix(s)); got != s {
			t.Errorf("unix %q became %q", s, got)
		}
	}
	if got := FormatAddress(UnixPath("")); got != "unnamed" {
		t.Errorf("unnamed became %q", got)
	}
	if got := FormatAddress(nil); got != "" {
		t.Errorf("nil became %q", got)
	}
}
