//go:build linux

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pausedStreams is how often TestFaultStreamPaused stops ctl, and how many bytes go
// each way.
func pausedStreams() (pauses int, size int64) {
	switch {
	case full:
		return 20, 256 << 20
	case testing.Short():
		return 2, 8 << 20
	}
	return 3, 32 << 20
}

// pause stops a process with SIGSTOP for d, which is the fault, and returns once
// the kernel says that it is stopped and d has passed.
func (p *process) pause(t testing.TB, d time.Duration) {
	t.Helper()
	p.freeze(t)
	<-time.After(d)
	p.signal(syscall.SIGCONT)
}

// freeze stops a process and waits until it is stopped indeed.
func (p *process) freeze(t testing.TB) {
	t.Helper()
	p.signal(syscall.SIGSTOP)
	eventually(t, func() error {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
		if err != nil {
			return err
		}
		// PID (NAME) STATE ...; a name may have anything in it.
		if state := status[bytes.LastIndexByte(status, ')')+2]; state != 'T' {
			return fmt.Errorf("state %c", state)
		}
		return nil
	})
}

// TestFaultStreamPaused stops `ctl stream` again and again in the middle of a
// transfer, each time for less than the session's TTL, at offsets that the seed
// decides: both directions arrive whole, and end in order.
func TestFaultStreamPaused(t *testing.T) {
	t.Parallel()
	row := countFaults(t, "SIGSTOP of ctl stream")
	streamOverPauses(t, row, func(f *traffic, _ *agentProcess) *process { return f.ctl }, 0)
}

// TestFaultStreamAgentPaused stops the agent instead, at last for longer than either
// side's keep-alive has patience, 15 s: the stream is then resumed.
func TestFaultStreamAgentPaused(t *testing.T) {
	t.Parallel()
	row := countFaults(t, "SIGSTOP of the agent under ctl stream")
	streamOverPauses(t, row, func(_ *traffic, a *agentProcess) *process { return a.process }, 17*time.Second)
}

// streamOverPauses moves bytes through `ctl stream` while one of the two
// programs is stopped at times, at last for the time given unless it is 0.
func streamOverPauses(t *testing.T, row *faultCount, which func(*traffic, *agentProcess) *process, last time.Duration) {
	t.Helper()
	random := faultRandom(t)
	pauses, size := pausedStreams()
	u, a := newUser(t), startAgent(t, "", "")
	u.setenv("FARSOCK_AGENT", a.endpoint())
	u.setenv("FARSOCK_SESSION", "paused")
	u.ctl(t, "session", "create", "paused", "--ttl", "5s").want(t, 0)
	moments := make([]int64, pauses)
	for i := range moments {
		moments[i] = random.Int64N(2 * size * 9 / 10)
	}
	slices.Sort(moments)
	f := startTraffic(t, u, "d", peerListener(t), random, size, row)
	var stopped time.Duration
	for i, moment := range moments {
		f.reach(t, moment)
		d := 500*time.Millisecond + time.Duration(random.Int64N(int64(3*time.Second)))
		if last > 0 && i == len(moments)-1 {
			d = last
		}
		which(f, a).pause(t, d)
		stopped += d
		row.faults.Add(1)
	}
	f.finish(t)
	if r := u.ctl(t, "session", "show", "paused", "-o", "json").want(t, 0); !strings.Contains(r.stdout, "ACTIVE") {
		t.Errorf("the session: %s", r)
	}
	row.says("stopped for %v in all, TTL 5s", stopped.Round(100*time.Millisecond))
}
