//go:build linux

package e2e

import (
	"os"
	"strings"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// TestSSHTwoHosts is the main job: two hosts where nothing but the agent's
// binary is installed. The first command on each starts its agent, and all
// later ones find that.
func TestSSHTwoHosts(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	seven, nine := newRemote(t, u, "lab7"), newRemote(t, u, "lab9")
	if n := len(seven.agents()) + len(nine.agents()); n != 0 {
		t.Fatalf("%d agents before the first command", n)
	}
	on7 := func(args ...string) result {
		return u.ctl(t, append([]string{"--agent", "ssh://lab7"}, args...)...)
	}
	on9 := func(args ...string) result {
		return u.ctl(t, append([]string{"--agent", "ssh://lab9"}, args...)...)
	}
	r := on7("-o", "json", "listen", "tcp", "127.0.0.1:0", "--as", "web").want(t, 0)
	web := answer(t, r, new(farsockv1.OpenResponse)).GetSocket()
	started := seven.agent(t)
	incarnation, ok := wire.IncarnationOf(web.GetUid())
	if !ok {
		t.Fatalf("uid %q", web.GetUid())
	}
	t.Logf("the first command, which started the agent, took %v", r.took.Round(1e6))

	address := wire.FormatAddress(web.GetLocal())
	t.Log(on9("dial", "tcp", address, "--as", "d").want(t, 0).stdout)
	t.Log(on7("accept", "web", "--as", "c1").want(t, 0).says(t, "from 127.0.0.1:").stdout)
	on9("send", "d", "Hello").want(t, 0)
	if got := on7("recv", "c1", "--max", "1024").want(t, 0).stdout; got != "Hello" {
		t.Errorf("recv: %q", got)
	}
	all := string(noise(9))
	sent := u.startInput(t, all, "--agent", "ssh://lab9", "stream", "d")
	got := u.start(t, "--agent", "ssh://lab7", "recv", "c1", "--exactly", "1000000", "--wait", "60s")
	if got := got.wait(t, patience).want(t, 0).stdout; got != all[:1000000] {
		t.Errorf("%d other bytes of %d arrived", len(got), len(all))
	}
	on7("close", "c1", "web").want(t, 0)
	sent.wait(t, patience)
	on9("dial", "tcp", address).want(t, 1).says(t, "ECONNREFUSED")

	r = on7("-o", "json", "agent", "info").want(t, 0)
	if is := answer(t, r, new(farsockv1.GetAgentResponse)).GetAgent().GetIncarnation(); is != incarnation {
		t.Errorf("the first command met %s, the last %s", incarnation, is)
	}
	if now := seven.agent(t); now.pid != started.pid {
		t.Errorf("the first command met %v, the last %v", started, now)
	}
	t.Logf("the last command, which found it, took %v", r.took.Round(1e6))
	// With every ssh gone the agent stays, and alone.
	eventually(t, seven.quiet)
}

// TestSSHAtOnceStartOne: several first commands at once start one agent, on a
// fresh host and where a killed agent left its socket behind.
func TestSSHAtOnceStartOne(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	host := newRemote(t, u, "lab7")
	for round, n := range []int{2, 4} {
		if round > 0 {
			host.killAgent(t)
		}
		all := make([]*process, n)
		for i := range all {
			all[i] = u.start(t, "--agent", "ssh://lab7", "-o", "json", "agent", "info")
		}
		met := map[string]int{}
		for _, p := range all {
			r := p.wait(t, patience).want(t, 0)
			met[answer(t, r, new(farsockv1.GetAgentResponse)).GetAgent().GetIncarnation()]++
		}
		if len(met) != 1 {
			t.Errorf("%d commands met %d agents: %v", n, len(met), met)
		}
		t.Logf("%d first commands at once met %d agent: %v", n, len(met), met)
		host.agent(t)
		log, err := os.ReadFile(host.agentFile("agent.log"))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(string(log), "msg=listening"); got != round+1 {
			t.Errorf("%d agents were started, want %d:\n%s", got, round+1, log)
		}
	}
}
