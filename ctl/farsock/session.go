package farsock

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// ErrSessionLost is what Session.Err and StreamLostError wrap when the session
// has ended without Session.Close, or has to be taken for that: connections to the
// agent were refused, or broke, for its whole TTL and 17 s, in which the agent
// notices, too. Silence proves nothing, since the agent may be paused, and then no
// lease runs: that time starts anew with it. After four TTLs and 60 s of nothing
// else the session is taken for lost all the same.
var ErrSessionLost = errors.New("session lost")

// SessionConfig says what session to open.
type SessionConfig struct {
	// ID is 1 to 64 letters, digits, '-' and '_', unique among the caller's
	// live sessions. Empty: the agent gives one.
	ID string
	// TTL is how long the session lives unrenewed, 5 s to the agent's maximum.
	// Zero: 30 s.
	TTL time.Duration
	// KeepAlive renews the session every third of its TTL until Close. Without
	// it only the calls on the session renew it, a Conn that is in use among
	// them. It also finds out, within two thirds of the TTL, that a connection
	// has gone silent; gRPC's own keep-alive takes 15 s.
	KeepAlive bool
}

// Session is a lease on an agent; it owns sockets. It may be used by any number
// of goroutines.
type Session struct {
	client   *Client
	name     string        // immutable
	uid      string        // immutable
	resource string        // immutable; by uid, so that a successor is never met
	ttl      time.Duration // immutable
	kept     bool          // immutable; KeepAlive

	stop context.CancelFunc // ends the keep-alive and what it cleans up
	life context.Context
	wg   sync.WaitGroup // Add only under mu and while not closed

	mu     sync.Mutex
	closed bool          // guarded by mu
	err    error         // guarded by mu; set before lost is closed
	lost   chan struct{} // closed once, under mu
}

// OpenSession creates a session. The caller closes it; if the process ends
// first, the agent ends it after its TTL.
func (c *Client) OpenSession(ctx context.Context, cfg SessionConfig) (*Session, error) {
	req := &farsockv1.CreateSessionRequest{SessionId: cfg.ID}
	if cfg.TTL != 0 {
		req.Ttl = durationpb.New(cfg.TTL)
	}
	res, err := c.Sessions.CreateSession(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("create session: %w", err)
	}
	return c.session(res.GetSession(), cfg.KeepAlive), nil
}

// JoinSession uses a session that exists, named "sessions/ID" or
// "sessions/UID". Closing it ends the session for everyone.
func (c *Client) JoinSession(ctx context.Context, name string) (*Session, error) {
	res, err := c.Sessions.RenewSession(ctx, &farsockv1.RenewSessionRequest{Name: name})
	if err != nil {
		return nil, fmt.Errorf("join %s: %w", name, err)
	}
	return c.session(res.GetSession(), false), nil
}

func (c *Client) session(info *farsockv1.Session, keepAlive bool) *Session {
	s := &Session{
		client:   c,
		name:     info.GetName(),
		uid:      info.GetUid(),
		resource: wire.SessionName(info.GetUid()),
		ttl:      info.GetTtl().AsDuration(),
		kept:     keepAlive,
		lost:     make(chan struct{}),
	}
	s.life, s.stop = context.WithCancel(c.life)
	if keepAlive {
		s.background(s.keepAlive)
	}
	return s
}

// Name is "sessions/ID".
func (s *Session) Name() string { return s.name }

// UID is the agent's own name for the session, never used again.
func (s *Session) UID() string { return s.uid }

// TTL is how long the session lives unrenewed.
func (s *Session) TTL() time.Duration { return s.ttl }

// lease is the session as its sockets see it.
func (s *Session) lease() lease {
	if s.kept {
		return lease{ttl: s.ttl, keeper: s}
	}
	return lease{ttl: s.ttl}
}

// keeps says whether the keep-alive is at work and has not given up.
func (s *Session) keeps() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept && !s.closed && s.err == nil
}

// Lost is closed when the keep-alive has found that the session is gone, and
// its sockets with it, or has to be taken for that: see ErrSessionLost. It stays
// open after Close, and without keep-alive.
func (s *Session) Lost() <-chan struct{} { return s.lost }

// Err says why the session was lost; nil while it is not. It wraps
// ErrSessionLost and what the agent said.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Close ends the session on the agent, which closes its sockets, and waits for
// the keep-alive. A session that is over already is no error. It is
// idempotent.
func (s *Session) Close(ctx context.Context) error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.wg.Wait()
	if !first {
		return nil
	}
	_, err := s.client.Sessions.CloseSession(ctx, &farsockv1.CloseSessionRequest{Name: s.resource})
	if gone(err) {
		return nil
	}
	return err
}

// background runs f in a goroutine that Close waits for and that ends with
// s.life. It is false if the session or the client is closed.
func (s *Session) background(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.wg.Add(1)
	started := s.client.start(func() {
		defer s.wg.Done()
		f()
	})
	if !started {
		s.wg.Done()
	}
	return started
}

// keepAlive renews every third of the TTL, and soon again while the agent cannot
// be reached.
func (s *Session) keepAlive() {
	wait := patience{client: s.client, lease: lease{ttl: s.ttl}, met: time.Now()}
	timer := time.NewTimer(s.ttl / 3)
	defer timer.Stop()
	for failures := 0; ; {
		select {
		case <-s.life.Done():
			return
		case <-timer.C:
		}
		started := time.Now()
		err := s.renew()
		switch {
		case s.life.Err() != nil:
			return
		case err == nil:
			wait.meet(started)
			failures = 0
			timer.Reset(s.ttl / 3)
			continue
		}
		wait.judge(err)
		if gone(err) || wait.over() {
			s.lose(err)
			return
		}
		timer.Reset(pause(failures))
		failures++
	}
}

// renew is given up soon enough to be repeated within the TTL. If nothing at all
// came meanwhile the connection is given up with it.
func (s *Session) renew() error {
	ctx, cancel := context.WithTimeout(s.life, min(max(s.ttl/3, time.Second), callLimit))
	defer cancel()
	began := time.Now()
	_, err := s.client.Sessions.RenewSession(ctx, &farsockv1.RenewSessionRequest{Name: s.resource})
	if ctx.Err() != nil && s.life.Err() == nil {
		s.client.carrier.giveUp(began)
		return &SilentError{Waited: time.Since(began)}
	}
	return err
}

func (s *Session) lose(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = &restoredError{as: ErrSessionLost, err: err}
	close(s.lost)
}
