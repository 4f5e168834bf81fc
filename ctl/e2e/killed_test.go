//go:build linux

package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// killedRounds is how often TestCtlKilled kills a ctl that had not ended.
func killedRounds() int {
	if full {
		return 200
	}
	return 20
}

// TestCtlKilled kills ctl with -9 at random moments in the middle of every kind
// of verb. The agent stays healthy: it still serves, and it holds no goroutine
// more than before and no descriptor that a live socket does not explain.
//
// FARSOCK_E2E_SEED repeats a run.
func TestCtlKilled(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("FARSOCK_E2E_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Logf("FARSOCK_E2E_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	u := newUser(t)
	a := startAgent(t, "", "127.0.0.1:"+freePort(t))
	u.setenv("FARSOCK_AGENT", a.endpoint())
	u.setenv("FARSOCK_SESSION", "killed")
	u.ctl(t, "session", "create", "killed", "--ttl", "1h").want(t, 0)
	opened := answer(t, u.ctl(t, "-o", "json", "listen", "tcp", "127.0.0.1:0", "--as", "web").want(t, 0), new(farsockv1.OpenResponse))
	address := wire.FormatAddress(opened.GetSocket().GetLocal())
	u.ctl(t, "dial", "tcp", address, "--as", "d").want(t, 0)
	u.ctl(t, "accept", "web", "--as", "c").want(t, 0)
	u.ctl(t, "bind", "udp", "127.0.0.1:0", "--as", "box").want(t, 0)
	big := string(noise(3))
	script := filepath.Join(u.dir, "verbs.txt")
	if err := os.WriteFile(script, []byte("listen tcp 127.0.0.1:0 --as web\ndial tcp ${web.addr} --as d\naccept web --as c\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	verbs := []struct {
		args  []string
		input string
	}{
		{args: []string{"open", "tcp"}},
		{args: []string{"listen", "tcp", "127.0.0.1:0"}},
		{args: []string{"bind", "udp", "127.0.0.1:0"}},
		{args: []string{"dial", "tcp", address}},
		{args: []string{"accept", "web", "--wait", "5s"}},
		{args: []string{"send", "d", "--wait", "5s"}, input: big},
		{args: []string{"recv", "c", "--max", "100000", "--wait", "5s"}},
		{args: []string{"recv", "c", "--until", "never there", "--wait", "5s"}},
		{args: []string{"recv", "box", "--wait", "5s"}},
		{args: []string{"expect", "c", "never there", "--wait", "5s"}},
		{args: []string{"stream", "d"}, input: big},
		{args: []string{"stream", "c"}},
		{args: []string{"poll", "box:r", "--wait", "5s"}},
		{args: []string{"resolve", "localhost"}},
		{args: []string{"ls"}},
		{args: []string{"show", "web"}},
		{args: []string{"options", "get", "c"}},
		{args: []string{"agent", "info"}},
		{args: []string{"session", "ls"}},
		{args: []string{"session", "exec", "--ttl", "5s", "--", "true"}},
		{args: []string{"run", script}},
	}
	// The moments are spread over the life of a command that has nothing to
	// wait for, or the machine's load at this moment would decide how many are
	// hit.
	life := u.ctl(t, "agent", "info").want(t, 0).took
	then, live := a.atRest(t), len(u.sockets(t, a.endpoint()))

	killed, ended := 0, 0
	for killed < killedRounds() && ended < 10*killedRounds() {
		v := verbs[random.IntN(len(verbs))]
		moment := time.Duration(random.Int64N(int64(life)))
		// The moment is what is tried here, not something waited for.
		if u.killedAfter(t, moment, v.input, v.args...) {
			ended++
			life = max(life*9/10, time.Millisecond)
		} else {
			killed++
			life = life * 21 / 20
		}
	}
	t.Logf("killed %d in mid-run within %v; %d had ended before", killed, life.Round(time.Millisecond), ended)
	if killed < killedRounds() {
		t.Errorf("only %d killed", killed)
	}

	u.ctl(t, "agent", "info").want(t, 0)
	// A killed stream holds no socket: neither end is attached any more.
	eventually(t, func() error {
		for _, name := range []string{"c", "d"} {
			r := u.ctl(t, "-o", "json", "show", name).want(t, 0)
			if answer(t, r, new(farsockv1.GetSocketResponse)).GetSocket().GetAttached() {
				return fmt.Errorf("%s is still attached", name)
			}
		}
		return nil
	})
	u.ctl(t, "open", "tcp", "--as", "after").want(t, 0)
	u.ctl(t, "ls").want(t, 0).says(t, "after")
	u.ctl(t, "dial", "tcp", address, "--as", "again").want(t, 0)
	more := func() int { return len(u.sockets(t, a.endpoint())) - live }
	a.backAtRest(t, then, more)
	u.ctl(t, "session", "close", "killed").want(t, 0)
	// What is left are sessions of a killed `run` or `session exec`.
	a.backAtRest(t, then, more)
}

// TestSessionExecKilled: when `session exec` dies without a word its session
// runs out, and takes the sockets along.
func TestSessionExecKilled(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	a := startAgent(t, "", "127.0.0.1:"+freePort(t))
	u.setenv("FARSOCK_AGENT", a.endpoint())
	u.ctl(t, "agent", "info").want(t, 0) // or it may still be starting
	then := a.atRest(t)
	cmd := u.command(t, "session", "exec", "--ttl", "5s", "--id", "lease", "--",
		"sh", "-c", `"$0" listen tcp 127.0.0.1:0 --as web && cat`, binaries(t).ctl)
	hold, err := cmd.StdinPipe() // what the orphaned cat waits for
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = hold.Close() }()
	exec := startProcess(t, cmd)
	eventually(t, func() error {
		if r := u.ctl(t, "--session", "lease", "show", "web"); r.code != 0 {
			return fmt.Errorf("%s", r)
		}
		return nil
	})
	exec.kill()
	killed := time.Now()
	// Asking for its sockets would renew it.
	eventually(t, func() error {
		if left := u.sessions(t, a.endpoint()); len(left) != 0 {
			return fmt.Errorf("still there: %v", left)
		}
		return nil
	})
	t.Logf("ttl 5s: the session was gone %v after the kill", time.Since(killed).Round(100*time.Millisecond))
	u.ctl(t, "--session", "lease", "ls").want(t, 8).says(t, "EXPIRED")
	a.backAtRest(t, then, nil)
}

// killedAfter runs ctl, kills it at that moment of its life, and says whether it
// had ended before.
func (u *user) killedAfter(t testing.TB, moment time.Duration, input string, args ...string) bool {
	t.Helper()
	p := u.startInput(t, input, args...)
	timer := time.NewTimer(moment)
	defer timer.Stop()
	select {
	case <-p.done:
		return true
	case <-timer.C:
	}
	p.kill()
	<-p.done
	return false
}
