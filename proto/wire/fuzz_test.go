package wire

import (
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// What an address is written as reads back as the same.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"", ":80", "lab7:8080", "[::1]:80", "[fe80::1%eth0]:0", "10.0.0.7:-1", "a:2147483648", "[a]:1]:2", "[]:0", "%:1",
		"@", "@abstract", "@\x00a", "@@", "/tmp/x.sock", "./@x", "unnamed", "./unnamed", "\xff:1", "a:+1", "a:0x10"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if a, err := ParseInet(s); err == nil {
			text := FormatAddress(a)
			again, err := ParseInet(text)
			if err != nil || !proto.Equal(a, again) || FormatAddress(again) != text {
				t.Errorf("%q is %v, written %q, which is %v, %v", s, a, text, again, err)
			}
		} else if !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %v is no ErrAddress", s, err)
		}
		if text := FormatAddress(ParseUnix(s)); strings.TrimPrefix(text, "./") != strings.TrimPrefix(s, "./") && s != "" && s != "@" {
			t.Errorf("%q becomes %q", s, text)
		}
		// Not what people write, but what an agent may answer.
		for _, a := range []*farsockv1.Address{
			UnixPath(s), {Kind: &farsockv1.Address_UnixDomain{UnixDomain: &farsockv1.UnixAddress{Abstract: []byte(s)}}},
		} {
			if s == "" {
				continue // the unnamed address, which has no name to read
			}
			again := ParseUnix(FormatAddress(a))
			if path, ok := strings.CutPrefix(again.GetUnixDomain().GetPath(), "./"); ok && path == s {
				again = UnixPath(path) // the same file
			}
			if !proto.Equal(a, again) {
				t.Errorf("%v is written %q, which is %v", a, FormatAddress(a), again)
			}
		}
	})
}

// What is taken for a name is spelt as names are, and nothing else of it is lost.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"sessions/ci-42", "sessions/0123456789abcdef.s1", "sockets/0123456789abcdef.7", "sessions/a/sockets/b",
		"sessions/0123456789abcdef.s1/sockets/b", "sessions/a/sockets/b/sockets/c", "sessions//sockets/", "/", "sockets/.", "sessions/../sockets/x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if ref, err := ParseSession(s); err == nil {
			if SessionName(ref.ID+ref.UID) != s || (ref.ID == "") == (ref.UID == "") {
				t.Errorf("%q is %+v", s, ref)
			}
		} else if !errors.Is(err, ErrName) {
			t.Errorf("%q: %v is no ErrName", s, err)
		}
		if ref, err := ParseSocket(s); err == nil {
			name := SocketUID(ref.UID)
			if ref.UID == "" {
				name = SocketName(ref.Session.ID+ref.Session.UID, ref.Name)
			}
			if name != s || (ref.Name == "") == (ref.UID == "") {
				t.Errorf("%q is %+v", s, ref)
			}
		} else if !errors.Is(err, ErrName) {
			t.Errorf("%q: %v is no ErrName", s, err)
		}
		if CheckNamespace(s) == "" && strings.ContainsRune(s, 0) {
			t.Errorf("%q can be no namespace", s)
		}
	})
}
