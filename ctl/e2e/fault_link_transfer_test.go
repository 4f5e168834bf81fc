//go:build linux

package e2e

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/farsock/farsock/ctl/farsock"
)

// transfer is one connection that bytes go through both ways at once, its peer
// being package net's.
type transfer struct {
	run      cutRun
	count    *faultCount
	up, down *checkedBytes // what the peer and what the client gets
	seeds    [2]uint64     // of both
	sources  [2]io.Reader  // what they are sent; each is read once
	peer     *net.TCPConn
	name     string          // the socket's resource name
	client   *farsock.Client // straight to the agent; nil: there is no such way
	done     chan error      // the peer's two directions
}

// newTransfer connects the agent with a peer, which begins at once.
func newTransfer(t testing.TB, a *agentProcess, count *faultCount, run cutRun, random *rand.Rand, what func(io.Reader) io.Reader) *transfer {
	t.Helper()
	c := connectTo(t, a.endpoint())
	conn := connect(t, c, lease(t, c), peerListener(t))
	x := &transfer{run: run, count: count, client: c, peer: conn.peer, name: conn.name}
	x.begin(t, random, what)
	return x
}

// begin has the peer send and receive. what, unless nil, changes how the peer and
// the client come by what they send.
func (x *transfer) begin(t testing.TB, random *rand.Rand, what func(io.Reader) io.Reader) {
	t.Helper()
	x.seeds, x.done = [2]uint64{random.Uint64(), random.Uint64()}, make(chan error, 2)
	x.up, x.down = newCheckedBytes(x.seeds[0], x.run.size), newCheckedBytes(x.seeds[1], x.run.size)
	for i, seed := range x.seeds {
		x.sources[i] = chanceBytes(seed, x.run.size)
		if what != nil {
			x.sources[i] = what(x.sources[i])
		}
	}
	if err := x.peer.SetDeadline(time.Now().Add(cutPatience)); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := io.Copy(x.peer, x.sources[1])
		x.done <- errors.Join(err, x.peer.CloseWrite())
	}()
	go func() {
		_, err := io.Copy(writerOnly{x.up}, readerOnly{x.peer})
		x.done <- err
	}()
}

// writerOnly and readerOnly hide what io.Copy would use instead.
type (
	writerOnly struct{ io.Writer }
	readerOnly struct{ io.Reader }
)

// verdict fails the test unless both directions arrived as they were sent.
func (x *transfer) verdict(t testing.TB) {
	t.Helper()
	// Its client has ended: what was sent is there by now, or never comes.
	if err := x.peer.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-x.done; err != nil {
			t.Error("the peer:", err)
		}
	}
	for i, got := range []*checkedBytes{x.up, x.down} {
		way := [2]string{"to the peer", "to the client"}[i]
		if err := got.verdict(x.count); err != nil {
			t.Errorf("%s: %v", way, err)
		}
		if want := sumOf(x.seeds[i], x.run.size); got.sum() != want {
			t.Errorf("%s: sha256 %s..., sent was %s...", way, got.sum(), want)
		}
		t.Logf("%s: %d bytes, sha256 %s... on both ends", way, got.n.Load(), got.sum())
	}
	if x.client == nil {
		return
	}
	if s := get(t, x.client, x.name); s.GetReadOffset() != x.run.size || s.GetSendOffset() != x.run.size || s.GetHeldBytes() != 0 {
		t.Errorf("the agent's account: %v", s)
	}
}

// carry does what ctl's stream does, by a net.Conn.
func (x *transfer) carry(t testing.TB, conn *farsock.Conn) {
	if err := conn.SetDeadline(time.Now().Add(cutPatience)); err != nil {
		t.Error(err)
	}
	wrote := make(chan error)
	go func() {
		_, err := io.Copy(writerOnly{conn}, readerOnly{x.sources[0]})
		wrote <- errors.Join(err, conn.CloseWrite())
	}()
	if _, err := io.Copy(writerOnly{x.down}, readerOnly{conn}); err != nil {
		t.Error("read:", err)
	}
	if err := <-wrote; err != nil {
		t.Error("write:", err)
	}
}

// connectBy connects the SDK by a dialer of ours. The test's cleanup closes it.
func connectBy(t testing.TB, dialer farsock.Option) *farsock.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := farsock.Dial(ctx, "unix:///by-the-proxy", dialer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}
