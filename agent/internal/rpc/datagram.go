//go:build linux

package rpc

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// Datagrams with what stands beside their bytes, in both directions.

func datagramTo(m *sock.Message) *farsockv1.Datagram {
	d := &farsockv1.Datagram{
		Data:              m.Data,
		Peer:              addressTo(m.Source),
		Destination:       addressTo(m.Destination),
		FullLength:        int64(m.FullLength),
		Truncated:         m.Truncated,
		Offset:            m.Offset,
		Control:           controlTo(m.Control),
		ControlTruncated:  m.ControlTruncated,
		DescriptorsClosed: int32(m.DroppedDescriptors),
		InterfaceName:     m.Interface,
		Ttl:               numberTo(m.TTL),
		TrafficClass:      numberTo(m.TrafficClass),
		EndOfRecord:       m.EndOfRecord,
		Error:             extendedTo(m.Error),
	}
	if !m.ReceiveTime.IsZero() {
		d.ReceiveTime = timestamppb.New(m.ReceiveTime)
	}
	return d
}

func datagramsTo(list []sock.Message) []*farsockv1.Datagram {
	out := make([]*farsockv1.Datagram, len(list))
	for i := range list {
		out[i] = datagramTo(&list[i])
	}
	return out
}

// outgoingOf expects a datagram that was checked.
func outgoingOf(d *farsockv1.Datagram, family sock.Family) sock.Outgoing {
	return sock.Outgoing{
		Data:         d.GetData(),
		To:           addressOf(d.GetPeer(), family),
		Control:      controlOf(d.GetControl()),
		Source:       d.GetSource(),
		Interface:    d.GetInterfaceName(),
		TTL:          numberOf(d.Ttl),
		TrafficClass: numberOf(d.TrafficClass),
	}
}

func controlTo(list []sock.Control) []*farsockv1.ControlMessage {
	var out []*farsockv1.ControlMessage
	for _, c := range list {
		out = append(out, &farsockv1.ControlMessage{Level: int32(c.Level), Type: int32(c.Type), Data: c.Data})
	}
	return out
}

func controlOf(list []*farsockv1.ControlMessage) []sock.Control {
	var out []sock.Control
	for _, c := range list {
		out = append(out, sock.Control{Level: int(c.GetLevel()), Type: int(c.GetType()), Data: c.GetData()})
	}
	return out
}

// extendedTo is nil for nil.
func extendedTo(e *sock.ExtendedError) *farsockv1.ExtendedError {
	if e == nil {
		return nil
	}
	return &farsockv1.ExtendedError{
		ErrnoName: sock.Outcome{Errno: e.Errno}.ErrnoName(),
		Origin:    farsockv1.ErrorOrigin(e.Origin),
		Type:      int32(e.Type),
		Code:      int32(e.Code),
		Info:      e.Info,
		Data:      e.Data,
		Offender:  addressTo(e.Offender),
	}
}

// The numbers that may be unset.

func numberTo(n *int) *int32 {
	if n == nil {
		return nil
	}
	v := int32(*n)
	return &v
}

func numberOf(n *int32) *int {
	if n == nil {
		return nil
	}
	v := int(*n)
	return &v
}

func sizesOf(list []int32) []int {
	var out []int
	for _, n := range list {
		out = append(out, int(n))
	}
	return out
}
