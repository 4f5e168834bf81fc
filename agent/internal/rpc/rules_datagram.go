//go:build linux

package rpc

import (
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// datagramTable is for datagrams that are to be sent. What has to fit the
// socket's family is judged with the socket.
var datagramTable = &table[*farsockv1.Datagram]{
	rules: []rule[*farsockv1.Datagram]{
		{"peer", nested(addressTable, (*farsockv1.Datagram).GetPeer)},
		{"destination", onlyReceived(func(m *farsockv1.Datagram) bool { return m.GetDestination() != nil })},
		{"full_length", onlyReceived(func(m *farsockv1.Datagram) bool { return m.GetFullLength() != 0 })},
		{"truncated", onlyReceived((*farsockv1.Datagram).GetTruncated)},
		{"offset", onlyReceived(func(m *farsockv1.Datagram) bool { return m.GetOffset() != 0 })},
		{"control", control((*farsockv1.Datagram).GetControl)},
		{"control_truncated", onlyReceived((*farsockv1.Datagram).GetControlTruncated)},
		{"descriptors_closed", onlyReceived(func(m *farsockv1.Datagram) bool { return m.GetDescriptorsClosed() != 0 })},
		{"receive_time", onlyReceived(func(m *farsockv1.Datagram) bool { return m.GetReceiveTime() != nil })},
		{"end_of_record", onlyReceived((*farsockv1.Datagram).GetEndOfRecord)},
		{"error", onlyReceived(func(m *farsockv1.Datagram) bool { return m.GetError() != nil })},
		{"source", func(a at, m *farsockv1.Datagram) {
			if m.GetSource() == "" {
				return
			}
			if ip, err := netip.ParseAddr(m.GetSource()); err != nil || ip.Zone() != "" {
				a.bad("must be empty or an IP address without a zone, is %s", quoted(m.GetSource()))
			}
		}},
		{"interface_name", func(a at, m *farsockv1.Datagram) {
			// A longer one is the kernel's to refuse; a NUL would end a shorter one.
			if strings.ContainsRune(m.GetInterfaceName(), 0) {
				a.bad("must not contain a NUL, is %s", quoted(m.GetInterfaceName()))
			}
		}},
	},
	// Of data the sum is judged; the rest is the kernel's to refuse.
	free: []string{"data", "ttl", "traffic_class"},
}

func onlyReceived(isSet func(*farsockv1.Datagram) bool) func(at, *farsockv1.Datagram) {
	return func(a at, m *farsockv1.Datagram) {
		if isSet(m) {
			a.bad("must be unset in a datagram that is to be sent")
		}
	}
}

// batch judges datagrams that are sent together.
func batch[M any](get func(M) []*farsockv1.Datagram) func(at, M) {
	return func(a at, m M) {
		list := get(m)
		if len(list) > wire.MaxDatagrams {
			a.bad("must be 1 to %d datagrams, is %d", wire.MaxDatagrams, len(list))
			return
		}
		total := 0
		for i, d := range list {
			total += len(d.GetData())
			datagramTable.apply(a.index(i), d)
		}
		if total > wire.MaxUnaryBytes {
			a.bad("must be at most %d bytes together, is %d", wire.MaxUnaryBytes, total)
		}
	}
}

var controlTable = &table[*farsockv1.ControlMessage]{
	rules: []rule[*farsockv1.ControlMessage]{
		{"type", func(a at, m *farsockv1.ControlMessage) {
			if m.GetLevel() == unix.SOL_SOCKET && m.GetType() == unix.SCM_RIGHTS {
				a.bad("must not be SCM_RIGHTS: the descriptors would be the agent's own")
			}
		}},
		{"data", func(a at, m *farsockv1.ControlMessage) {
			if n := len(m.GetData()); n > wire.MaxControlBytes {
				a.bad("must be at most %d bytes, is %d", wire.MaxControlBytes, n)
			}
		}},
	},
	free: []string{"level"},
}

// control judges control messages that are sent together.
func control[M any](get func(M) []*farsockv1.ControlMessage) func(at, M) {
	return func(a at, m M) {
		list := get(m)
		if len(list) > wire.MaxControlMessages {
			a.bad("must be at most %d control messages, is %d", wire.MaxControlMessages, len(list))
			return
		}
		for i, c := range list {
			controlTable.apply(a.index(i), c)
		}
	}
}

// buffers judges the sizes of buffers that hold total bytes together.
func buffers(a at, sizes []int32, total int, what string) {
	if len(sizes) == 0 {
		return
	}
	if len(sizes) > wire.MaxBuffers {
		a.bad("must be at most %d sizes, is %d", wire.MaxBuffers, len(sizes))
		return
	}
	sum := int64(0)
	for i, n := range sizes {
		if n < 0 {
			a.index(i).bad("must be 0 or more, is %d", n)
		}
		sum += int64(n)
	}
	if sum != int64(total) {
		a.bad("must together be %s, %d, is %d", what, total, sum)
	}
}
