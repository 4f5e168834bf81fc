//go:build linux

package rpc

import (
	"sync"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// maxRefused bounds the refused datagrams that wait to be reported.
const maxRefused = 1024

// outbox lets the two directions of a Stream share its one sender. Data waits
// for its turn, which is how a client that does not read stops the agent's
// reads. Progress reports never wait: they merge, and a goroutine of their own
// sends what has gathered when its turn comes. So a client that only writes for
// a while is not stopped by data that it has not fetched.
type outbox struct {
	send      func(*farsockv1.StreamResponse) error // one caller at a time: who holds turn
	start     func(func())                          // immutable; runs the goroutine that sends reports
	turn      chan struct{}                         // capacity 1; full while someone sends
	patience  time.Duration                         // immutable
	impatient *time.Timer                           // runs while someone sends; who holds turn

	mu      sync.Mutex
	pending *farsockv1.Applied // guarded by mu; nil when everything is reported
	sent    chan struct{}      // guarded by mu; nil, or closed once the reporting goroutine ends
	err     error              // guarded by mu; why it could not send
}

// newOutbox calls stalled, once or more, when a send has lasted for patience:
// gRPC lets it return only while the client takes what was sent before. What
// start runs ends when the RPC does. The caller calls close.
func newOutbox(send func(*farsockv1.StreamResponse) error, start func(func()), patience time.Duration, stalled func()) *outbox {
	o := &outbox{send: send, start: start, turn: make(chan struct{}, 1), patience: patience, impatient: time.AfterFunc(patience, stalled)}
	o.impatient.Stop()
	return o
}

func (o *outbox) close() { o.impatient.Stop() }

// put sends one message. The caller holds turn.
func (o *outbox) put(m *farsockv1.StreamResponse) error {
	o.impatient.Reset(o.patience)
	defer o.impatient.Stop()
	return o.send(m)
}

// deliver sends m, after waiting for its turn. It ends when the RPC does.
func (o *outbox) deliver(done <-chan struct{}, m *farsockv1.StreamResponse) error {
	select {
	case o.turn <- struct{}{}:
	case <-done:
		return errStreamOver
	}
	defer func() { <-o.turn }()
	return o.put(m)
}

// report has progress sent. With very many refused datagrams to report it waits
// like data does.
func (o *outbox) report(done <-chan struct{}, a *farsockv1.Applied) error {
	o.mu.Lock()
	if o.pending != nil {
		a.Refused = append(o.pending.GetRefused(), a.GetRefused()...)
	}
	o.pending = a
	crowded, err := len(a.GetRefused()) >= maxRefused, o.err
	begin := err == nil && o.sent == nil
	if begin {
		o.sent = make(chan struct{})
	}
	o.mu.Unlock()
	if begin {
		o.start(func() { o.flush(done) })
	}
	if err == nil && crowded {
		return o.settled(done)
	}
	return err
}

// settled waits until everything is reported.
func (o *outbox) settled(done <-chan struct{}) error {
	o.mu.Lock()
	sent, err := o.sent, o.err
	o.mu.Unlock()
	if sent == nil {
		return err
	}
	select {
	case <-sent:
		o.mu.Lock()
		defer o.mu.Unlock()
		return o.err
	case <-done:
		return errStreamOver
	}
}

// flush sends what has gathered, until nothing has.
func (o *outbox) flush(done <-chan struct{}) {
	for {
		select {
		case o.turn <- struct{}{}:
		case <-done:
			o.take(errStreamOver)
			return
		}
		a := o.take(nil)
		if a == nil {
			<-o.turn
			return
		}
		err := o.put(&farsockv1.StreamResponse{Message: &farsockv1.StreamResponse_Applied{Applied: a}})
		<-o.turn
		if err != nil {
			o.take(err)
			return
		}
	}
}

// take returns what has gathered. With nothing, or an error, the reporting
// goroutine is over.
func (o *outbox) take(err error) *farsockv1.Applied {
	o.mu.Lock()
	defer o.mu.Unlock()
	a := o.pending
	o.pending = nil
	if a == nil || err != nil {
		o.err = err
		close(o.sent)
		o.sent = nil
	}
	return a
}
