//go:build linux

package e2e

import (
	"fmt"
	"io"
	"testing"
	"time"
)

// gate lets a source of bytes through up to some offsets, at each of which it
// stays until it is opened once more. So a fault strikes where its schedule says,
// with bytes behind it that wait to be sent. Read by one goroutine.
type gate struct {
	source io.Reader
	every  int64         // immutable: an offset so often
	last   int64         // immutable: the last of them
	at     int64         // bytes read
	open   chan struct{} // a token for each time that it was opened
	ended  <-chan struct{}
}

func (g *gate) Read(b []byte) (int, error) {
	if g.at > 0 && g.at <= g.last && g.at%g.every == 0 {
		select {
		case <-g.open:
		case <-g.ended:
			return 0, io.ErrUnexpectedEOF
		}
	}
	n, err := g.source.Read(b[:min(int64(len(b)), g.every-g.at%g.every)])
	g.at += int64(n)
	return n, err
}

// gates makes a transfer of n faults: each time that both directions have come
// to a gate, a fault strikes and the gates open.
type gates struct {
	n     int   // immutable: how many faults
	every int64 // immutable: bytes between them
	all   []*gate
	ended <-chan struct{}
}

func newGates(t testing.TB, n int, every int64) *gates {
	return &gates{n: n, every: every, ended: t.Context().Done()}
}

// run is a transfer of the size that they need.
func (g *gates) run() cutRun { return cutRun{size: int64(g.n+1) * g.every} }

// through puts a source behind a gate.
func (g *gates) through(source io.Reader) io.Reader {
	one := &gate{source: source, every: g.every, last: int64(g.n) * g.every, open: make(chan struct{}, g.n+1), ended: g.ended}
	g.all = append(g.all, one)
	return one
}

// strike runs fault n times. A fault calls opened as soon as what waits may be
// sent. done is closed if the transfer is over.
func (g *gates) strike(t testing.TB, x *transfer, done <-chan struct{}, fault func(round int, opened func())) {
	t.Helper()
	for round := range g.n {
		at := int64(round+1) * g.every
		err := retry(2*time.Minute, func() error {
			select {
			case <-done:
				t.Fatalf("the transfer ended before fault %d, after %d bytes up and %d down", round, x.up.n.Load(), x.down.n.Load())
			default:
			}
			if up, down := x.up.n.Load(), x.down.n.Load(); up < at || down < at {
				return fmt.Errorf("%d bytes up and %d down, not %d, before fault %d", up, down, at, round)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		fault(round, func() {
			for _, one := range g.all {
				one.open <- struct{}{}
			}
		})
	}
}
