//go:build linux

package e2e

import (
	"strings"
	"testing"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// TestOutcomes has one row for each way in which an open on another host can
// end; the exit code, the class in the JSON and the errno's name are all
// checked, and that nothing is left of what failed.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	outcomes(t, newLab(t))
}

// TestOutcomesOneAgent is the same where a, b and c are one agent.
func TestOutcomesOneAgent(t *testing.T) {
	t.Parallel()
	outcomes(t, newLabOfOne(t))
}

func outcomes(t *testing.T, l *lab) {
	t.Helper()
	l.laws(t)
	l.user.ctl(t, "--agent", "a", "listen", "tcp", "10.77.0.1:8080", "--as", "web").want(t, 0)
	for _, row := range []struct {
		name  string
		args  []string // said by host b unless they name another
		code  int
		class farsockv1.OutcomeCode
		errno string
		min   time.Duration // what the whole command takes at least
	}{
		{name: "done", args: []string{"dial", "tcp", "10.77.0.1:8080", "--as", "kept"},
			class: farsockv1.OutcomeCode_OUTCOME_CODE_DONE},
		{name: "closed port", args: []string{"dial", "tcp", "10.77.0.1:81"},
			code: 1, class: farsockv1.OutcomeCode_OUTCOME_CODE_REFUSED, errno: "ECONNREFUSED"},
		{name: "closed port v6", args: []string{"dial", "tcp6", "[fd77::1]:81"},
			code: 1, class: farsockv1.OutcomeCode_OUTCOME_CODE_REFUSED, errno: "ECONNREFUSED"},
		{name: "nft tcp reset", args: []string{"dial", "tcp", "10.77.0.1:82"},
			code: 1, class: farsockv1.OutcomeCode_OUTCOME_CODE_REFUSED, errno: "ECONNREFUSED"},
		{name: "nft port unreachable", args: []string{"dial", "tcp", "10.77.0.1:83"},
			code: 1, class: farsockv1.OutcomeCode_OUTCOME_CODE_REFUSED, errno: "ECONNREFUSED"},
		{name: "nft prohibited", args: []string{"dial", "tcp", "10.77.0.1:85"},
			code: 1, class: farsockv1.OutcomeCode_OUTCOME_CODE_UNREACHABLE, errno: "EHOSTUNREACH"},
		{name: "nft drop, the kernel gives up", args: []string{"dial", "tcp", "10.77.0.1:84", "--wait", "60s"},
			code: 1, class: farsockv1.OutcomeCode_OUTCOME_CODE_TIMED_OUT, errno: "ETIMEDOUT", min: 2 * time.Second},
		{name: "nft drop, we give up", args: []string{"dial", "tcp", "10.77.0.1:84", "--wait", "300ms"},
			code: 5, class: farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED, min: 300 * time.Millisecond},
		{name: "nft drop, no wait", args: []string{"dial", "tcp", "10.77.0.1:84", "--wait", "0"},
			code: 5, class: farsockv1.OutcomeCode_OUTCOME_CODE_IN_PROGRESS, errno: "EINPROGRESS"},
		{name: "no route", args: []string{"dial", "tcp", noRoute4 + ":80"},
			code: 1, class: farsockv1.OutcomeCode_OUTCOME_CODE_UNREACHABLE, errno: "ENETUNREACH"},
		{name: "no neighbour", args: []string{"dial", "tcp", nobody4 + ":80", "--agent", "c"},
			code: 1, class: farsockv1.OutcomeCode_OUTCOME_CODE_UNREACHABLE, errno: "EHOSTUNREACH", min: 500 * time.Millisecond},
		{name: "another host's address", args: []string{"listen", "tcp", "10.77.0.1:0"},
			code: 1, class: farsockv1.OutcomeCode_OUTCOME_CODE_ADDRESS_NOT_AVAILABLE, errno: "EADDRNOTAVAIL"},
		{name: "no such name", args: []string{"dial", "tcp", "nobody.invalid:80"},
			code: 1, class: farsockv1.OutcomeCode_OUTCOME_CODE_NAME_NOT_RESOLVED},
		{name: "no such unix socket", args: []string{"dial", "unix", "/nonexistent/x.sock"},
			code: 1, class: farsockv1.OutcomeCode_OUTCOME_CODE_NOT_FOUND, errno: "ENOENT"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := l.user.ctl(t, append([]string{"--agent", "b", "-o", "json"}, row.args...)...)
			r.wantOutcome(t, row.code, row.class, row.errno)
			if row.min > 0 && r.took < row.min {
				t.Errorf("%s: took only %v", r, r.took)
			}
			t.Logf("%s: exit %d, %s, after %v", strings.Join(row.args, " "), r.code,
				strings.TrimSpace(strings.TrimPrefix(row.class.String(), "OUTCOME_CODE_")+" "+row.errno), r.took.Round(time.Millisecond))
		})
	}
	t.Cleanup(func() {
		list := l.user.ctl(t, "--agent", "b", "-o", "json", "ls").want(t, 0)
		if s := answer(t, list, new(farsockv1.ListSocketsResponse)).GetSockets(); len(s) != 1 {
			t.Errorf("host b has %d sockets, want the one that connected", len(s))
		}
	})
}

