package cli

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
	"github.com/farsock/farsock/proto/wire"
)

// isUsage holds for every mistake in an argument: the exit code hangs on it.
func isUsage(t *testing.T, arg string, err error) {
	t.Helper()
	if !isError[*usageError](t.Context(), err) || strings.TrimSpace(err.Error()) == "" {
		t.Errorf("%q: %#v is no usage error", arg, err)
	}
}

// An ADDR that is taken is written as it was meant, for each network.
func FuzzAddr(f *testing.F) {
	for _, s := range []string{":80", "lab7:8080", "[::1]:80", "/tmp/x", "./x", "x", "@a", "@", "", "a:b:c", "[::1%lo]:-7", "\x00:1", "..", "[:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if a, err := looseAddress(s); err != nil {
			isUsage(t, s, err)
		} else if again, err := looseAddress(wire.FormatAddress(a)); err != nil || !proto.Equal(a, again) {
			t.Errorf("%q is %v, then %v, %v", s, a, again, err)
		}
		for _, word := range networkWords {
			n, err := networkOf(word)
			if err != nil {
				t.Fatal(err)
			}
			a, err := n.address(s)
			if err != nil {
				isUsage(t, s, err)
				continue
			}
			if settled := n.settle(a); settled.family != n.family && (!n.either || settled.family != v6) {
				t.Errorf("%s %q: family %v became %v", word, s, n.family, settled.family)
			}
		}
	})
}

// What an option is written as reads back as the same option.
func FuzzOption(f *testing.F) {
	for _, s := range []string{"reuse-address=1", "linger=off", "linger=5", "raw:1:9=1", "raw:6:999=0x63", "device=eth0", "mark=4294967295",
		"receive-timeout=1h30m", "multicast-join=232.1.1.1%a,b,10.0.0.7", "IP_LOCAL_PORT_RANGE=40000-40100", "SO_PEERCRED=1,0,-1", "TCP_ULP=tls",
		"IPV6_JOIN_GROUP=ff12::7,3", "IP_OPTIONS=0x0101", "raw:::=", "=", "error=x", "so_attach_filter=1", "ttl=0x10", "send-timeout=-1ns", "IP_UNICAST_IF=-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := findOption(s); err != nil && err.Error() == "" {
			t.Errorf("%q is refused without a word", s)
		}
		o, err := parseOption(s)
		if err != nil {
			isUsage(t, s, err)
			return
		}
		if !utf8.ValidString(s) {
			return // no request can carry it; Escape shows what it was
		}
		text := render.Option(o)
		if text == "unknown" || strings.ContainsAny(text, "\n\r\x1b\x00") {
			t.Fatalf("%q is written %q", s, text)
		}
		_, value, _ := strings.Cut(s, "=")
		if escaped := render.Escape(value) != value; escaped || strings.HasPrefix(text, "TCP_ULP=") || strings.HasPrefix(text, "SO_PEERSEC=") {
			return // made harmless for a terminal, not to be typed again
		}
		again, err := parseOption(text)
		if err != nil || render.Option(again) != text {
			t.Errorf("%q is written %q, which is %v, %v", s, text, again, err)
		}
		if o.GetRaw() == nil && !proto.Equal(o, again) {
			t.Errorf("%q is %v, written %q, which is %v", s, o, text, again)
		}
	})
}

