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
// reads. Progress reports never wait: while someone else is sending they
// merge, and whoever is done sends what has gathered. So a client that only
// writes for a while is not stopped by data that it has not fetched.
type outbox struct {
	send      func(*farsockv1.StreamResponse) error // one caller at a time: who holds turn
	turn      chan struct{}                         // capacity 1; full while someone sends
	patience  time.Duration                         // immutable
	impatient *time.Timer                           // runs while someone sends; who holds turn

	mu      sync.Mutex
	pending *farsockv1.Applied // guarded by mu; nil when everything is reported
}

// newOutbox calls stalled, once or more, when a send has lasted for patience:
// gRPC lets it return only while the client takes what was sent before. The
// caller calls close.
func newOutbox(send func(*farsockv1.StreamResponse) error, patience time.Duration, stalled func()) *outbox {
	o := &outbox{send: send, turn: make(chan struct{}, 1), patience: patience, impatient: time.AfterFunc(patience, stalled)}
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
	err := o.put(m)
	<-o.turn
	if err != nil {
		return err
	}
	return o.flush()
}

// report sends progress, or leaves it to whoever is sending. With very many
// refused datagrams to report it waits like data does.
func (o *outbox) report(done <-chan struct{}, a *farsockv1.Applied) error {
	o.mu.Lock()
	if o.pending != nil {
		a.Refused = append(o.pending.GetRefused(), a.GetRefused()...)
	}
	o.pending = a
	crowded := len(a.GetRefused()) >= maxRefused
	o.mu.Unlock()
	if crowded {
		select {
		case o.turn <- struct{}{}:
			<-o.turn
		case <-done:
			return errStreamOver
		}
	}
	return o.flush()
}

// flush sends what has gathered, unless someone is sending, who will look
// again.
func (o *outbox) flush() error {
	for o.gathered() {
		select {
		case o.turn <- struct{}{}:
		default:
			return nil
		}
		var err error
		if a := o.take(); a != nil {
			err = o.put(&farsockv1.StreamResponse{Message: &farsockv1.StreamResponse_Applied{Applied: a}})
		}
		<-o.turn
		if err != nil {
			return err
		}
	}
	return nil
}

func (o *outbox) gathered() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.pending != nil
}

func (o *outbox) take() *farsockv1.Applied {
	o.mu.Lock()
	defer o.mu.Unlock()
	a := o.pending
	o.pending = nil
	return a
}
