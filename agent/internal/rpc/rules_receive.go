//go:build linux

package rpc

import (
	"regexp"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

var receiveTable = &table[*farsockv1.ReceiveRequest]{
	rules: []rule[*farsockv1.ReceiveRequest]{
		{"socket", socketRef((*farsockv1.ReceiveRequest).GetSocket)},
		{"max_bytes", func(a at, m *farsockv1.ReceiveRequest) {
			least := int32(0)
			if m.GetUntil() != nil {
				least = 1
			}
			if m.MaxBytes != nil {
				within(a, m.GetMaxBytes(), least, wire.MaxUnaryBytes)
			}
		}},
		{"exactly", func(a at, m *farsockv1.ReceiveRequest) {
			if _, ok := m.GetUntil().(*farsockv1.ReceiveRequest_Exactly); !ok {
				return
			}
			most := int32(wire.MaxUnaryBytes)
			if m.GetMaxBytes() > 0 { // else it is itself refused
				most = min(most, m.GetMaxBytes())
			}
			within(a, m.GetExactly(), 1, most)
		}},
		{"delimiter", func(a at, m *farsockv1.ReceiveRequest) {
			if _, ok := m.GetUntil().(*farsockv1.ReceiveRequest_Delimiter); ok {
				lengthWithin(a, len(m.GetDelimiter()), wire.MaxDelimiterBytes)
			}
		}},
		{"pattern", func(a at, m *farsockv1.ReceiveRequest) {
			if _, ok := m.GetUntil().(*farsockv1.ReceiveRequest_Pattern); !ok {
				return
			}
			lengthWithin(a, len(m.GetPattern()), wire.MaxPatternBytes)
			if len(m.GetPattern()) > wire.MaxPatternBytes {
				return
			}
			if _, err := regexp.Compile(m.GetPattern()); err != nil {
				a.bad("must be an RE2 expression: %s", patternFault(err))
			}
		}},
		{"end_of_stream", func(a at, m *farsockv1.ReceiveRequest) {
			if u, ok := m.GetUntil().(*farsockv1.ReceiveRequest_EndOfStream); ok && !u.EndOfStream {
				a.bad("must be true or unset")
			}
		}},
		{"wait", wait((*farsockv1.ReceiveRequest).GetWait)},
		{"peek", func(a at, m *farsockv1.ReceiveRequest) {
			if m.GetPeek() && m.GetUntil() != nil {
				a.bad("must not be set with a condition")
			}
			if m.GetPeek() && isManual(m) {
				a.bad("must not be set with ACK_MODE_MANUAL")
			}
		}},
		{"dont_wait", func(a at, m *farsockv1.ReceiveRequest) {
			if m.GetDontWait() && waits(m.GetWait()) {
				a.bad("must not be set where wait is above 0")
			}
		}},
		{"wait_all", func(a at, m *farsockv1.ReceiveRequest) {
			if m.GetWaitAll() && m.GetUntil() != nil {
				a.bad("must not be set with a condition")
			}
		}},
		{"out_of_band", func(a at, m *farsockv1.ReceiveRequest) {
			if m.GetOutOfBand() && (isManual(m) || m.GetUntil() != nil || m.GetWaitAll()) {
				a.bad("must not be set with ACK_MODE_MANUAL, a condition or wait_all")
			}
		}},
		{"ack", ackMode((*farsockv1.ReceiveRequest).GetAck)},
		{"offset", func(a at, m *farsockv1.ReceiveRequest) {
			if m.Offset != nil && (m.GetAck() != farsockv1.AckMode_ACK_MODE_MANUAL || m.GetPeek()) {
				a.bad("must be unset unless ack is ACK_MODE_MANUAL, and with peek")
				return
			}
			offset(func(m *farsockv1.ReceiveRequest) *int64 { return m.Offset })(a, m)
		}},
		{"max_datagrams", optionalWithin(func(m *farsockv1.ReceiveRequest) *int32 { return m.MaxDatagrams }, 1, wire.MaxDatagrams)},
		{"error_queue", func(a at, m *farsockv1.ReceiveRequest) {
			if m.GetErrorQueue() && (isManual(m) || m.GetPeek() || m.GetOutOfBand() || m.GetWaitAll() || m.GetUntil() != nil) {
				a.bad("must not be set with ACK_MODE_MANUAL, peek, out_of_band, wait_all or a condition")
			}
		}},
		{"buffer_sizes", func(a at, m *farsockv1.ReceiveRequest) {
			switch {
			case len(m.GetBufferSizes()) == 0:
			case isManual(m) || m.GetUntil() != nil || m.MaxDatagrams != nil:
				a.bad("must be empty with a condition, ACK_MODE_MANUAL and max_datagrams")
			case m.MaxBytes == nil:
				a.bad("must be empty where max_bytes is unset")
			default:
				buffers(a, m.GetBufferSizes(), int(m.GetMaxBytes()), "max_bytes")
			}
		}},
		{"max_control_bytes", optionalWithin(func(m *farsockv1.ReceiveRequest) *int32 { return m.MaxControlBytes }, 0, wire.MaxReceiveControlBytes)},
	},
}

func isManual(m *farsockv1.ReceiveRequest) bool {
	return m.GetAck() == farsockv1.AckMode_ACK_MODE_MANUAL
}
