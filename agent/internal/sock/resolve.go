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

	"golang.org/x/sys/unix"
)

// lookup turns a into what the kernel gets, which it also returns as an
// address. A name is resolved in the socket's family and network namespace and
// its first address used; the outcome is NameNotResolved or WaitElapsed if that
// fails, or what entering the namespace met.
func (s *Socket) lookup(c *clock, a Address) (*sockaddr, Address, Outcome, error) {
	if err := a.check(s.family); err != nil {
		return nil, a, Outcome{}, err
	}
	if s.family == Unix {
		return unixSockaddr(a.Path, a.Abstract), a, done(), nil
	}
	ip, out, err := s.first(c, a.Host)
	if err != nil || !out.OK() {
		return nil, a, out, err
	}
	zone, ok, err := s.zoneIndex(ip.Zone())
	if err != nil {
		return nil, a, Outcome{}, err
	}
	if !ok {
		return nil, a, noZone(a.Host, ip.Zone()), nil
	}
	sa := inetSockaddr(ip, a.Port, zone)
	return sa, *s.address(sa), done(), nil
}

// first resolves a host to one address of the socket's family.
func (s *Socket) first(c *clock, host string) (netip.Addr, Outcome, error) {
	if host == "" {
		if s.family == Inet {
			return netip.IPv4Unspecified(), done(), nil
		}
		return netip.IPv6Unspecified(), done(), nil
	}
	ips, literal, out := literalOf(host, s.family)
	if !literal {
		in, entered, err := s.resolver()
		if err != nil || !entered.OK() {
			return netip.Addr{}, entered, err
		}
		defer in.close()
		ips, out = in.resolve(c, host, s.family)
	}
	if !out.OK() {
		return netip.Addr{}, out, nil
	}
	return ips[0], out, nil
}

// resolver is that of the network namespace in which the socket lives, also
// after its name was removed or given to another. The caller closes it.
func (s *Socket) resolver() (*resolver, Outcome, error) {
	if s.netns == "" {
		return nil, done(), nil
	}
	ns := -1
	errno, err := s.call(func(fd int) (e unix.Errno) {
		var failed error
		ns, failed = unix.IoctlRetInt(fd, unix.SIOCGSKNS)
		return errnoOf(failed)
	})
	if err != nil || errno != 0 {
		return nil, entered(s.netns, "ioctl", errno), err
	}
	return newResolver(s.netns, ns), done(), nil
}

// literalOf is the address that host is, if it is one; then the outcome is
// NameNotResolved if it is of another family. 0 is any family.
func literalOf(host string, family Family) (ips []netip.Addr, literal bool, out Outcome) {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return nil, false, Outcome{}
	}
	if family != 0 && ip.Is4() != (family == Inet) {
		return nil, true, unresolved(host, "is not an address of family "+family.String())
	}
	return []netip.Addr{ip}, true, done()
}

// Resolve returns a name's addresses as this host has them in a network
// namespace (as Spec.Namespace), in the resolver's order; a literal is its own
// address. With no families, or both, addresses of both are returned. The
// outcome is Done, NameNotResolved, WaitElapsed, or what entering the namespace
// met.
func Resolve(ctx context.Context, namespace, host string, w Wait, families ...Family) ([]netip.Addr, Outcome) {
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
	var in *resolver
	if namespace != "" {
		fd, syscall, errno := openNamespace(namespacePath(namespace))
		if errno == 0 {
			in = newResolver(namespace, fd)
			defer in.close()
			syscall, errno = inside(fd, func() {}) // may we?
		}
		if errno != 0 {
			return nil, entered(namespace, syscall, errno)
		}
	}
	if ips, literal, out := literalOf(host, family); literal {
		if out.OK() && !zoneExists(in, ips[0].Zone()) {
			return nil, noZone(host, ips[0].Zone())
		}
		return ips, out
	}
	return in.resolve(c, host, family)
}

// resolveGrace is what For(0) allows the resolver: O_NONBLOCK never spoke of
// names, and those of the hosts file take less.
const resolveGrace = 50 * time.Millisecond

// resolve asks for at least one address of the family, or of any for family 0.
func (r *resolver) resolve(c *clock, host string, family Family) ([]netip.Addr, Outcome) {
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
	ips, err := r.ask(ctx, network, host)
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

func noZone(host, zone string) Outcome {
	return unresolved(host, "there is no interface "+strconv.Quote(zone))
}

func isLocalhost(host string) bool {
	return strings.EqualFold(strings.TrimSuffix(host, "."), "localhost")
}

func unresolved(host, reason string) Outcome {
	return Outcome{Code: NameNotResolved, Syscall: "getaddrinfo", Detail: fmt.Sprintf("%s: %s", strconv.Quote(host), reason)}
}
