//go:build linux

package sock

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The options of SOL_MPTCP, and TCP's that says what became of a connection;
// golang.org/x/sys has none of them.
const (
	mptcpInfoOption         = 1
	mptcpTCPInfoOption      = 2
	mptcpSubflowAddrsOption = 3
	tcpIsMPTCP              = 43
)

// The bits of mptcpi_flags.
const (
	mptcpFallback          = 1 << 0
	mptcpRemoteKeyReceived = 1 << 1
)

// MPTCPFigures is struct mptcp_info, in its order. Limits and endpoints are the
// network namespace's.
type MPTCPFigures struct {
	ExtraSubflows, AddAddrSignaled, AddAddrAccepted           uint8
	ExtraSubflowsLimit, SignalEndpoints, AddAddrAcceptedLimit uint8
	Flags, Token                                              uint32
	WriteSequence, UnackedSequence, ReceiveSequence           uint64
	LocalAddressesUsed, SubflowEndpoints, Checksums           uint8
	Retransmits                                               uint32
	BytesRetransmitted, BytesSent, BytesReceived, BytesAcked  uint64
	TotalSubflows, LaminarEndpoints, FullmeshEndpoints        uint8
	_                                                         uint8
	LastDataSent, LastDataReceived, LastAckReceived           uint32 // milliseconds ago
}

// MPTCPInfo is what the kernel knows of an MPTCP connection. Figures that the
// kernel is too old to have are 0.
type MPTCPInfo struct {
	MPTCPFigures
	// Fallback says that it is a connection of plain TCP now; all else is empty
	// then.
	Fallback bool
	// RemoteKeyReceived says that more subflows are possible.
	RemoteKeyReceived bool
	// Subflows are those that the kernel holds, the oldest first.
	Subflows []MPTCPSubflow
}

// MPTCPSubflow is one TCP connection of an MPTCP connection's.
type MPTCPSubflow struct {
	// Local and Peer are nil without a port: Peer once the subflow has ended.
	Local, Peer *Address
	// TCP is nil if subflows came and went all the while.
	TCP *TCPInfo
}

// MPTCPInfo reads MPTCP_INFO; nil if the socket is not MPTCP or has no peer, or
// if the kernel tells nothing. Error: ErrClosed.
func (s *Socket) MPTCPInfo() (*MPTCPInfo, error) {
	if !s.isTCP() {
		return nil, nil
	}
	if peer, err := s.peer(); err != nil || peer == nil {
		return nil, err
	}
	var m *MPTCPInfo
	err := s.desc.Do(func(fd int) error {
		m = readMPTCPInfo(fd)
		return nil
	})
	return m, err
}

func readMPTCPInfo(fd int) *MPTCPInfo {
	// What a listener accepted from a peer without MPTCP is a TCP socket.
	if n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL); err != nil || n != unix.IPPROTO_MPTCP {
		return nil
	}
	var m MPTCPInfo
	raw := (*[unsafe.Sizeof(m.MPTCPFigures)]byte)(unsafe.Pointer(&m.MPTCPFigures))[:]
	if _, errno := sysGetOption(fd, unix.SOL_MPTCP, mptcpInfoOption, raw); errno != 0 {
		if fellBack(fd) {
			return &MPTCPInfo{Fallback: true}
		}
		return nil
	}
	if m.Flags&mptcpFallback != 0 {
		return &MPTCPInfo{Fallback: true}
	}
	m.RemoteKeyReceived = m.Flags&mptcpRemoteKeyReceived != 0
	m.Subflows = readSubflows(fd, usualSubflows)
	return &m
}

// fellBack reports whether an MPTCP socket that has no MPTCP_INFO is plain TCP:
// such a one answers as TCP does. Before Linux 6.10 there is no option to ask,
// and before 5.16 no MPTCP_INFO either; TCP_TIMESTAMP is one that MPTCP has not.
func fellBack(fd int) bool {
	if n, err := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, tcpIsMPTCP); err == nil {
		return n == 0
	}
	return answersAsTCP(fd)
}

func answersAsTCP(fd int) bool {
	_, err := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_TIMESTAMP)
	return err == nil
}
