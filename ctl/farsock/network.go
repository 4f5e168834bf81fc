package farsock

import (
	"net"
	"net/netip"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// target is a network and an address as Open wants them.
type target struct {
	network  string // as the user gave it
	family   farsockv1.Family
	kind     farsockv1.SocketType
	protocol *int32 // nil: the family's default
	address  *farsockv1.Address
	v6Only   bool // the user said IPv6 and nothing else
}

// networks are package net's words and two more for MPTCP, which package net
// chooses by a method.
var networks = map[string]target{
	"tcp":        {kind: stream, family: familyInet},
	"tcp4":       {kind: stream, family: familyInet},
	"tcp6":       {kind: stream, family: familyInet6, v6Only: true},
	"mptcp":      {kind: stream, family: familyInet, protocol: &mptcp},
	"mptcp4":     {kind: stream, family: familyInet, protocol: &mptcp},
	"mptcp6":     {kind: stream, family: familyInet6, protocol: &mptcp, v6Only: true},
	"udp":        {kind: datagram, family: familyInet},
	"udp4":       {kind: datagram, family: familyInet},
	"udp6":       {kind: datagram, family: familyInet6, v6Only: true},
	"unix":       {kind: stream, family: familyUnix},
	"unixgram":   {kind: datagram, family: familyUnix},
	"unixpacket": {kind: seqpacket, family: familyUnix},
}

const (
	familyInet  = farsockv1.Family_FAMILY_INET
	familyInet6 = farsockv1.Family_FAMILY_INET6
	familyUnix  = farsockv1.Family_FAMILY_UNIX

	stream    = farsockv1.SocketType_SOCKET_TYPE_STREAM
	datagram  = farsockv1.SocketType_SOCKET_TYPE_DATAGRAM
	seqpacket = farsockv1.SocketType_SOCKET_TYPE_SEQPACKET
)

// mptcp is the protocol of MPTCP sockets; read-only.
var mptcp int32 = wire.ProtocolMPTCP

// parseTarget reads package net's words. "tcp", "mptcp" and "udp" mean IPv4
// unless the host is an IPv6 literal; names are resolved by the agent.
func parseTarget(network, address string) (target, error) {
	t, ok := networks[network]
	if !ok {
		return target{}, net.UnknownNetworkError(network)
	}
	t.network = network
	if t.family == familyUnix {
		if address == "@" {
			return target{}, &net.AddrError{Err: "an abstract name has at least one byte", Addr: address}
		}
		t.address = wire.ParseUnix(address)
		return t, nil
	}
	var err error
	if t.address, err = wire.ParseInet(address); err != nil {
		return target{}, &net.AddrError{Err: err.Error(), Addr: address}
	}
	switch network {
	case "tcp", "mptcp", "udp":
		if ip, err := netip.ParseAddr(t.address.GetInet().GetHost()); err == nil && ip.Is6() {
			t.family = familyInet6
		}
	}
	return t, nil
}

func (t target) datagram() bool { return t.kind == datagram }

// addr is the address in package net's form, for errors.
func (t target) addr() net.Addr { return textAddr{t.network, wire.FormatAddress(t.address)} }

// textAddr is an address that may still hold a name.
type textAddr struct{ network, text string }

func (a textAddr) Network() string { return a.network }
func (a textAddr) String() string  { return a.text }

// options are those that package net sets by default: without them a program
// written for it would meet delays and errors that it does not know.
func (t target) options(listening bool) []*farsockv1.SocketOption {
	if t.family == familyUnix {
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

// networkOf is a socket's kind in package net's words.
func networkOf(s *farsockv1.Socket) string {
	switch {
	case s.GetFamily() == familyUnix:
		return unixNetwork(s.GetType())
	case s.GetType() == datagram:
		return "udp"
	case s.GetProtocol() == wire.ProtocolMPTCP:
		return "mptcp"
	}
	return "tcp"
}

func unixNetwork(kind farsockv1.SocketType) string {
	switch kind {
	case datagram:
		return "unixgram"
	case seqpacket:
		return "unixpacket"
	}
	return "unix"
}
