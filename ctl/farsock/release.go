package farsock

import (
	"context"
	"fmt"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// closeWait is how long closing tries to reach an agent that is out of reach.
const closeWait = 5 * time.Second

// end begins closing; it is false if that was begun before.
func (h *handle) end() (*attachment, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.isClosed() {
		return nil, false
	}
	close(h.closed)
	return h.attached, true
}

// release ends the attachment and then, unless keep, the socket. The second
// and later calls return what the first did.
func (h *handle) release(keep, abort bool) error {
	a, first := h.end()
	if !first {
		<-h.closeDone
		return h.closeErr
	}
	defer close(h.closeDone)
	h.readBy.set(time.Time{})
	h.writeBy.set(time.Time{})
	wait := closeWait
	if a != nil {
		a.cancel()
		<-a.done
		if a.broken() != nil {
			wait = 0 // it was tried for long enough
		}
		// As a kernel does when data that it received is closed away.
		abort = abort || !h.messages() && a.unread()
	}
	taken := a != nil && reasonOf(a.broken()) == farsockv1.ErrorReason_ERROR_REASON_FENCED
	switch {
	case !keep && taken: // it is the taker's
	case !keep:
		h.closeErr = h.client.closeSocket(h.resource, abort, wait)
	case a != nil:
		h.closeErr = a.leave(wait)
	}
	return h.closeErr
}

// leave acknowledges, after the end of run, what was read; what was not stays at
// the agent.
func (a *attachment) leave(wait time.Duration) error {
	if err := a.broken(); err != nil {
		return err
	}
	a.settle()
	if !a.hasBegun() {
		return nil // nothing was read
	}
	ctx, cancel := context.WithTimeout(a.client.life, wait)
	defer cancel()
	for failures := 0; ; failures++ {
		// Acknowledgements on a Stream are not answered; to attach is.
		_, _, cancel, err := a.attach(ctx, a.request(), attachWait)
		if err == nil {
			cancel()
			a.vacate(ctx)
			return nil
		}
		if !resumable(err) || !sleep(ctx, pause(failures)) {
			return fmt.Errorf("what was read last may be received again: %w", restore(a.client.life, err))
		}
	}
}

// vacate waits until the agent has noticed the end of our last Stream, so that
// others find the socket free; not for long, since another may have it by then.
func (a *attachment) vacate(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, yieldWait)
	defer cancel()
	for failures := 0; ; failures++ {
		res, err := a.client.Sockets.GetSocket(ctx, &farsockv1.GetSocketRequest{Name: a.socket})
		if err != nil || !res.GetSocket().GetAttached() || !sleep(ctx, pause(failures)/10) {
			return
		}
	}
}

// closeSocket closes a socket on the agent. One that is gone already is no
// error. An agent that cannot be reached is tried again for that long.
func (c *Client) closeSocket(resource string, abort bool, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(c.life, callLimit)
	defer cancel()
	began := time.Now()
	for failures := 0; ; failures++ {
		res, err := c.Sockets.Close(ctx, &farsockv1.CloseRequest{Socket: resource, Abort: abort})
		switch {
		case err == nil:
			return OutcomeErr("close", res.GetOutcome())
		case gone(err):
			return nil
		case !resumable(err):
			return restore(c.life, err)
		case time.Since(began) > wait || !sleep(ctx, pause(failures)):
			return fmt.Errorf("the socket may stay open until its session ends: %w", restore(c.life, err))
		}
	}
}
