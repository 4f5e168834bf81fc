//go:build linux

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// killedClients is how many client processes TestFaultClientKilled kills, how many of
// them live at once, and how many sockets each holds.
func killedClients() (all, atOnce, sockets int) {
	switch {
	case full:
		return 200, 20, 100
	case testing.Short():
		return 6, 6, 30
	}
	return 20, 20, 100
}

// reapGrace is how long after its TTL a dead client's session may still have
// sockets.
const reapGrace = 2 * time.Second

// TestFaultClientKilled kills client processes that hold sockets with -9, at random
// moments. By what ss(8) and /proc say of the agent's process nothing of theirs
// is left 2 s after their TTL, and nothing is gone before it: for a client that
// had calls under way the TTL begins when it dies, for the others when it last
// renewed.
//
// The kernel is asked again and again, and each answer counts only as far as it
// is certain, so a late test cannot blame the agent: sockets count as gone at
// the end of the first look that misses them, and as left at the beginning of
// the last one that finds them. A busy machine can make the agent late, though:
// by as much as a timer of this test was late in the same seconds the upper
// bound gives way, and the table says how often it had to. However late, all
// has to be gone in the end.
func TestFaultClientKilled(t *testing.T) {
	t.Parallel()
	needSS(t)
	row := countFaults(t, "kill -9 of a client")
	random := faultRandom(t)
	all, atOnce, sockets := killedClients()
	const ttl = 5 * time.Second
	a := startAgent(t, "", "127.0.0.1:"+freePort(t))
	connectTo(t, a.endpoint()) // or it may still be starting
	then := a.atRest(t)
	folder, err := os.MkdirTemp(workDir, "k")
	if err != nil {
		t.Fatal(err)
	}
	late := measureLateness(t)
	k := killing{agent: a, row: row, late: late, ttl: ttl}
	for wave := range all / atOnce {
		clients := make([]*killedClient, atOnce)
		for i := range clients {
			h := holderSettings{
				endpoint: a.endpoint(), host: fmt.Sprintf("127.20.%d.%d", wave, i+1),
				folder: filepath.Join(folder, fmt.Sprintf("%d-%d", wave, i)), sockets: sockets, ttl: ttl, calls: i%2 == 0,
			}
			if err := os.Mkdir(h.folder, 0o700); err != nil {
				t.Fatal(err)
			}
			// Some outlive their first TTL, so that a session that is renewed in
			// vain is found too.
			clients[i] = &killedClient{holder: startHolder(t, h), moment: time.Duration(random.Int64N(int64(ttl + time.Second)))}
		}
		k.wave(t, clients)
	}
	a.backAtRest(t, then, nil)
	row.says("%d at once, %d sockets each, TTL %v: gone %v to %v after the kill; %d times late only as the machine was",
		atOnce, sockets, ttl, k.soonest.Round(10*time.Millisecond), k.latest.Round(10*time.Millisecond), k.excused)
}

// killedClient is a holder and what became of it.
type killedClient struct {
	*holder
	moment time.Duration   // after it was ready
	inodes map[string]bool // of its sockets

	killed, dead time.Duration // sharedNow, before the signal and after the wait
	lateAtDeath  time.Duration // lateness so far
	missing      time.Duration // the end of the first look since which some are missing; 0: none is
	seen         time.Duration // the begin of the last look that found any
	gone         bool
}

// killing is what all waves share; used by the test's goroutine alone.
type killing struct {
	agent *agentProcess
	row   *faultCount
	late  *lateness
	ttl   time.Duration

	soonest, latest time.Duration // from the kill until nothing was left
	excused         int
}

// wave kills clients that live at the same time, and watches until nothing of
// theirs is left.
func (k *killing) wave(t *testing.T, clients []*killedClient) {
	t.Helper()
	for _, c := range clients {
		c.ready(t)
	}
	begin := sharedNow()
	first := k.agent.kernelSockets(t)
	for _, c := range clients {
		c.inodes = first.of(c.holder)
		if len(c.inodes) != c.sockets || first.stillOpen(c.inodes) != c.sockets {
			t.Fatalf("%s: ss has %d sockets, %d of them in /proc, want %d", c.host, len(c.inodes), first.stillOpen(c.inodes), c.sockets)
		}
	}
	limit := time.Now().Add(4 * patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for left := len(clients); left > 0; <-tick.C {
		if time.Now().After(limit) {
			t.Fatalf("%d clients' sockets are still there", left)
		}
		for _, c := range clients {
			if c.killed == 0 && sharedNow() >= begin+c.moment {
				c.killed = sharedNow()
				c.kill()
				<-c.done
				c.dead, c.lateAtDeath = sharedNow(), k.late.soFar()
				k.row.faults.Add(1)
			}
		}
		view := k.agent.kernelSockets(t)
		for _, c := range clients {
			if !c.gone && c.look(view) {
				left--
				k.judge(t, c)
			}
		}
	}
}

// look notes what a view shows of the client, and says whether it is nothing.
func (c *killedClient) look(v kernelView) (gone bool) {
	bySS, byProc := len(v.of(c.holder)), v.stillOpen(c.inodes)
	// A dump of the kernel's tables that change meanwhile may skip a row; what
	// was closed does not come back.
	if min(bySS, byProc) == len(c.inodes) {
		c.missing = 0
	} else if c.missing == 0 {
		c.missing = v.end
	}
	if bySS > 0 || byProc > 0 {
		c.seen = v.begin
	} else {
		c.gone = true
	}
	return c.gone
}

// judge says what was too early or too late of a client of which nothing is left.
func (k *killing) judge(t *testing.T, c *killedClient) {
	t.Helper()
	if c.killed == 0 {
		t.Fatalf("%s: its sockets are gone while it lives: %s", c.host, c.stderr.String())
	}
	lives := c.renewed(t) // at least until a TTL after this
	if c.calls {
		lives = max(lives, c.killed)
	}
	if c.missing < lives+k.ttl {
		t.Errorf("%s: sockets were missing %v after the agent last heard of the client, whose TTL is %v", c.host, c.missing-lives, k.ttl)
	}
	took, bound := c.seen-c.dead, k.ttl+reapGrace
	if took > bound {
		if excuse := k.late.soFar() - c.lateAtDeath; took <= bound+excuse {
			k.excused++
			t.Logf("%s: sockets were there %v after the kill; the machine was late by %v meanwhile", c.host, took, excuse)
		} else {
			k.row.left.Add(int64(len(c.inodes)))
			t.Errorf("%s: sockets were there %v after the kill; TTL + %v is %v, and the machine was late by %v", c.host, took, reapGrace, bound, excuse)
		}
	}
	eventually(t, func() error {
		if paths, err := os.ReadDir(c.folder); err != nil || len(paths) > 0 {
			return fmt.Errorf("%s: unix paths were left: %v %v", c.host, paths, err)
		}
		return nil
	})
	if k.soonest == 0 || took < k.soonest {
		k.soonest = took
	}
	k.latest = max(k.latest, took)
}
