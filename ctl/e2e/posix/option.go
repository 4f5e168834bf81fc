//go:build linux

package posix

import "golang.org/x/sys/unix"

// Kind is how an option's value is written in a case.
type Kind int

// The kinds and their text forms.
const (
	Int        Kind = iota // "5"
	Bool                   // "true", "false"; read back: "false" is 0
	Lingering              // "off", "5" (seconds)
	Text                   // "lo"
	Duration               // "1.5s"
	Membership             // "239.1.1.1", "239.1.1.1 lo", "232.1.1.1 lo 10.0.0.1"
	Interface              // "lo", "" for none
	ErrnoName              // "ECONNREFUSED", "" for none
	Unsigned               // "5", 32 bits
)

// Option is a socket option that has a name.
type Option struct {
	Kind          Kind
	Level, Name   int
	Level6, Name6 int // of Inet6; 0 where it is the same
}

// number is the option's for a family.
func (o Option) number(f Family) (level, name int) {
	if f == Inet6 && o.Level6 != 0 {
		return o.Level6, o.Name6
	}
	return o.Level, o.Name
}

// Not in golang.org/x/sys.
const (
	ipMulticastAll     = 49
	ipv6MulticastAll   = 29
	mcastJoin          = 42
	mcastLeave         = 45
	mcastJoinSource    = 46
	mcastLeaveSource   = 47
	soTimestampNS      = 35
	tcpFastOpenConnect = 30
)

