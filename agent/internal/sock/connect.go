//go:build linux

package sock

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/poller"
)

// connecting is the connection attempt that runs in the kernel.
type connecting struct {
	mu      sync.Mutex
	attempt *attempt // guarded by mu; nil while none runs
}

// attempt ends when a connect(2) of ours gets its result from the kernel. Who
// else waits for it reads the result here, since the kernel tells it once.
type attempt struct {
	over  bool       // guarded by connecting.mu
	errno unix.Errno // guarded by connecting.mu; 0 also for what the kernel has pending, if dissolved
	// dissolved: shutdown(2) or a disconnect ended it.
	dissolved bool // guarded by connecting.mu
}

// Connect is connect(2), after resolving a name. The stage is StageResolve or
// StageConnect when not Done, else 0. On a datagram socket it sets the default
// destination.
//
// Under For(0) the kernel answers: InProgress, Already, Done once, then
// AlreadyConnected, or the pending error. Otherwise a running attempt is
// awaited first. If the wait elapses the attempt goes on in the kernel.
func (s *Socket) Connect(ctx context.Context, a Address, w Wait) (Outcome, Stage, error) {
	c := w.begin(ctx, durationOf(&s.sendTimeout, w))
	defer c.end()
	return s.connect(c, a)
}

// durationOf reads a cached timeout option, which counts only under Forever.
func durationOf(ns *atomic.Int64, w Wait) time.Duration {
	if !w.forever {
		return 0
	}
	return time.Duration(ns.Load())
}

func (s *Socket) connect(c *clock, a Address) (Outcome, Stage, error) {
	sa, addr, out, err := s.lookup(c, a)
	if err != nil || !out.OK() {
		return out, StageResolve, err
	}
	if err := s.authorize(c.ctx, OpConnect, addr); err != nil {
		return Outcome{}, StageConnect, err
	}
	out, err = s.awaitConnect(c, sa)
	if err != nil {
		return Outcome{}, StageConnect, err
	}
	out.Peer = &addr
	if out.OK() {
		s.hadPeer.Store(true)
		return out, 0, nil
	}
	return out, StageConnect, nil
}

func (s *Socket) awaitConnect(c *clock, sa *sockaddr) (Outcome, error) {
	var mine *attempt
	for {
		errno, mark, err := s.tryConnect(sa, &mine)
		if err != nil {
			return Outcome{}, err
		}
		switch {
		case errno == unix.EINPROGRESS, errno == unix.EALREADY:
			if !c.blocks() {
				return answered("connect", errno), nil
			}
			err = c.await(s.desc, poller.Interest{Events: poller.Writable, Mark: mark, Observer: true})
		case errno == unix.EAGAIN && s.family == Unix:
			// The listener's backlog is full. The kernel wakes nobody for that
			// on a non-blocking socket.
			err = c.pause(s.desc)
		default:
			return answered("connect", errno), nil
		}
		if err == errElapsed {
			if !c.blocks() || c.byOption() {
				return answered("connect", errno), nil
			}
			return Outcome{Code: WaitElapsed}, nil
		}
		if err != nil {
			return Outcome{}, err
		}
	}
}

// tryConnect is one connect(2). Repeating the call is how a finished attempt's
// result is read: it tells apart what SO_ERROR cannot, and leaves the kernel's
// own state as a blocking connect would. mine is the attempt that the caller
// waits for, set on the way.
func (s *Socket) tryConnect(sa *sockaddr, mine **attempt) (unix.Errno, uint64, error) {
	k := &s.connecting
	k.mu.Lock()
	defer k.mu.Unlock()
	if a := *mine; a != nil && a.over {
		if a.dissolved && a.errno == 0 {
			errno, err := s.aborted()
			return errno, 0, err
		}
		return a.errno, 0, nil
	}
	errno, err := s.mayBegin(func() (unix.Errno, error) {
		return s.call(func(fd int) unix.Errno { return sysConnect(fd, sa) })
	})
	if err != nil {
		return 0, 0, err
	}
	switch {
	case errno == unix.EINPROGRESS, errno == unix.EALREADY:
		if k.attempt == nil {
			k.attempt = &attempt{}
		}
		*mine = k.attempt
	case k.attempt != nil:
		k.attempt.over, k.attempt.errno = true, errno
		k.attempt = nil
		s.desc.Signal(poller.Writable)
	}
	return errno, s.desc.Mark(), nil
}

// aborted is what a connect(2) answers that finds its attempt gone when it wakes:
// the pending error, which it takes, or ECONNABORTED.
func (s *Socket) aborted() (unix.Errno, error) {
	return s.call(func(fd int) unix.Errno { return pendingOr(fd, unix.ECONNABORTED) })
}

// pendingOr takes the pending error, or answers another if there is none.
func pendingOr(fd int, none unix.Errno) unix.Errno {
	n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	switch {
	case err != nil:
		return errnoOf(err)
	case n == 0:
		return none
	}
	return unix.Errno(n)
}

// mayBegin makes a system call that may begin a TCP connection. What an earlier
// attempt left behind is not the new one's: its errors and its ends. Nobody
// receives meanwhile, so that nothing of the new one is forgotten.
func (s *Socket) mayBegin(call func() (unix.Errno, error)) (unix.Errno, error) {
	if !s.isTCP() {
		return call()
	}
	s.recv.mu.Lock()
	defer s.recv.mu.Unlock()
	before := s.tcpState()
	errno, err := call()
	if err == nil && before == tcpClose && (errno == 0 || errno == unix.EINPROGRESS) {
		s.recv.forget()
		s.send.forget()
		s.forgetTold()
		s.chosen.use()
	}
	return errno, err
}
