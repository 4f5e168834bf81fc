//go:build linux

package sock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Family is an address family.
type Family int

// The families.
const (
	Inet Family = iota + 1
	Inet6
	Unix
)

// String returns "inet", "inet6" or "unix".
func (f Family) String() string {
	switch f {
	case Inet:
		return "inet"
	case Inet6:
		return "inet6"
	case Unix:
		return "unix"
	}
	return "unknown"
}

// Type is a socket type.
type Type int

// The types.
const (
	Stream Type = iota + 1
	Datagram
	Seqpacket
)

// String returns "stream", "datagram" or "seqpacket".
func (t Type) String() string {
	switch t {
	case Stream:
		return "stream"
	case Datagram:
		return "datagram"
	case Seqpacket:
		return "seqpacket"
	}
	return "unknown"
}

// Address is a socket address, as a person wrote it or as the kernel gave it.
type Address struct {
	Family Family
	// Host is for Inet and Inet6: a literal, with an optional zone by interface
	// name or index ("fe80::1%eth0"); "" for any address, what 0.0.0.0 and ::
	// mean to the kernel; or a name. From the kernel: always a literal.
	Host string
	// Port is 0 to 65535.
	Port int
	// Path is for Unix: at most 107 bytes. Both it and Abstract empty: unnamed.
	Path string
	// Abstract is for Unix: a name in the abstract namespace without its
	// leading NUL, at most 107 bytes. Nil for none.
	Abstract []byte
}

// String returns "10.0.0.7:80", "[::1]:80", "/a/path", "@abstract" or "" for
// an unnamed unix socket.
func (a Address) String() string {
	switch {
	case a.Family != Unix:
		return net.JoinHostPort(a.Host, strconv.Itoa(a.Port))
	case len(a.Abstract) > 0:
		return "@" + string(a.Abstract)
	}
	return a.Path
}

// check finds what no kernel could be asked.
func (a Address) check(family Family) error {
	switch {
	case a.Family != family:
		return &ArgumentError{Field: "address", Reason: "is of family " + a.Family.String() + ", the socket of " + family.String()}
	case family == Unix && len(a.Path) > unixPathMax:
		return &RangeError{Field: "path", Got: int64(len(a.Path)), Max: unixPathMax}
	case family == Unix && strings.ContainsRune(a.Path, 0):
		return &ArgumentError{Field: "path", Reason: "contains a NUL"}
	case family == Unix && len(a.Abstract) > unixPathMax:
		return &RangeError{Field: "abstract", Got: int64(len(a.Abstract)), Max: unixPathMax}
	case family != Unix && (a.Port < 0 || a.Port > 65535):
		return &RangeError{Field: "port", Got: int64(a.Port), Max: 65535}
	}
	return nil
}

// lookup turns a into what the kernel gets, which it also returns as an
// address. A name is resolved in the socket's family and its first address
// used; the outcome is NameNotResolved or WaitElapsed if that fails.
func (s *Socket) lookup(c *clock, a Address) (*sockaddr, Address, Outcome, error) {
	if err := a.check(s.family); err != nil {
		return nil, a, Outcome{}, err
	}
	if s.family == Unix {
		return unixSockaddr(a.Path, a.Abstract), a, done(), nil
	}
	ip, out := s.env.first(c, a.Host, s.family)
	if !out.OK() {
		return nil, a, out, nil
	}
	zone, ok := zoneIndex(ip.Zone())
	if !ok {
		return nil, a, unresolved(a.Host, "there is no interface "+strconv.Quote(ip.Zone())), nil
	}
	sa := inetSockaddr(ip, a.Port, zone)
	return sa, *sa.address(), done(), nil
}

// first resolves a host to one address of the family.
func (e *Env) first(c *clock, host string, family Family) (netip.Addr, Outcome) {
	if host == "" {
		if family == Inet {
			return netip.IPv4Unspecified(), done()
		}
		return netip.IPv6Unspecified(), done()
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.Is4() != (family == Inet) {
			return ip, unresolved(host, "is not an address of family "+family.String())
		}
		return ip, done()
	}
	ips, out := resolve(c, host, family)
	if !out.OK() {
		return netip.Addr{}, out
	}
	return ips[0], done()
}

// Resolve returns a name's addresses as this host has them, in the resolver's
// order; a literal is its own address. With no families, or both, addresses of
// both are returned. The outcome is Done, NameNotResolved or WaitElapsed.
func Resolve(ctx context.Context, host string, w Wait, families ...Family) ([]netip.Addr, Outcome) {
	c := w.begin(ctx, 0)
	defer c.end()
	var four, six bool
	for _, f := range families {
		four, six = four || f == Inet, six || f == Inet6
	}
	family := Family(0)
	switch {
	case four && !six:
		family = Inet
	case six && !four:
		family = Inet6
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		if family != 0 && ip.Is4() != (family == Inet) {
			return nil, unresolved(host, "is not an address of family "+family.String())
		}
		return []netip.Addr{ip}, done()
	}
	return resolve(c, host, family)
}

// resolveGrace is what For(0) allows the resolver: O_NONBLOCK never spoke of
// names, and those of the hosts file take less.
const resolveGrace = 50 * time.Millisecond

// resolve asks the host's resolver for at least one address of the family, or
// of any for family 0.
func resolve(c *clock, host string, family Family) ([]netip.Addr, Outcome) {
	var ctx context.Context
	if c.blocks() {
		ctx = c.context()
	} else {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(c.ctx, resolveGrace)
		defer cancel()
	}
	network := map[Family]string{Inet: "ip4", Inet6: "ip6"}[family]
	if network == "" {
		network = "ip"
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, network, host)
	found := make([]netip.Addr, 0, len(ips))
	for _, ip := range ips {
		if ip = ip.Unmap(); family == 0 || ip.Is4() == (family == Inet) {
			found = append(found, ip)
		}
	}
	if len(found) > 0 {
		return found, done()
	}
	if isLocalhost(host) {
		// RFC 6761: it is the loopback address also where no hosts file says so.
		if family != Inet {
			found = append(found, netip.IPv6Loopback())
		}
		if family != Inet6 {
			found = append(found, netip.AddrFrom4([4]byte{127, 0, 0, 1}))
		}
		return found, done()
	}
	if ctx.Err() != nil {
		return nil, Outcome{Code: WaitElapsed, Detail: "resolving " + strconv.Quote(host)}
	}
	reason := "has no address of family " + family.String()
	var dns *net.DNSError
	if errors.As(err, &dns) {
		reason = dns.Err
	}
	return nil, unresolved(host, reason)
}

func isLocalhost(host string) bool {
	return strings.EqualFold(strings.TrimSuffix(host, "."), "localhost")
}

func unresolved(host, reason string) Outcome {
	return Outcome{Code: NameNotResolved, Syscall: "getaddrinfo", Detail: fmt.Sprintf("%s: %s", strconv.Quote(host), reason)}
}
