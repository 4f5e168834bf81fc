//go:build linux

package sock

import (
	"net"
	"strconv"
	"strings"
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
