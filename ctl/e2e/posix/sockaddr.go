//go:build linux

package posix

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// encode is a sockaddr as the kernel has it.
func (t Target) encode(fd int) []byte {
	if t.Family == Unix {
		b := binary.NativeEndian.AppendUint16(nil, unix.AF_UNIX)
		switch {
		case t.Abstract != "":
			return append(append(b, 0), t.Abstract...)
		case t.Path != "":
			return append(append(b, t.Path...), 0)
		}
		return b
	}
	host := t.Host
	if host == "" {
		host = map[Family]string{Inet: "0.0.0.0", Inet6: "::"}[t.Family]
	}
	ip := netip.MustParseAddr(host)
	family := uint16(unix.AF_INET)
	if t.Family == Inet6 {
		family = unix.AF_INET6
	}
	b := binary.NativeEndian.AppendUint16(nil, family)
	b = binary.BigEndian.AppendUint16(b, uint16(t.Port))
	if t.Family == Inet {
		return append(append(b, ip.AsSlice()...), make([]byte, 8)...)
	}
	b = append(append(b, 0, 0, 0, 0), ip.WithZone("").AsSlice()...)
	return binary.NativeEndian.AppendUint32(b, zoneIndex(fd, ip.Zone()))
}

// decode is a sockaddr in comparable form. The zone is one of the namespace
// that fd lives in. "" is no name at all.
func (n *Names) decode(fd int, b []byte) string {
	if len(b) < 2 {
		return ""
	}
	switch binary.NativeEndian.Uint16(b) {
	case unix.AF_INET:
		return n.Inet(netip.AddrFrom4([4]byte(b[4:8])).String(), int(binary.BigEndian.Uint16(b[2:])))
	case unix.AF_INET6:
		ip := netip.AddrFrom16([16]byte(b[8:24])).WithZone(zoneName(fd, binary.NativeEndian.Uint32(b[24:])))
		return n.Inet(ip.String(), int(binary.BigEndian.Uint16(b[2:])))
	case unix.AF_UNIX:
		name := b[2:]
		switch {
		case len(name) == 0:
			return n.Unix("", nil)
		case name[0] == 0:
			return n.Unix("", name[1:])
		}
		return n.Unix(unix.ByteSliceToString(name), nil)
	}
	return ""
}

// interfaceRequest is struct ifreq as far as it matters here.
type interfaceRequest struct {
	name  [unix.IFNAMSIZ]byte
	index int32
	_     [20]byte
}

func zoneIndex(fd int, zone string) uint32 {
	if zone == "" {
		return 0
	}
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(n)
	}
	var r interfaceRequest
	copy(r.name[:unix.IFNAMSIZ-1], zone)
	_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCGIFINDEX, uintptr(unsafe.Pointer(&r)))
	if e != 0 {
		panic("posix: no interface " + zone)
	}
	return uint32(r.index)
}

func zoneName(fd int, index uint32) string {
	if index == 0 {
		return ""
	}
	r := interfaceRequest{index: int32(index)}
	_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCGIFNAME, uintptr(unsafe.Pointer(&r)))
	if e != 0 {
		return strconv.Itoa(int(index))
	}
	return unix.ByteSliceToString(r.name[:])
}
