//go:build linux

package sock

import (
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Interface is one network interface.
type Interface struct {
	Name         string
	Index, MTU   int // MTU in bytes
	Up, Loopback bool
	// Addresses have their prefix length.
	Addresses []netip.Prefix
}

// Interfaces returns those of a network namespace (as Spec.Namespace), in the
// kernel's order. The outcome says what entering it met. Package net has the
// same for the calling thread, but also keeps what it saw for its own zones. The
// error wraps the errno of a netlink call, EMFILE for example.
func Interfaces(namespace string) ([]Interface, Outcome, error) {
	var links, addresses []byte
	var err error
	out := inNamespace(namespace, func() {
		if links, err = syscall.NetlinkRIB(unix.RTM_GETLINK, unix.AF_UNSPEC); err == nil {
			addresses, err = syscall.NetlinkRIB(unix.RTM_GETADDR, unix.AF_UNSPEC)
		}
	})
	if !out.OK() {
		return nil, out, nil
	}
	var list []Interface
	if err == nil {
		list, err = parseInterfaces(links, addresses)
	}
	if err != nil {
		return nil, out, fmt.Errorf("reading the interfaces: %w", err)
	}
	return list, out, nil
}

func parseInterfaces(links, addresses []byte) ([]Interface, error) {
	var list []Interface
	at := map[uint32]int{} // where in list an index is
	err := eachMessage(links, unix.RTM_NEWLINK, func(m *syscall.NetlinkMessage, attrs []syscall.NetlinkRouteAttr) {
		info := (*unix.IfInfomsg)(unsafe.Pointer(&m.Data[0]))
		i := Interface{
			Index: int(info.Index),
			Up:    info.Flags&unix.IFF_UP != 0, Loopback: info.Flags&unix.IFF_LOOPBACK != 0,
		}
		for _, a := range attrs {
			switch {
			case a.Attr.Type == unix.IFLA_IFNAME:
				i.Name = strings.TrimRight(string(a.Value), "\x00")
			case a.Attr.Type == unix.IFLA_MTU && len(a.Value) >= 4:
				i.MTU = int(*(*uint32)(unsafe.Pointer(&a.Value[0])))
			}
		}
		at[uint32(info.Index)] = len(list)
		list = append(list, i)
	})
	if err != nil {
		return nil, err
	}
	err = eachMessage(addresses, unix.RTM_NEWADDR, func(m *syscall.NetlinkMessage, attrs []syscall.NetlinkRouteAttr) {
		info := (*unix.IfAddrmsg)(unsafe.Pointer(&m.Data[0]))
		var ip netip.Addr
		for _, a := range attrs {
			// Of a point-to-point link IFA_ADDRESS is the other end.
			if a.Attr.Type == unix.IFA_LOCAL || a.Attr.Type == unix.IFA_ADDRESS && !ip.IsValid() {
				ip, _ = netip.AddrFromSlice(a.Value)
			}
		}
		if i, ok := at[info.Index]; ok && ip.IsValid() {
			list[i].Addresses = append(list[i].Addresses, netip.PrefixFrom(ip, int(info.Prefixlen)))
		}
	})
	return list, err
}

// eachMessage calls f for every message of that kind in what netlink answered.
func eachMessage(raw []byte, kind uint16, f func(*syscall.NetlinkMessage, []syscall.NetlinkRouteAttr)) error {
	messages, err := syscall.ParseNetlinkMessage(raw)
	if err != nil {
		return err
	}
	for i := range messages {
		if messages[i].Header.Type != kind {
			continue
		}
		attrs, err := syscall.ParseNetlinkRouteAttr(&messages[i])
		if err != nil {
			return err
		}
		f(&messages[i], attrs)
	}
	return nil
}
