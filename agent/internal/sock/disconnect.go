//go:build linux

package sock

import (
	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/poller"
)

// Disconnect is connect(2) with AF_UNSPEC. A datagram socket loses its peer and
// keeps what was received. A TCP socket's connection is reset, its attempt to
// connect or its listening ended; what was received goes with the kernel's own
// queue, held bytes and MANUAL ones too, and the socket can be used again. The
// kernel then tells ECONNRESET once, and calls that were waiting get EPIPE.
func (s *Socket) Disconnect() (Outcome, error) {
	none := &sockaddr{len: unix.SizeofSockaddrInet4}
	none.raw.Addr.Family = unix.AF_UNSPEC
	k := &s.connecting
	k.mu.Lock()
	defer k.mu.Unlock()
	errno, err := s.call(func(fd int) unix.Errno { return sysConnect(fd, none) })
	if err != nil {
		return Outcome{}, err
	}
	if errno == 0 && s.isTCP() {
		s.dissolved()
	}
	return answered("connect", errno), nil
}

// dissolved makes a TCP socket, after the kernel did so, one that was never
// connected. The caller holds connecting.mu.
func (s *Socket) dissolved() {
	s.disconnects.Add(1)
	if a := s.connecting.attempt; a != nil {
		a.over, a.errno = true, unix.EPIPE
		s.connecting.attempt = nil
	}
	s.hadPeer.Store(false)
	s.recv.purge(s.env)
	s.mu.Lock()
	s.readShut, s.writeShut = false, false
	s.mu.Unlock()
	s.desc.Signal(poller.Readable | poller.Writable)
}
