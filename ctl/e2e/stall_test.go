//go:build linux

package e2e

import (
	"io"
	"os"
	"testing"
	"time"
)

const (
	stalledStreams = 16
	stalledMost    = 128 << 10 // bytes of live heap for each
)

// TestStalledStream: clients that attach and stop reading stop their peers
// through TCP and cost the agent little; a sibling on the same gRPC connection
// goes on; and nothing is lost by it.
func TestStalledStream(t *testing.T) {
	t.Parallel()
	a := startAgent(t, "", "127.0.0.1:"+freePort(t))
	c := connectTo(t, a.endpoint())
	s, l := lease(t, c), peerListener(t)
	// What is made once, by whichever comes first, is not what a stream costs.
	stall(t, c, s, l, 1)
	beside := newSibling(t, s, l)
	beside.carry(t, 1<<20)

	before := a.heap(t)
	streams := stall(t, c, s, l, stalledStreams)
	each := a.heap(t).since(before, stalledStreams)
	t.Logf("%d stalled streams: each %.1f KiB of live heap (HeapAlloc), %.1f KiB of spans (HeapInuse)",
		stalledStreams, float64(each.live)/1024, float64(each.spans)/1024)
	if each.live >= stalledMost {
		t.Errorf("%d bytes of live heap each, the bound is %d", each.live, stalledMost)
	}
	least, most := streams[0].sent, streams[0].sent
	for _, stream := range streams {
		least, most = min(least, stream.sent), max(most, stream.sent)
	}
	t.Logf("their peers were stopped after %d to %d KiB", least>>10, most>>10)

	const carried = 8 << 20
	t.Logf("a sibling beside them carried %d MiB in %v", carried>>20, beside.carry(t, carried).Round(time.Millisecond))
	streams[0].drain(t)
	streams[len(streams)-1].drain(t)
}

// TestStreamStdoutStalled is the same with `ctl stream`, whose stdout nobody
// reads for a while.
func TestStreamStdoutStalled(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.setenv("FARSOCK_AGENT", startAgent(t, "", "").endpoint())
	l := peerListener(t)
	u.ctl(t, "dial", "tcp", l.Addr().String(), "--as", "d").want(t, 0)
	far := stalledStream{connection: connection{peer: acceptPeer(t, l)}}
	out, stdout, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	cmd := u.command(t, "stream", "d") // its stdin ends at once
	cmd.Stdout = stdout
	stream := startProcess(t, cmd)
	_ = stdout.Close() // ours; stream has its own
	if err := far.flood(); err != nil {
		t.Fatal(err)
	}
	if err := far.peer.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]byte, far.sent)
	pattern(want, 0)
	same(t, string(got), want)
	stream.wait(t, patience).want(t, 0)
	t.Logf("the peer was stopped after %d KiB", far.sent>>10)
}
