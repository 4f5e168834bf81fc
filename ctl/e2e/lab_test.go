//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// A lab is three hosts, a, b and c, on one bridge: four network namespaces, none
// of them the root's, with one agent in each host. The addresses are the same
// in every lab, so scripts can name them; labs do not see each other.
type lab struct {
	a, b, c *host
	user    *user // has the three agents configured as a, b and c
}

// host is one of the three.
type host struct {
	*agentProcess
	name      string // immutable: "a", "b" or "c"
	namespace string // immutable
	ip4, ip6  string // immutable
}

// In every host.
const (
	debugListen = "127.0.0.1:6060"
	nobody4     = "10.77.0.99" // on the hosts' link, and nobody has it
	noRoute4    = "10.99.0.1"  // no route leads there
)

var labs atomic.Int64

const namespacePrefix = "fs-"

// newLab builds a lab and starts its agents. Everything is removed with the
// test.
func newLab(t testing.TB) *lab {
	t.Helper()
	needNamespaces(t)
	id := fmt.Sprintf("%s%d-%d-", namespacePrefix, os.Getpid(), labs.Add(1))
	bridge := id + "br"
	addNamespace(t, bridge)
	must(t, "link set lo up\nlink add br0 type bridge\nlink set br0 up\n", "ip", "-n", bridge, "-batch", "-")
	l := &lab{user: newUser(t)}
	for i, h := range []**host{&l.a, &l.b, &l.c} {
		*h = newHost(t, id, bridge, i+1)
	}
	l.user.configure(t, map[string]string{"a": l.a.endpoint(), "b": l.b.endpoint(), "c": l.c.endpoint()})
	return l
}

func newHost(t testing.TB, id, bridge string, number int) *host {
	t.Helper()
	h := &host{
		name: string(rune('a' + number - 1)),
		ip4:  fmt.Sprintf("10.77.0.%d", number),
		ip6:  fmt.Sprintf("fd77::%d", number),
	}
	h.namespace = id + h.name
	addNamespace(t, h.namespace)
	must(t, fmt.Sprintf("link add p%[1]s type veth peer name eth0 netns %[2]s\nlink set p%[1]s master br0\nlink set p%[1]s up\n",
		h.name, h.namespace), "ip", "-n", bridge, "-batch", "-")
	must(t, fmt.Sprintf("link set lo up\naddr add %s/24 dev eth0\naddr add %s/64 dev eth0 nodad\nlink set eth0 up\n",
		h.ip4, h.ip6), "ip", "-n", h.namespace, "-batch", "-")
	h.agentProcess = startAgent(t, h.namespace, debugListen)
	return h
}

// tool runs one of the system's tools inside the host and returns its output.
func (h *host) tool(t testing.TB, args ...string) string {
	t.Helper()
	return must(t, "", "ip", append([]string{"netns", "exec", h.namespace}, args...)...)
}

// sysctl sets a kernel parameter of the host.
func (h *host) sysctl(t testing.TB, name, value string) {
	t.Helper()
	h.tool(t, "sysctl", "-qw", name+"="+value)
}

// nft loads rules into the host's input chain, one a line, for example
// "tcp dport 81 drop".
func (h *host) nft(t testing.TB, rules ...string) {
	t.Helper()
	text := "table inet lab {\n chain input {\n type filter hook input priority 0;\n" + strings.Join(rules, "\n") + "\n}\n}\n"
	must(t, text, "ip", "netns", "exec", h.namespace, "nft", "-f", "-")
}

// configure writes the user's configuration file: agents by name.
func (u *user) configure(t testing.TB, agents map[string]string) {
	t.Helper()
	for name, endpoint := range agents {
		u.ctl(t, "agent", "add", name, endpoint).want(t, 0)
	}
}

func must(t testing.TB, input, name string, args ...string) string {
	t.Helper()
	out, err := runToolInput(input, name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func addNamespace(t testing.TB, name string) {
	t.Helper()
	must(t, "", "ip", "netns", "add", name)
	t.Cleanup(func() {
		if _, err := runTool("ip", "netns", "del", name); err != nil {
			t.Error(err)
		}
	})
}

// needNamespaces skips the test where namespaces cannot be made, and says why;
// in CI that is a failure, since there the claims have to be shown.
func needNamespaces(t testing.TB) {
	t.Helper()
	var missing []string
	if os.Geteuid() != 0 {
		missing = append(missing, "root")
	}
	for _, tool := range []string{"ip", "nft", "ss", "sysctl"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing = append(missing, tool)
		}
	}
	if len(missing) == 0 {
		return
	}
	reason := "three hosts need " + strings.Join(missing, ", ")
	if os.Getenv("CI") != "" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// sweepNamespaces removes what killed runs left: namespaces of ours whose
// process is dead, and the programs in them.
func sweepNamespaces() {
	for _, name := range namespaces() {
		pid, ok := ownerOf(name)
		if !ok || pid == os.Getpid() || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			continue
		}
		pids, err := runTool("ip", "netns", "pids", name)
		if err != nil {
			continue // another run sweeps it at this moment
		}
		for _, field := range strings.Fields(pids) {
			if p, err := strconv.Atoi(field); err == nil {
				_ = syscall.Kill(p, syscall.SIGKILL)
			}
		}
		_, _ = runTool("ip", "netns", "del", name)
	}
}

// noNamespaces returns an error naming the namespaces that this run left.
func noNamespaces() error {
	var left []string
	for _, name := range namespaces() {
		if pid, ok := ownerOf(name); ok && pid == os.Getpid() {
			left = append(left, name)
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("network namespaces: %s", strings.Join(left, ", "))
	}
	return nil
}

func namespaces() []string {
	paths, _ := filepath.Glob("/run/netns/" + namespacePrefix + "*") // the pattern is well formed
	for i := range paths {
		paths[i] = filepath.Base(paths[i])
	}
	return paths
}

// ownerOf takes the process id out of a namespace's name.
func ownerOf(namespace string) (int, bool) {
	digits, _, ok := strings.Cut(strings.TrimPrefix(namespace, namespacePrefix), "-")
	pid, err := strconv.Atoi(digits)
	return pid, ok && err == nil
}

// listed is a row of ss: the columns that the tests compare.
type listed struct{ recvQ, sendQ, local, peer string }

// ss runs ss -H with the given flags in the host and returns its rows.
func (h *host) ss(t testing.TB, flags ...string) []listed {
	t.Helper()
	var rows []listed
	for _, line := range strings.Split(h.tool(t, append([]string{"ss", "-H", "-n"}, flags...)...), "\n") {
		f := strings.Fields(line)
		if len(f) >= 5 {
			rows = append(rows, listed{recvQ: f[1], sendQ: f[2], local: f[3], peer: f[4]})
		}
	}
	return rows
}
