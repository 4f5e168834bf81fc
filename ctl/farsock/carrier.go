package farsock

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// carrier hands connections to gRPC and keeps those that are open, so that the
// client can wait for their end: gRPC closes them in the background.
type carrier struct {
	endpoint string    // immutable; for errors
	dial     dialFunc  // immutable
	born     time.Time // immutable

	mu     sync.Mutex
	first  net.Conn              // guarded by mu; made by Dial, gRPC takes it first
	open   map[*carried]struct{} // guarded by mu
	closed bool                  // guarded by mu
	cause  error                 // guarded by mu; *earlierError, *lostError or nil
	silent time.Time             // guarded by mu; when cause was last silence
}

// carried takes itself off its carrier's list when it is closed.
type carried struct {
	net.Conn
	carrier *carrier
	once    sync.Once
	err     error // written in once

	over  atomic.Bool  // it failed, or we closed it: what follows tells nothing new
	heard atomic.Int64 // when something last came, in nanoseconds since the carrier's birth
}

func newCarrier(endpoint string, dial dialFunc, first net.Conn) *carrier {
	return &carrier{endpoint: endpoint, dial: dial, born: time.Now(), first: first, open: map[*carried]struct{}{}}
}

func (c *carrier) dialContext(ctx context.Context, _ string) (net.Conn, error) {
	c.mu.Lock()
	conn := c.first
	c.first = nil
	c.mu.Unlock()
	if conn == nil {
		var err error
		if conn, err = c.dial(ctx); err != nil {
			c.failed(&earlierError{err})
			return nil, err
		}
	}
	k := &carried{Conn: conn, carrier: c}
	k.hear()
	c.mu.Lock()
	closed := c.closed
	if !closed {
		c.open[k] = struct{}{}
	}
	c.mu.Unlock()
	if closed {
		return nil, errors.Join(net.ErrClosed, k.Close())
	}
	return k, nil
}

// failed notes why no connection is there. It does so before gRPC hears of it,
// so that no call fails for a reason that is not known yet.
func (c *carrier) failed(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.cause = err
	if silent(err) {
		c.silent = time.Now()
	}
}

// lastSilent is when a connection was last given up, or not made, because
// nothing came.
func (c *carrier) lastSilent() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.silent
}

// lose notes the first thing that ended the connection.
func (k *carried) lose(err error) {
	if err != nil && k.over.CompareAndSwap(false, true) {
		k.carrier.failed(&lostError{err})
	}
}

func (k *carried) Read(b []byte) (int, error) {
	n, err := k.Conn.Read(b)
	if n > 0 {
		k.hear()
	}
	k.lose(err)
	return n, err
}

func (k *carried) Write(b []byte) (int, error) {
	n, err := k.Conn.Write(b)
	k.lose(err)
	return n, err
}

// hear notes that something came.
func (k *carried) hear() { k.heard.Store(int64(time.Since(k.carrier.born))) }

// Close closes the connection once and waits until that is done, whoever
// called first.
func (k *carried) Close() error {
	// Nothing failed and the client is open: gRPC gives it up.
	k.lose(errDeaf)
	k.once.Do(func() {
		k.err = k.Conn.Close()
		k.carrier.mu.Lock()
		delete(k.carrier.open, k)
		k.carrier.mu.Unlock()
	})
	return k.err
}

// giveUp closes the connections on which nothing has come since then: a call has
// waited in vain that long. gRPC makes another.
func (c *carrier) giveUp(since time.Time) {
	var silent []*carried
	c.mu.Lock()
	for k := range c.open {
		if k.heard.Load() < int64(since.Sub(c.born)) {
			silent = append(silent, k)
		}
	}
	c.mu.Unlock()
	for _, k := range silent {
		_ = k.Close()
	}
}

// refuse dials no more: the client is being closed.
func (c *carrier) refuse() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
}

// close closes what is open and what gRPC never took, and refuses more.
func (c *carrier) close() error {
	c.refuse()
	c.mu.Lock()
	first := c.first
	c.first = nil
	open := make([]*carried, 0, len(c.open))
	for k := range c.open {
		open = append(open, k)
	}
	c.mu.Unlock()
	var errs []error
	if first != nil {
		errs = append(errs, first.Close())
	}
	for _, k := range open {
		errs = append(errs, k.Close())
	}
	return errors.Join(errs...)
}
