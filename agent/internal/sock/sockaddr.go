//go:build linux

package sock

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sockaddr is an address as the kernel has it. golang.org/x/sys has a type for
// it too, which cannot tell "@x" in the file system from "\0x".
type sockaddr struct {
	raw unix.RawSockaddrAny
	len uint32
}

const (
	unixHeader  = uint32(unsafe.Offsetof(unix.RawSockaddrUnix{}.Path))
	unixPathMax = 107
)

func (a *sockaddr) pointer() unsafe.Pointer { return unsafe.Pointer(&a.raw) }

// bytes returns the whole of raw for reading and writing by offset; sockaddr_in
// and sockaddr_in6 begin alike: family, then the port in network order.
func (a *sockaddr) bytes() []byte {
	return (*[unix.SizeofSockaddrAny]byte)(unsafe.Pointer(&a.raw))[:]
}

func inetSockaddr(ip netip.Addr, port int, zone uint32) *sockaddr {
	a := &sockaddr{}
	b := a.bytes()
	binary.BigEndian.PutUint16(b[2:], uint16(port))
	if ip.Is4() {
		a.raw.Addr.Family = unix.AF_INET
		four := ip.As4()
		copy(b[4:], four[:])
		a.len = unix.SizeofSockaddrInet4
		return a
	}
	a.raw.Addr.Family = unix.AF_INET6
	six := ip.As16()
	copy(b[8:], six[:])
	binary.NativeEndian.PutUint32(b[24:], zone)
	a.len = unix.SizeofSockaddrInet6
	return a
}

// unixSockaddr encodes a path, an abstract name, or neither.
func unixSockaddr(path string, abstract []byte) *sockaddr {
	a := &sockaddr{}
	a.raw.Addr.Family = unix.AF_UNIX
	b := a.bytes()[unixHeader:]
	switch {
	case len(abstract) > 0:
		a.len = unixHeader + 1 + uint32(copy(b[1:], abstract))
	case path != "":
		a.len = unixHeader + uint32(copy(b, path)) + 1
	default:
		a.len = unixHeader
	}
	return a
}

// address decodes what the kernel gave, a zone in digits: Socket.address knows
// its name. It is nil if the kernel gave no name or one of a family that is not
// ours.
func (a *sockaddr) address() *Address {
	b := a.bytes()[:min(a.len, unix.SizeofSockaddrAny)]
	if len(b) < 2 {
		return nil
	}
	switch a.raw.Addr.Family {
	case unix.AF_INET:
		if len(b) < unix.SizeofSockaddrInet4 {
			return nil
		}
		ip := netip.AddrFrom4([4]byte(b[4:8]))
		return &Address{Family: Inet, Host: ip.String(), Port: int(binary.BigEndian.Uint16(b[2:]))}
	case unix.AF_INET6:
		if len(b) < 24 {
			return nil
		}
		ip := netip.AddrFrom16([16]byte(b[8:24]))
		if len(b) >= unix.SizeofSockaddrInet6 {
			ip = ip.WithZone(digits(a.zone()))
		}
		return &Address{Family: Inet6, Host: ip.String(), Port: int(binary.BigEndian.Uint16(b[2:]))}
	case unix.AF_UNIX:
		return unixAddress(b[unixHeader:])
	}
	return nil
}

func unixAddress(name []byte) *Address {
	a := &Address{Family: Unix}
	switch {
	case len(name) == 0:
	case name[0] == 0:
		a.Abstract = append([]byte{}, name[1:]...)
	default:
		a.Path = unix.ByteSliceToString(name)
	}
	return a
}

func (a *Address) unnamed() bool { return a.Path == "" && a.Abstract == nil }

// zone is the index of the address's interface, 0 for none.
func (a *sockaddr) zone() uint32 {
	if a.raw.Addr.Family != unix.AF_INET6 || a.len < unix.SizeofSockaddrInet6 {
		return 0
	}
	return binary.NativeEndian.Uint32(a.bytes()[24:])
}

// digits is an interface's index as a zone, "" for 0.
func digits(index uint32) string {
	if index == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(index), 10)
}
