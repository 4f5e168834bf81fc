package render

import (
	"io"
	"strings"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func TestMPTCPInfo(t *testing.T) {
	resp := &farsockv1.GetSocketResponse{
		Socket:  &farsockv1.Socket{Family: farsockv1.Family_FAMILY_INET, Type: farsockv1.SocketType_SOCKET_TYPE_STREAM, Protocol: 262},
		TcpInfo: &farsockv1.TcpInfo{State: "ESTABLISHED"},
		MptcpInfo: &farsockv1.MptcpInfo{
			RemoteKeyReceived: true, Token: 0x949e4835, ExtraSubflows: 1, TotalSubflows: 2, ExtraSubflowsLimit: 3,
			AddAddrAccepted: 1, AddAddrAcceptedLimit: 2, SignalEndpoints: 1, WriteSequence: 110, UnackedSequence: 105,
			BytesSent: 10, BytesAcked: 5, BytesReceived: 1, BytesRetransmitted: 4, Retransmits: 2, LastDataSentMs: 1500,
			Subflows: []*farsockv1.MptcpSubflow{
				{Local: inet("10.77.0.2", 4000), TcpInfo: &farsockv1.TcpInfo{State: "CLOSE"}},
				{Local: inet("10.78.0.2", 4001), Peer: inet("10.78.0.1", 80), TcpInfo: &farsockv1.TcpInfo{State: "ESTABLISHED", CongestionState: "Open",
					RttUs: 51, RttVarUs: 20, BytesSent: 10, SegmentsOut: 3, DataSegmentsOut: 1, Unacked: 1, TotalRetransmits: 2}},
				{Local: inet("10.79.0.2", 4002), Peer: inet("10.78.0.1", 80)},
			},
		},
	}
	got := written(t, func(w io.Writer) error { return Kernel(w, 0, resp) })
	want := `
mptcp
  token       949e4835
  negotiated  peer's key received
  subflows    2, besides the first 1 of 3
  addresses   accepted 1 of 2
  endpoints   signal 1
  sent        10 bytes, acknowledged 5 bytes, not acknowledged 5 bytes
  received    1 byte
  trouble     retransmitted 4 bytes, unanswered retransmissions 2
  last        sent 1.5s ago, received 0s ago, ack 0s ago

subflow 1
  path   10.77.0.2:4000
  state  CLOSE

subflow 2
  path       10.78.0.2:4001 -> 10.78.0.1:80
  state      ESTABLISHED, congestion open
  rtt        0.051 ms ± 0.02 ms
  sent       10 bytes, 3 segments, with data 1
  in flight  1 segment
  trouble    2 retransmitted segments

subflow 3
  path  10.79.0.2:4002 -> 10.78.0.1:80

tcp, of the first subflow
  state              ESTABLISHED
  time-outs          retransmission 0 ms
  congestion window  0 segments
`
	if got != want {
		t.Errorf("%s", got)
	}
}

// A connection that fell back is one of TCP, whose figures are its own.
func TestMPTCPFallback(t *testing.T) {
	resp := &farsockv1.GetSocketResponse{
		Socket:    &farsockv1.Socket{Family: farsockv1.Family_FAMILY_INET, Type: farsockv1.SocketType_SOCKET_TYPE_STREAM, Protocol: 262},
		TcpInfo:   &farsockv1.TcpInfo{State: "ESTABLISHED"},
		MptcpInfo: &farsockv1.MptcpInfo{Fallback: true},
	}
	got := written(t, func(w io.Writer) error {
		if err := SocketDetail(w, 0, resp); err != nil {
			return err
		}
		return Kernel(w, 0, resp)
	})
	if !strings.Contains(got, "mptcp, fell back to tcp\n") || !strings.Contains(got, "\ntcp\n") || strings.Contains(got, "\nmptcp\n") {
		t.Errorf("%s", got)
	}
	resp.MptcpInfo = nil
	if got := written(t, func(w io.Writer) error { return SocketDetail(w, 0, resp) }); strings.Contains(got, "fell back") {
		t.Errorf("%s", got)
	}
}
