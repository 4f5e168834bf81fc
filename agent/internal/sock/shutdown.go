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
	s.connecting.mu.Lock()
	defer s.connecting.mu.Unlock()
	shuts := false
	errno, err := s.mayDissolve(0, func() (errno unix.Errno, dissolves bool, err error) {
		was := uint8(tcpEstablished)
		if s.isTCP() {
			was = s.tcpState()
		}
		errno, err = s.call(func(fd int) unix.Errno { return errnoOf(unix.Shutdown(fd, n)) })
		if was == tcpListen || was == tcpSynSent {
			// The kernel dissolves such a socket, or leaves a listener alone.
			return errno, err == nil && errno == 0 && s.tcpState() == tcpClose, err
		}
		// An inet socket without a peer is shut down in spite of the error.
		shuts = errno == 0 || errno == unix.ENOTCONN && s.family != Unix
		return errno, false, err
	})
	if err != nil {
		return Outcome{}, err
	}
	if shuts {
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

func (s *Socket) isWriteShut() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writeShut
}
