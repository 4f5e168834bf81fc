//go:build linux

package rpc

import (
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// tcpInfoTo is nil for nil.
func tcpInfoTo(t *sock.TCPInfo) *farsockv1.TcpInfo {
	if t == nil {
		return nil
	}
	return &farsockv1.TcpInfo{
		State:                  t.StateName,
		CongestionState:        t.CongestionState,
		Retransmits:            uint32(t.Retransmits),
		Probes:                 uint32(t.Probes),
		Backoff:                uint32(t.Backoff),
		Options:                t.Negotiated,
		SendWindowScale:        uint32(t.SendScale),
		ReceiveWindowScale:     uint32(t.ReceiveScale),
		RtoUs:                  t.Rto,
		AtoUs:                  t.Ato,
		SendMss:                t.Snd_mss,
		ReceiveMss:             t.Rcv_mss,
		Unacked:                t.Unacked,
		Sacked:                 t.Sacked,
		Lost:                   t.Lost,
		Retrans:                t.Retrans,
		LastDataSentMs:         t.Last_data_sent,
		LastDataReceivedMs:     t.Last_data_recv,
		LastAckReceivedMs:      t.Last_ack_recv,
		PathMtu:                t.Pmtu,
		ReceiveSsthresh:        t.Rcv_ssthresh,
		RttUs:                  t.Rtt,
		RttVarUs:               t.Rttvar,
		SendSsthresh:           t.Snd_ssthresh,
		CongestionWindow:       t.Snd_cwnd,
		AdvertisedMss:          t.Advmss,
		Reordering:             t.Reordering,
		ReceiveRttUs:           t.Rcv_rtt,
		ReceiveSpace:           t.Rcv_space,
		TotalRetransmits:       t.Total_retrans,
		PacingRate:             t.Pacing_rate,
		MaxPacingRate:          t.Max_pacing_rate,
		BytesAcked:             t.Bytes_acked,
		BytesReceived:          t.Bytes_received,
		SegmentsOut:            t.Segs_out,
		SegmentsIn:             t.Segs_in,
		NotSentBytes:           t.Notsent_bytes,
		MinRttUs:               t.Min_rtt,
		DataSegmentsIn:         t.Data_segs_in,
		DataSegmentsOut:        t.Data_segs_out,
		DeliveryRate:           t.Delivery_rate,
		BusyTimeUs:             t.Busy_time,
		ReceiveWindowLimitedUs: t.Rwnd_limited,
		SendBufferLimitedUs:    t.Sndbuf_limited,
		Delivered:              t.Delivered,
		DeliveredCe:            t.Delivered_ce,
		BytesSent:              t.Bytes_sent,
		BytesRetransmitted:     t.Bytes_retrans,
		DuplicateSacks:         t.Dsack_dups,
		ReorderingSeen:         t.Reord_seen,
		ReceiveOutOfOrder:      t.Rcv_ooopack,
		SendWindow:             t.Snd_wnd,
	}
}

// memoryTo is nil for nil.
func memoryTo(m *sock.Memory) *farsockv1.MemoryInfo {
	if m == nil {
		return nil
	}
	return &farsockv1.MemoryInfo{
		ReceiveAllocated: m.ReceiveAllocated,
		ReceiveBuffer:    m.ReceiveBuffer,
		SendAllocated:    m.SendAllocated,
		SendBuffer:       m.SendBuffer,
		ForwardAllocated: m.ForwardAllocated,
		SendQueued:       m.SendQueued,
		OptionMemory:     m.Options,
		Backlog:          m.Backlog,
		Drops:            m.Drops,
	}
}
