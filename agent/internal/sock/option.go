//go:build linux

package sock

import (
	"net/netip"
	"time"
)

// OptionKind says which option an Option is.
type OptionKind int

// The options with a kind of their own, each with the field of Option that
// holds its value; OptRaw reaches all others. Two names: on Inet, on Inet6.
const (
	OptReuseAddress        OptionKind = iota + 1 // SO_REUSEADDR, Bool
	OptReusePort                                 // SO_REUSEPORT, Bool
	OptBroadcast                                 // SO_BROADCAST, Bool
	OptKeepAlive                                 // SO_KEEPALIVE, Bool
	OptNoDelay                                   // TCP_NODELAY, Bool
	OptV6Only                                    // IPV6_V6ONLY, Bool
	OptLinger                                    // SO_LINGER, Linger
	OptSendBuffer                                // SO_SNDBUF, Int in bytes; the kernel reads back the double
	OptReceiveBuffer                             // SO_RCVBUF, Int in bytes; likewise
	OptTTL                                       // IP_TTL, IPV6_UNICAST_HOPS, Int
	OptKeepAliveIdle                             // TCP_KEEPIDLE, Int in seconds
	OptKeepAliveInterval                         // TCP_KEEPINTVL, Int in seconds
	OptKeepAliveCount                            // TCP_KEEPCNT, Int
	OptUserTimeout                               // TCP_USER_TIMEOUT, Int in milliseconds
	OptTrafficClass                              // IP_TOS, IPV6_TCLASS, Int
	OptDevice                                    // SO_BINDTODEVICE, Text: an interface's name, "" for none
	OptMark                                      // SO_MARK, Int, 0 to 1<<32-1
	OptMulticastJoin                             // MCAST_JOIN_GROUP, MCAST_JOIN_SOURCE_GROUP, Membership; cannot be read
	OptMulticastLeave                            // MCAST_LEAVE_GROUP, MCAST_LEAVE_SOURCE_GROUP, Membership; cannot be read
	OptMulticastTTL                              // IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS, Int
	OptMulticastLoop                             // IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP, Bool
	OptMulticastInterface                        // IP_MULTICAST_IF, IPV6_MULTICAST_IF, Text: an interface's name, "" for by the routes
	OptTimestamps                                // SO_TIMESTAMPNS, Bool
	OptPacketInfo                                // IP_PKTINFO, IPV6_RECVPKTINFO, Bool
	OptErrorQueue                                // IP_RECVERR, IPV6_RECVERR, Bool
	OptReceiveTTL                                // IP_RECVTTL, IPV6_RECVHOPLIMIT, Bool
	OptReceiveTrafficClass                       // IP_RECVTOS, IPV6_RECVTCLASS, Bool
	OptCork                                      // TCP_CORK, Bool
	OptCongestionControl                         // TCP_CONGESTION, Text
	OptMaxSegment                                // TCP_MAXSEG, Int in bytes
	OptFastOpen                                  // TCP_FASTOPEN, Int
	OptFastOpenConnect                           // TCP_FASTOPEN_CONNECT, Bool
	OptDeferAccept                               // TCP_DEFER_ACCEPT, Int in seconds
	OptQuickAck                                  // TCP_QUICKACK, Bool
	OptMTUDiscovery                              // IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, Int
	OptMTU                                       // IP_MTU, IPV6_MTU, Int in bytes
	OptOutOfBandInline                           // SO_OOBINLINE, Bool
	OptDontRoute                                 // SO_DONTROUTE, Bool
	OptPriority                                  // SO_PRIORITY, Int
	OptMulticastAll                              // IP_MULTICAST_ALL, IPV6_MULTICAST_ALL, Bool
	OptReceiveTimeout                            // SO_RCVTIMEO, Timeout
	OptSendTimeout                               // SO_SNDTIMEO, Timeout
	OptReceiveLowWater                           // SO_RCVLOWAT, Int in bytes
	OptError                                     // SO_ERROR, Text: errno's name, "" for none; reading clears it, and it cannot be set
	OptRaw                                       // Raw
)

// Option is one socket option, with its value when it is set or was read.
type Option struct {
	Kind OptionKind
	Bool bool
	Int  int
	Text string
	// Timeout is 0 for none. Setting rounds up to microseconds, the kernel to
	// its tick.
	Timeout    time.Duration
	Linger     Linger
	Membership Membership
	Raw        Raw
}

// Linger is SO_LINGER's value.
type Linger struct {
	On bool
	// Seconds is how long close(2) lingers; 0 with On resets the connection.
	Seconds int
}

// Membership is one multicast group on one interface.
type Membership struct {
	// Group is of the socket's family, without a zone.
	Group netip.Addr
	// Interface is a name; empty: the kernel chooses by its routes.
	Interface string
	// Source is of Group's family; the zero Addr for any.
	Source netip.Addr
}

// Raw is an option by its numbers on this host.
type Raw struct {
	Level, Name int
	// Int is the value as a 4-byte integer in host order; nil for none.
	Int *int32
	// Bytes is the value as it is; used if Int is nil.
	Bytes []byte
	// Size is for reading: how many bytes to ask for. 0: 4, answered as Int;
	// more: answered as Bytes, as many as the kernel gave.
	Size int
}
