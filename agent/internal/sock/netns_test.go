//go:build linux

package sock

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
)

var namespacesMade atomic.Int64

// newNamespace makes a network namespace with its loopback up and returns its
// name; it goes with the test.
func newNamespace(t testing.TB) string {
	t.Helper()
	needTool(t, "ip")
	name := fmt.Sprintf("fsock%d-%d", os.Getpid(), namespacesMade.Add(1))
	run(t, "ip", "netns", "add", name)
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", name).Run() })
	run(t, "ip", "-n", name, "link", "set", "lo", "up")
	return name
}

// needTool skips the test where it cannot be root with that tool; in CI it
// fails.
func needTool(t testing.TB, tool string) {
	t.Helper()
	why := ""
	if os.Geteuid() != 0 {
		why = "needs root"
	} else if _, err := exec.LookPath(tool); err != nil {
		why = err.Error()
	}
	switch {
	case why == "":
	case os.Getenv("CI") != "":
		t.Fatal(why)
	default:
		t.Skip(why)
	}
}

func run(t testing.TB, command ...string) {
	t.Helper()
	if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(command, " "), err, out)
	}
}

// link joins two namespaces by a veth pair, each end with that name and its own
// link-local address, fe80::1 and fe80::2.
func link(t testing.TB, a, ifA, b, ifB string) {
	t.Helper()
	run(t, "ip", "link", "add", ifA, "netns", a, "type", "veth", "peer", "name", ifB, "netns", b)
	for i, end := range []struct{ ns, dev string }{{a, ifA}, {b, ifB}} {
		run(t, "ip", "netns", "exec", end.ns, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/"+end.dev+"/addr_gen_mode")
		run(t, "ip", "-n", end.ns, "link", "set", end.dev, "up")
		run(t, "ip", "-n", end.ns, "addr", "add", fmt.Sprintf("fe80::%d/64", i+1), "dev", end.dev, "nodad")
	}
}
