//go:build linux

package sock

import "regexp"

// Until is a Receive's condition, for stream sockets. At most one may be set;
// the zero Until is none.
type Until struct {
	// Exactly is a number of bytes, at most ReceiveRequest.Max.
	Exactly int
	// Delimiter ends the data and is part of it.
	Delimiter []byte
	// Pattern is matched against the bytes as they are; the data ends where its
	// leftmost match does.
	Pattern *regexp.Regexp
	// EOF is the end of the stream.
	EOF bool
}

// ReceiveRequest is what Receive does.
type ReceiveRequest struct {
	// Max is, without a condition, the most bytes to return; with one, the
	// window in which it has to hold; on a datagram socket the buffer for each
	// datagram. Never negative; 0 is a receive of 0 bytes.
	Max int
	// MaxDatagrams is how many datagrams to return at most; at least one is
	// awaited. 0 means 1. For datagram sockets.
	MaxDatagrams int
	// Until is the condition.
	Until Until
	// Peek consumes nothing and never queues behind waiting receivers. Not
	// with a condition or Manual.
	Peek bool
	// DontWait is as For(0), and never queues behind waiting receivers.
	DontWait bool
	// Manual keeps what is returned until Ack.
	Manual bool
	// Offset is for Manual: where to start. Nil: the first unacknowledged.
	Offset *int64

	together int // bytes of all datagrams together; 0 means 1 MiB
}

// StoppedBy says why a Receive that is Done stopped where it did.
type StoppedBy int

// The reasons; 0 if the outcome is not Done.
const (
	StoppedByAvailable StoppedBy = iota + 1
	StoppedByExactly
	StoppedByDelimiter
	StoppedByPattern
	StoppedByEnd
)

// Received is what Receive got.
type Received struct {
	Outcome Outcome
	// Offset is that of the first byte (datagram) returned; without any, of the
	// next one.
	Offset int64
	// Data is for stream sockets and the caller's to keep; empty unless Done.
	Data []byte
	// Datagrams is for datagram sockets.
	Datagrams []Message
	// End: the receiving direction is over and all before was returned.
	End       bool
	StoppedBy StoppedBy
	// Match is regexp's FindSubmatchIndex, relative to Data; nil without a
	// pattern.
	Match []int
	// Held is how many bytes the agent holds after this call.
	Held int64
	// KernelQueue is how many bytes wait in the kernel after this call (of a
	// datagram socket: in the next datagram); -1 if the kernel has no figure.
	KernelQueue int
	// DescriptorsClosed counts descriptors that came with a unix stream's
	// bytes and were closed.
	DescriptorsClosed int
}

// Message is one received datagram.
type Message struct {
	// Data is the payload, cut to ReceiveRequest.Max; the caller must not
	// change it.
	Data []byte
	// Source is nil where the kernel gave no name. Destination is nil unless
	// IP_PKTINFO or IPV6_RECVPKTINFO is on; its port is the socket's.
	Source, Destination *Address
	// FullLength is the length in bytes before cutting.
	FullLength int
	// Truncated: Data was cut. ControlTruncated: control messages were lost.
	Truncated, ControlTruncated bool
	// Control holds the control messages but SCM_RIGHTS.
	Control []Control
	// DroppedDescriptors were received with SCM_RIGHTS and closed.
	DroppedDescriptors int
	// Offset is the datagram's number, from 0.
	Offset int64
}

// Control is one control message, as the kernel gave it.
type Control struct {
	Level, Type int
	Data        []byte
}
