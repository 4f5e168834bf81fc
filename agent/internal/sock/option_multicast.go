//go:build linux

package sock

import (
	"encoding/binary"
	"net/netip"
	"sync"

	"golang.org/x/sys/unix"
)

// multicastOut is the interface that OptMulticastInterface chose on an Inet
// socket: of it the kernel tells only an address, which it need not have.
type multicastOut struct {
	mu    sync.Mutex // held over setting it and keeping it
	index uint32     // guarded by mu; 0 for none
}

// setMulticastInterface chooses the interface called name. Outcome: ENODEV if
// there is none.
func (s *Socket) setMulticastInterface(p place, name string) (Outcome, error) {
	index, out, err := s.indexOf(name)
	if err != nil || !out.OK() {
		return out, err
	}
	if p.level == unix.IPPROTO_IPV6 {
		return s.setBytes(p.level, p.name, binary.NativeEndian.AppendUint32(nil, index))
	}
	s.multicastOut.mu.Lock()
	defer s.multicastOut.mu.Unlock()
	mreqn := make([]byte, unix.SizeofIPMreqn)
	binary.NativeEndian.PutUint32(mreqn[8:], index)
	if out, err = s.setBytes(p.level, p.name, mreqn); err == nil && out.OK() {
		s.multicastOut.index = index
	}
	return out, err
}

// multicastInterface is the name of the one chosen; b is what the kernel told.
func (s *Socket) multicastInterface(p place, b []byte) string {
	index := binary.NativeEndian.Uint32(b)
	if p.level != unix.IPPROTO_IPV6 {
		s.multicastOut.mu.Lock()
		index = s.multicastOut.index
		s.multicastOut.mu.Unlock()
	}
	return s.interfaceName(index)
}

// setMembership joins or leaves a group, p being the option without a source.
func (s *Socket) setMembership(p place, m Membership) (Outcome, error) {
	index, out, err := s.indexOf(m.Interface)
	if err != nil || !out.OK() {
		return out, err
	}
	name := p.name
	value := binary.NativeEndian.AppendUint32(nil, index)
	value = append(value, 0, 0, 0, 0) // aligns what follows
	value = appendStorage(value, m.Group)
	if m.Source.IsValid() {
		value = appendStorage(value, m.Source)
		name = map[int]int{
			unix.MCAST_JOIN_GROUP:  unix.MCAST_JOIN_SOURCE_GROUP,
			unix.MCAST_LEAVE_GROUP: unix.MCAST_LEAVE_SOURCE_GROUP,
		}[name]
	}
	return s.setBytes(p.level, name, value)
}

// appendStorage appends a struct sockaddr_storage.
func appendStorage(b []byte, ip netip.Addr) []byte {
	var storage [128]byte
	copy(storage[:], inetSockaddr(ip, 0, 0).bytes())
	return append(b, storage[:]...)
}

// indexOf is 0 for the empty name.
func (s *Socket) indexOf(name string) (uint32, Outcome, error) {
	if name == "" {
		return 0, done(), nil
	}
	index, errno, err := s.interfaceIndex(name)
	return index, answered("if_nametoindex", errno), err
}
