//go:build linux

package sock

import "golang.org/x/sys/unix"

// peerless reports whether a socket that needs a connection has none, and is not
// about to.
func (s *Socket) peerless() bool {
	if s.typ == Datagram || s.isTCP() && s.tcpState() == tcpSynSent {
		return false
	}
	peer, err := s.peer()
	return err == nil && peer == nil
}

// notConnected is what getpeername(2) answered where peerless is true.
func notConnected() Outcome { return answered("getpeername", unix.ENOTCONN) }
