//go:build linux

package e2e

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
)

// A lab is three hosts, a, b and c, on two links: each host is a network
// namespace, none of them the root's, and the links' bridges stand in a fourth.
// The addresses are the same in every lab, so scripts can name them; labs do not
// see each other.
type lab struct {
	id      string // immutable: what the names of its namespaces begin with
	a, b, c *host
	user    *user // has three agents configured, a, b and c
}

// host is one of the three.
type host struct {
	*agentProcess        // who makes the sockets here; immutable once the lab is made
	name          string // immutable: "a", "b" or "c"
	namespace     string // immutable
	ip4, ip6      string // immutable: its first addresses on eth0
}

// In every host.
const (
	debugListen = "127.0.0.1:6060"
	nobody4     = "10.77.0.99" // on the hosts' link, and nobody has it
	noRoute4    = "10.99.0.1"  // no route leads there
)

var labs atomic.Int64

// newLab builds a lab with one agent in each host. Everything is removed with
// the test.
func newLab(t testing.TB) *lab {
	t.Helper()
	l := newHosts(t)
	for _, h := range l.hosts() {
		h.agentProcess = startAgent(t, h.namespace, debugListen)
		l.user.ctl(t, "agent", "add", h.name, h.endpoint()).want(t, 0)
	}
	return l
}

// newLabOfOne builds a lab in which a, b and c are one agent, which itself runs
// in none of the three namespaces.
func newLabOfOne(t testing.TB) *lab {
	t.Helper()
	l := newHosts(t)
	one := startAgent(t, "", "")
	for _, h := range l.hosts() {
		h.agentProcess = one
		l.user.ctl(t, "agent", "add", h.name, one.endpoint(), "--netns", h.namespace).want(t, 0)
	}
	return l
}

// newHosts builds the hosts and their links, without any agent.
func newHosts(t testing.TB) *lab {
	t.Helper()
	needNamespaces(t)
	l := &lab{id: fmt.Sprintf("%s%d-%d-", namespacePrefix, os.Getpid(), labs.Add(1)), user: newUser(t)}
	addNamespace(t, l.bridges())
	for i, h := range []**host{&l.a, &l.b, &l.c} {
		name := string(rune('a' + i))
		*h = &host{name: name, namespace: l.id + name,
			ip4: fmt.Sprintf("10.77.0.%d", i+1), ip6: fmt.Sprintf("fd77::%d", i+1)}
		addNamespace(t, (*h).namespace)
	}
	l.wire(t)
	return l
}

func (l *lab) hosts() []*host { return []*host{l.a, l.b, l.c} }

// bridges is the namespace that the links' bridges stand in.
func (l *lab) bridges() string { return l.id + "br" }

// tool runs one of the system's tools inside the host and returns its output.
func (h *host) tool(t testing.TB, args ...string) string {
	t.Helper()
	return must(t, "", "ip", append([]string{"netns", "exec", h.namespace}, args...)...)
}

// sysctl sets kernel parameters of the host, each NAME=VALUE.
func (h *host) sysctl(t testing.TB, settings ...string) {
	t.Helper()
	h.tool(t, append([]string{"sysctl", "-qw"}, settings...)...)
}

// nft loads rules into the host's input chain, one a line, for example
// "tcp dport 81 drop".
func (h *host) nft(t testing.TB, rules ...string) {
	t.Helper()
	text := "table inet lab {\n chain input {\n type filter hook input priority 0;\n" + strings.Join(rules, "\n") + "\n}\n}\n"
	must(t, text, "ip", "netns", "exec", h.namespace, "nft", "-f", "-")
}

func must(t testing.TB, input, name string, args ...string) string {
	t.Helper()
	out, err := runToolInput(input, name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
