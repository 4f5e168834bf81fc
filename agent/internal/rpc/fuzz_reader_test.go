//go:build linux

package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// streamPatience is how long a stream may take to end, on a busy machine.
const streamPatience = 20 * time.Second

// fuzzStream is one Stream and who reads it.
type fuzzStream struct {
	t      *testing.T
	world  *fuzzWorld
	rpc    farsockv1.SocketService_StreamClient
	cancel context.CancelFunc
	began  bool         // something was sent
	closed bool         // no more is sent
	got    atomic.Int64 // the end of what was received
	over   chan error   // what the reader ended with, once
}

// newFuzzStream begins one; it ends with finish, with end, or with the test.
func newFuzzStream(t *testing.T, w *fuzzWorld) *fuzzStream {
	ctx, cancel := context.WithCancel(t.Context())
	rpc, err := w.sockets.Stream(ctx)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	s := &fuzzStream{t: t, world: w, rpc: rpc, cancel: cancel, over: make(chan error, 1)}
	go func() { s.over <- s.read() }()
	t.Cleanup(cancel)
	return s
}

// put sends one message, if gRPC lets it; a stream that is over says why to its
// reader.
func (s *fuzzStream) put(m *farsockv1.StreamRequest) {
	if s.closed || proto.Size(m) > wire.MaxMessageBytes {
		return
	}
	s.began = true
	_ = s.rpc.Send(m)
}

func (s *fuzzStream) send(fill *filler, n int) {
	for range n {
		m := &farsockv1.StreamRequest{}
		fill.message(m.ProtoReflect())
		if d := m.GetData(); d != nil {
			fill.offset = d.GetOffset() + int64(max(len(d.GetData()), len(d.GetDatagrams())))
		}
		s.put(m)
	}
}

// halfClose says that nothing more is sent.
func (s *fuzzStream) halfClose() {
	s.began, s.closed = true, true
	_ = s.rpc.CloseSend() // it never fails
}

// finish cancels the stream, and returns when its reader has.
func (s *fuzzStream) finish() {
	s.cancel()
	if err := <-s.over; err != nil {
		s.t.Fatal(err)
	}
}

// end waits for the stream to end by itself. One that was sent nothing waits for
// its client.
func (s *fuzzStream) end() {
	if !s.began {
		s.finish()
		return
	}
	select {
	case err := <-s.over:
		if err != nil {
			s.t.Fatal(err)
		}
	case <-time.After(streamPatience):
		s.t.Fatalf("the stream outlives its socket")
	}
}

// order is what a stream has brought so far.
type order struct {
	attached      *farsockv1.Attached
	next, applied int64
	ended         bool
}

// read holds what the agent sends against the order that the contract promises,
// until the stream ends.
func (s *fuzzStream) read() error {
	var o order
	for {
		m, err := s.rpc.Recv()
		if err != nil {
			return s.ending(err)
		}
		if err := o.take(m); err != nil {
			return err
		}
		s.got.Store(o.next)
	}
}

func (o *order) take(m *farsockv1.StreamResponse) error {
	if (m.GetAttached() != nil) != (o.attached == nil) {
		return fmt.Errorf("%T, after %v: attached is the first message and only that", m.GetMessage(), o.attached)
	}
	switch m := m.GetMessage().(type) {
	case *farsockv1.StreamResponse_Attached:
		o.attached = m.Attached
		o.next, o.applied = o.attached.GetReceiveBegin(), o.attached.GetSendApplied()
	case *farsockv1.StreamResponse_Data:
		n := int64(len(m.Data.GetData()) + len(m.Data.GetItems()))
		if m.Data.GetOffset() != o.next || n == 0 || o.ended {
			return fmt.Errorf("%d bytes or items at %d, expected at %d; after the end: %t", n, m.Data.GetOffset(), o.next, o.ended)
		}
		o.next += n
	case *farsockv1.StreamResponse_Applied:
		if m.Applied.GetOffset() < o.applied {
			return fmt.Errorf("applied fell from %d to %d", o.applied, m.Applied.GetOffset())
		}
		o.applied = m.Applied.GetOffset()
	case *farsockv1.StreamResponse_End:
		if o.ended || m.End.GetOffset() != o.next || m.End.GetHow().GetCode() == 0 {
			return fmt.Errorf("%v, at %d; after another: %t", m.End, o.next, o.ended)
		}
		o.ended = true
	default:
		return fmt.Errorf("%T: nothing that the contract has", m)
	}
	return nil
}

// ending is what is wrong with how a stream ended; nil if nothing is.
func (s *fuzzStream) ending(err error) error {
	if errors.Is(err, io.EOF) || s.rpc.Context().Err() != nil {
		return nil
	}
	info, ours := wire.InfoOf(err)
	switch {
	case !ours || info.Reason == 0 || info.Code == codes.Internal || info.Code == codes.Unknown:
		return fmt.Errorf("the stream ended with an error without a reason: %w", err)
	case info.Code == codes.InvalidArgument && len(info.Violations) == 0:
		return fmt.Errorf("no field is named: %w", err)
	}
	request := (&farsockv1.StreamRequest{}).ProtoReflect().Descriptor()
	for _, v := range info.Violations {
		if !hasPath(request, v.Field) {
			return fmt.Errorf("there is no field %q: %w", v.Field, err)
		}
	}
	return nil
}
