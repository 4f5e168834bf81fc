package farsock

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseSSH(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string // nil: refused
	}{
		{"ssh://lab7", []string{"-T", "lab7", "--", "agent", "stdio"}},
		{"ssh://lab7/", []string{"-T", "lab7", "--", "agent", "stdio"}},
		{"ssh://me@lab7:2222", []string{"-T", "-p", "2222", "me@lab7", "--", "agent", "stdio"}},
		{"ssh://lab7/opt/far/agent", []string{"-T", "lab7", "--", "/opt/far/agent", "stdio"}},
		{"ssh://lab7/~/bin/agent", []string{"-T", "lab7", "--", "~/bin/agent", "stdio"}},
		{"ssh://lab7/opt/my%20agent", []string{"-T", "lab7", "--", "'/opt/my agent'", "stdio"}},
		{"ssh://lab7/a;reboot", []string{"-T", "lab7", "--", "'/a;reboot'", "stdio"}},
		{"ssh://[fe80::1%25eth0]", []string{"-T", "fe80::1%eth0", "--", "agent", "stdio"}},
		{"ssh://-oProxyCommand=x", nil},
		{"ssh://-l@lab7", nil},
		{"ssh://me@-oX=y/agent", nil},
		{"ssh://lab7/-agent", nil},
		{"ssh://lab7/~/-agent", nil},
		{"ssh://%2doX@lab7", nil},
		{"ssh://lab7/a%0ab", nil},
		{"ssh://me:secret@lab7", nil},
		{"ssh://lab7?x=y", nil},
		{"ssh://lab7/agent#x", nil},
		{"ssh://lab7:0", nil},
		{"ssh://lab7:65536", nil},
		{"ssh://lab7:ssh", nil},
		{"ssh://la b7", nil},
		{"ssh://", nil},
		{"ssh:lab7", nil},
	} {
		target, err := parseSSH(c.in)
		if c.want == nil {
			var refused *EndpointError
			if !errors.As(err, &refused) || refused.Endpoint != c.in {
				t.Errorf("%s: %v", c.in, err)
			}
			continue
		}
		if err != nil || !slices.Equal(target.args(), c.want) {
			t.Errorf("%s: %q, %v", c.in, target.args(), err)
		}
	}
}

func TestShellQuoteIsOneWord(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[ -~]{1,20}`).Draw(t, "word")
		out, err := exec.Command(shell, "-c", "printf '<%s>' "+shellQuote(word)).Output()
		if err != nil || string(out) != "<"+word+">" {
			t.Fatalf("%q came back as %q, %v", word, out, err)
		}
	})
}

func TestDialRefusesEndpoints(t *testing.T) {
	for _, endpoint := range []string{
		"", "lab7", "tcp://lab7:1", "embedded:", "http://lab7", "unix://relative", "ssh://-x", "/tmp/agent.sock",
	} {
		c, err := Dial(context.Background(), endpoint)
		var refused *EndpointError
		if c != nil || !errors.As(err, &refused) || Unreachable(err) {
			t.Errorf("Dial(%q) = %v, %v", endpoint, c, err)
		}
		if err := CheckEndpoint(endpoint); !errors.As(err, &refused) {
			t.Errorf("CheckEndpoint(%q) = %v", endpoint, err)
		}
	}
	for _, endpoint := range []string{"unix:", "unix:///nowhere/agent.sock", "ssh://me@lab7:22/~/agent"} {
		if err := CheckEndpoint(endpoint); err != nil {
			t.Error(err)
		}
	}
}

func TestDialWithoutAgent(t *testing.T) {
	endpoint := "unix://" + t.TempDir() + "/none.sock"
	_, err := Dial(context.Background(), endpoint)
	var unreachable *UnreachableError
	if !errors.As(err, &unreachable) || unreachable.Endpoint != endpoint || !Unreachable(err) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Dial = %v", err)
	}
}

// What accepts connections and is no agent is as good as none.
func TestDialWithoutGRPC(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]func(net.Conn){
		"hangs up": func(c net.Conn) { _ = c.Close() },
		"greets":   func(c net.Conn) { _, _ = io.WriteString(c, "220 lab7 ESMTP ready\r\n") },
		"silent":   func(net.Conn) {},
	} {
		t.Run(name, func(t *testing.T) {
			dial := func(context.Context) (net.Conn, error) {
				near, far := net.Pipe()
				go func() {
					defer far.Close()
					serve(far)
					_, _ = io.Copy(io.Discard, far)
				}()
				return near, nil
			}
			ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
			defer cancel()
			c, err := Dial(ctx, "test", WithDialer(dial))
			if c != nil || !Unreachable(err) {
				t.Errorf("Dial = %v, %v", c, err)
			}
		})
	}
}

func TestDefaultSocket(t *testing.T) {
	t.Setenv("FARSOCK_SOCKET", "/x/y.sock")
	if got := DefaultSocket(); got != "/x/y.sock" {
		t.Errorf("DefaultSocket = %q", got)
	}
	t.Setenv("FARSOCK_SOCKET", "")
	t.Setenv("TMPDIR", "/some/where")
	if got := DefaultSocket(); !strings.HasPrefix(got, os.TempDir()+"/farsock-") || !strings.HasSuffix(got, "/agent.sock") {
		t.Errorf("DefaultSocket = %q", got)
	}
}