// TestAddressInUse: the second of two listeners, and of two datagram sockets.
func TestAddressInUse(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, verb := range [][]string{{"listen", "tcp"}, {"bind", "udp"}} {
		args := append([]string{"--agent", "c", "-o", "json"}, append(verb, "10.77.0.3:9000")...)
		l.user.ctl(t, args...).want(t, 0)
		l.user.ctl(t, args...).wantOutcome(t, 1, farsockv1.OutcomeCode_OUTCOME_CODE_ADDRESS_IN_USE, "EADDRINUSE")
	}
}

// TestDatagramRefused: an ICMP answer to a datagram is the next call's outcome,
// once.
func TestDatagramRefused(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.laws(t)
	for name, to := range map[string]string{"closed": "10.77.0.1:86", "rejected": "10.77.0.1:83"} {
		ctl := func(args ...string) result {
			return l.user.ctl(t, append([]string{"--agent", "b", "-o", "json"}, args...)...)
		}
		ctl("dial", "udp", to, "--as", name).want(t, 0)
		ctl("send", name, "anybody").want(t, 0)
		ctl("recv", name, "--wait", "20s").wantOutcome(t, 1, farsockv1.OutcomeCode_OUTCOME_CODE_REFUSED, "ECONNREFUSED")
		ctl("recv", name, "--wait", "100ms").wantOutcome(t, 5, farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED, "")
	}
}

// TestPeerVanished: a peer that answers no more, on a connection that stood, is
// the kernel's TIMED_OUT for the receive that waits, and WAIT_ELAPSED for one
// that does not wait so long.
func TestPeerVanished(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.b.sysctl(t, "net.ipv4.tcp_retries2=3")
	d := l.pair(t, "10.77.0.1:8080", "web")["d"]
	l.a.nft(t, "tcp dport 8080 drop")
	d.ctl(t, "send", d.name, "anybody").want(t, 0)
	d.ctl(t, "-o", "json", "recv", d.name, "--wait", "50ms").wantOutcome(t, 5, farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED, "")
	r := d.ctl(t, "-o", "json", "recv", d.name, "--wait", "60s")
	r.wantOutcome(t, 1, farsockv1.OutcomeCode_OUTCOME_CODE_TIMED_OUT, "ETIMEDOUT")
	t.Logf("recv: exit %d, TIMED_OUT ETIMEDOUT, after %v", r.code, r.took.Round(time.Millisecond))
}

// TestAgentKilled: a dead agent is exit 3, for new commands and for the one
// under way, and is never mistaken for what a kernel said.
func TestAgentKilled(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.user.ctl(t, "--agent", "a", "listen", "tcp", ":8080", "--as", "web").want(t, 0)
	before := l.a.goroutines(t)
	waiting := l.user.start(t, "--agent", "a", "accept", "web", "--wait", "forever")
	eventually(t, func() error { return l.a.moreGoroutinesThan(t, before) })
	l.a.kill()
	<-l.a.done
	waiting.wait(t, patience).want(t, 3)
	t.Log(l.user.ctl(t, "--agent", "a", "ls").want(t, 3))
	l.user.ctl(t, "--agent", "a", "dial", "tcp", "10.77.0.2:81").want(t, 3)
	l.user.ctl(t, "--agent", "a", "accept", "web").want(t, 3)
	l.user.ctl(t, "--agent", "b", "ls").want(t, 0)
}
