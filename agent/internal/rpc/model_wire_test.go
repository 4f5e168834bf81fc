//go:build linux

package rpc_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// patience is how long something that has to happen may take.
const patience = 10 * time.Second

// wireStream is one Stream as it comes over the wire: a log of what arrived,
// held against the contract as it does. What the client makes of it, and what
// it chooses not to have seen, is the model's.
type wireStream struct {
	datagrams bool
	manual    bool
	holder    string
	epoch     int64
	tellsFrom int64 // refused datagrams are told from here on
	errorAt   int64 // this item is an error rather than a datagram
	closed    bool  // close_write was sent
	asked     bool  // something was sent that is answered with the outcome of sending
	retold    bool  // an applied has to follow attached at once
	rpc       grpc.BidiStreamingClient[farsockv1.StreamRequest, farsockv1.StreamResponse]
	cancel    context.CancelFunc
	over      chan struct{} // closed when the RPC's status has come
	out       chan *farsockv1.StreamRequest
	running   sync.WaitGroup // read and write

	mu       sync.Mutex
	news     chan struct{} // closed and replaced with each message
	gate     chan struct{} // nil, or open to the reader once closed
	messages int           // that arrived
	begin    *farsockv1.Attached
	got      int64 // all up to here arrived
	end      *farsockv1.End
	applied  *farsockv1.Applied
	refused  []int64
	fault    error // the contract was broken
	status   error // once over
}

func openStream(ctx context.Context, c farsockv1.SocketServiceClient, a *farsockv1.Attach, datagrams bool, errorAt int64) (*wireStream, error) {
	ctx, cancel := context.WithCancel(ctx)
	st, err := c.Stream(ctx)
	if err != nil {
		cancel()
		return nil, err
	}
	w := &wireStream{
		datagrams: datagrams, errorAt: errorAt, manual: a.GetAck() == manual, retold: datagrams && a.SendFrom != nil, holder: a.GetHolder(), epoch: a.GetEpoch(),
		rpc: st, cancel: cancel, over: make(chan struct{}), out: make(chan *farsockv1.StreamRequest, 1024), news: make(chan struct{}),
	}
	w.running.Go(w.read)
	w.running.Go(w.write)
	w.put(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Attach{Attach: a}})
	return w, nil
}

// put queues a message; nil half-closes the RPC. That the stream is over
// already its status tells.
func (w *wireStream) put(m *farsockv1.StreamRequest) { w.out <- m }

// write sends what was put: a client whose peer takes nothing waits here.
func (w *wireStream) write() {
	for {
		select {
		case m := <-w.out:
			var err error
			if m == nil {
				err = w.rpc.CloseSend()
			} else {
				err = w.rpc.Send(m)
			}
			if err != nil {
				return
			}
		case <-w.rpc.Context().Done():
			return
		}
	}
}

