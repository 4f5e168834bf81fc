//go:build linux

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	"github.com/farsock/farsock/ctl/farsock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// floodMost is far above what kernels and windows hold: a peer that can send so
// much was not stopped.
const floodMost = 64 << 20

// stalledStream is a Stream whose client attached and then reads no more.
type stalledStream struct {
	connection
	grpc grpc.BidiStreamingClient[farsockv1.StreamRequest, farsockv1.StreamResponse]
	sent int64 // what its peer's kernel took; the bytes are pattern's
}

// attachStalled attaches; nothing has come to it yet.
func attachStalled(t testing.TB, c *farsock.Client, conn connection) *stalledStream {
	t.Helper()
	stream, err := c.Sockets.Stream(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	attach := &farsockv1.Attach{Socket: conn.name, Holder: uuid.NewString(), Epoch: 1}
	if err := stream.Send(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Attach{Attach: attach}}); err != nil {
		t.Fatal(err)
	}
	if first, err := stream.Recv(); err != nil || first.GetAttached() == nil {
		t.Fatal(first, err)
	}
	return &stalledStream{connection: conn, grpc: stream}
}

// stall makes n streams on one client's connection whose peers have all been
// stopped by TCP.
func stall(t testing.TB, c *farsock.Client, s *farsock.Session, l *net.TCPListener, n int) []*stalledStream {
	t.Helper()
	streams := make([]*stalledStream, n)
	failed := make(chan error, n)
	for i := range streams {
		stream := attachStalled(t, c, connect(t, c, s, l))
		streams[i] = stream
		go func() { failed <- stream.flood() }()
	}
	for range streams {
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
	}
	for _, stream := range streams {
		last := int64(-1)
		eventually(t, func() error { // not one that was only slow
			now := get(t, c, stream.name)
			read := now.GetReadOffset()
			stopped := read == last && read < stream.sent && now.GetReceiveQueue() > 0 && now.GetHeldBytes() == 0
			last = read
			if !stopped {
				return fmt.Errorf("the peer sent %d; %v", stream.sent, now)
			}
			return nil
		})
	}
	return streams
}

// flood writes until the kernel takes no more.
func (s *stalledStream) flood() error {
	chunk := make([]byte, 64<<10)
	for s.sent < floodMost {
		pattern(chunk, s.sent)
		if err := s.peer.SetWriteDeadline(time.Now().Add(400 * time.Millisecond)); err != nil {
			return err
		}
		n, err := s.peer.Write(chunk)
		s.sent += int64(n)
		if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
	return fmt.Errorf("the peer was not stopped: it sent %d bytes", s.sent)
}

// pattern fills b with what stands at an offset of the bytes that peers send.
func pattern(b []byte, offset int64) {
	for i := range b {
		at := offset + int64(i)
		b[i] = byte(at ^ at>>8 ^ at>>16)
	}
}

// drain reads on, to the end, and checks that nothing is missing.
func (s *stalledStream) drain(t testing.TB) {
	t.Helper()
	if err := s.peer.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	at, want := int64(0), []byte(nil)
	for {
		m, err := s.grpc.Recv()
		if err != nil {
			t.Fatal(err)
		}
		if end := m.GetEnd(); end != nil {
			if end.GetOffset() != s.sent || at != s.sent || farsock.OutcomeErr("end", end.GetHow()) != nil {
				t.Errorf("end %v after %d bytes of %d", end, at, s.sent)
			}
			return
		}
		data := m.GetData().GetData()
		want = append(want[:0], data...)
		pattern(want, at)
		if m.GetData().GetOffset() != at || !bytes.Equal(data, want) {
			t.Fatalf("other bytes at %d (offset %d) than were sent", at, m.GetData().GetOffset())
		}
		at += int64(len(data))
	}
}
