//go:build linux

package rpc

import (
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
		{"fast_open", func(a at, m *farsockv1.SendRequest) {
			if m.GetFastOpen() && m.GetTo() == nil {
				a.bad("must not be set without to")
			}
		}},
		{"offset", func(a at, m *farsockv1.SendRequest) {
			if m.Offset == nil {
				return
			}
			offset(func(m *farsockv1.SendRequest) *int64 { return m.Offset })(a, m)
			if m.GetHolder() == "" {
				a.bad("needs holder")
			}
		}},
		{"holder", func(a at, m *farsockv1.SendRequest) {
			optionalName((*farsockv1.SendRequest).GetHolder)(a, m)
			if wire.ValidName(m.GetHolder()) && m.Offset == nil {
				a.bad("needs offset")
			}
		}},
		{"control", control((*farsockv1.SendRequest).GetControl)},
		{"buffer_sizes", func(a at, m *farsockv1.SendRequest) {
			if len(m.GetDatagrams()) == 0 {
				buffers(a, m.GetBufferSizes(), len(m.GetData()), "the length of data")
			}
		}},
		{"datagrams", batch((*farsockv1.SendRequest).GetDatagrams)},
		{"data", besideBatch(func(m *farsockv1.SendRequest) bool { return len(m.GetData()) > 0 })},
		{"to", besideBatch(func(m *farsockv1.SendRequest) bool { return m.GetTo() != nil })},
		{"control", besideBatch(func(m *farsockv1.SendRequest) bool { return len(m.GetControl()) > 0 })},
		{"buffer_sizes", besideBatch(func(m *farsockv1.SendRequest) bool { return len(m.GetBufferSizes()) > 0 })},
	},
	// Some fit some sockets only, which is judged with the socket.
	free: []string{"more", "out_of_band", "dont_route", "confirm", "end_of_record"},
}

func besideBatch(isSet func(*farsockv1.SendRequest) bool) func(at, *farsockv1.SendRequest) {
	return func(a at, m *farsockv1.SendRequest) {
		if isSet(m) && len(m.GetDatagrams()) > 0 {
			a.bad("must be unset where datagrams are given")
		}
	}
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
			if m.Offset == nil {
				a.bad("must be set")
			}
		}},
		{"offset", offset(func(m *farsockv1.AckRequest) *int64 { return m.Offset })},
	},
}
