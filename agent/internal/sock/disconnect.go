//go:build linux

package sock

import (
	"slices"

	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/poller"
)

// Disconnect is connect(2) with AF_UNSPEC. A datagram socket loses its peer and
// keeps what was received. A TCP socket's connection is reset, its attempt to
// connect or its listening ended; what was received goes with the kernel's own
// queue, held bytes and MANUAL ones too, and the socket can be used again. The
// kernel then tells ECONNRESET once (MPTCP does not): to a send under way that
// may wait, if there is one. Other calls like it get EPIPE, but a receive for all
// (WaitAll, AUTO) what it had gathered.
func (s *Socket) Disconnect() (Outcome, error) {
	none := &sockaddr{len: unix.SizeofSockaddrInet4}
	none.raw.Addr.Family = unix.AF_UNSPEC
	s.connecting.mu.Lock()
	defer s.connecting.mu.Unlock()
	errno, err := s.mayDissolve(unix.EPIPE, func() (errno unix.Errno, dissolves bool, err error) {
		errno, err = s.call(func(fd int) unix.Errno { return sysConnect(fd, none) })
		return errno, err == nil && errno == 0, err
	})
	if err != nil {
		return Outcome{}, err
	}
	return answered("connect", errno), nil
}

// mayDissolve makes a system call that may dissolve a TCP connection, and makes
// the socket then, as the kernel did, one that was never connected. Nobody
// sends or receives meanwhile: a call is either before it or behind it. Calls
// that sleep are told EPIPE, or with 0 what the kernel has pending, since it
// tells them no more either. The caller holds connecting.mu.
func (s *Socket) mayDissolve(told unix.Errno, call func() (errno unix.Errno, dissolves bool, err error)) (unix.Errno, error) {
	if !s.isTCP() {
		errno, _, err := call()
		return errno, err
	}
	errno, dissolved, err := s.dissolve(told, call)
	if !dissolved {
		return errno, err
	}
	if a := s.connecting.attempt; a != nil {
		a.over, a.dissolved, a.errno = true, true, told
		s.connecting.attempt = nil
	}
	s.mu.Lock() // goes before recv.mu
	s.readShut, s.writeShut = false, false
	s.mu.Unlock()
	s.desc.Signal(poller.Readable | poller.Writable)
	return errno, err
}

// dissolve does that to both directions.
func (s *Socket) dissolve(told unix.Errno, call func() (unix.Errno, bool, error)) (errno unix.Errno, dissolved bool, err error) {
	s.recv.mu.Lock()
	defer s.recv.mu.Unlock()
	s.steady.Lock()
	defer s.steady.Unlock()
	errno, dissolved, err = call()
	if dissolved {
		if told != 0 {
			s.disconnects.Add(1)
		}
		s.hadPeer.Store(false)
		s.recv.purge(s.env)
		s.forgetTold()
		s.send.forget()
	}
	return errno, dissolved, err
}

// ofOneLife makes a step of a receive that may wait answer as a recv(2) that
// sleeps while another thread disconnects: with EPIPE (0 on MPTCP), unless
// MSG_WAITALL has gathered some.
func (s *Socket) ofOneLife(c *clock, q ReceiveRequest, try step) step {
	if !c.blocks() || !s.isTCP() {
		return try
	}
	r, life := &s.recv, s.disconnects.Load()
	var gathered chunks // shares held's arrays
	var from int64
	return func(heldOnly bool) (Received, bool, error) {
		if s.disconnects.Load() != life {
			if gathered.len > 0 && from >= r.purged { // and nobody else took them
				return Received{Outcome: done(), Offset: from, Data: gathered.copied(0, gathered.len), StoppedBy: StoppedByEnd}, true, nil
			}
			if s.isMPTCP() {
				return Received{Outcome: done(), Offset: r.acked, End: true, StoppedBy: StoppedByEnd}, true, nil
			}
			return Received{Outcome: answered("recvmsg", unix.EPIPE), Offset: r.acked}, true, nil
		}
		got, ok, err := try(heldOnly)
		if q.WaitAll && !q.Manual && !ok {
			gathered, from = r.held, r.acked
			gathered.list = slices.Clone(r.held.list)
		}
		return got, ok, err
	}
}
