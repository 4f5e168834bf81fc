//go:build linux

package rpc

import (
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// mptcpInfoTo is nil for nil.
func mptcpInfoTo(m *sock.MPTCPInfo) *farsockv1.MptcpInfo {
	if m == nil {
		return nil
	}
	return &farsockv1.MptcpInfo{
		Fallback:             m.Fallback,
		RemoteKeyReceived:    m.RemoteKeyReceived,
		Checksums:            m.Checksums != 0,
		Token:                m.Token,
		ExtraSubflows:        uint32(m.ExtraSubflows),
		TotalSubflows:        uint32(m.TotalSubflows),
		ExtraSubflowsLimit:   uint32(m.ExtraSubflowsLimit),
		AddAddrSignaled:      uint32(m.AddAddrSignaled),
		AddAddrAccepted:      uint32(m.AddAddrAccepted),
		AddAddrAcceptedLimit: uint32(m.AddAddrAcceptedLimit),
		LocalAddressesUsed:   uint32(m.LocalAddressesUsed),
		SignalEndpoints:      uint32(m.SignalEndpoints),
		SubflowEndpoints:     uint32(m.SubflowEndpoints),
		LaminarEndpoints:     uint32(m.LaminarEndpoints),
		FullmeshEndpoints:    uint32(m.FullmeshEndpoints),
		WriteSequence:        m.WriteSequence,
		UnackedSequence:      m.UnackedSequence,
		ReceiveSequence:      m.ReceiveSequence,
		Retransmits:          m.Retransmits,
		BytesSent:            m.BytesSent,
		BytesReceived:        m.BytesReceived,
		BytesAcked:           m.BytesAcked,
		BytesRetransmitted:   m.BytesRetransmitted,
		LastDataSentMs:       m.LastDataSent,
		LastDataReceivedMs:   m.LastDataReceived,
		LastAckReceivedMs:    m.LastAckReceived,
		Subflows:             subflowsTo(m.Subflows),
	}
}

func subflowsTo(flows []sock.MPTCPSubflow) []*farsockv1.MptcpSubflow {
	var out []*farsockv1.MptcpSubflow
	for _, f := range flows {
		out = append(out, &farsockv1.MptcpSubflow{Local: addressTo(f.Local), Peer: addressTo(f.Peer), TcpInfo: tcpInfoTo(f.TCP)})
	}
	return out
}
