//go:build linux

package sock

import "golang.org/x/sys/unix"

// form is how an option's value looks to the kernel and in an Option.
type form int

const (
	formBool       form = iota + 1 // an int, 0 or 1
	formInt                        // an int
	formUint                       // an unsigned int
	formText                       // bytes, a NUL behind them when read
	formLinger                     // struct linger
	formTimeout                    // struct timeval
	formErrno                      // an int; read only
	formInterface                  // an interface's index, a name in an Option
	formMembership                 // struct group_req or group_source_req; written only
)

// place is where the kernel keeps an option.
type place struct {
	level, name int
	form        form
	six         place6
}

// place6 is where an Inet6 socket has it, if elsewhere.
type place6 struct{ level, name int }

func ipv6(name int) place6 { return place6{unix.IPPROTO_IPV6, name} }

// places holds all kinds but OptRaw.
var places = map[OptionKind]place{
	OptReuseAddress:  {unix.SOL_SOCKET, unix.SO_REUSEADDR, formBool, place6{}},
	OptReusePort:     {unix.SOL_SOCKET, unix.SO_REUSEPORT, formBool, place6{}},
	OptBroadcast:     {unix.SOL_SOCKET, unix.SO_BROADCAST, formBool, place6{}},
	OptKeepAlive:     {unix.SOL_SOCKET, unix.SO_KEEPALIVE, formBool, place6{}},
	OptLinger:        {unix.SOL_SOCKET, unix.SO_LINGER, formLinger, place6{}},
	OptSendBuffer:    {unix.SOL_SOCKET, unix.SO_SNDBUF, formInt, place6{}},
	OptReceiveBuffer: {unix.SOL_SOCKET, unix.SO_RCVBUF, formInt, place6{}},
	OptDevice:        {unix.SOL_SOCKET, unix.SO_BINDTODEVICE, formText, place6{}},
	OptMark:          {unix.SOL_SOCKET, unix.SO_MARK, formUint, place6{}},
	OptTimestamps:    {unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, formBool, place6{}},

	OptOutOfBandInline: {unix.SOL_SOCKET, unix.SO_OOBINLINE, formBool, place6{}},
	OptDontRoute:       {unix.SOL_SOCKET, unix.SO_DONTROUTE, formBool, place6{}},
	OptPriority:        {unix.SOL_SOCKET, unix.SO_PRIORITY, formInt, place6{}},
	OptReceiveTimeout:  {unix.SOL_SOCKET, unix.SO_RCVTIMEO, formTimeout, place6{}},
	OptSendTimeout:     {unix.SOL_SOCKET, unix.SO_SNDTIMEO, formTimeout, place6{}},
	OptReceiveLowWater: {unix.SOL_SOCKET, unix.SO_RCVLOWAT, formInt, place6{}},
	OptError:           {unix.SOL_SOCKET, unix.SO_ERROR, formErrno, place6{}},

	OptNoDelay:           {unix.IPPROTO_TCP, unix.TCP_NODELAY, formBool, place6{}},
	OptKeepAliveIdle:     {unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, formInt, place6{}},
	OptKeepAliveInterval: {unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, formInt, place6{}},
	OptKeepAliveCount:    {unix.IPPROTO_TCP, unix.TCP_KEEPCNT, formInt, place6{}},
	OptUserTimeout:       {unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, formInt, place6{}},
	OptCork:              {unix.IPPROTO_TCP, unix.TCP_CORK, formBool, place6{}},
	OptCongestionControl: {unix.IPPROTO_TCP, unix.TCP_CONGESTION, formText, place6{}},
	OptMaxSegment:        {unix.IPPROTO_TCP, unix.TCP_MAXSEG, formInt, place6{}},
	OptFastOpen:          {unix.IPPROTO_TCP, unix.TCP_FASTOPEN, formInt, place6{}},
	OptFastOpenConnect:   {unix.IPPROTO_TCP, unix.TCP_FASTOPEN_CONNECT, formBool, place6{}},
	OptDeferAccept:       {unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, formInt, place6{}},
	OptQuickAck:          {unix.IPPROTO_TCP, unix.TCP_QUICKACK, formBool, place6{}},

	OptV6Only:              {unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, formBool, place6{}},
	OptTTL:                 {unix.IPPROTO_IP, unix.IP_TTL, formInt, ipv6(unix.IPV6_UNICAST_HOPS)},
	OptTrafficClass:        {unix.IPPROTO_IP, unix.IP_TOS, formInt, ipv6(unix.IPV6_TCLASS)},
	OptMulticastJoin:       {unix.IPPROTO_IP, unix.MCAST_JOIN_GROUP, formMembership, ipv6(unix.MCAST_JOIN_GROUP)},
	OptMulticastLeave:      {unix.IPPROTO_IP, unix.MCAST_LEAVE_GROUP, formMembership, ipv6(unix.MCAST_LEAVE_GROUP)},
	OptMulticastTTL:        {unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, formInt, ipv6(unix.IPV6_MULTICAST_HOPS)},
	OptMulticastLoop:       {unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, formBool, ipv6(unix.IPV6_MULTICAST_LOOP)},
	OptMulticastInterface:  {unix.IPPROTO_IP, unix.IP_MULTICAST_IF, formInterface, ipv6(unix.IPV6_MULTICAST_IF)},
	OptMulticastAll:        {unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, formBool, ipv6(unix.IPV6_MULTICAST_ALL)},
	OptPacketInfo:          {unix.IPPROTO_IP, unix.IP_PKTINFO, formBool, ipv6(unix.IPV6_RECVPKTINFO)},
	OptErrorQueue:          {unix.IPPROTO_IP, unix.IP_RECVERR, formBool, ipv6(unix.IPV6_RECVERR)},
	OptReceiveTTL:          {unix.IPPROTO_IP, unix.IP_RECVTTL, formBool, ipv6(unix.IPV6_RECVHOPLIMIT)},
	OptReceiveTrafficClass: {unix.IPPROTO_IP, unix.IP_RECVTOS, formBool, ipv6(unix.IPV6_RECVTCLASS)},
	OptMTUDiscovery:        {unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, formInt, ipv6(unix.IPV6_MTU_DISCOVER)},
	OptMTU:                 {unix.IPPROTO_IP, unix.IP_MTU, formInt, ipv6(unix.IPV6_MTU)},
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
	if s.family == Inet6 && p.six != (place6{}) {
		p.level, p.name = p.six.level, p.six.name
	}
	return p, nil
}
