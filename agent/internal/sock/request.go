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
	// window in which it has to hold; on a socket of messages the buffer for
	// each. Never negative; 0 is a receive of 0 bytes.
	Max int
	// MaxDatagrams is how many messages to return at most; at least one is
	// awaited. 0 means 1. For sockets of messages, and with ErrorQueue.
	MaxDatagrams int
	// Until is the condition.
	Until Until
	// Peek consumes nothing and never queues behind waiting receivers. Not
	// with a condition or Manual.
	Peek bool
	// DontWait is as For(0), and never queues behind waiting receivers.
	DontWait bool
	// WaitAll waits until Max bytes are there; less is returned when the
	// stream ends or breaks, when SO_RCVTIMEO ends the wait, and where nothing
	// may wait. Not with a condition; on a socket of messages it means nothing.
	WaitAll bool
	// OutOfBand receives the urgent byte, which has no offset. recv(2) never
	// waits for it; For(d) does. Not with a condition, Manual or WaitAll; on a
	// socket of messages it is a flag like others.
	OutOfBand bool
	// ErrorQueue takes entries of an inet socket's error queue, which have no
	// offsets. recvmsg(2) never waits for one; For(d) does. Not with the fields
	// that exclude OutOfBand, nor with that or Peek.
	ErrorQueue bool
	// Manual keeps what is returned until Ack.
	Manual bool
	// Offset is for Manual: where to start. Nil: the first unacknowledged.
	Offset *int64
	// Buffers are the sizes of the buffers (iovec) that the bytes are scattered
	// over, together Max; they come back as one. Not with a condition, Manual
	// or MaxDatagrams. Nil: one buffer.
	Buffers []int
	// ControlRoom is the room for control messages in bytes, at most 8192. Nil:
	// 8192.
	ControlRoom *int

	together int  // bytes of all messages together; 0 means 1 MiB
	attached bool // an Attachment's, which has no place for control messages
	window   int  // of an Attachment; 0 means the environment's
}

// controlRoom is the room for control messages.
func (q *ReceiveRequest) controlRoom() int {
	if q.ControlRoom == nil {
		return maxControlBytes
	}
	return *q.ControlRoom
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
	// Offset is that of the first byte (message) returned; without any, of the
	// next one.
	Offset int64
	// Data is for stream sockets and the caller's to keep; empty unless Done.
	Data []byte
	// Datagrams is for sockets of messages, and for entries of the error queue.
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
	// Control holds the control messages that came with a stream's bytes, but
	// SCM_RIGHTS; only where the receive was one recvmsg(2) into no held bytes.
	Control []Control
	// ControlTruncated: control messages of a stream were lost, for want of
	// room or since a receive read them that cannot return them.
	ControlTruncated bool
}
