//go:build linux

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/farsock/farsock/ctl/farsock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// keepAliveEnds is when the agent's keep-alive has given up a connection whose
// client is frozen, with a margin: 10 s and 5 s.
const keepAliveEnds = 17 * time.Second

// TestFaultClientPaused stops clients with SIGSTOP until their sessions are over:
// after the TTL where no call was under way, and after the agent's keep-alive
// and the TTL where one was. Nothing of theirs is left by then, the tombstone
// says EXPIRED, and a client that goes on is told so.
func TestFaultClientPaused(t *testing.T) {
	t.Parallel()
	needSS(t)
	row := countFaults(t, "SIGSTOP of a client")
	const ttl = 5 * time.Second
	a := startAgent(t, "", "")
	watch := connectTo(t, a.endpoint())
	late := measureLateness(t)
	folder, err := os.MkdirTemp(workDir, "p")
	if err != nil {
		t.Fatal(err)
	}
	kinds := []bool{false, true}
	if testing.Short() && !full {
		kinds = kinds[:1]
	}
	var clients []*frozenClient
	for i, calls := range kinds {
		h := holderSettings{endpoint: a.endpoint(), host: fmt.Sprintf("127.21.0.%d", i+1),
			folder: filepath.Join(folder, fmt.Sprint(i)), sockets: 20, ttl: ttl, calls: calls}
		if err := os.Mkdir(h.folder, 0o700); err != nil {
			t.Fatal(err)
		}
		c := &frozenClient{holder: startHolder(t, h), bound: ttl + reapGrace}
		if calls {
			c.bound += keepAliveEnds
		}
		clients = append(clients, c)
	}
	for _, c := range clients {
		c.ready(t)
		c.freeze(t)
		c.frozen, c.lateBefore = sharedNow(), late.soFar()
		row.faults.Add(1)
	}
	var note []string
	for left := len(clients); left > 0; <-time.After(20 * time.Millisecond) {
		for _, c := range clients {
			if c.over || !c.lookForEnd(t, watch) {
				continue
			}
			left--
			took, excuse := c.seen-c.frozen, late.soFar()-c.lateBefore
			if took > c.bound+excuse {
				t.Errorf("%s was ACTIVE %v after its client was stopped; the bound is %v, and the machine was late by %v", c.session(t), took, c.bound, excuse)
			}
			c.goesOn(t, a)
			note = append(note, fmt.Sprintf("calls under way %v: EXPIRED after %v", c.calls, took.Round(100*time.Millisecond)))
		}
	}
	row.says("TTL 5s; %s", strings.Join(note, ", "))
}

// frozenClient is a holder that is stopped.
type frozenClient struct {
	*holder
	bound time.Duration // for its session, from when it was stopped

	frozen     time.Duration // sharedNow
	lateBefore time.Duration // lateness so far, then
	seen       time.Duration // the begin of the last look that found the session alive
	over       bool
}

// lookForEnd says whether the session has expired, and renews nothing.
func (c *frozenClient) lookForEnd(t testing.TB, watch *farsock.Client) bool {
	t.Helper()
	begin := sharedNow()
	got, err := watch.Sessions.GetSession(t.Context(), &farsockv1.GetSessionRequest{Name: c.session(t)})
	if err != nil {
		t.Fatal(err)
	}
	switch state := got.GetSession().GetState(); state {
	case farsockv1.SessionState_SESSION_STATE_EXPIRED:
		c.over = true
	case farsockv1.SessionState_SESSION_STATE_ACTIVE:
		if c.seen = begin; c.seen-c.frozen > c.bound+patience {
			t.Fatalf("%s: still ACTIVE %v after its client was stopped", c.session(t), c.seen-c.frozen)
		}
	default:
		t.Fatalf("%s: %v", c.session(t), state)
	}
	return c.over
}

// goesOn lets the client go on, whose session has expired: its sockets are gone,
// and it hears why.
func (c *frozenClient) goesOn(t testing.TB, a *agentProcess) {
	t.Helper()
	eventually(t, func() error {
		if left := a.kernelSockets(t).of(c.holder); len(left) > 0 {
			return fmt.Errorf("%d sockets are left", len(left))
		}
		return nil
	})
	c.signal(syscall.SIGCONT)
	r := c.wait(t, patience)
	if !slices.Contains(strings.Split(r.stdout, "\n"), "lost SESSION_ENDED EXPIRED") {
		t.Errorf("the client was told %q, %q; want SESSION_ENDED and EXPIRED", r.stdout[max(0, len(r.stdout)-100):], r.stderr)
	}
}

// TestFaultSessionExecPaused is the same with `ctl session exec`, which says on
// stderr that the session is lost, and why; its command goes on.
func TestFaultSessionExecPaused(t *testing.T) {
	t.Parallel()
	row := countFaults(t, "SIGSTOP of session exec")
	u := newUser(t)
	a := startAgent(t, "", "")
	u.setenv("FARSOCK_AGENT", a.endpoint())
	cmd := u.command(t, "session", "exec", "--ttl", "5s", "--id", "lease", "--",
		"sh", "-c", `"$0" listen tcp 127.0.0.1:0 --as web >&2 && cat`, binaries(t).ctl)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	exec := startProcess(t, cmd)
	eventually(t, func() error {
		if !strings.Contains(exec.stderr.String(), "web") {
			return fmt.Errorf("no listener yet")
		}
		return nil
	})
	exec.freeze(t)
	row.faults.Add(1)
	eventually(t, func() error {
		if left := u.sessions(t, a.endpoint()); len(left) != 0 {
			return fmt.Errorf("still there: %v", left)
		}
		return nil
	})
	exec.signal(syscall.SIGCONT)
	eventually(t, func() error {
		if said := exec.stderr.String(); !strings.Contains(said, "EXPIRED") {
			return fmt.Errorf("it said %q", said)
		}
		return nil
	})
	if _, err := stdin.Write([]byte("still here\n")); err != nil {
		t.Fatal(err)
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	exec.wait(t, patience).want(t, 0).says(t, "still here")
	u.ctl(t, "--session", "lease", "ls").want(t, 8).says(t, "EXPIRED")
	row.says("its command goes on, stderr says EXPIRED, and so does exit 8 of the next command")
}
