//go:build linux

package e2e

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// heap is what a process' Go heap holds after a collection, in bytes.
type heap struct {
	live  int64 // HeapAlloc: the objects, which is what pprof calls in use
	spans int64 // HeapInuse: whole spans, and so also the gaps between objects
}

// heap collects and measures. Twice, because pools let go of what they keep
// only at the second collection.
func (a *agentProcess) heap(t testing.TB) heap {
	t.Helper()
	const page = "/debug/pprof/heap?gc=1&debug=1"
	a.debugPage(t, page)
	text := a.debugPage(t, page)
	return heap{live: figure(t, text, "# HeapAlloc = "), spans: figure(t, text, "# HeapInuse = ")}
}

// since is how much more it is than before, shared by n.
func (h heap) since(before heap, n int) heap {
	return heap{live: (h.live - before.live) / int64(n), spans: (h.spans - before.spans) / int64(n)}
}

// resident is the agent's memory in RAM, in bytes.
func (a *agentProcess) resident(t testing.TB) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", a.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	return figure(t, string(text), "VmRSS:\t *") << 10
}

// figure is the number after label, a regular expression, at the start of a
// line.
func figure(t testing.TB, text, label string) int64 {
	t.Helper()
	m := regexp.MustCompile(`(?m)^` + label + `(\d+)`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no %q in %.200q", label, text)
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
