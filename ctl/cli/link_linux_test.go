package cli

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A dial and an accept that wait while the connection to the agent breaks go on;
// without a way back they say so within seconds.
func TestWaitsOverCuts(t *testing.T) {
	p := withAgent(t)
	g := newGate(t, p)
	path := filepath.Join(p.dir, "full.sock")
	p.must(t, "listen", "unix", path, "--backlog", "0", "--as", "full")
	p.must(t, "dial", "unix", path, "--as", "first")
	p.must(t, "listen", "tcp", "127.0.0.1:0", "--as", "web")
	start := func(args ...string) chan result {
		end := make(chan result, 1)
		go func() { end <- p.ctl(append([]string{"--agent", g.endpoint}, args...)...) }()
		return end
	}
	cut := func(calls string, shut bool) {
		t.Helper()
		for limit := time.Now().Add(30 * time.Second); !strings.Contains(p.must(t, "session", "show", "-o", "json").out, calls); {
			if time.Now().After(limit) {
				t.Fatal("no call under way: " + p.must(t, "session", "show", "-o", "json").out)
			}
		}
		g.close(shut)
	}
	const one, two = `"callsUnderWay":1`, `"callsUnderWay":2`
	dialled, accepted := start("dial", "unix", path, "--as", "second"), start("accept", "web", "--as", "c1")
	cut(two, false)
	cut(two, false)
	p.must(t, "accept", "full", "--as", "f1")
	(<-dialled).want(t, 0)
	p.must(t, "dial", "tcp", p.addr(t, "web"), "--as", "unused")
	(<-accepted).want(t, 0)
	p.must(t, "accept", "full", "--as", "f2")
	p.must(t, "send", "second", "hello")
	p.must(t, "recv", "f2").printed(t, "hello")

	accepted = start("accept", "web")
	cut(one, true)
	began := time.Now()
	(<-accepted).want(t, 3)
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("given up after %v", took)
	}
	// What cannot be begun is not waited for.
	began = time.Now()
	p.ctl("--agent", g.endpoint, "dial", "unix", path).want(t, 3)
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("given up after %v", took)
	}
}

// --steal takes the socket from a stream, which says how to take it back.
func TestStreamSteals(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	end := p.attachedStream(t, t.Context())
	p.ctl("stream", "d").want(t, 8).said(t, "ATTACHED").said(t, "ctl stream --steal")
	thief := make(chan result, 1)
	go func() { thief <- p.ctlWith(t.Context(), strings.NewReader("taken"), "stream", "d", "--steal") }()
	(<-end).want(t, 8).said(t, "FENCED").said(t, "ctl stream --steal")
	p.must(t, "send", "c1", "answer")
	p.must(t, "shutdown", "c1", "write")
	(<-thief).want(t, 0).printed(t, "answer")
	p.must(t, "recv", "c1", "--exactly", "5").printed(t, "taken")
}