// Options are the named ones.
var Options = map[string]Option{
	"reuse_address":         {Kind: Bool, Level: unix.SOL_SOCKET, Name: unix.SO_REUSEADDR},
	"reuse_port":            {Kind: Bool, Level: unix.SOL_SOCKET, Name: unix.SO_REUSEPORT},
	"linger":                {Kind: Lingering, Level: unix.SOL_SOCKET, Name: unix.SO_LINGER},
	"no_delay":              {Kind: Bool, Level: unix.IPPROTO_TCP, Name: unix.TCP_NODELAY},
	"keep_alive":            {Kind: Bool, Level: unix.SOL_SOCKET, Name: unix.SO_KEEPALIVE},
	"send_buffer":           {Level: unix.SOL_SOCKET, Name: unix.SO_SNDBUF},
	"receive_buffer":        {Level: unix.SOL_SOCKET, Name: unix.SO_RCVBUF},
	"v6_only":               {Kind: Bool, Level: unix.IPPROTO_IPV6, Name: unix.IPV6_V6ONLY},
	"broadcast":             {Kind: Bool, Level: unix.SOL_SOCKET, Name: unix.SO_BROADCAST},
	"ttl":                   {Level: unix.IPPROTO_IP, Name: unix.IP_TTL, Level6: unix.IPPROTO_IPV6, Name6: unix.IPV6_UNICAST_HOPS},
	"keep_alive_idle":       {Level: unix.IPPROTO_TCP, Name: unix.TCP_KEEPIDLE},
	"keep_alive_interval":   {Level: unix.IPPROTO_TCP, Name: unix.TCP_KEEPINTVL},
	"keep_alive_count":      {Level: unix.IPPROTO_TCP, Name: unix.TCP_KEEPCNT},
	"user_timeout":          {Level: unix.IPPROTO_TCP, Name: unix.TCP_USER_TIMEOUT},
	"traffic_class":         {Level: unix.IPPROTO_IP, Name: unix.IP_TOS, Level6: unix.IPPROTO_IPV6, Name6: unix.IPV6_TCLASS},
	"device":                {Kind: Text, Level: unix.SOL_SOCKET, Name: unix.SO_BINDTODEVICE},
	"mark":                  {Kind: Unsigned, Level: unix.SOL_SOCKET, Name: unix.SO_MARK},
	"multicast_join":        {Kind: Membership, Level: unix.IPPROTO_IP, Name: mcastJoin, Level6: unix.IPPROTO_IPV6, Name6: mcastJoin},
	"multicast_leave":       {Kind: Membership, Level: unix.IPPROTO_IP, Name: mcastLeave, Level6: unix.IPPROTO_IPV6, Name6: mcastLeave},
	"multicast_ttl":         {Level: unix.IPPROTO_IP, Name: unix.IP_MULTICAST_TTL, Level6: unix.IPPROTO_IPV6, Name6: unix.IPV6_MULTICAST_HOPS},
	"multicast_loop":        {Kind: Bool, Level: unix.IPPROTO_IP, Name: unix.IP_MULTICAST_LOOP, Level6: unix.IPPROTO_IPV6, Name6: unix.IPV6_MULTICAST_LOOP},
	"multicast_interface":   {Kind: Interface, Level: unix.IPPROTO_IP, Name: unix.IP_MULTICAST_IF, Level6: unix.IPPROTO_IPV6, Name6: unix.IPV6_MULTICAST_IF},
	"timestamps":            {Kind: Bool, Level: unix.SOL_SOCKET, Name: soTimestampNS},
	"packet_info":           {Kind: Bool, Level: unix.IPPROTO_IP, Name: unix.IP_PKTINFO, Level6: unix.IPPROTO_IPV6, Name6: unix.IPV6_RECVPKTINFO},
	"error_queue":           {Kind: Bool, Level: unix.IPPROTO_IP, Name: unix.IP_RECVERR, Level6: unix.IPPROTO_IPV6, Name6: unix.IPV6_RECVERR},
	"receive_ttl":           {Kind: Bool, Level: unix.IPPROTO_IP, Name: unix.IP_RECVTTL, Level6: unix.IPPROTO_IPV6, Name6: unix.IPV6_RECVHOPLIMIT},
	"receive_traffic_class": {Kind: Bool, Level: unix.IPPROTO_IP, Name: unix.IP_RECVTOS, Level6: unix.IPPROTO_IPV6, Name6: unix.IPV6_RECVTCLASS},
	"cork":                  {Kind: Bool, Level: unix.IPPROTO_TCP, Name: unix.TCP_CORK},
	"congestion_control":    {Kind: Text, Level: unix.IPPROTO_TCP, Name: unix.TCP_CONGESTION},
	"max_segment":           {Level: unix.IPPROTO_TCP, Name: unix.TCP_MAXSEG},
	"fast_open":             {Level: unix.IPPROTO_TCP, Name: unix.TCP_FASTOPEN},
	"fast_open_connect":     {Kind: Bool, Level: unix.IPPROTO_TCP, Name: tcpFastOpenConnect},
	"defer_accept":          {Level: unix.IPPROTO_TCP, Name: unix.TCP_DEFER_ACCEPT},
	"quick_ack":             {Kind: Bool, Level: unix.IPPROTO_TCP, Name: unix.TCP_QUICKACK},
	"mtu_discovery":         {Level: unix.IPPROTO_IP, Name: unix.IP_MTU_DISCOVER, Level6: unix.IPPROTO_IPV6, Name6: unix.IPV6_MTU_DISCOVER},
	"mtu":                   {Level: unix.IPPROTO_IP, Name: unix.IP_MTU, Level6: unix.IPPROTO_IPV6, Name6: unix.IPV6_MTU},
	"out_of_band_inline":    {Kind: Bool, Level: unix.SOL_SOCKET, Name: unix.SO_OOBINLINE},
	"dont_route":            {Kind: Bool, Level: unix.SOL_SOCKET, Name: unix.SO_DONTROUTE},
	"priority":              {Level: unix.SOL_SOCKET, Name: unix.SO_PRIORITY},
	"multicast_all":         {Kind: Bool, Level: unix.IPPROTO_IP, Name: ipMulticastAll, Level6: unix.IPPROTO_IPV6, Name6: ipv6MulticastAll},
	"receive_timeout":       {Kind: Duration, Level: unix.SOL_SOCKET, Name: unix.SO_RCVTIMEO},
	"send_timeout":          {Kind: Duration, Level: unix.SOL_SOCKET, Name: unix.SO_SNDTIMEO},
	"receive_low_water":     {Level: unix.SOL_SOCKET, Name: unix.SO_RCVLOWAT},
	"error":                 {Kind: ErrnoName, Level: unix.SOL_SOCKET, Name: unix.SO_ERROR},
}
