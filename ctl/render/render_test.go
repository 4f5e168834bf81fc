package render

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"

	"go.uber.org/goleak"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 30 * time.Second: "30s", time.Minute: "1m", time.Hour: "1h", 10 * time.Minute: "10m",
		90 * time.Minute: "1h30m", time.Hour + time.Second: "1h0m1s", 1500 * time.Millisecond: "1.5s",
		250 * time.Millisecond: "250ms", time.Hour - 50*time.Millisecond: "1h", 24 * time.Hour: "24h",
	} {
		if got := Span(d); got != want {
			t.Errorf("Span(%d) = %q, want %q", d, got, want)
		}
	}
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"plain, ünï 世界":    "plain, ünï 世界",
		"\x1b[31mred":      `\x1b[31mred`,
		"two\nlines\r\n":   `two\nlines\r\n`,
		"\u202egnp.exe":    `\u202egnp.exe`,
		"bad \xff utf-8":   `bad \xff utf-8`,
		"csi \u009b31m":    `csi \u009b31m`,
		"bell \a, nul\x00": `bell \a, nul\x00`,
	} {
		if got := Escape(in); got != want {
			t.Errorf("Escape(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestEscapeLeavesNothingToATerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := string(rapid.SliceOf(rapid.Byte()).Draw(t, "in"))
		for _, r := range Escape(in) {
			if !unicode.IsPrint(r) {
				t.Fatalf("Escape(%q) has %q", in, r)
			}
		}
	})
}

func TestEscapeLines(t *testing.T) {
	if got := EscapeLines("a\r\nb\x1b"); got != "a\n"+`b\x1b` {
		t.Errorf("%q", got)
	}
}

func TestDump(t *testing.T) {
	if got := Dump(nil); got != "  nothing\n" {
		t.Errorf("%q", got)
	}
	got := Dump([]byte("hi\x1b"))
	if got != "  text  \"hi\\x1b\"\n  0000  68 69 1b\n" {
		t.Errorf("%q", got)
	}
	if got := Dump(make([]byte, DumpBytes+1)); !strings.HasSuffix(got, "  and 1 byte more\n") || strings.Count(got, "\n") != 18 {
		t.Errorf("%q", got)
	}
}

func inet(host string, port int32) *farsockv1.Address {
	return &farsockv1.Address{Kind: &farsockv1.Address_Inet{Inet: &farsockv1.InetAddress{Host: host, Port: &port}}}
}

func TestOutcome(t *testing.T) {
	for _, c := range []struct {
		o    *farsockv1.Outcome
		wait time.Duration
		want string
	}{
		{&farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_REFUSED, ErrnoName: "ECONNREFUSED", Syscall: "connect", Peer: inet("10.0.0.7", 81)}, -1,
			"refused (ECONNREFUSED, connect 10.0.0.7:81)"},
		{&farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_ADDRESS_IN_USE, ErrnoName: "EADDRINUSE", Syscall: "bind", Local: inet("::", 80)}, -1,
			"address in use (EADDRINUSE, bind [::]:80)"},
		{&farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED}, 30 * time.Second, "wait elapsed (30s)"},
		{&farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED}, -1, "wait elapsed"},
		{&farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_OTHER, ErrnoName: "EXDEV"}, -1, "failed (EXDEV)"},
		{&farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_NAME_NOT_RESOLVED, Syscall: "getaddrinfo", Detail: "no\x1b such host"}, -1,
			`name not resolved (getaddrinfo): no\x1b such host`},
	} {
		if got := Outcome(c.o, c.wait); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	for n, name := range farsockv1.OutcomeCode_name {
		if words := OutcomeWords(farsockv1.OutcomeCode(n)); words == "" || strings.Contains(words, "_") || words != strings.ToLower(words) {
			t.Errorf("%s is %q", name, words)
		}
	}
}

func TestJSONIsOneStableLine(t *testing.T) {
	m := &farsockv1.SendResponse{Outcome: &farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_DONE, Detail: "a  b: c"}, Applied: 5}
	var first string
	for range 20 {
		var b strings.Builder
		if err := JSON(&b, m); err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = b.String()
		}
		if b.String() != first || strings.Count(first, "\n") != 1 || !strings.HasSuffix(first, "\n") {
			t.Fatalf("%q and %q", first, b.String())
		}
	}
	got := &farsockv1.SendResponse{}
	if err := protojson.Unmarshal([]byte(first), got); err != nil || !proto.Equal(got, m) {
		t.Errorf("%v, %v", got, err)
	}
	if !strings.Contains(first, `"skipped":"0"`) {
		t.Errorf("zero fields are missing: %s", first)
	}
}

func TestFailureJSON(t *testing.T) {
	var b strings.Builder
	if err := FailureJSON(&b, Failure{Code: "NOT_FOUND", Reason: "SOCKET_NOT_FOUND", Message: "no <socket>", Exit: 8}); err != nil {
		t.Fatal(err)
	}
	if b.String() != `{"code":"NOT_FOUND","reason":"SOCKET_NOT_FOUND","message":"no <socket>","exit":8}`+"\n" {
		t.Errorf("%s", b.String())
	}
	var m map[string]any
	if err := json.Unmarshal([]byte(b.String()), &m); err != nil {
		t.Error(err)
	}
}
