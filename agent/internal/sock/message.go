//go:build linux

package sock

import "time"

// Message is one received datagram, one packet of a seqpacket socket, or one
// entry of an error queue.
type Message struct {
	// Data is the payload, cut to ReceiveRequest.Max; the caller must not
	// change it.
	Data []byte
	// Source is nil where the kernel gave no name. Of an Error it is where the
	// datagram went. Destination is nil unless IP_PKTINFO or IPV6_RECVPKTINFO is
	// on; its port is the socket's.
	Source, Destination *Address
	// Interface is the name of the one that it came in by, "" unless
	// Destination is known.
	Interface string
	// TTL is its time to live or hop limit, TrafficClass its TOS byte or traffic
	// class, ReceiveTime when the kernel got it; nil and zero unless the socket's
	// options ask for them.
	TTL, TrafficClass *int
	ReceiveTime       time.Time
	// FullLength is the length in bytes before cutting; 0 with an Error, where
	// the kernel does not tell it.
	FullLength int
	// Truncated: Data was cut. ControlTruncated: control messages were lost.
	Truncated, ControlTruncated bool
	// EndOfRecord is MSG_EOR.
	EndOfRecord bool
	// Control holds the control messages but SCM_RIGHTS.
	Control []Control
	// DroppedDescriptors were received with SCM_RIGHTS and closed.
	DroppedDescriptors int
	// Offset is the message's number, from 0.
	Offset int64
	// Error is what an entry of the error queue says.
	Error *ExtendedError

	failed *Outcome // an asynchronous error instead, held for an Attachment
}

// cut shortens a held message to what this receive has room for.
func cut(m Message, most int) Message {
	if len(m.Data) > most {
		m.Data, m.Truncated = m.Data[:most], true
	}
	return m
}
