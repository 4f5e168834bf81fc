//go:build linux

package rpc

import (
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// streamTable judges each message of a Stream by itself; their order is the
// stream's own to judge.
var streamTable = &table[*farsockv1.StreamRequest]{
	rules: []rule[*farsockv1.StreamRequest]{
		{"message", func(a at, m *farsockv1.StreamRequest) {
			if m.GetMessage() == nil {
				a.bad("must be attach, data, ack or close_write")
			}
		}},
		{"attach", nested(attachTable, (*farsockv1.StreamRequest).GetAttach)},
		{"data", nested(streamSendTable, (*farsockv1.StreamRequest).GetData)},
		{"ack", nested(streamAckTable, (*farsockv1.StreamRequest).GetAck)},
		{"close_write", nested(closeWriteTable, (*farsockv1.StreamRequest).GetCloseWrite)},
	},
}

// The bounds of Attach.window, in bytes.
const (
	minWindow = 4096
	maxWindow = 1 << 20
)

var attachTable = &table[*farsockv1.Attach]{
	rules: []rule[*farsockv1.Attach]{
		{"socket", socketRef((*farsockv1.Attach).GetSocket)},
		{"holder", func(a at, m *farsockv1.Attach) {
			if !wire.ValidName(m.GetHolder()) {
				a.bad("must be 1 to %d letters, digits, '-' and '_', is %s", wire.MaxNameBytes, quoted(m.GetHolder()))
			}
		}},
		{"epoch", func(a at, m *farsockv1.Attach) {
			if m.GetEpoch() < 1 {
				a.bad("must be 1 or more, is %d", m.GetEpoch())
			}
		}},
		{"ack", ackMode((*farsockv1.Attach).GetAck)},
		{"window", func(a at, m *farsockv1.Attach) {
			if m.Window == nil {
				return
			}
			if m.GetAck() != farsockv1.AckMode_ACK_MODE_MANUAL {
				a.bad("must be unset unless ack is ACK_MODE_MANUAL")
			} else {
				within(a, m.GetWindow(), minWindow, maxWindow)
			}
		}},
		// Within what the socket has is OUT_OF_RANGE's to tell.
		{"receive_from", offset(func(m *farsockv1.Attach) *int64 { return m.ReceiveFrom })},
		{"send_from", offset(func(m *farsockv1.Attach) *int64 { return m.SendFrom })},
	},
	free: []string{"steal"},
}

// streamAckTable is for a stream with MANUAL; that it is one only its attach says.
var streamAckTable = &table[*farsockv1.StreamAck]{
	rules: []rule[*farsockv1.StreamAck]{
		{"offset", offset(func(m *farsockv1.StreamAck) *int64 { return &m.Offset })},
	},
}

var closeWriteTable = &table[*farsockv1.CloseWrite]{
	rules: []rule[*farsockv1.CloseWrite]{
		{"offset", offset(func(m *farsockv1.CloseWrite) *int64 { return &m.Offset })},
	},
}

var streamSendTable = &table[*farsockv1.StreamSend]{
	rules: []rule[*farsockv1.StreamSend]{
		{"data", func(a at, m *farsockv1.StreamSend) {
			if len(m.GetDatagrams()) == 0 {
				lengthWithin(a, len(m.GetData()), wire.MaxUnaryBytes)
			} else if len(m.GetData()) > 0 {
				a.bad("must be empty where datagrams are given")
			}
		}},
		{"datagrams", batch((*farsockv1.StreamSend).GetDatagrams)},
		{"offset", offset(func(m *farsockv1.StreamSend) *int64 { return &m.Offset })}, // OUT_OF_RANGE where it does not follow
	},
}
