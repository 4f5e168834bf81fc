//go:build linux

package sock

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/poller"
)

// Origin says where an ExtendedError came from (SO_EE_ORIGIN_...).
type Origin int

// The origins; 0 for none of these.
const (
	OriginLocal Origin = iota + 1
	OriginICMP
	OriginICMP6
	OriginTimestamping
	OriginZeroCopy
)

// ExtendedError is one struct sock_extended_err.
type ExtendedError struct {
	Errno      unix.Errno
	Origin     Origin
	Type, Code int
	Info, Data uint32
	// Offender reported it; its port is 0. Nil if it was this host.
	Offender *Address
}

// extended takes apart an IP_RECVERR or IPV6_RECVERR message: the structure,
// then the offender's address.
func (s *Socket) extended(b []byte) *ExtendedError {
	const size = 16
	if len(b) < size {
		return nil
	}
	e := &ExtendedError{
		Errno: unix.Errno(binary.NativeEndian.Uint32(b)),
		Type:  int(b[5]), Code: int(b[6]),
		Info: binary.NativeEndian.Uint32(b[8:]), Data: binary.NativeEndian.Uint32(b[12:]),
	}
	if o := Origin(b[4]); o >= OriginLocal && o <= OriginZeroCopy {
		e.Origin = o // the kernel counts alike
	}
	from := &sockaddr{}
	from.len = uint32(copy(from.bytes(), b[size:]))
	if a := s.address(from); a != nil {
		a.Port = 0
		e.Offender = a
	}
	return e
}

// receiveErrors takes entries of the error queue. It takes part in no order:
// entries are no bytes.
func (s *Socket) receiveErrors(c *clock, q ReceiveRequest) (Received, error) {
	got := s.nothing(q)
	size := 0
	for {
		if c.ctx.Err() != nil {
			return s.unreceived(c, q), nil
		}
		mark := s.desc.Mark()
		for len(got.Datagrams) < max(q.MaxDatagrams, 1) && (size == 0 || size+min(q.Max, pooled) <= maxReceive) {
			m, errno, err := s.receiveMessage(q, unix.MSG_ERRQUEUE)
			if errno == unix.EAGAIN || (errno != 0 || err != nil) && len(got.Datagrams) > 0 {
				break
			}
			if err != nil {
				return Received{}, err
			}
			if errno != 0 {
				got.Outcome = answered("recvmsg", errno)
				return got, nil
			}
			size += len(m.Data)
			got.Datagrams = append(got.Datagrams, m)
		}
		if len(got.Datagrams) > 0 {
			got.Outcome, got.StoppedBy = done(), StoppedByAvailable
			return got, nil
		}
		if c.wait.forever {
			got.Outcome = answered("recvmsg", unix.EAGAIN)
			return got, nil
		}
		err := c.await(s.desc, poller.Interest{Events: poller.Failed, Mark: mark, Observer: true})
		if err == errElapsed {
			return s.unreceived(c, q), nil
		}
		if err != nil {
			return Received{}, err
		}
	}
}

// nothing is a result without bytes.
func (s *Socket) nothing(q ReceiveRequest) Received {
	s.recv.mu.Lock()
	defer s.recv.mu.Unlock()
	return Received{Offset: s.recv.acked}
}
