//go:build linux

package sock

import (
	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/poller"
)

// How is shutdown(2)'s second argument.
type How int

// The directions.
const (
	ShutRead How = iota + 1
	ShutWrite
	ShutBoth
)

// Shutdown is shutdown(2). Receives and Sends that wait are woken by it.
func (s *Socket) Shutdown(how How) (Outcome, error) {
	n, ok := map[How]int{ShutRead: unix.SHUT_RD, ShutWrite: unix.SHUT_WR, ShutBoth: unix.SHUT_RDWR}[how]
	if !ok {
		return Outcome{}, &ArgumentError{Field: "how", Reason: "is unknown"}
	}
	k := &s.connecting
	k.mu.Lock()
	defer k.mu.Unlock()
	was := uint8(tcpEstablished)
	if s.isTCP() {
		was = s.tcpState()
	}
	errno, err := s.call(func(fd int) unix.Errno { return errnoOf(unix.Shutdown(fd, n)) })
	if err != nil {
		return Outcome{}, err
	}
	switch {
	case errno == 0 && (was == tcpListen || was == tcpSynSent) && s.tcpState() == tcpClose:
		// The kernel dissolves such a socket and shuts nothing.
		s.dissolved()
	case errno == 0, errno == unix.ENOTCONN && s.typ == Datagram && s.family != Unix:
		// UDP without a peer is shut down in spite of the error.
		s.mu.Lock()
		s.readShut = s.readShut || how != ShutWrite
		s.writeShut = s.writeShut || how != ShutRead
		s.mu.Unlock()
		s.desc.Signal(poller.Readable | poller.Writable)
	}
	return answered("shutdown", errno), nil
}

func (s *Socket) isReadShut() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.readShut
}
