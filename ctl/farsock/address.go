package farsock

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// NetAddr is an address of a response in package net's types: *net.TCPAddr
// (also for MPTCP), *net.UDPAddr or *net.UnixAddr. An abstract unix name begins
// with "@". It is nil where there is no address.
func NetAddr(kind farsockv1.SocketType, a *farsockv1.Address) net.Addr {
	switch a := a.GetKind().(type) {
	case *farsockv1.Address_Inet:
		// Responses always hold a literal.
		ip, _ := netip.ParseAddr(a.Inet.GetHost())
		at := netip.AddrPortFrom(ip, uint16(a.Inet.GetPort()))
		if kind == datagram {
			return net.UDPAddrFromAddrPort(at)
		}
		return net.TCPAddrFromAddrPort(at)
	case *farsockv1.Address_UnixDomain:
		name := a.UnixDomain.GetPath()
		if abstract := a.UnixDomain.GetAbstract(); len(abstract) > 0 {
			name = "@" + string(abstract)
		}
		return &net.UnixAddr{Name: name, Net: unixNetwork(kind)}
	}
	return nil
}

// endAddr is one end of a socket: where the agent tells none, the address that
// says so, as package net has it.
func endAddr(s *farsockv1.Socket, a *farsockv1.Address) net.Addr {
	switch {
	case a.GetKind() != nil:
		return NetAddr(s.GetType(), a)
	case s.GetFamily() == familyUnix:
		return &net.UnixAddr{Net: unixNetwork(s.GetType())}
	}
	any := netip.IPv4Unspecified()
	if s.GetFamily() == familyInet6 {
		any = netip.IPv6Unspecified()
	}
	if s.GetType() == datagram {
		return net.UDPAddrFromAddrPort(netip.AddrPortFrom(any, 0))
	}
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(any, 0))
}

// wireAddr is an address of package net in the contract's form, for a socket of
// family. An IP address that is not there is any address, which to sendto(2) and
// connect(2) is this host.
func wireAddr(family farsockv1.Family, a net.Addr) (*farsockv1.Address, error) {
	if a == nil {
		return nil, &net.AddrError{Err: "missing address"}
	}
	refuse := func(problem string) (*farsockv1.Address, error) {
		return nil, &net.AddrError{Err: problem, Addr: a.String()}
	}
	if family == familyUnix {
		if u, ok := a.(*net.UnixAddr); ok && u == nil || !strings.HasPrefix(a.Network(), "unix") {
			return refuse("not a unix address")
		}
		u := wire.ParseUnix(a.String())
		if problem := unixProblem(u.GetUnixDomain(), a.String() == "@"); problem != "" {
			return refuse(problem)
		}
		return u, nil
	}
	at, err := addrPort(family, a)
	ip := at.Addr()
	if ip.Zone() == "" {
		ip = ip.Unmap()
	}
	switch {
	case err != nil:
		return refuse("not an IP address and a port")
	case ip.Is6() && family == familyInet:
		return refuse("not an IPv4 address")
	}
	host := ip.String()
	if ip.Is4() && family == familyInet6 {
		host = "::ffff:" + host
	}
	port := int32(at.Port())
	return &farsockv1.Address{Kind: &farsockv1.Address_Inet{Inet: &farsockv1.InetAddress{Host: host, Port: &port}}}, nil
}

func addrPort(family farsockv1.Family, a net.Addr) (netip.AddrPort, error) {
	var port int
	switch a := a.(type) {
	case *net.UDPAddr:
		if a == nil || a.IP != nil {
			return netip.ParseAddrPort(a.String())
		}
		port = a.Port
	case *net.TCPAddr:
		if a == nil || a.IP != nil {
			return netip.ParseAddrPort(a.String())
		}
		port = a.Port
	default:
		return netip.ParseAddrPort(a.String())
	}
	if port < 0 || port > wire.MaxPort {
		return netip.AddrPort{}, fmt.Errorf("port %d", port)
	}
	any := netip.IPv4Unspecified()
	if family == familyInet6 {
		any = netip.IPv6Unspecified()
	}
	return netip.AddrPortFrom(any, uint16(port)), nil
}

// unixProblem is what the agent would call malformed, "" for nothing. empty is
// the abstract name without a byte, which the contract cannot say.
func unixProblem(u *farsockv1.UnixAddress, empty bool) string {
	switch {
	case empty:
		return "an abstract name has at least one byte"
	case len(u.GetPath()) > 0 && len(u.GetAbstract()) > 0:
		return "a path and an abstract name at once"
	case len(u.GetPath()) > wire.MaxUnixPathBytes || strings.ContainsRune(u.GetPath(), 0):
		return fmt.Sprintf("a path has at most %d bytes and no NUL", wire.MaxUnixPathBytes)
	case len(u.GetAbstract()) > wire.MaxUnixPathBytes:
		return fmt.Sprintf("an abstract name has at most %d bytes", wire.MaxUnixPathBytes)
	}
	return ""
}
