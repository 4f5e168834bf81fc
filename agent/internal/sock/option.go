//go:build linux

package sock

// OptionKind says which option an Option is.
type OptionKind int

// The options with a kind of their own; OptRaw reaches all others.
const (
	OptReuseAddress  OptionKind = iota + 1 // SO_REUSEADDR, Bool
	OptReusePort                           // SO_REUSEPORT, Bool
	OptBroadcast                           // SO_BROADCAST, Bool
	OptKeepAlive                           // SO_KEEPALIVE, Bool
	OptNoDelay                             // TCP_NODELAY, Bool
	OptV6Only                              // IPV6_V6ONLY, Bool
	OptLinger                              // SO_LINGER, Linger
	OptSendBuffer                          // SO_SNDBUF, Int in bytes; the kernel reads back the double
	OptReceiveBuffer                       // SO_RCVBUF, Int in bytes; likewise
	OptTTL                                 // IP_TTL, on Inet6 IPV6_UNICAST_HOPS, Int
	OptRaw                                 // Raw
)

// Option is one socket option, with its value when it is set or was read.
type Option struct {
	Kind   OptionKind
	Bool   bool
	Int    int
	Linger Linger
	Raw    Raw
}

// Linger is SO_LINGER's value.
type Linger struct {
	On bool
	// Seconds is how long close(2) lingers; 0 with On resets the connection.
	Seconds int
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
