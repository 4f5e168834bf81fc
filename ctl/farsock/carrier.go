package farsock

import (
	"context"
	"errors"
	"net"
	"sync"
)

// carrier hands connections to gRPC and keeps those that are open, so that the
// client can wait for their end: gRPC closes them in the background.
type carrier struct {
	dial dialFunc // immutable

	mu     sync.Mutex
	first  net.Conn              // guarded by mu; made by Dial, gRPC takes it first
	open   map[*carried]struct{} // guarded by mu
	closed bool                  // guarded by mu
}

// carried takes itself off its carrier's list when it is closed.
type carried struct {
	net.Conn
	carrier *carrier
	once    sync.Once
	err     error // written in once
}

func newCarrier(dial dialFunc, first net.Conn) *carrier {
	return &carrier{dial: dial, first: first, open: map[*carried]struct{}{}}
}

func (c *carrier) dialContext(ctx context.Context, _ string) (net.Conn, error) {
	c.mu.Lock()
	conn := c.first
	c.first = nil
	c.mu.Unlock()
	if conn == nil {
		var err error
		if conn, err = c.dial(ctx); err != nil {
			return nil, err
		}
	}
	k := &carried{Conn: conn, carrier: c}
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

// Close closes the connection once and waits until that is done, whoever
// called first.
func (k *carried) Close() error {
	k.once.Do(func() {
		k.err = k.Conn.Close()
		k.carrier.mu.Lock()
		delete(k.carrier.open, k)
		k.carrier.mu.Unlock()
	})
	return k.err
}

// close closes what is open and what gRPC never took, and refuses more.
func (c *carrier) close() error {
	c.mu.Lock()
	c.closed = true
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
