//go:build linux

package e2e

import (
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stopper is a connection that can be cut in every way: TCP's and unix's.
type stopper interface {
	net.Conn
	CloseWrite() error
	syscall.Conn
}

// carrying is one connection through the proxy.
type carrying struct {
	proxy         *proxy
	client, agent stopper
	over          chan struct{} // closed when it was cut

	mu    sync.Mutex
	taps  *streamTap // guarded by mu
	ended bool       // guarded by mu; no more is passed on
}

// holeLength is how long a hole lasts: until the client gives up, or so long.
type holeLength struct {
	untilGivenUp bool
	client       time.Duration // what the client waits, unless it gives up
	agent        time.Duration // how much longer the agent's side stays silent
}

// patientMost ends a hole that nobody leaves; the clients' keep-alive takes 15 s.
const patientMost = 40 * time.Second

// hole draws one; p.mu is held.
func (p *proxy) hole() holeLength {
	h := holeLength{
		untilGivenUp: p.plan.PatienceEvery > 0 && p.holes%p.plan.PatienceEvery == 0,
		client:       time.Duration(p.random.Int64N(int64(500 * time.Millisecond))),
		agent:        time.Duration(p.random.Int64N(int64(2 * time.Second))),
	}
	p.holes++
	return h
}

// carry lasts until either side has gone or the connection was cut.
func (p *proxy) carry(client stopper) {
	defer func() { _ = client.Close() }()
	conn, err := net.Dial("unix", p.plan.Target)
	if err != nil {
		return
	}
	c := &carrying{proxy: p, client: client, agent: conn.(stopper), over: make(chan struct{}), taps: newStreamTap()}
	defer func() { _ = c.agent.Close() }()
	var ways sync.WaitGroup
	ways.Go(func() { c.copy(fromClient, c.agent, c.client) })
	ways.Go(func() { c.copy(fromAgent, c.client, c.agent) })
	ways.Wait()
}

// copy carries one direction.
func (c *carrying) copy(way int, to, from stopper) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 && !c.pass(way, to, buf[:n]) {
			return
		}
		if err != nil {
			_ = to.CloseWrite()
			return
		}
	}
}

// pass hands bytes on; false: no more is to be carried, and the connection is
// over.
func (c *carrying) pass(way int, to stopper, b []byte) bool {
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		<-c.over
		return false
	}
	n, cut, hold := c.proxy.take(len(b))
	if cut == nil {
		c.taps.eat(way, b)
		c.mu.Unlock()
		_, err := to.Write(b)
		return err == nil
	}
	c.ended = true
	c.taps.eat(way, b[:n])
	cut.Up, cut.Down = c.taps.underWay(way, b[n:])
	c.mu.Unlock()
	_, _ = to.Write(b[:n]) // who has gone meanwhile needs no cut
	c.cut(cut, hold)
	c.proxy.tell(*cut)
	close(c.over)
	return false
}

func (c *carrying) cut(news *proxyNews, hold holeLength) {
	switch news.Kind {
	case cutFIN:
		// Reading on until they close as well, or it would be a reset.
		var both sync.WaitGroup
		for _, end := range []stopper{c.client, c.agent} {
			both.Go(func() { finish(end) })
		}
		both.Wait()
	case cutRST:
		news.Reset = unread(c.client)
		reset(c.client)
		reset(c.agent)
	case cutHole:
		news.GaveUp = hold.wait(c.client)
		reset(c.client)
		time.Sleep(hold.agent) // drawn as well
		reset(c.agent)
	}
}

// finish ends a direction in order and takes what still comes.
func finish(end stopper) {
	_ = end.CloseWrite()
	_ = end.SetReadDeadline(time.Now().Add(2 * time.Second))
	buf := make([]byte, 32<<10)
	for {
		if _, err := end.Read(buf); err != nil {
			return
		}
	}
}

// reset closes so that the other end gets ECONNRESET.
func reset(end stopper) {
	if tcp, ok := end.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = end.Close()
}

// unread waits a moment for bytes that a unix socket has to have unread to reset
// its peer; a client that sends has them there at once. TCP needs none.
func unread(end stopper) bool {
	_, tcp := end.(*net.TCPConn)
	return tcp || polled(end, unix.POLLIN, 50*time.Millisecond)
}

// polled waits for events on a connection that nobody reads; false: in vain.
func polled(end stopper, events int16, limit time.Duration) (found bool) {
	raw, err := end.SyscallConn()
	if err != nil {
		return false
	}
	_ = raw.Control(func(fd uintptr) {
		fds := []unix.PollFd{{Fd: int32(fd), Events: events}}
		for until := time.Now().Add(limit); !found && time.Now().Before(until); {
			n, _ := unix.Poll(fds, int(time.Until(until).Milliseconds())+1)
			found = n > 0
		}
	})
	return found
}

// wait stays in the hole; true if the client left it by itself.
func (h holeLength) wait(client stopper) bool {
	if !h.untilGivenUp {
		time.Sleep(h.client) // its length is what was drawn, nothing is waited for
		return false
	}
	return polled(client, unix.POLLRDHUP, patientMost)
}
