//go:build linux

package sock

import "golang.org/x/sys/unix"

// noteTold keeps an error that ends the connection and that a call beside
// recv(2) is told: the kernel tells it once, and recv(2) then an orderly end. It
// runs with steady held for reading.
func (s *Socket) noteTold(e unix.Errno) {
	if e == 0 || e == unix.EAGAIN || s.typ == Datagram {
		return
	}
	switch out := answered("recvmsg", e); out.Code {
	case BrokenPipe, NotConnected:
	default:
		if s.over(&out) {
			s.told.Store(int32(e))
		}
	}
}

// howEnded is how the receiving direction ended of which recv(2) says that it is
// over. The caller holds recv.mu.
func (s *Socket) howEnded() Outcome {
	s.steady.Lock() // for a send that has just been told and not noted it yet
	e := s.told.Load()
	s.steady.Unlock()
	return answered("recvmsg", unix.Errno(e))
}
