//go:build linux

package e2e

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/farsock/farsock/ctl/farsock"
)

// sibling is a connection that is used, by the SDK's net.Conn.
type sibling struct {
	far  net.Conn
	near *net.TCPConn
}

func newSibling(t testing.TB, s *farsock.Session, l *net.TCPListener) sibling {
	t.Helper()
	far, err := s.Dial(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = far.Close() })
	return sibling{far: far, near: acceptPeer(t, l)}
}

// carry moves n bytes from the peer through the agent and checks them, and says
// how long that took.
func (s sibling) carry(t testing.TB, n int) time.Duration {
	t.Helper()
	want, got := make([]byte, n), make([]byte, n)
	pattern(want, 0)
	written := make(chan error, 1)
	if err := errors.Join(s.far.SetDeadline(time.Now().Add(patience)), s.near.SetDeadline(time.Now().Add(patience))); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	go func() {
		_, err := s.near.Write(want)
		written <- err
	}()
	_, err := io.ReadFull(s.far, got)
	took := time.Since(start)
	if err = errors.Join(err, <-written); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatal("other bytes came than were sent")
	}
	return took
}

// BenchmarkSibling is the speed of one stream, alone on its gRPC connection and
// beside stalled ones.
func BenchmarkSibling(b *testing.B) {
	a := startAgent(b, "", "")
	for _, row := range []struct {
		name    string
		stalled int
	}{{"alone", 0}, {"beside stalled", stalledStreams}} {
		b.Run(row.name, func(b *testing.B) {
			c := connectTo(b, a.endpoint())
			s, l := lease(b, c), peerListener(b)
			stall(b, c, s, l, row.stalled)
			one := newSibling(b, s, l)
			const size = 8 << 20
			b.SetBytes(size)
			for b.Loop() {
				one.carry(b, size)
			}
		})
	}
}
