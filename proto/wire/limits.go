package wire

import "time"

// The bounds that the contract's comments state. Both ends use them: the agent
// to refuse, clients to split.
const (
	// MaxUnaryBytes bounds the payload of one Send or Receive.
	MaxUnaryBytes = 1 << 20
	// DefaultReceiveBytes is ReceiveRequest.max_bytes without a condition.
	DefaultReceiveBytes = 64 << 10
	// MaxDelimiterBytes bounds ReceiveRequest.delimiter.
	MaxDelimiterBytes = 4096
	// MaxPatternBytes bounds ReceiveRequest.pattern.
	MaxPatternBytes = 4096
	// MaxDatagrams bounds the datagrams of one message.
	MaxDatagrams = 64
	// MaxBuffers bounds the buffer_sizes of one Send or Receive. The kernel's own
	// bound is lower: above 1024 it answers EMSGSIZE.
	MaxBuffers = 2048
	// MaxControlMessages bounds the control messages of one datagram or Send,
	// and MaxControlBytes the data of each.
	MaxControlMessages = 16
	MaxControlBytes    = 4096
	// MaxReceiveControlBytes bounds ReceiveRequest.max_control_bytes, and is
	// what unset means.
	MaxReceiveControlBytes = 8192
	// StreamChunk is how many bytes the agent puts into one StreamReceive.
	// Below 32 KiB, so that a message stays out of gRPC's 1 MiB buffer tier.
	StreamChunk = 16 << 10
	// StreamSendChunk is how many bytes a client should put into one
	// StreamSend, for the same reason.
	StreamSendChunk = 32000

	// MaxWait bounds every `wait`.
	MaxWait = 24 * time.Hour
	// MaxOptions bounds the options of one request.
	MaxOptions = 64
	// MaxOptionBytes bounds a raw option's value.
	MaxOptionBytes = 4096
	// MaxInterfaceBytes bounds an interface's name, and MaxCongestionBytes the
	// name of a congestion control algorithm.
	MaxInterfaceBytes  = 15
	MaxCongestionBytes = 15
	// MaxSocketTimeout bounds the options receive_timeout and send_timeout.
	MaxSocketTimeout = 24 * time.Hour
	// MaxPollItems bounds PollRequest.items.
	MaxPollItems = 1024
	// MaxStates and MaxTCPStates bound WaitSocketRequest's lists.
	MaxStates    = 6
	MaxTCPStates = 12
	// MaxPageSize bounds page_size, and DefaultPageSize is what 0 means.
	MaxPageSize     = 1000
	DefaultPageSize = 100

	// MaxPort is the highest port.
	MaxPort = 65535
	// MaxProtocol is the highest protocol number, that of MPTCP.
	MaxProtocol = ProtocolMPTCP
	// ProtocolMPTCP is IPPROTO_MPTCP, OpenRequest.protocol of an MPTCP socket.
	ProtocolMPTCP = 262
	// DefaultBacklog is what an unset backlog means.
	DefaultBacklog = 128
	// MaxHostBytes bounds a host name, as DNS does.
	MaxHostBytes = 253
	// MaxUnixPathBytes is sockaddr_un's path less its NUL.
	MaxUnixPathBytes = 107
	// MaxPathBytes bounds the path of a network namespace, as PATH_MAX does
	// without its NUL, and MaxFileNameBytes its name.
	MaxPathBytes     = 4095
	MaxFileNameBytes = 255
	// MaxNameBytes bounds names of sessions and sockets.
	MaxNameBytes = 64

	// MinTTL and DefaultTTL are a session's shortest and default lease;
	// MaxTTL is the agent's default for the longest.
	MinTTL     = 5 * time.Second
	DefaultTTL = 30 * time.Second
	MaxTTL     = 24 * time.Hour

	// MaxMessageBytes is the gRPC message cap of both ends, in both
	// directions: the largest payload and room for what stands around it.
	MaxMessageBytes = 4 << 20
)
