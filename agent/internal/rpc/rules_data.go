//go:build linux

package rpc

import (
	"regexp"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

var sendTable = &table[*farsockv1.SendRequest]{
	rules: []rule[*farsockv1.SendRequest]{
		{"socket", socketRef((*farsockv1.SendRequest).GetSocket)},
		{"data", func(a at, m *farsockv1.SendRequest) {
			if n := len(m.GetData()); n > wire.MaxUnaryBytes {
				a.bad("must be at most %d bytes, is %d", wire.MaxUnaryBytes, n)
			}
		}},
		{"to", nested(addressTable, (*farsockv1.SendRequest).GetTo)},
		{"wait", wait((*farsockv1.SendRequest).GetWait)},
		{"dont_wait", func(a at, m *farsockv1.SendRequest) {
			if m.GetDontWait() && waits(m.GetWait()) {
				a.bad("must not be set where wait is above 0")
			}
		}},
		{"more", unbuilt((*farsockv1.SendRequest).GetMore)},
		{"out_of_band", unbuilt((*farsockv1.SendRequest).GetOutOfBand)},
		{"offset", func(a at, m *farsockv1.SendRequest) {
			if m.Offset == nil {
				return
			}
			if m.GetOffset() < 0 {
				a.bad("must be 0 or more, is %d", m.GetOffset())
			}
			if m.GetHolder() == "" {
				a.bad("needs holder")
			}
			a.notBuilt()
		}},
		{"holder", optionalName((*farsockv1.SendRequest).GetHolder)},
		{"holder", unbuilt(func(m *farsockv1.SendRequest) bool { return m.GetHolder() != "" })},
		{"control", unbuiltControl((*farsockv1.SendRequest).GetControl)},
	},
}

// maxControlBytes bounds one control message's data.
const maxControlBytes = 4096

var controlTable = &table[*farsockv1.ControlMessage]{
	rules: []rule[*farsockv1.ControlMessage]{
		{"data", func(a at, m *farsockv1.ControlMessage) {
			if n := len(m.GetData()); n > maxControlBytes {
				a.bad("must be at most %d bytes, is %d", maxControlBytes, n)
			}
		}},
	},
	free: []string{"level", "type"},
}

func unbuiltControl[M any](get func(M) []*farsockv1.ControlMessage) func(at, M) {
	return func(a at, m M) {
		for i, c := range get(m) {
			controlTable.apply(a.index(i), c)
		}
		if len(get(m)) > 0 {
			a.notBuilt()
		}
	}
}

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
			if m.MaxBytes != nil {
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
			if m.GetPeek() && m.GetAck() == farsockv1.AckMode_ACK_MODE_MANUAL {
				a.bad("must not be set with ACK_MODE_MANUAL")
			}
		}},
		{"dont_wait", func(a at, m *farsockv1.ReceiveRequest) {
			if m.GetDontWait() && waits(m.GetWait()) {
				a.bad("must not be set where wait is above 0")
			}
		}},
		{"wait_all", unbuilt((*farsockv1.ReceiveRequest).GetWaitAll)},
		{"out_of_band", unbuilt((*farsockv1.ReceiveRequest).GetOutOfBand)},
		{"ack", ackMode((*farsockv1.ReceiveRequest).GetAck)},
		{"offset", func(a at, m *farsockv1.ReceiveRequest) {
			if m.Offset != nil && (m.GetAck() != farsockv1.AckMode_ACK_MODE_MANUAL || m.GetPeek()) {
				a.bad("must be unset unless ack is ACK_MODE_MANUAL, and with peek")
			}
		}},
		{"max_datagrams", optionalWithin(func(m *farsockv1.ReceiveRequest) *int32 { return m.MaxDatagrams }, 1, wire.MaxDatagrams)},
		{"error_queue", unbuilt((*farsockv1.ReceiveRequest).GetErrorQueue)},
	},
}

func ackMode[M any](get func(M) farsockv1.AckMode) func(at, M) {
	return func(a at, m M) {
		switch get(m) {
		case farsockv1.AckMode_ACK_MODE_UNSPECIFIED, farsockv1.AckMode_ACK_MODE_AUTO, farsockv1.AckMode_ACK_MODE_MANUAL:
		default:
			a.bad("must be one of ACK_MODE_AUTO, ACK_MODE_MANUAL, is %d", get(m))
		}
	}
}

func lengthWithin(a at, n, most int) {
	if n < 1 || n > most {
		a.bad("must be 1 to %d bytes, is %d", most, n)
	}
}

var ackTable = &table[*farsockv1.AckRequest]{
	rules: []rule[*farsockv1.AckRequest]{
		{"socket", socketRef((*farsockv1.AckRequest).GetSocket)},
		{"offset", func(a at, m *farsockv1.AckRequest) {
			switch {
			case m.Offset == nil:
				a.bad("must be set")
			case m.GetOffset() < 0:
				a.bad("must be 0 to the socket's read_offset, is %d", m.GetOffset())
			}
		}},
	},
}