// DATA with escapes or in hex is the bytes it says, or is refused.
func FuzzPayload(f *testing.F) {
	for _, s := range []string{`a\r\n\t\0\\\x7f\xFFz`, `\`, `\q`, `\x`, `\x1`, "00 ff\n7F", "0", "zz", "\u00a0aa", "\xff", `\\x41`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if b, err := unescape(s); err != nil {
			isUsage(t, s, err)
		} else if !strings.Contains(s, `\`) && string(b) != s || len(b) > len(s) {
			t.Errorf("%q is %q", s, b)
		}
		if b, err := unescape(strings.ReplaceAll(s, `\`, `\\`)); err != nil || string(b) != s {
			t.Errorf("%q, escaped, is %q, %v", s, b, err)
		}
		if b, err := unhex(s); err != nil {
			isUsage(t, s, err)
		} else if again, err := unhex(hex.EncodeToString(b)); err != nil || !bytes.Equal(b, again) {
			t.Errorf("%q is %x, then %x, %v", s, b, again, err)
		}
	})
}

// Flags with a grammar of their own take a value or refuse it, and show what they
// took.
func FuzzFlags(f *testing.F) {
	for _, s := range []string{"5s", "forever", "0", "-1s", "9223372036s", "crlf", "SOL_IP:IP_TTL:40000000", "0:1:", "1:2:0", "::", "a:rwuh", "a:", "sessions/x", "0123456789abcdef.s1", "datagrams[63].peer.inet.port", "options[3].ttl", "[", "."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var w waitFlag
		if w.Set(s) == nil {
			var again waitFlag
			if err := again.Set(w.String()); err != nil {
				t.Errorf("--wait %q is shown as %q: %v", s, w.String(), err)
			}
			if d := w.proto(); d != nil && d.CheckValid() != nil {
				t.Errorf("--wait %q is %v", s, d)
			}
		}
		var end lineEnd
		if end.Set(s) == nil && end == "" {
			t.Errorf("--eol %q adds nothing", s)
		}
		if c, err := render.ParseControl(s); err == nil {
			if again, err := render.ParseControl(render.Control(c)); err != nil || !proto.Equal(c, again) {
				t.Errorf("--control %q is %v, then %v, %v", s, c, again, err)
			}
		}
		if _, _, err := pollItem(s); err != nil {
			isUsage(t, s, err)
		}
		if name, err := sessionName(s); err != nil {
			isUsage(t, s, err)
		} else if _, err := wire.ParseSession(name); err != nil {
			t.Errorf("--session %q is %q: %v", s, name, err)
		}
		if got := asName(s); s != "" && !wire.ValidName(got) {
			t.Errorf("%q becomes %q", s, got)
		}
		if flagOf(s) == "" && s != "" {
			t.Errorf("the field %q has no name", s)
		}
		if labelOf(s) == "" && s != "" {
			t.Errorf("the endpoint %q has no label", s)
		}
		_ = checkStored(s, "")
	})
}

// Help of any text fits and loses no word of it.
func FuzzHelp(f *testing.F) {
	f.Add("Usage:\n  ctl send NAME [flags]\n\nFlags:\n  -a, --agent STRING   which agent, a long text that has to be broken\n                       and goes on\n", 40)
	f.Add("Examples:\n  ctl send d\n\nA paragraph  with blanks that is longer than the width of it all\n", 1)
	f.Add("\n\n :\n  :\n", 0)
	f.Fuzz(func(t *testing.T, text string, width int) {
		if width < 1 || width > 1000 {
			return
		}
		got := fitted(text, width)
		if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(text), " ") {
			t.Errorf("%q at %d is %q", text, width, got)
		}
	})
}

// Whatever an agent sends is shown without harm to a terminal.
func FuzzOutcome(f *testing.F) {
	f.Add([]byte("\x08\x02\x12\x0cECONNREFUSED\x1a\x07connect"))
	f.Add([]byte("\x08\xff\x01\x12\x03\x1b[2"))
	f.Fuzz(func(t *testing.T, in []byte) {
		o := &farsockv1.Outcome{}
		if proto.Unmarshal(in, o) != nil {
			return
		}
		text := (&outcomeError{label: string(in), outcome: o, wait: noWait}).Error() + saidBy(string(in))
		if strings.ContainsAny(text, "\x1b\n\r\x00") || !utf8.ValidString(text) {
			t.Errorf("%v is shown as %q", o, text)
		}
	})
}
