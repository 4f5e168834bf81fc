//go:build linux

package posix

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// packControl lays control messages out for the kernel.
func packControl(messages []Control) []byte {
	var out []byte
	for _, c := range messages {
		b := make([]byte, unix.CmsgSpace(len(c.Data)))
		h := (*unix.Cmsghdr)(unsafe.Pointer(&b[0]))
		h.Level, h.Type = int32(c.Level), int32(c.Type)
		h.SetLen(unix.CmsgLen(len(c.Data)))
		copy(b[unix.CmsgLen(0):], c.Data)
		out = append(out, b...)
	}
	return out
}

// parseControl is the reverse, in comparable form. Descriptors among it are
// closed and counted.
func parseControl(b []byte) (out []Control, descriptors int) {
	for len(b) >= unix.SizeofCmsghdr {
		h := (*unix.Cmsghdr)(unsafe.Pointer(&b[0]))
		if h.Len < unix.SizeofCmsghdr || uint64(len(b)) < h.Len {
			break
		}
		if data := b[unix.CmsgLen(0):h.Len]; h.Level == unix.SOL_SOCKET && h.Type == unix.SCM_RIGHTS {
			descriptors += closeAll(data)
		} else {
			out = append(out, Control{Level: int(h.Level), Type: int(h.Type), Data: string(data)}.Comparable())
		}
		b = b[min(len(b), unix.CmsgSpace(int(h.Len)-unix.CmsgLen(0))):]
	}
	return out, descriptors
}

// closeAll closes the descriptors of an SCM_RIGHTS message.
func closeAll(data []byte) (n int) {
	for ; len(data) >= 4; data = data[4:] {
		must(unix.Close(int(u32(data))))
		n++
	}
	return n
}

// rights is an SCM_RIGHTS message with n copies of a descriptor.
func rights(fd, n int) Control {
	return Control{Level: unix.SOL_SOCKET, Type: unix.SCM_RIGHTS, Data: strings.Repeat(string(number32(uint32(fd))), n)}
}

// Comparable takes out what differs between two runs: times, process numbers
// and ephemeral ports.
func (c Control) Comparable() Control {
	switch {
	case c.Level == unix.SOL_SOCKET && (c.Type == soTimestampNS || c.Type == unix.SCM_TIMESTAMPING || c.Type == unix.SO_TIMESTAMP),
		c.Level == unix.SOL_SOCKET && c.Type == unix.SCM_CREDENTIALS:
		c.Data = fmt.Sprintf("%d bytes", len(c.Data))
	}
	return c
}

// wholeLength is how many bytes explain needs of a message that may be cut.
var wholeLength = map[[2]int]int{
	{unix.IPPROTO_IP, unix.IP_TTL}: 4, {unix.IPPROTO_IPV6, unix.IPV6_HOPLIMIT}: 4,
	{unix.IPPROTO_IP, unix.IP_TOS}: 1, {unix.IPPROTO_IPV6, unix.IPV6_TCLASS}: 4,
	{unix.IPPROTO_IP, unix.IP_PKTINFO}: 12, {unix.IPPROTO_IPV6, unix.IPV6_PKTINFO}: 20,
	{unix.IPPROTO_IP, unix.IP_RECVERR}: 16, {unix.IPPROTO_IPV6, unix.IPV6_RECVERR}: 16,
}

// Comparable takes out what differs between two runs: of an ICMP error on a TCP
// socket the data is the segment's own header, whose source port may be the
// kernel's choice and whose numbers and checksum follow no rule.
func (r Received) Comparable(typ Type) Received {
	fromICMP := strings.Contains(r.Error, " origin 2 ") || strings.Contains(r.Error, " origin 3 ")
	if typ != Stream || !fromICMP {
		return r
	}
	data := []byte(r.Data)
	for i := range data {
		if i < 2 || i >= 4 {
			data[i] = 0
		}
	}
	r.Data = string(data)
	return r
}

// explain fills in what the control messages say.
func (r *Received) explain(n *Names, fd int) {
	for _, c := range r.Control {
		b := []byte(c.Data)
		if len(b) < wholeLength[[2]int{c.Level, c.Type}] {
			continue // cut for want of room
		}
		switch {
		case c.Level == unix.SOL_SOCKET && (c.Type == soTimestampNS || c.Type == unix.SO_TIMESTAMP):
			r.Time = true
		case c.Level == unix.IPPROTO_IP && c.Type == unix.IP_TTL, c.Level == unix.IPPROTO_IPV6 && c.Type == unix.IPV6_HOPLIMIT:
			r.TTL = fmt.Sprint(u32(b))
		case c.Level == unix.IPPROTO_IP && c.Type == unix.IP_TOS, c.Level == unix.IPPROTO_IPV6 && c.Type == unix.IPV6_TCLASS:
			r.Class = fmt.Sprint(u32(b))
		case c.Level == unix.IPPROTO_IP && c.Type == unix.IP_PKTINFO:
			r.Interface, r.Destination = zoneName(fd, u32(b)), netip.AddrFrom4([4]byte(b[8:12])).String()
		case c.Level == unix.IPPROTO_IPV6 && c.Type == unix.IPV6_PKTINFO:
			r.Interface, r.Destination = zoneName(fd, u32(b[16:])), scoped(netip.AddrFrom16([16]byte(b[:16])), zoneName(fd, u32(b[16:])))
		case c.Level == unix.IPPROTO_IP && c.Type == unix.IP_RECVERR, c.Level == unix.IPPROTO_IPV6 && c.Type == unix.IPV6_RECVERR:
			r.Error = explainError(n, fd, b)
		}
	}
}

// scoped is an address with the zone that it needs to mean anything.
func scoped(ip netip.Addr, zone string) string {
	if ip.IsLinkLocalUnicast() || ip.IsLinkLocalMulticast() {
		ip = ip.WithZone(zone)
	}
	return ip.String()
}

// explainError is struct sock_extended_err and the offender behind it.
func explainError(n *Names, fd int, b []byte) string {
	e := unix.Errno(binary.NativeEndian.Uint32(b))
	offender := ""
	if a := b[16:]; len(a) >= unix.SizeofSockaddrInet4 {
		switch family := binary.NativeEndian.Uint16(a); {
		case family == unix.AF_INET:
			offender = netip.AddrFrom4([4]byte(a[4:8])).String()
		case family == unix.AF_INET6 && len(a) >= unix.SizeofSockaddrInet6:
			offender = netip.AddrFrom16([16]byte(a[8:24])).WithZone(zoneName(fd, u32(a[24:]))).String()
		}
	}
	return ErrorText(errnoName(e), int(b[4]), int(b[5]), int(b[6]), u32(b[8:]), u32(b[12:]), offender)
}

// ErrorText is an entry of the error queue in words.
func ErrorText(errno string, origin, typ, code int, info, data uint32, offender string) string {
	return fmt.Sprintf("%s origin %d type %d code %d info %d data %d from %s", errno, origin, typ, code, info, data, offender)
}
