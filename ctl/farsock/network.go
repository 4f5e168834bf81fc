package farsock

import (
	"net"
	"net/netip"
	"strings"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// target is a network and an address as Open wants them.
type target struct {
	network string // as the user gave it
	family  farsockv1.Family
	kind    farsockv1.SocketType
	address *farsockv1.Address
	v6Only  bool // the user said IPv6 and nothing else
}

// parseTarget reads package net's words. "tcp" and "udp" mean IPv4 unless the
// host is an IPv6 literal; names are resolved by the agent.
func parseTarget(network, address string) (target, error) {
	t := target{network: network, kind: farsockv1.SocketType_SOCKET_TYPE_STREAM}
	switch network {
	case "udp", "udp4", "udp6", "unixgram":
		t.kind = farsockv1.SocketType_SOCKET_TYPE_DATAGRAM
	}
	switch network {
	case "tcp", "tcp4", "udp", "udp4":
		t.family = farsockv1.Family_FAMILY_INET
	case "tcp6", "udp6":
		t.family, t.v6Only = farsockv1.Family_FAMILY_INET6, true
	case "unix", "unixgram":
		t.family = farsockv1.Family_FAMILY_UNIX
		t.address = wire.ParseUnix(address)
		return t, nil
	default:
		return target{}, net.UnknownNetworkError(network)
	}
	var err error
	if t.address, err = wire.ParseInet(address); err != nil {
		return target{}, &net.AddrError{Err: err.Error(), Addr: address}
	}
	if network == "tcp" || network == "udp" {
		if ip, err := netip.ParseAddr(t.address.GetInet().GetHost()); err == nil && ip.Is6() {
			t.family = farsockv1.Family_FAMILY_INET6
		}
	}
	return t, nil
}

func (t target) datagram() bool {
	return t.kind == farsockv1.SocketType_SOCKET_TYPE_DATAGRAM
}

// addr is the address in package net's form, for errors.
func (t target) addr() net.Addr { return textAddr{t.network, wire.FormatAddress(t.address)} }

// textAddr is an address that may still hold a name.
type textAddr struct{ network, text string }

func (a textAddr) Network() string { return a.network }
func (a textAddr) String() string  { return a.text }

// options are those that package net sets by default: without them a program
// written for it would meet delays and errors that it does not know.
func (t target) options(listening bool) []*farsockv1.SocketOption {
	if t.family == farsockv1.Family_FAMILY_UNIX {
		return nil
	}
	var options []*farsockv1.SocketOption
	if t.v6Only && (listening || t.datagram()) {
		options = append(options, &farsockv1.SocketOption{Option: &farsockv1.SocketOption_V6Only{V6Only: true}})
	}
	if t.datagram() {
		return append(options, &farsockv1.SocketOption{Option: &farsockv1.SocketOption_Broadcast{Broadcast: true}})
	}
	if listening {
		options = append(options, &farsockv1.SocketOption{Option: &farsockv1.SocketOption_ReuseAddress{ReuseAddress: true}})
	}
	// Accepted connections inherit it.
	return append(options, &farsockv1.SocketOption{Option: &farsockv1.SocketOption_NoDelay{NoDelay: true}})
}

// netAddr is a socket's address in package net's types; nil for nil.
func netAddr(kind farsockv1.SocketType, a *farsockv1.Address) net.Addr {
	datagram := kind == farsockv1.SocketType_SOCKET_TYPE_DATAGRAM
	switch a := a.GetKind().(type) {
	case *farsockv1.Address_Inet:
		// Responses always hold a literal.
		ip, _ := netip.ParseAddr(a.Inet.GetHost())
		at := netip.AddrPortFrom(ip, uint16(a.Inet.GetPort()))
		if datagram {
			return net.UDPAddrFromAddrPort(at)
		}
		return net.TCPAddrFromAddrPort(at)
	case *farsockv1.Address_Unix:
		network := "unix"
		if datagram {
			network = "unixgram"
		}
		name := a.Unix.GetPath()
		if abstract := a.Unix.GetAbstract(); len(abstract) > 0 {
			name = "@" + string(abstract)
		}
		return &net.UnixAddr{Name: name, Net: network}
	}
	return nil
}

// wireAddr is a destination in the contract's form, for a socket of family. What
// the agent would call a malformed request is refused here: there it would end
// the stream.
func wireAddr(family farsockv1.Family, a net.Addr) (*farsockv1.Address, error) {
	if a == nil {
		return nil, &net.AddrError{Err: "missing address"}
	}
	refuse := func(problem string) (*farsockv1.Address, error) {
		return nil, &net.AddrError{Err: problem, Addr: a.String()}
	}
	if family == farsockv1.Family_FAMILY_UNIX {
		path := a.String()
		switch {
		case !strings.HasPrefix(a.Network(), "unix"):
			return refuse("not a unix address")
		case path == "" || len(path) > wire.MaxUnixPathBytes || strings.ContainsRune(path, 0):
			return refuse("a path must be 1 to 107 bytes without NUL")
		case path[0] == '@':
			return refuse("sending to an abstract name is not built yet")
		}
		return wire.UnixPath(path), nil
	}
	at, err := netip.ParseAddrPort(a.String())
	if udp, ok := a.(*net.UDPAddr); ok && udp != nil && udp.IP == nil {
		// Any address, which to sendto(2) is this host.
		any := netip.IPv4Unspecified()
		if family == farsockv1.Family_FAMILY_INET6 {
			any = netip.IPv6Unspecified()
		}
		at, err = netip.AddrPortFrom(any, uint16(udp.Port)), nil
	}
	ip := at.Addr().Unmap()
	switch {
	case err != nil:
		return refuse("not an IP address and a port")
	case ip.Is6() && family == farsockv1.Family_FAMILY_INET:
		return refuse("not an IPv4 address")
	}
	host := ip.String()
	if ip.Is4() && family == farsockv1.Family_FAMILY_INET6 {
		host = "::ffff:" + host
	}
	port := int32(at.Port())
	return &farsockv1.Address{Kind: &farsockv1.Address_Inet{Inet: &farsockv1.InetAddress{Host: host, Port: &port}}}, nil
}
