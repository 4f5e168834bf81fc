package cli

import (
	"context"
	"net/netip"
	"strings"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/proto/wire"
)

// network is what a network's word means.
type network struct {
	family   farsockv1.Family
	kind     farsockv1.SocketType
	either   bool   // a literal address may make it IPv6
	protocol *int32 // nil: the type's own
}

const (
	v4   = farsockv1.Family_FAMILY_INET
	v6   = farsockv1.Family_FAMILY_INET6
	unix = farsockv1.Family_FAMILY_UNIX

	streams   = farsockv1.SocketType_SOCKET_TYPE_STREAM
	datagrams = farsockv1.SocketType_SOCKET_TYPE_DATAGRAM
	packets   = farsockv1.SocketType_SOCKET_TYPE_SEQPACKET
)

// protocolMPTCP is a variable since a request has the number by its address.
var protocolMPTCP int32 = wire.ProtocolMPTCP

// networks are the reserved words: in `bind WORD ADDR` a network makes a new
// socket, any other word is the name of one.
var networks = map[string]network{
	"tcp":        {v4, streams, true, nil},
	"tcp4":       {v4, streams, false, nil},
	"tcp6":       {v6, streams, false, nil},
	"mptcp":      {v4, streams, true, &protocolMPTCP},
	"mptcp6":     {v6, streams, false, &protocolMPTCP},
	"udp":        {v4, datagrams, true, nil},
	"udp4":       {v4, datagrams, false, nil},
	"udp6":       {v6, datagrams, false, nil},
	"unix":       {unix, streams, false, nil},
	"unixgram":   {unix, datagrams, false, nil},
	"unixpacket": {unix, packets, false, nil},
}

// networkWords are the words in the order in which help tells them.
var networkWords = []string{"tcp", "udp", "tcp4", "udp4", "tcp6", "udp6", "mptcp", "mptcp6", "unix", "unixgram", "unixpacket"}

const networkHelp = `NETWORK is tcp or udp (IPv4; IPv6 if ADDR is an IPv6 literal), tcp4 or udp4 (IPv4
whatever ADDR is), tcp6 or udp6 (IPv6 alone; with --dual IPv4 too), mptcp or
mptcp6 (TCP over several paths), unix, unixgram or unixpacket. ADDR is HOST:PORT, [HOST]:PORT or :PORT (any address
of the host; port 0 lets the kernel choose). For unix it is a path, starting at
the agent's folder if it is relative, @NAME in the abstract namespace, or ''
for an abstract name that the kernel chooses (autobind).

` + netnsHelp

// isNetwork says whether a word is reserved.
func isNetwork(word string) bool {
	_, ok := networks[word]
	return ok
}

func networkOf(word string) (network, error) {
	n, ok := networks[word]
	if !ok {
		return n, usagef("%q is no network; say one of %s", word, strings.Join(networkWords, ", "))
	}
	return n, nil
}

// address reads an ADDR for this network.
func (n network) address(s string) (*farsockv1.Address, error) {
	if n.family == farsockv1.Family_FAMILY_UNIX {
		return unixAddress(s)
	}
	addr, err := wire.ParseInet(s)
	if err != nil {
		return nil, &usageError{err: err}
	}
	return addr, nil
}

// unixAddress reads a path, @NAME, or "" for the unnamed address.
func unixAddress(s string) (*farsockv1.Address, error) {
	if s == "@" {
		return nil, usagef("ADDR \"@\": a name has to follow; '' lets the kernel choose one")
	}
	return wire.ParseUnix(s), nil
}

// settle lets literal addresses decide the family where the word left it open.
func (n network) settle(addrs ...*farsockv1.Address) network {
	for _, a := range addrs {
		ip, err := netip.ParseAddr(a.GetInet().GetHost())
		if n.either && err == nil && ip.Is6() {
			n.family = farsockv1.Family_FAMILY_INET6
		}
	}
	return n
}

// looseAddress reads an ADDR where the network is not said: what starts with '/',
// '.' or '@' is a unix address. It fails for a relative path without './', which
// only the socket can tell from a mistake.
func looseAddress(s string) (*farsockv1.Address, error) {
	if s != "" && strings.ContainsRune("/.@", rune(s[0])) {
		return unixAddress(s)
	}
	addr, err := wire.ParseInet(s)
	if err != nil {
		return nil, usagef("%w (a unix path starts with '/' or './')", err)
	}
	return addr, nil
}

// address reads an ADDR for a socket, asking the agent for its family where
// nothing else tells.
func (t *target) address(ctx context.Context, socket, s string) (*farsockv1.Address, error) {
	addr, bad := looseAddress(s)
	if bad == nil {
		return addr, nil
	}
	resp, err := t.client.Sockets.GetSocket(ctx, &farsockv1.GetSocketRequest{Name: socket})
	if err != nil {
		return nil, t.failed(err)
	}
	if resp.GetSocket().GetFamily() == farsockv1.Family_FAMILY_UNIX {
		return unixAddress(s)
	}
	return nil, bad
}
