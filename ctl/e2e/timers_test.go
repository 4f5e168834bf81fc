//go:build linux

package e2e

import (
	"testing"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// TestTimers: of connections whose peer vanished, those end whose options say
// when: TCP_USER_TIMEOUT where bytes wait to be acknowledged, keep-alive where
// none do. One without either stands.
func TestTimers(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ctl := func(agent string, args ...string) result {
		return l.user.ctl(t, append([]string{"--agent", agent}, args...)...)
	}
	ctl("a", "listen", "tcp", "10.77.0.1:8170", "--as", "web").want(t, 0)
	rows := []struct {
		name    string
		options []string
		sends   bool
	}{
		{name: "user-timeout", options: []string{"user-timeout=1500"}, sends: true},
		{name: "keep-alive", options: []string{"keep-alive=1", "keep-alive-idle=1", "keep-alive-interval=1", "keep-alive-count=1"}},
		{name: "neither"},
	}
	for _, row := range rows {
		args := []string{"dial", "tcp", "10.77.0.1:8170", "--as", row.name}
		for _, o := range row.options {
			args = append(args, "--option", o)
		}
		ctl("b", args...).want(t, 0)
		ctl("a", "accept", "web", "--as", "c-"+row.name).want(t, 0)
	}
	l.a.nft(t, "tcp dport 8170 drop")
	vanished := time.Now()
	for _, row := range rows {
		if row.sends {
			ctl("b", "send", row.name, "anybody").want(t, 0)
		}
	}
	for _, row := range rows[:2] {
		r := ctl("b", "-o", "json", "recv", row.name, "--wait", "50s")
		r.wantOutcome(t, 1, farsockv1.OutcomeCode_OUTCOME_CODE_TIMED_OUT, "ETIMEDOUT")
		after := time.Since(vanished)
		if row.sends && after < 1400*time.Millisecond { // less the kernel's tick
			t.Errorf("%v: gave up after %v", row.options, after)
		}
		t.Logf("%v: exit %d, TIMED_OUT ETIMEDOUT, at most %v after the peer vanished", row.options, r.code, after.Round(100*time.Millisecond))
	}
	if got := (end{l, "b", "neither"}).show(t).GetTcpState(); got != "ESTABLISHED" {
		t.Errorf("the one without options is in state %q", got)
	}
}
