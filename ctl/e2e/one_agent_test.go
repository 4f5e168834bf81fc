//go:build linux

package e2e

import (
	"os"
	"slices"
	"strconv"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// TestOneAgent: where a, b and c are one agent, each name still has its own
// interfaces, sessions and sockets, and every socket lives where ss(8), run in
// that namespace, finds it.
func TestOneAgent(t *testing.T) {
	t.Parallel()
	l := newLabOfOne(t)
	for i, h := range l.hosts() {
		a := answer(t, l.user.ctl(t, "--agent", h.name, "-o", "json", "agent", "info").want(t, 0), new(farsockv1.GetAgentResponse)).GetAgent()
		if got := int(a.GetPid()); got != l.a.cmd.Process.Pid {
			t.Errorf("%s is process %d, want %d", h.name, got, l.a.cmd.Process.Pid)
		}
		for _, ns := range a.GetNetworkNamespaces() {
			if ns.GetName() == h.namespace && ns.GetOwn() {
				t.Errorf("the agent runs in %s itself", ns.GetName())
			}
		}
		eth0 := slices.IndexFunc(a.GetInterfaces(), func(n *farsockv1.NetworkInterface) bool { return n.GetName() == "eth0" })
		if eth0 < 0 || int(a.GetInterfaces()[eth0].GetIndex()) != 10*(i+1)+1 || !slices.Contains(a.GetInterfaces()[eth0].GetAddresses(), h.ip4+"/24") {
			t.Errorf("%s: interfaces %v", h.name, a.GetInterfaces())
		}

		// The same name, port and abstract address on each.
		l.user.ctl(t, "--agent", h.name, "listen", "tcp", ":8160", "--as", "web").want(t, 0)
		l.user.ctl(t, "--agent", h.name, "listen", "unix", "@one-agent-"+strconv.Itoa(l.a.cmd.Process.Pid), "--as", "door").want(t, 0)
		if s := (end{l, h.name, "web"}).show(t); s.GetNetworkNamespace() != h.namespace {
			t.Errorf("%s: the socket is in %q, want %q", h.name, s.GetNetworkNamespace(), h.namespace)
		}
	}
	for _, h := range l.hosts() {
		if n := len(h.ss(t, "-ltn")); n != 1 {
			t.Errorf("%s has %d listeners, want one", h.name, n)
		}
		l.user.ctl(t, "--agent", h.name, "close", "web").want(t, 0)
		if n := len(h.ss(t, "-ltn")); n != 0 {
			t.Errorf("%s has %d listeners, want none", h.name, n)
		}
		list := l.user.ctl(t, "--agent", h.name, "-o", "json", "ls").want(t, 0)
		if s := answer(t, list, new(farsockv1.ListSocketsResponse)).GetSockets(); len(s) != 1 {
			t.Errorf("%s has %d sockets, want the door alone", h.name, len(s))
		}
	}
	l.user.ctl(t, "--agent", "a", "listen", "tcp", "10.77.0.2:0", "-o", "json").
		wantOutcome(t, 1, farsockv1.OutcomeCode_OUTCOME_CODE_ADDRESS_NOT_AVAILABLE, "EADDRNOTAVAIL")
	t.Logf("process %d is a, b and c; each name has its own interfaces, session and sockets", l.a.cmd.Process.Pid)
}

// TestOneAgentNamespaceGone: a socket stays in its namespace when the name is
// removed, and the name opens nothing more.
func TestOneAgentNamespaceGone(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	u, one := newUser(t), startAgent(t, "", "")
	name := namespacePrefix + strconv.Itoa(os.Getpid()) + "-gone"
	must(t, "", "ip", "netns", "add", name)
	t.Cleanup(func() { _, _ = runTool("ip", "netns", "del", name) }) // gone unless the test failed early
	batch(t, name, "link set lo up\n")
	u.ctl(t, "agent", "add", "gone", one.endpoint(), "--netns", name).want(t, 0)
	ctl := func(args ...string) result { return u.ctl(t, append([]string{"--agent", "gone"}, args...)...) }
	ctl("listen", "tcp", "127.0.0.1:8161", "--as", "web").want(t, 0)
	ctl("dial", "tcp", "127.0.0.1:8161", "--as", "d").want(t, 0)
	must(t, "", "ip", "netns", "del", name)
	ctl("accept", "web", "--as", "c1").want(t, 0)
	ctl("send", "d", "still there").want(t, 0)
	ctl("expect", "c1", "still there").want(t, 0)
	ctl("dial", "tcp", "127.0.0.1:8161", "-o", "json").
		wantOutcome(t, 1, farsockv1.OutcomeCode_OUTCOME_CODE_NOT_FOUND, "ENOENT")
}
