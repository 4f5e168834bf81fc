//go:build linux

package sock

import "golang.org/x/sys/unix"

// form is how an option's value looks to the kernel.
type form int

const (
	formBool form = iota + 1 // an int, 0 or 1
	formInt
	formLinger
)

// place is where the kernel keeps an option.
type place struct {
	level, name int
	form        form
}

// places holds all kinds but OptRaw, for inet sockets; see placeOf.
var places = map[OptionKind]place{
	OptReuseAddress:  {unix.SOL_SOCKET, unix.SO_REUSEADDR, formBool},
	OptReusePort:     {unix.SOL_SOCKET, unix.SO_REUSEPORT, formBool},
	OptBroadcast:     {unix.SOL_SOCKET, unix.SO_BROADCAST, formBool},
	OptKeepAlive:     {unix.SOL_SOCKET, unix.SO_KEEPALIVE, formBool},
	OptNoDelay:       {unix.IPPROTO_TCP, unix.TCP_NODELAY, formBool},
	OptV6Only:        {unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, formBool},
	OptLinger:        {unix.SOL_SOCKET, unix.SO_LINGER, formLinger},
	OptSendBuffer:    {unix.SOL_SOCKET, unix.SO_SNDBUF, formInt},
	OptReceiveBuffer: {unix.SOL_SOCKET, unix.SO_RCVBUF, formInt},
	OptTTL:           {unix.IPPROTO_IP, unix.IP_TTL, formInt},
}

// OptionKinds returns all kinds but OptRaw, in their order.
func OptionKinds() []OptionKind {
	kinds := make([]OptionKind, 0, len(places))
	for k := OptReuseAddress; k < OptRaw; k++ {
		kinds = append(kinds, k)
	}
	return kinds
}

func (s *Socket) placeOf(k OptionKind) (place, error) {
	p, ok := places[k]
	if !ok {
		return p, &ArgumentError{Field: "option", Reason: "is unknown"}
	}
	if k == OptTTL && s.family == Inet6 {
		p.level, p.name = unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS
	}
	return p, nil
}
