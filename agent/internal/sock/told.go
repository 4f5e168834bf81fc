//go:build linux

package sock

import "golang.org/x/sys/unix"

// noteTold keeps an error that ends the connection and that a call beside
// recv(2) is told: the kernel tells it once, and recv(2) then an orderly end. One
// that an Attachment is told is owed to the others. It runs with steady held for
// reading.
func (s *Socket) noteTold(e unix.Errno, attached bool) {
	if e == 0 || e == unix.EAGAIN || s.typ == Datagram {
		return
	}
	switch out := answered("recvmsg", e); out.Code {
	case BrokenPipe, NotConnected:
	default:
		if s.over(&out) {
			s.told.Store(int32(e))
			if attached {
				s.owed.Store(int32(e))
			}
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

// takeOwed returns an error that only an Attachment's send was told, 0 if there
// is none, and then none is owed.
func (s *Socket) takeOwed() unix.Errno {
	s.steady.Lock() // as above
	defer s.steady.Unlock()
	return unix.Errno(s.owed.Swap(0))
}

// pendOwed is for where recv(2) says that the direction is over: what is owed is
// pending then, as if recv(2) had told it. The caller holds recv.mu.
func (s *Socket) pendOwed() bool {
	e := s.takeOwed()
	if e != 0 {
		s.pend(e)
	}
	return e != 0
}

// forgetTold is for a new connection, or none.
func (s *Socket) forgetTold() {
	s.told.Store(0)
	s.owed.Store(0)
}
