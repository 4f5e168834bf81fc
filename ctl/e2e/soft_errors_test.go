//go:build linux

package e2e

import (
	"fmt"
	"strings"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// TestSoftErrors: what ICMP says of a TCP connection that stands does not end
// it. It is in SO_ERROR, until read; with error_queue on it is the outcome of
// the next call. Either way the bytes arrive once the way is free again.
func TestSoftErrors(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	d := l.pair(t, "10.77.0.1:8140", "soft")["d"]
	c := l.pair(t, "10.77.0.1:8141", "hard")["c"]
	hard := end{l, d.agent, strings.Replace(d.name, "soft", "hard", 1)}
	soft := end{l, c.agent, strings.Replace(c.name, "hard", "soft", 1)}
	hard.ctl(t, "options", "set", hard.name, "error-queue=1").want(t, 0)
	block := func() { l.a.nft(t, "tcp dport { 8140, 8141 } reject with icmpx host-unreachable") }
	free := func() { l.a.tool(t, "nft", "delete", "table", "inet", "lab") }

	block()
	d.ctl(t, "send", d.name, "soft").want(t, 0)
	eventually(t, func() error {
		if got := d.ctl(t, "options", "get", d.name, "error").want(t, 0).stdout; !strings.Contains(got, "EHOSTUNREACH") {
			return fmt.Errorf("SO_ERROR: %s", got)
		}
		return nil
	})
	d.ctl(t, "-o", "json", "recv", d.name, "--wait", "0").wantOutcome(t, 5, farsockv1.OutcomeCode_OUTCOME_CODE_WOULD_BLOCK, "EAGAIN")

	hard.ctl(t, "send", hard.name, "hard").want(t, 0)
	hard.ctl(t, "-o", "json", "recv", hard.name, "--wait", "30s").wantOutcome(t, 1, farsockv1.OutcomeCode_OUTCOME_CODE_UNREACHABLE, "EHOSTUNREACH")

	for _, e := range []end{d, hard} {
		if got := e.show(t).GetTcpState(); got != "ESTABLISHED" {
			t.Errorf("%s: state %s", e.name, got)
		}
	}
	free()
	soft.ctl(t, "expect", soft.name, "soft", "--wait", "50s").want(t, 0)
	c.ctl(t, "expect", c.name, "hard", "--wait", "50s").want(t, 0)
	t.Log("options get error: EHOSTUNREACH; with error-queue=1 recv: exit 1, UNREACHABLE EHOSTUNREACH; both connections went on")
}
