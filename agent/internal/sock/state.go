//go:build linux

package sock

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
	// Namespace is the network namespace as Open named it; empty for the
	// agent's own.
	Namespace string
	// TCPState is the kernel's, "ESTABLISHED" for example; empty for others.
	TCPState string
	// Local is nil while unbound, Peer while there is none. A TCP socket that is
	// no longer connected or listening keeps its name; StateOpen says that the
	// port, which the kernel had chosen, is not its own any more.
	Local, Peer *Address
	// Backlog and AcceptQueue are a TCP listener's as the kernel has them; -1
	// otherwise.
	Backlog, AcceptQueue int
	// ReadOffset counts bytes (datagrams) read from the kernel, AckedOffset
	// those gone from the agent, SendOffset those that the kernel took.
	ReadOffset, AckedOffset, SendOffset int64
	// Held is how many bytes the agent holds.
	Held int64
	// ReceiveQueue is SIOCINQ, of a seqpacket socket that of all packets
	// together, SendQueue SIOCOUTQ, in bytes; -1 where the kernel has no
	// figure, SendQueue in the TCP states CLOSE, LISTEN and SYN_SENT.
	ReceiveQueue, SendQueue int
	// Drops counts datagrams that the kernel dropped (SO_MEMINFO).
	Drops int64
	// DescriptorsClosed counts those that came by SCM_RIGHTS.
	DescriptorsClosed int64
	Attached          bool
	// EndSeen: the end of the peer's stream has been read.
	EndSeen bool
	// AtMark: the next byte to be received is where urgent data was announced.
	AtMark bool
	// ReadShutDown and WriteShutDown: our own Shutdown did it, if it said
	// NotConnected too.
	ReadShutDown, WriteShutDown bool
}
