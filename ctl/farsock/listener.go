package farsock

import (
	"context"
	"net"
	"os"
	"sync"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// Listener is a listening socket on the agent's host as a net.Listener. No
// connection is lost to a deadline: one that was accepted while the deadline
// passed is what the next Accept returns. Nor to a connection to the agent that
// breaks: Accept goes on when there is another, and fails with ErrSessionLost
// when the session must have ended meanwhile, as a Conn has it.
type Listener struct {
	*control
	acceptBy *deadline

	accepts   sync.WaitGroup // Add only under mu and while not closed
	closed    chan struct{}  // closed, under mu, when Close begins
	closeDone chan struct{}  // closed when it has ended
	closeErr  error          // written before closeDone is closed

	mu sync.Mutex
	// pending are request ids of Accepts that were given up: the agent may
	// have taken a connection for each. Guarded by mu; at most as many as
	// Accepts ran at once.
	pending []string
}

var _ net.Listener = (*Listener)(nil)

func newListener(s *Session, network string, socket *farsockv1.Socket) *Listener {
	return &Listener{
		control:   newControl(s.client, s.lease(), network, socket),
		acceptBy:  newDeadline(),
		closed:    make(chan struct{}),
		closeDone: make(chan struct{}),
	}
}

// Accept waits for a connection and returns it as a *Conn. The caller closes
// it; closing the listener does not.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.AcceptConn()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// AcceptConn is Accept with the connection's own type.
func (l *Listener) AcceptConn() (*Conn, error) {
	id, err := l.begin()
	if err != nil {
		return nil, l.err("accept", err)
	}
	defer l.accepts.Done()
	ctx, cancel := context.WithCancelCause(l.client.life)
	var watcher sync.WaitGroup
	watcher.Go(func() {
		select {
		case <-l.acceptBy.done():
			cancel(os.ErrDeadlineExceeded)
		case <-l.closed:
			cancel(net.ErrClosed)
		case <-ctx.Done():
		}
	})
	res, err := l.accept(ctx, id)
	cause := context.Cause(ctx)
	cancel(nil)
	watcher.Wait()
	switch {
	case err != nil:
		l.giveUp(id, err)
		if cause == nil {
			cause = restore(l.client.life, err)
		}
		return nil, l.err("accept", cause)
	case res.GetSocket() == nil:
		err := OutcomeErr("accept", res.GetOutcome())
		if err == nil {
			err = errProtocol
		}
		return nil, l.err("accept", err)
	}
	return newConn(l.client, l.lease, l.network, res.GetSocket()), nil
}

// accept is repeated when the connection to the agent breaks, for as long as the
// session may live: with the same id no connection is taken twice.
func (l *Listener) accept(ctx context.Context, id string) (*farsockv1.AcceptResponse, error) {
	var wait patience
	for failures := 0; ; failures++ {
		began := time.Now()
		res, err := l.client.Sockets.Accept(ctx, &farsockv1.AcceptRequest{Socket: l.resource, RequestId: id})
		if err == nil || !resumable(err) || ctx.Err() != nil {
			return res, err
		}
		if wait.met.IsZero() || time.Since(began) > steady {
			wait, failures = patience{client: l.client, lease: l.lease, met: time.Now()}, 0
		}
		wait.judge(err)
		if wait.over() || !sleep(ctx, pause(failures)) {
			return nil, &restoredError{as: ErrSessionLost, err: err}
		}
		if err := wait.reach(ctx); err != nil {
			return nil, &restoredError{as: ErrSessionLost, err: err}
		}
	}
}

// begin counts an Accept and chooses its request id: one that was given up, if
// there is one.
func (l *Listener) begin() (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.closed:
		return "", net.ErrClosed
	default:
	}
	if l.acceptBy.expired() {
		return "", os.ErrDeadlineExceeded
	}
	l.accepts.Add(1)
	if last := len(l.pending) - 1; last >= 0 {
		id := l.pending[last]
		l.pending = l.pending[:last]
		return id, nil
	}
	return uuid.NewString(), nil
}

// giveUp keeps the id of an Accept whose answer was not seen.
func (l *Listener) giveUp(id string, err error) {
	switch status.Code(err) {
	case codes.Canceled, codes.DeadlineExceeded, codes.Unavailable:
		l.mu.Lock()
		defer l.mu.Unlock()
		l.pending = append(l.pending, id)
	}
}

// Close closes the socket on the agent's host; Accepts under way return
// net.ErrClosed. Connections that were returned stay open. A socket that is
// gone already is no error. It is idempotent.
func (l *Listener) Close() error {
	l.mu.Lock()
	first := true
	select {
	case <-l.closed:
		first = false
	default:
		close(l.closed)
	}
	l.mu.Unlock()
	if !first {
		<-l.closeDone
		return l.closeErr
	}
	defer close(l.closeDone)
	l.acceptBy.set(time.Time{})
	l.accepts.Wait()
	for _, id := range l.pending { // nobody else is left to change it
		l.reclaim(id)
	}
	l.closeErr = l.err("close", l.client.closeSocket(l.resource, false, closeWait))
	return l.closeErr
}

// reclaim closes the connection that a given-up Accept may have taken.
func (l *Listener) reclaim(id string) {
	ctx, cancel := context.WithTimeout(l.client.life, callLimit)
	defer cancel()
	res, err := l.client.Sockets.Accept(ctx, &farsockv1.AcceptRequest{
		Socket: l.resource, RequestId: id, Wait: durationpb.New(0)})
	if err == nil && res.GetSocket() != nil {
		// What cannot be closed now ends with the session.
		_ = l.client.closeSocket(wire.SocketUID(res.GetSocket().GetUid()), false, 0)
	}
}

// Addr is the address on the agent's host, with the port that the kernel chose.
func (l *Listener) Addr() net.Addr { return l.local }

// Socket is the socket as it was when the Listener was made. Not to be changed.
func (l *Listener) Socket() *farsockv1.Socket { return l.socket }

// SetDeadline sets the deadline of Accept, of those under way, too; the zero
// time means none.
func (l *Listener) SetDeadline(t time.Time) error {
	select {
	case <-l.closed:
		return l.err("set", net.ErrClosed)
	default:
	}
	l.acceptBy.set(t)
	return nil
}

func (l *Listener) err(op string, err error) error {
	if err == nil {
		return nil
	}
	return &net.OpError{Op: op, Net: l.network, Addr: l.local, Err: err}
}
