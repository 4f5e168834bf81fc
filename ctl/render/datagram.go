package render

import (
	"fmt"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// Datagram is the sentence about a datagram whose payload goes elsewhere:
// "datagram from 10.0.0.9:53 to 224.0.0.251:53 by eth0, 5 bytes, ttl 64"; of the
// error queue "error ECONNREFUSED from icmp type 3 code 3, offender 10.0.0.1, for
// 10.0.0.1:9, 5 bytes".
func Datagram(d *farsockv1.Datagram) string {
	s := "datagram" + of(" from", address(d.GetPeer()))
	if d.GetError() != nil {
		s = extendedError(d.GetError()) + of(", for", address(d.GetPeer()))
	}
	s += of(" to", address(d.GetDestination())) + of(" by", Escape(d.GetInterfaceName()))
	s += ", " + Count(len(d.GetData()), "byte")
	if d.GetTruncated() {
		if d.GetFullLength() > 0 { // of an error nobody knows it
			s += fmt.Sprintf(" of %d", d.GetFullLength())
		}
		s += ", the rest is gone"
	}
	if d.Ttl != nil {
		s += fmt.Sprintf(", ttl %d", d.GetTtl())
	}
	if d.TrafficClass != nil {
		s += fmt.Sprintf(", tos 0x%02x", d.GetTrafficClass())
	}
	if d.GetReceiveTime() != nil {
		s += ", at " + d.GetReceiveTime().AsTime().UTC().Format(time.RFC3339Nano)
	}
	if d.GetEndOfRecord() {
		s += ", end of a record"
	}
	return s + beside(d.GetControl(), d.GetControlTruncated(), d.GetDescriptorsClosed())
}

// Beside is the sentence about what came with bytes of a stream; empty if nothing
// did.
func Beside(r *farsockv1.ReceiveResponse) string {
	s := beside(r.GetControl(), r.GetControlTruncated(), r.GetDescriptorsClosed())
	if s == "" {
		return ""
	}
	return Count(len(r.GetData()), "byte") + s
}

// beside names the control messages that no words above say.
func beside(control []*farsockv1.ControlMessage, truncated bool, closed int32) string {
	s := ""
	for _, c := range control {
		if !said[[2]int32{c.GetLevel(), c.GetType()}] {
			s += ", control " + Control(c)
		}
	}
	if truncated {
		s += ", control messages were lost"
	}
	if closed > 0 {
		s += ", " + Count(closed, "descriptor") + " closed"
	}
	return s
}

func extendedError(e *farsockv1.ExtendedError) string {
	s := "error " + Escape(e.GetErrnoName())
	switch e.GetOrigin() {
	case farsockv1.ErrorOrigin_ERROR_ORIGIN_LOCAL:
		s += " from this host"
	case farsockv1.ErrorOrigin_ERROR_ORIGIN_ICMP:
		s += fmt.Sprintf(" from icmp type %d code %d", e.GetType(), e.GetCode())
	case farsockv1.ErrorOrigin_ERROR_ORIGIN_ICMP6:
		s += fmt.Sprintf(" from icmp6 type %d code %d", e.GetType(), e.GetCode())
	case farsockv1.ErrorOrigin_ERROR_ORIGIN_TIMESTAMPING:
		s = "timestamp of something sent"
	case farsockv1.ErrorOrigin_ERROR_ORIGIN_ZEROCOPY:
		s = fmt.Sprintf("zero-copy sends %d to %d are done", e.GetInfo(), e.GetData())
	default:
		s += fmt.Sprintf(" of type %d code %d", e.GetType(), e.GetCode())
	}
	if e.GetErrnoName() == "EMSGSIZE" {
		s += fmt.Sprintf(", path mtu %d", e.GetInfo())
	}
	return s + of(", offender", Escape(e.GetOffender().GetInet().GetHost()))
}