func (w *wireStream) read() {
	defer close(w.over)
	for {
		w.mu.Lock()
		gate := w.gate
		w.mu.Unlock()
		if gate != nil {
			select {
			case <-gate:
			case <-w.rpc.Context().Done():
			}
		}
		m, err := w.rpc.Recv()
		w.mu.Lock()
		if err != nil {
			w.status = err
		} else if fault := w.take(m); fault != nil && w.fault == nil {
			w.fault = fault
		}
		close(w.news)
		w.news = make(chan struct{})
		w.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// pause makes the client take nothing until it is let go on.
func (w *wireStream) pause(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case on && w.gate == nil:
		w.gate = make(chan struct{})
	case !on && w.gate != nil:
		close(w.gate)
		w.gate = nil
	}
}

// take holds a message against the contract. The caller holds mu.
func (w *wireStream) take(m *farsockv1.StreamResponse) error {
	if first := m.GetAttached(); (w.begin == nil) != (first != nil) {
		return fmt.Errorf("%T in the wrong place", m.GetMessage())
	}
	if w.retold && w.begin != nil && w.messages == 1 && (m.GetApplied() == nil || m.GetApplied().GetOffset() != w.begin.GetSendApplied()) {
		return fmt.Errorf("%v right after attached, send_applied %d", m, w.begin.GetSendApplied())
	}
	w.messages++
	switch m := m.GetMessage().(type) {
	case *farsockv1.StreamResponse_Attached:
		w.begin, w.got = m.Attached, m.Attached.GetReceiveBegin()
		w.applied = &farsockv1.Applied{Offset: m.Attached.GetSendApplied()}
	case *farsockv1.StreamResponse_Data:
		return w.data(m.Data)
	case *farsockv1.StreamResponse_Applied:
		before := w.applied
		w.applied = m.Applied
		if m.Applied.GetOffset() < before.GetOffset() {
			return fmt.Errorf("applied went back from %d to %d", before.GetOffset(), m.Applied.GetOffset())
		}
		if before.Outcome != nil && m.Applied.Outcome == nil {
			return fmt.Errorf("applied took %v back", before.Outcome)
		}
		for _, r := range m.Applied.GetRefused() {
			if n := len(w.refused); n > 0 && w.refused[n-1] >= r.GetOffset() || r.GetOffset() >= m.Applied.GetOffset() {
				return fmt.Errorf("refused %d after %v, applied %d", r.GetOffset(), w.refused, m.Applied.GetOffset())
			}
			if r.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_MESSAGE_TOO_LARGE {
				return fmt.Errorf("refused %v", r)
			}
			w.refused = append(w.refused, r.GetOffset())
		}
	case *farsockv1.StreamResponse_End:
		if w.end != nil {
			return fmt.Errorf("a second end")
		}
		w.end = m.End
		if m.End.GetOffset() != w.got {
			return fmt.Errorf("end at %d, want %d", m.End.GetOffset(), w.got)
		}
	default:
		return fmt.Errorf("unexpected %v", m)
	}
	return nil
}

func (w *wireStream) data(m *farsockv1.StreamReceive) error {
	bytesHere, items := m.GetData(), m.GetItems()
	switch {
	case w.end != nil:
		return fmt.Errorf("data after the end")
	case m.GetOffset() != w.got:
		return fmt.Errorf("data at %d, want %d", m.GetOffset(), w.got)
	case len(bytesHere) > 32768 || len(items) > 64 || len(bytesHere)+len(items) == 0 || (len(items) > 0) != w.datagrams:
		return fmt.Errorf("data of %d bytes and %d items", len(bytesHere), len(items))
	case !bytes.Equal(bytesHere, bytesOf(peerName, w.got, w.got+int64(len(bytesHere)))):
		return fmt.Errorf("the %d bytes at %d are not what the peer wrote", len(bytesHere), w.got)
	}
	for i, item := range items {
		if item.GetError() != nil && w.got+int64(i) == w.errorAt {
			continue
		}
		if d := item.GetDatagram(); d == nil || !bytes.Equal(d.GetData(), datagramOf(peerName, w.got+int64(i))) {
			return fmt.Errorf("item %d is not what the peer wrote: %v", w.got+int64(i), item.GetError())
		}
	}
	w.got += int64(len(bytesHere) + len(items))
	return nil
}

// wireState is a moment of the log.
type wireState struct {
	begin   *farsockv1.Attached
	got     int64
	end     *farsockv1.End
	applied int64
	outcome *farsockv1.Outcome
	refused []int64
	over    bool
	status  error
	retold  bool // what has to follow attached did
}

func (w *wireStream) state() (wireState, <-chan struct{}, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := wireState{begin: w.begin, got: w.got, end: w.end, applied: w.applied.GetOffset(), outcome: w.applied.GetOutcome(),
		refused: slices.Clone(w.refused), over: w.status != nil, status: w.status, retold: !w.retold || w.messages > 1}
	return s, w.news, w.fault
}

// await waits until the log is as it has to become.
func (w *wireStream) await(holds func(wireState) bool) (wireState, error) {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		s, news, fault := w.state()
		if fault != nil || holds(s) {
			return s, fault
		}
		if s.over {
			return s, fmt.Errorf("the stream is over: %w", s.status)
		}
		select {
		case <-news:
		case <-late.C:
			return s, fmt.Errorf("in vain: got %d, applied %d %v, end %v", s.got, s.applied, s.outcome, s.end)
		}
	}
}

// drop cuts the stream, as far as its client is concerned.
func (w *wireStream) drop() {
	w.cancel()
	w.running.Wait()
}

// finished waits for the RPC's status.
func (w *wireStream) finished() (error, error) {
	w.pause(false)
	select {
	case <-w.over:
	case <-time.After(patience):
		return nil, fmt.Errorf("the stream goes on")
	}
	s, _, fault := w.state()
	return s.status, fault
}
