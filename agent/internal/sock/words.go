//go:build linux

package sock

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// addWords writes o's words as control messages. Traffic to a v4-mapped address
// leaves by IPv4, which takes IPv4's.
func (s *Socket) addWords(p parcel, o Outgoing) (parcel, Outcome, error) {
	four, err := s.leavesAsIPv4(p)
	if err != nil {
		return p, Outcome{}, err
	}
	if o.Source != "" || o.Interface != "" {
		var index uint32
		if o.Interface != "" {
			var errno unix.Errno
			if index, errno, err = s.interfaceIndex(o.Interface); err != nil || errno != 0 {
				return p, answered("if_nametoindex", errno), err
			}
		}
		// An address of the other kind is the kernel's to refuse.
		source, _ := netip.ParseAddr(o.Source)
		if four && (!source.IsValid() || source.Unmap().Is4()) {
			p.control = appendControl(p.control, unix.SOL_IP, unix.IP_PKTINFO, packetInfo4(index, source.Unmap()))
		} else {
			p.control = appendControl(p.control, unix.SOL_IPV6, unix.IPV6_PKTINFO, packetInfo6(index, source))
		}
	}
	number := func(n *int, level4, type4, level6, type6 int) {
		if n == nil {
			return
		}
		level, kind := level6, type6
		if four {
			level, kind = level4, type4
		}
		p.control = appendControl(p.control, level, kind, binary.NativeEndian.AppendUint32(nil, uint32(int32(*n))))
	}
	number(o.TTL, unix.SOL_IP, unix.IP_TTL, unix.SOL_IPV6, unix.IPV6_HOPLIMIT)
	number(o.TrafficClass, unix.SOL_IP, unix.IP_TOS, unix.SOL_IPV6, unix.IPV6_TCLASS)
	return p, done(), nil
}

// leavesAsIPv4 reports whether a datagram of an inet socket goes by IPv4.
func (s *Socket) leavesAsIPv4(p parcel) (bool, error) {
	if s.family == Inet {
		return true, nil
	}
	to := p.peer
	if to == nil {
		peer, err := s.peer()
		if err != nil {
			return false, err
		}
		to = peer
	}
	if to == nil {
		return false, nil
	}
	ip, err := netip.ParseAddr(to.Host)
	return err == nil && ip.Is4In6(), nil
}

func packetInfo4(index uint32, source netip.Addr) []byte {
	var b [unix.SizeofInet4Pktinfo]byte // ifindex, spec_dst, addr
	binary.NativeEndian.PutUint32(b[:], index)
	if source.Is4() {
		four := source.As4()
		copy(b[4:], four[:])
	}
	return b[:]
}

func packetInfo6(index uint32, source netip.Addr) []byte {
	var b [unix.SizeofInet6Pktinfo]byte // addr, ifindex
	if source.IsValid() {
		six := source.As16()
		copy(b[:], six[:])
	}
	binary.NativeEndian.PutUint32(b[16:], index)
	return b[:]
}

// readWords says in words what m's control messages hold.
func (s *Socket) readWords(m *Message) {
	for _, c := range m.Control {
		switch c.Level {
		case unix.SOL_IP:
			s.readIPv4(m, c)
		case unix.SOL_IPV6:
			s.readIPv6(m, c)
		case unix.SOL_SOCKET:
			if t, ok := c.time(); ok {
				m.ReceiveTime = t
			}
		}
	}
	if m.Error != nil {
		m.Destination = nil
	}
	if m.Destination != nil {
		// The kernel has it without a port: it is the socket's.
		if local, err := s.local(); err == nil && local != nil {
			m.Destination.Port = local.Port
		}
	}
}

func (s *Socket) readIPv4(m *Message, c Control) {
	switch c.Type {
	case unix.IP_PKTINFO:
		if len(c.Data) < unix.SizeofInet4Pktinfo {
			return
		}
		ip := netip.AddrFrom4([4]byte(c.Data[8:12]))
		if s.family == Inet6 {
			ip = netip.AddrFrom16(ip.As16())
		}
		m.Destination = &Address{Family: s.family, Host: ip.String()}
		m.Interface = s.interfaceName(binary.NativeEndian.Uint32(c.Data))
	case unix.IP_TTL:
		m.TTL = c.number()
	case unix.IP_TOS:
		m.TrafficClass = c.number()
	case unix.IP_RECVERR:
		m.Error = s.extended(c.Data)
	}
}

func (s *Socket) readIPv6(m *Message, c Control) {
	switch c.Type {
	case unix.IPV6_PKTINFO:
		if len(c.Data) < unix.SizeofInet6Pktinfo {
			return
		}
		ip := netip.AddrFrom16([16]byte(c.Data[:16]))
		m.Interface = s.interfaceName(binary.NativeEndian.Uint32(c.Data[16:]))
		if ip.IsLinkLocalUnicast() || ip.IsLinkLocalMulticast() {
			ip = ip.WithZone(m.Interface)
		}
		m.Destination = &Address{Family: Inet6, Host: ip.String()}
	case unix.IPV6_HOPLIMIT:
		m.TTL = c.number()
	case unix.IPV6_TCLASS:
		m.TrafficClass = c.number()
	case unix.IPV6_RECVERR:
		m.Error = s.extended(c.Data)
	}
}
