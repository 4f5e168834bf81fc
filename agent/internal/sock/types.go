//go:build linux

package sock

import "regexp"

// Stage is a step of Open.
type Stage int

// The stages in their order; 0 is none.
const (
	StageSocket Stage = iota + 1
	StageOption
	StageResolve
	StageBind
	StageListen
	StageConnect
)

// Spec says what Open makes.
type Spec struct {
	Family Family
	Type   Type
	// Protocol is socket(2)'s third argument; 0 is the family's default.
	Protocol int
	// Options are set in this order before bind.
	Options []Option
	// Bind, Listen (the backlog) and Connect are done in this order where not
	// nil.
	Bind    *Address
	Listen  *int
	Connect *Address
	// KeepOnFailure returns the socket also when a stage was not Done.
	KeepOnFailure bool
}

// OpenResult says how far Open came.
type OpenResult struct {
	Outcome Outcome
	// Stage is the one that Outcome speaks of; 0 when Done.
	Stage Stage
	// OptionIndex is the failing option's place with StageOption, else -1.
	OptionIndex int
}

// SendRequest is what Send does.
type SendRequest struct {
	// Data is not kept after Send returned.
	Data []byte
	// To is a datagram's destination; nil for the connected peer.
	To *Address
	// More is MSG_MORE, OutOfBand MSG_OOB.
	More, OutOfBand bool
	// DontWait is as For(0), and never queues behind another sender.
	DontWait bool
}

// Sent is what Send did.
type Sent struct {
	Outcome Outcome
	// Applied is how many bytes of this Send the kernel took.
	Applied int64
	// Offset counts the bytes (datagrams) that the kernel took since the
	// socket was made.
	Offset int64
}

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

// How is shutdown(2)'s second argument.
type How int

// The directions.
const (
	ShutRead How = iota + 1
	ShutWrite
	ShutBoth
)

// State is what a socket is doing.
type State int

// The states.
const (
	// StateOpen: neither bound nor connected.
	StateOpen State = iota + 1
	// StateBound: bound, no peer.
	StateBound
	StateListening
	// StateConnecting: a connection attempt is running.
	StateConnecting
	// StateConnected: it has a peer; for a datagram socket a default
	// destination.
	StateConnected
	// StateDisconnected: it had a peer; both directions are over.
	StateDisconnected
)

// Info is a snapshot of a socket.
type Info struct {
	Family Family
	Type   Type
	// Protocol is the kernel's number, 6 for TCP.
	Protocol int
	State    State
	// TCPState is the kernel's, "ESTABLISHED" for example; empty for others.
	TCPState string
	// Local is nil while unbound, Peer while there is none.
	Local, Peer *Address
	// Backlog and AcceptQueue are a TCP listener's as the kernel has them; -1
	// otherwise.
	Backlog, AcceptQueue int
	// ReadOffset counts bytes (datagrams) read from the kernel, AckedOffset
	// those gone from the agent, SendOffset those that the kernel took.
	ReadOffset, AckedOffset, SendOffset int64
	// Held is how many bytes the agent holds.
	Held int64
	// ReceiveQueue is SIOCINQ, SendQueue SIOCOUTQ, in bytes; -1 where the
	// kernel has no figure.
	ReceiveQueue, SendQueue int
	// Drops counts datagrams that the kernel dropped (SO_MEMINFO).
	Drops int64
	// DescriptorsClosed counts those that came by SCM_RIGHTS.
	DescriptorsClosed int64
	Attached          bool
	// EndSeen: the end of the peer's stream has been read.
	EndSeen bool
	// ReadShutDown and WriteShutDown: our own Shutdown did it.
	ReadShutDown, WriteShutDown bool
}

// PollItem is one socket to watch. With nothing set only errors and hang-ups
// are watched.
type PollItem struct {
	Socket                     *Socket
	Readable, Writable, Urgent bool
}

// Ready is one socket that is ready.
type Ready struct {
	// Index is its place in the items.
	Index                      int
	Readable, Writable, Urgent bool
	// Error: an error is pending, and stays so. HangUp: both directions are
	// over.
	Error, HangUp bool
}

// AttachRequest says where an Attachment starts. Nil: at the first
// unacknowledged byte (datagram), and at what was applied.
type AttachRequest struct {
	ReceiveFrom, SendFrom *int64
}

// Chunk is what Attachment.Read got: one of Data, Items or End, or none of
// them when the context ended first.
type Chunk struct {
	// Offset is that of the first byte (item), or where the end is.
	Offset int64
	Data   []byte
	// Items is for datagram sockets.
	Items []Item
	// End is how the receiving direction ended: Done for an orderly end.
	End *Outcome
	// DescriptorsClosed is as in Received.
	DescriptorsClosed int
}

// Item is one element of a datagram socket's receiving direction: a datagram,
// or an error, which is not the end.
type Item struct {
	// Datagram is set unless Error is. Its Offset is the item's number.
	Datagram *Message
	Error    *Outcome
}
