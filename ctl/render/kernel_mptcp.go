package render

import (
	"fmt"
	"io"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// MPTCPInfo describes what the kernel knows of an MPTCP connection, then each of
// its subflows with what matters most of its TCP.
func MPTCPInfo(w io.Writer, width int, m *farsockv1.MptcpInfo) error {
	err := section(w, width, "mptcp", []Pair{
		{"token", some(m.GetToken(), func(n uint32) string { return fmt.Sprintf("%08x", n) })},
		{"negotiated", list(word(m.GetRemoteKeyReceived(), "peer's key received"), word(m.GetChecksums(), "checksums"))},
		{"subflows", list(nonzero(int64(m.GetTotalSubflows())), "besides the first "+number(int64(m.GetExtraSubflows()))+" of "+number(int64(m.GetExtraSubflowsLimit())))},
		{"addresses", list(of("announced", nonzero(int64(m.GetAddAddrSignaled()))), of("accepted", outOfSome(m.GetAddAddrAccepted(), m.GetAddAddrAcceptedLimit())),
			of("used here", nonzero(int64(m.GetLocalAddressesUsed()))))},
		{"endpoints", list(of("signal", nonzero(int64(m.GetSignalEndpoints()))), of("subflow", nonzero(int64(m.GetSubflowEndpoints()))),
			of("laminar", nonzero(int64(m.GetLaminarEndpoints()))), of("fullmesh", nonzero(int64(m.GetFullmeshEndpoints()))))},
		{"sent", list(bytesOf(m.GetBytesSent()), of("acknowledged", size(m.GetBytesAcked())), unacked(m))},
		{"received", bytesOf(m.GetBytesReceived())},
		{"trouble", list(of("retransmitted", size(m.GetBytesRetransmitted())), of("unanswered retransmissions", nonzero(int64(m.GetRetransmits()))))},
		{"last", lastOfAll(m)},
	})
	for i, flow := range m.GetSubflows() {
		if err == nil {
			err = subflow(w, width, i+1, flow)
		}
	}
	return err
}

// subflow describes one, counted from 1.
func subflow(w io.Writer, width int, n int, flow *farsockv1.MptcpSubflow) error {
	i := flow.GetTcpInfo()
	pairs := []Pair{{"path", arrow(address(flow.GetLocal()), address(flow.GetPeer()))}}
	if i != nil {
		pairs = append(pairs, tcpState(i),
			Pair{"rtt", rtt(i)},
			Pair{"sent", list(traffic(i.GetBytesSent(), i.GetSegmentsOut(), i.GetDataSegmentsOut()), of("acknowledged", size(i.GetBytesAcked())))},
			Pair{"received", traffic(i.GetBytesReceived(), i.GetSegmentsIn(), i.GetDataSegmentsIn())},
			Pair{"in flight", inFlight(i)},
			Pair{"trouble", trouble(i)})
	}
	return section(w, width, "subflow "+number(int64(n)), pairs)
}

// unacked is what the peer has not acknowledged of the connection's bytes, on
// whichever subflow they are.
func unacked(m *farsockv1.MptcpInfo) string {
	return of("not acknowledged", size(m.GetWriteSequence()-m.GetUnackedSequence()))
}

// lastOfAll is empty where the kernel does not tell: then all three are 0.
func lastOfAll(m *farsockv1.MptcpInfo) string {
	sent, received, ack := m.GetLastDataSentMs(), m.GetLastDataReceivedMs(), m.GetLastAckReceivedMs()
	if sent == 0 && received == 0 && ack == 0 {
		return ""
	}
	return list(of("sent", ago(sent)), of("received", ago(received)), of("ack", ago(ack)))
}

func word(on bool, text string) string {
	if !on {
		return ""
	}
	return text
}

// outOfSome is empty where nothing is permitted.
func outOfSome(n, limit uint32) string {
	if n == 0 && limit == 0 {
		return ""
	}
	return number(int64(n)) + " of " + number(int64(limit))
}
