package render

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// SocketID is the last part of a socket's resource name.
func SocketID(s *farsockv1.Socket) string {
	return Escape(s.GetName()[strings.LastIndexByte(s.GetName(), '/')+1:])
}

// Socket is the sentence that says what became of a socket: "web  listening
// 0.0.0.0:8080  backlog 128".
func Socket(s *farsockv1.Socket) string {
	id, local, peer := SocketID(s), address(s.GetLocal()), address(s.GetPeer())
	switch s.GetState() {
	case farsockv1.SocketState_SOCKET_STATE_LISTENING:
		backlog := ""
		if s.Backlog != nil {
			backlog = fmt.Sprintf("backlog %d", s.GetBacklog())
		}
		return join(id, "listening", local, backlog, inNetns(s))
	case farsockv1.SocketState_SOCKET_STATE_CONNECTED, farsockv1.SocketState_SOCKET_STATE_CONNECTING:
		return join(id, state(s), arrow(local, peer), inNetns(s))
	case farsockv1.SocketState_SOCKET_STATE_OPEN:
		return join(id, "open", Network(s), inNetns(s))
	}
	return join(id, state(s), local, inNetns(s))
}

// inNetns names the network namespace of a socket that is not in the agent's own.
func inNetns(s *farsockv1.Socket) string {
	if s.GetNetworkNamespace() == "" {
		return ""
	}
	return "netns " + Escape(s.GetNetworkNamespace())
}

// Accepted is the sentence for a connection: "c1  accepted  from
// 10.0.0.9:41822".
func Accepted(s *farsockv1.Socket) string {
	from := address(s.GetPeer())
	if from == "" {
		from = "unnamed"
	}
	return join(SocketID(s), "accepted", "from "+from, inNetns(s))
}

// Sockets writes a table of sockets, and returns the columns for which there was
// no room. The network namespace, where any socket has one, is never left out.
func Sockets(w io.Writer, width int, sockets []*farsockv1.Socket) (leftOut []string, err error) {
	columns := []Column{{Title: "NAME"}, {Title: "NETWORK", Drop: 1}, {Title: "STATE"}, {Title: "LOCAL"}, {Title: "PEER", Lead: "-> "},
		{Title: "HELD", Drop: 4}, {Title: "RECV-Q", Drop: 2}, {Title: "SEND-Q", Drop: 3}, {Title: "NETNS", Lead: "netns "}}
	rows := make([][]string, len(sockets))
	for i, s := range sockets {
		rows[i] = []string{SocketID(s), Network(s), state(s), address(s.GetLocal()), address(s.GetPeer()),
			number(s.HeldBytes), receiveQueue(s), optional(s.SendQueue), Escape(s.GetNetworkNamespace())}
	}
	columns, rows = WithoutEmpty(columns, rows, "NETNS")
	return Table(w, width, columns, rows)
}

// receiveQueue is, as in ss(8), what waits to be taken: bytes, or on a listener
// connections.
func receiveQueue(s *farsockv1.Socket) string {
	if s.AcceptQueue != nil {
		return optional(s.AcceptQueue)
	}
	return optional(s.ReceiveQueue)
}

// SocketDetail describes one socket.
func SocketDetail(w io.Writer, width int, resp *farsockv1.GetSocketResponse) error {
	s, network := resp.GetSocket(), Network(resp.GetSocket())
	if resp.GetMptcpInfo().GetFallback() {
		network += ", fell back to tcp"
	}
	unit := "byte"
	if s.GetType() != farsockv1.SocketType_SOCKET_TYPE_STREAM {
		unit = "datagram"
	}
	var flags []string
	for _, f := range []struct {
		on   bool
		text string
	}{
		{s.GetAttached(), "a stream is attached"}, {s.GetEndSeen(), "peer's end read"},
		{s.GetReadShutDown(), "reading shut down"}, {s.GetWriteShutDown(), "writing shut down"},
		{s.GetAtMark(), "urgent data comes next"},
	} {
		if f.on {
			flags = append(flags, f.text)
		}
	}
	return PairsWithin(w, width, []Pair{
		{"name", Escape(s.GetName())},
		{"uid", s.GetUid()},
		{"session", s.GetSessionUid()},
		{"network", network},
		{"namespace", Escape(s.GetNetworkNamespace())},
		{"state", join(state(s), s.GetTcpState())},
		{"local", address(s.GetLocal())},
		{"peer", address(s.GetPeer())},
		{"made", s.GetCreateTime().AsTime().UTC().Format(time.RFC3339)},
		{"listener", s.GetListenerUid()},
		{"backlog", optional(s.Backlog)},
		{"accept queue", counted(s.AcceptQueue, "connection")},
		{"read", Count(s.GetReadOffset(), unit)},
		{"acknowledged", Count(s.GetAckedOffset(), unit)},
		{"held", Count(s.GetHeldBytes(), "byte")},
		{"sent", Count(s.GetSendOffset(), unit)},
		{"receive queue", counted(s.ReceiveQueue, "byte")},
		{"send queue", counted(s.SendQueue, "byte")},
		{"kernel drops", nonzero(s.GetKernelDrops())},
		{"descriptors closed", nonzero(s.GetDescriptorsClosed())},
		{"also", strings.Join(flags, ", ")},
	})
}

// protocolMPTCP is IPPROTO_MPTCP.
const protocolMPTCP = 262

// Network is ctl's word for a socket's family and type: "tcp", "udp6", "unix".
func Network(s *farsockv1.Socket) string {
	var name string
	stream := s.GetType() == farsockv1.SocketType_SOCKET_TYPE_STREAM
	switch s.GetFamily() {
	case farsockv1.Family_FAMILY_UNIX:
		switch s.GetType() {
		case farsockv1.SocketType_SOCKET_TYPE_DATAGRAM:
			return "unixgram"
		case farsockv1.SocketType_SOCKET_TYPE_SEQPACKET:
			return "unixpacket"
		}
		return "unix"
	case farsockv1.Family_FAMILY_INET6:
		name = "6"
	}
	switch p := s.GetProtocol(); {
	case p == protocolMPTCP && stream:
		return "mptcp" + name
	case p == 0 || p == 6 && stream || p == 17 && !stream:
	default:
		name += "/" + strconv.Itoa(int(p))
	}
	if stream {
		return "tcp" + name
	}
	return "udp" + name
}

// SocketWithTCP is Socket with the kernel's TCP state, where there is one.
func SocketWithTCP(s *farsockv1.Socket) string { return join(Socket(s), Escape(s.GetTcpState())) }

// State is a state's word: "listening".
func State(s farsockv1.SocketState) string {
	return words(strings.TrimPrefix(s.String(), "SOCKET_STATE_"))
}

func state(s *farsockv1.Socket) string { return State(s.GetState()) }

func address(a *farsockv1.Address) string { return Escape(wire.FormatAddress(a)) }

func arrow(local, peer string) string {
	switch {
	case peer == "":
		return local
	case local == "":
		return "-> " + peer
	}
	return local + " -> " + peer
}

// join puts the parts of a sentence side by side, leaving out the empty.
func join(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, gap)
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func nonzero(n int64) string {
	if n == 0 {
		return ""
	}
	return number(n)
}

// counted is a figure with its noun, where there is one.
func counted[N int32 | int64](n *N, noun string) string {
	if n == nil {
		return ""
	}
	return Count(*n, noun)
}

func optional[N int32 | int64](n *N) string {
	if n == nil {
		return ""
	}
	return number(int64(*n))
}
