//go:build linux

package sock

import (
	"context"
	"encoding/binary"
	"net/netip"
	"sync"

	"golang.org/x/sys/unix"
)

// oobSize has room for the most descriptors that one message can bring (253)
// and a good deal else.
const oobSize = 8 << 10

var oobs = sync.Pool{New: func() any { return new([oobSize]byte) }}

// never is a context that is over: Discard with it does not wait for a
// lingering close.
var never = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// parseControl takes a message's control data apart, and closes and counts the
// descriptors in it.
func (s *Socket) parseControl(oob []byte) (control []Control, descriptors int) {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, 0
	}
	for i := range msgs {
		m := &msgs[i]
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SCM_RIGHTS {
			fds, err := unix.ParseUnixRights(m)
			if err != nil {
				continue
			}
			for _, fd := range fds {
				// Not ours to report on: the sender's own copy is its own.
				_ = s.env.Poller.Discard(never, fd)
			}
			descriptors += len(fds)
			continue
		}
		control = append(control, Control{
			Level: int(m.Header.Level), Type: int(m.Header.Type),
			Data: append([]byte{}, m.Data...),
		})
	}
	return control, descriptors
}

// destination is the address that a datagram was sent to, if IP_PKTINFO or
// IPV6_RECVPKTINFO says so; without its port.
func destination(control []Control) *Address {
	for _, c := range control {
		switch {
		case c.Level == unix.SOL_IP && c.Type == unix.IP_PKTINFO && len(c.Data) >= unix.SizeofInet4Pktinfo:
			ip := netip.AddrFrom4([4]byte(c.Data[8:12]))
			return &Address{Family: Inet, Host: ip.String()}
		case c.Level == unix.SOL_IPV6 && c.Type == unix.IPV6_PKTINFO && len(c.Data) >= unix.SizeofInet6Pktinfo:
			ip := netip.AddrFrom16([16]byte(c.Data[:16]))
			if ip.IsLinkLocalUnicast() {
				ip = ip.WithZone(zoneName(binary.NativeEndian.Uint32(c.Data[16:20])))
			}
			return &Address{Family: Inet6, Host: ip.String()}
		}
	}
	return nil
}

// takeDescriptors returns how many were closed since it was last asked. The
// caller holds mu.
func (r *receiving) takeDescriptors() int {
	n := r.descriptors
	r.descriptors = 0
	return n
}
