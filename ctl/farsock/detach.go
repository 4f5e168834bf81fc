package farsock

import (
	"context"
	"errors"
	"net"
	"syscall"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// errUnread is an Unread of more than the last Read returned.
var errUnread = errors.New("more than the last Read returned")

// Attach attaches to the socket now, and not at the first Read or Write, and
// returns what the agent answered. Not to be changed. If the socket is in use by
// another it is tried for 1 s; then the error's reason is ATTACHED or BUSY. A
// failure is the Conn's end.
func (c *Conn) Attach(ctx context.Context) (*farsockv1.Attached, error) {
	a, err := c.h.attachment()
	if err != nil {
		return nil, c.err("attach", err)
	}
	m, err := a.attached(ctx)
	return m, c.err("attach", err)
}

// NotifyLink has f called when the Stream that carries the Conn breaks and is to
// be resumed, with why, and with nil when the next goes on. f is called by one
// goroutine at a time, which serves the Conn and should not be held up; never
// after Close or Detach. It has to be asked for before the Conn is used, else it
// is an error.
func (c *Conn) NotifyLink(f func(broken error)) error {
	return c.err("set", c.h.prepare(func() { c.h.notify = f }))
}

// Steal has the Conn take the socket from another that is attached to it, whose
// Conn then is lost, instead of failing with reason ATTACHED. It has to be asked
// for before the Conn is used, else it is an error. The Conn does not steal again
// if another takes the socket later.
func (c *Conn) Steal() error {
	return c.err("set", c.h.prepare(func() { c.h.steal = true }))
}

// prepare changes what an attachment begins with.
func (h *handle) prepare(change func()) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.isClosed():
		return net.ErrClosed
	case h.attached != nil:
		return syscall.EISCONN
	}
	change()
	return nil
}

// Unread gives the last n bytes of what the last Read returned back: the next
// Read returns them, and after Detach the agent still has them. On a socket of
// datagrams or packets it is syscall.EOPNOTSUPP.
func (c *Conn) Unread(n int) error {
	if c.h.messages() {
		return c.err("unread", syscall.EOPNOTSUPP)
	}
	if err := c.h.enter(c.h.reading, newDeadline()); err != nil {
		return c.err("unread", err)
	}
	defer func() { <-c.h.reading }()
	if a := c.h.present(); n < 0 || n > 0 && (a == nil || !a.untake(n)) {
		return c.err("unread", errUnread)
	}
	return nil
}

// Detach ends the Conn and leaves the socket open on the agent, with all that
// arrived and that Read did not return: others receive it, and find the socket
// free. It waits until the agent knows; while that is out of reach it tries for 5 s, and its error then
// says that what Read returned last may be received again. What a Write that
// timed out left behind may not be sent. It returns the *StreamLostError of a
// Conn that is lost.
func (c *Conn) Detach() error { return c.err("close", c.h.release(true, false)) }

// present returns the attachment, nil if there is none.
func (h *handle) present() *attachment {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.attached
}

func (a *attachment) untake(n int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.inbox.untake(n) {
		return false
	}
	poke(a.arrived)
	return true
}
