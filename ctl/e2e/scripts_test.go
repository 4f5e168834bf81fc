//go:build linux

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestScripts runs scripts/*.txt through `ctl run`, each on the same three
// hosts, with the agents named a, b and c.
func TestScripts(t *testing.T) {
	t.Parallel()
	newLab(t).runScripts(t)
}

// TestScriptsOneAgent runs the same scripts, unchanged, where a, b and c are the
// three namespaces of one agent.
func TestScriptsOneAgent(t *testing.T) {
	t.Parallel()
	newLabOfOne(t).runScripts(t)
}

func (l *lab) runScripts(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob("scripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	l.laws(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			if reason := noMPTCP(); reason != "" && file == "scripts/mptcp.txt" {
				t.Skip(reason)
			}
			path, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(l.user.ctl(t, "run", path).want(t, 0).says(t, "ok ").stdout)
		})
	}
}

// laws sets up what the scripts and the table of outcomes count on: how host a
// treats some ports that nobody listens on, how soon host b's kernel gives up and
// what it does with a mark, the router, and both links for MPTCP.
func (l *lab) laws(t testing.TB) {
	t.Helper()
	l.a.nft(t,
		"tcp dport 82 reject with tcp reset",
		"tcp dport 83 reject with icmpx port-unreachable",
		"udp dport 83 reject with icmpx port-unreachable",
		"tcp dport 84 drop",
		"tcp dport 85 reject with icmpx admin-prohibited",
		"udp dport 87 reject with icmpx host-unreachable",
		"udp dport 88 reject with icmpx no-route",
		"udp dport 89 reject with icmpx admin-prohibited",
	)
	l.b.sysctl(t, "net.ipv4.tcp_syn_retries=1")
	batch(t, l.b.namespace, "rule add fwmark 0x77 table 77\nroute add 10.77.0.0/24 dev eth1 table 77\n")
	if noMPTCP() == "" {
		l.multipath(t)
	}
	l.route(t)
	for _, h := range l.hosts() {
		h.sysctl(t, "net.ipv4.tcp_fastopen=3")
	}
}
