//go:build linux

package sock

import "golang.org/x/sys/unix"

// Code is the class of a kernel's answer.
type Code int

// The classes. Each errno belongs to exactly one; see CodeOf.
const (
	Done                Code = iota + 1 // the operation did what was asked
	Refused                             // ECONNREFUSED
	TimedOut                            // the kernel's ETIMEDOUT, never our own budget
	WaitElapsed                         // our budget or the context ended first; nothing was undone
	Reset                               // ECONNRESET
	Unreachable                         // EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN, ENONET
	AddressInUse                        // EADDRINUSE
	AddressNotAvailable                 // EADDRNOTAVAIL
	NotPermitted                        // EACCES, EPERM
	NameNotResolved                     // no address of the socket's family
	NotConnected                        // ENOTCONN
	AlreadyConnected                    // EISCONN
	InProgress                          // EINPROGRESS
	Already                             // EALREADY
	WouldBlock                          // EAGAIN
	BrokenPipe                          // EPIPE
	Limit                               // the window filled before the condition held; nothing was consumed
	InvalidArgument                     // EINVAL, EFAULT
	NotSupported                        // EOPNOTSUPP, EPROTONOSUPPORT, EAFNOSUPPORT, ESOCKTNOSUPPORT, ENOPROTOOPT, EPROTOTYPE
	MessageTooLarge                     // EMSGSIZE
	NoResources                         // EMFILE, ENFILE, ENOBUFS, ENOMEM
	NotFound                            // ENOENT, ENODEV, ENXIO, ENOTDIR
	Aborted                             // ECONNABORTED
	DestinationRequired                 // EDESTADDRREQ
	Other                               // any other errno
)

// String returns the class in the contract's spelling, "ADDRESS_IN_USE" for
// example.
func (c Code) String() string {
	if c >= Done && int(c) < len(codeNames) {
		return codeNames[c]
	}
	return "UNSPECIFIED"
}

var codeNames = [...]string{
	Done: "DONE", Refused: "REFUSED", TimedOut: "TIMED_OUT", WaitElapsed: "WAIT_ELAPSED",
	Reset: "RESET", Unreachable: "UNREACHABLE", AddressInUse: "ADDRESS_IN_USE",
	AddressNotAvailable: "ADDRESS_NOT_AVAILABLE", NotPermitted: "NOT_PERMITTED",
	NameNotResolved: "NAME_NOT_RESOLVED", NotConnected: "NOT_CONNECTED",
	AlreadyConnected: "ALREADY_CONNECTED", InProgress: "IN_PROGRESS", Already: "ALREADY",
	WouldBlock: "WOULD_BLOCK", BrokenPipe: "BROKEN_PIPE", Limit: "LIMIT",
	InvalidArgument: "INVALID", NotSupported: "NOT_SUPPORTED",
	MessageTooLarge: "MESSAGE_TOO_LARGE", NoResources: "NO_RESOURCES",
	NotFound: "NOT_FOUND", Aborted: "ABORTED", DestinationRequired: "DESTINATION_REQUIRED",
	Other: "OTHER",
}

// CodeOf returns the class of an errno; 0 is Done.
func CodeOf(e unix.Errno) Code {
	switch e {
	case 0:
		return Done
	case unix.ECONNREFUSED:
		return Refused
	case unix.ETIMEDOUT:
		return TimedOut
	case unix.ECONNRESET:
		return Reset
	case unix.EHOSTUNREACH, unix.ENETUNREACH, unix.ENETDOWN, unix.EHOSTDOWN, unix.ENONET:
		return Unreachable
	case unix.EADDRINUSE:
		return AddressInUse
	case unix.EADDRNOTAVAIL:
		return AddressNotAvailable
	case unix.EACCES, unix.EPERM:
		return NotPermitted
	case unix.ENOTCONN:
		return NotConnected
	case unix.EISCONN:
		return AlreadyConnected
	case unix.EINPROGRESS:
		return InProgress
	case unix.EALREADY:
		return Already
	case unix.EAGAIN:
		return WouldBlock
	case unix.EPIPE:
		return BrokenPipe
	case unix.EINVAL, unix.EFAULT:
		return InvalidArgument
	case unix.EOPNOTSUPP, unix.EPROTONOSUPPORT, unix.EAFNOSUPPORT,
		unix.ESOCKTNOSUPPORT, unix.ENOPROTOOPT, unix.EPROTOTYPE:
		return NotSupported
	case unix.EMSGSIZE:
		return MessageTooLarge
	case unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM:
		return NoResources
	case unix.ENOENT, unix.ENODEV, unix.ENXIO, unix.ENOTDIR:
		return NotFound
	case unix.ECONNABORTED:
		return Aborted
	case unix.EDESTADDRREQ:
		return DestinationRequired
	}
	return Other
}

// Outcome is what this host's kernel answered to an operation.
type Outcome struct {
	Code Code
	// Errno is the exact answer; 0 where no errno was involved.
	Errno unix.Errno
	// Syscall is who answered: "connect", "bind", "recvmsg", "getaddrinfo" for
	// name resolution; empty when we ended the operation ourselves
	// (WaitElapsed, Limit) and for Done.
	Syscall string
	// Local is the socket's own address, Peer the one the operation was
	// directed at, after resolution. Each may be nil.
	Local, Peer *Address
	// Detail is a short English sentence for people, or empty.
	Detail string
}

// ErrnoName returns the errno's symbolic name, "ECONNREFUSED" for example, or
// "" where there is none.
func (o Outcome) ErrnoName() string {
	switch o.Errno {
	case 0:
		return ""
	case unix.EOPNOTSUPP:
		// One number, two names in Linux; of sockets POSIX says this one.
		return "EOPNOTSUPP"
	}
	return unix.ErrnoName(o.Errno)
}

// OK reports whether Code is Done.
func (o Outcome) OK() bool { return o.Code == Done }

func done() Outcome { return Outcome{Code: Done} }

// answered turns the result of one system call into an outcome.
func answered(syscall string, e unix.Errno) Outcome {
	if e == 0 {
		return done()
	}
	return Outcome{Code: CodeOf(e), Errno: e, Syscall: syscall}
}
