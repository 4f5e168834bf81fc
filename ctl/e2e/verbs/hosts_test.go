//go:build linux

package verbs

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

const namespacePrefix = "fsverbs"

var made atomic.Int64 // pairs of hosts, for their names

// hosts are two network namespaces with a link between them. near, where the
// agent runs, is 10.78.0.1, fd78::1 and fe80::1, far is 10.78.0.2, 10.78.0.3, fd78::2
// and fe80::2; both call the link eth0. All routes lead from near to far, but what
// is marked 77 is prohibited.
type hosts struct{ near, far string }

// newHosts makes them; they are removed with the test.
func newHosts(t *testing.T) hosts {
	t.Helper()
	need(t, "ip", "sysctl")
	sweep(t)
	name := fmt.Sprintf("%s%d-%d", namespacePrefix, os.Getpid(), made.Add(1))
	h := hosts{near: name + "-near", far: name + "-far"}
	for _, name := range []string{h.near, h.far} {
		run(t, "ip", "netns", "add", name)
		t.Cleanup(func() { run(t, "ip", "netns", "del", name) })
		run(t, "ip", "-n", name, "link", "set", "lo", "up")
	}
	run(t, "ip", "-n", h.near, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", h.far)
	for _, name := range []string{h.near, h.far} {
		run(t, "ip", "-n", name, "link", "set", "eth0", "addrgenmode", "none")
	}
	for name, addresses := range map[string][]string{
		h.near: {"10.78.0.1/24", "fd78::1/64", "fe80::1/64"},
		h.far:  {"10.78.0.2/24", "10.78.0.3/24", "fd78::2/64", "fe80::2/64"},
	} {
		for _, address := range addresses {
			line := []string{"-n", name, "addr", "add", address, "dev", "eth0"}
			if strings.Contains(address, ":") {
				line = append(line, "nodad")
			} else {
				line = append(line, "brd", "+")
			}
			run(t, "ip", line...)
		}
		run(t, "ip", "-n", name, "link", "set", "eth0", "up")
		run(t, "ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv4.tcp_fastopen=3",
			"net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0")
	}
	run(t, "ip", "-n", h.near, "route", "add", "default", "via", "10.78.0.2")
	run(t, "ip", "-n", h.near, "rule", "add", "fwmark", "77", "prohibit")
	return h
}

// need skips the test where it cannot run, with the reason; in CI that is a
// failure, since there the verbs have to be shown.
func need(t *testing.T, tools ...string) {
	t.Helper()
	var missing []string
	if os.Geteuid() != 0 {
		missing = append(missing, "root")
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			missing = append(missing, tool)
		}
	}
	if len(missing) == 0 {
		return
	}
	reason := "network namespaces need " + strings.Join(missing, ", ")
	if os.Getenv("CI") != "" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// sweep removes what killed runs left: namespaces of ours whose process is gone.
func sweep(t *testing.T) {
	t.Helper()
	for _, line := range strings.Split(run(t, "ip", "netns", "list"), "\n") {
		name, _, _ := strings.Cut(line, " ")
		rest, ours := strings.CutPrefix(name, namespacePrefix)
		digits, _, _ := strings.Cut(rest, "-")
		pid, err := strconv.Atoi(digits)
		if ours && err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			run(t, "ip", "netns", "del", name)
		}
	}
}

// run runs one of the system's tools and returns what it wrote.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
