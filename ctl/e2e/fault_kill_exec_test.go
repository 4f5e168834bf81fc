//go:build linux

package e2e

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/farsock/farsock/agent/agentd/leftover"
)

// killedExecs is how often TestFaultSessionExecKilledAnywhere kills `session exec`.
func killedExecs() int {
	switch {
	case full:
		return 100
	case testing.Short():
		return 4
	}
	return 12
}

// TestFaultSessionExecKilledAnywhere kills `ctl session exec` with -9 at random
// moments of its life, several at once: its command dies with it, and the
// sessions with their sockets are gone after their TTL.
func TestFaultSessionExecKilledAnywhere(t *testing.T) {
	t.Parallel()
	needSS(t)
	row := countFaults(t, "kill -9 of session exec")
	random := faultRandom(t)
	u, a := newUser(t), startAgent(t, "", "127.0.0.1:"+freePort(t))
	u.setenv("FARSOCK_AGENT", a.endpoint())
	life := u.ctl(t, "agent", "info").want(t, 0).took
	mark := fmt.Sprintf("FARSOCK_E2E_EXEC=%d", os.Getpid())
	u.setenv("FARSOCK_E2E_EXEC", fmt.Sprint(os.Getpid()))
	then, others := a.atRest(t), len(a.kernelSockets(t).rows)
	const atOnce = 4
	for range killedExecs() / atOnce {
		running := make([]*process, atOnce)
		for i := range running {
			cmd := u.command(t, "session", "exec", "--ttl", "5s", "--",
				"sh", "-c", `"$0" listen tcp 127.0.0.1:0 && exec cat`, binaries(t).ctl)
			stdin, err := cmd.StdinPipe() // what cat waits for
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = stdin.Close() }()
			running[i] = startProcess(t, cmd)
		}
		listening := random.IntN(atOnce)
		for i, p := range running {
			if i == listening { // one at least has a session, however slow the machine is
				eventually(t, func() error {
					if p.stdout.String() == "" {
						return fmt.Errorf("its command has no socket yet: %s", p.stderr.String())
					}
					return nil
				})
			}
			// From before it has a session until its command only waits.
			<-time.After(time.Duration(random.Int64N(int64(2*life)/atOnce + 1)))
			p.kill()
			<-p.done
			row.faults.Add(1)
		}
	}
	var left map[int]string
	if err := retry(20*time.Second, func() error {
		// `ctl listen` is not bound to ctl, and ends by itself.
		if left = leftover.Carrying(mark); len(left) > 0 {
			return fmt.Errorf("processes outlive their ctl: %v", left)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	// This asks behind whatever the killed ones' connections still ask.
	eventually(t, func() error {
		if ids := u.sessions(t, a.endpoint()); len(ids) > 0 {
			return fmt.Errorf("sessions outlive their ctl: %v", ids)
		}
		return nil
	})
	a.backAtRest(t, then, nil)
	row.left.Add(int64(a.socketsBeyond(t, others)))
	row.says("TTL 5s; no command outlived its ctl, no session its TTL")
}
