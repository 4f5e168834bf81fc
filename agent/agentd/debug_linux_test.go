package agentd

import (
	"net"
	"os"
	"path/filepath"
	"testing"
)

// Whoever connects to the debug listener takes few descriptors.
func TestDebugConnectionsAreFew(t *testing.T) {
	path, debug := filepath.Join(t.TempDir(), "a.sock"), freePort(t)
	p := serving(t, path, "--debug-listen", debug)
	open := func() int {
		list, err := os.ReadDir("/proc/" + itoa(p.Process.Pid) + "/fd")
		must(t, err)
		return len(list)
	}
	dial(t, path).who(t) // an agent that answers has its debug listener too
	heapInUse(t, debug)  // what the first profile opens stays open
	before := open()
	for range 10 * maxDebug {
		c, err := net.Dial("tcp", debug)
		must(t, err)
		t.Cleanup(func() { c.Close() })
	}
	until(t, "as many are taken as there may be", func() bool { return open() >= before+maxDebug-1 }) // one may be the profile's
	dial(t, path).who(t)
	if n := open(); n > before+maxDebug+1 {
		t.Errorf("%d descriptors more", n-before)
	}
}
