package farsock

import (
	"errors"
	"net"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/timestamppb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

func TestCheckMessage(t *testing.T) {
	var ttl int32 = 1000 // the kernel's business
	many := make([]*farsockv1.ControlMessage, 17)
	for i := range many {
		many[i] = &farsockv1.ControlMessage{}
	}
	for _, c := range []struct {
		field  string // "" for none
		family farsockv1.Family
		d      *farsockv1.Datagram
	}{
		{"", familyInet, &farsockv1.Datagram{}},
		{"", familyInet, &farsockv1.Datagram{Data: []byte("x"), Peer: inetAddress("lab7", 9), Source: "10.0.0.1", InterfaceName: "eth0", Ttl: &ttl, TrafficClass: &ttl, Control: many[:16]}},
		{"", familyInet6, &farsockv1.Datagram{Source: "fe80::1"}},
		{"", familyInet6, &farsockv1.Datagram{Source: "::ffff:10.0.0.1"}},
		{"", familyUnix, &farsockv1.Datagram{Peer: wire.ParseUnix("@x"), Control: many[:1]}},
		{"destination", familyInet, &farsockv1.Datagram{Destination: inetAddress("10.0.0.1", 1)}},
		{"full_length", familyInet, &farsockv1.Datagram{FullLength: 1}},
		{"truncated", familyInet, &farsockv1.Datagram{Truncated: true}},
		{"offset", familyInet, &farsockv1.Datagram{Offset: 1}},
		{"control_truncated", familyInet, &farsockv1.Datagram{ControlTruncated: true}},
		{"descriptors_closed", familyInet, &farsockv1.Datagram{DescriptorsClosed: 1}},
		{"receive_time", familyInet, &farsockv1.Datagram{ReceiveTime: timestamppb.Now()}},
		{"end_of_record", familyInet, &farsockv1.Datagram{EndOfRecord: true}},
		{"error", familyInet, &farsockv1.Datagram{Error: &farsockv1.ExtendedError{}}},
		{"peer", familyInet, &farsockv1.Datagram{Peer: &farsockv1.Address{}}},
		{"peer", familyInet, &farsockv1.Datagram{Peer: wire.ParseUnix("/x")}},
		{"peer", familyInet, &farsockv1.Datagram{Peer: inetAddress("a", 65536)}},
		{"peer", familyInet, &farsockv1.Datagram{Peer: inetAddress(strings.Repeat("a", 254), 1)}},
		{"peer", familyUnix, &farsockv1.Datagram{Peer: inetAddress("a", 1)}},
		{"peer", familyUnix, &farsockv1.Datagram{Peer: wire.ParseUnix(strings.Repeat("a", 108))}},
		{"datagram", familyUnix, &farsockv1.Datagram{Ttl: &ttl}},
		{"source", familyInet, &farsockv1.Datagram{Source: "::1"}},
		{"source", familyInet, &farsockv1.Datagram{Source: "lab7"}},
		{"source", familyInet6, &farsockv1.Datagram{Source: "10.0.0.1"}},
		{"source", familyInet6, &farsockv1.Datagram{Source: "fe80::1%eth0"}},
		{"interface_name", familyInet, &farsockv1.Datagram{InterfaceName: "sixteen-bytes-16"}},
		{"control", familyInet, &farsockv1.Datagram{Control: many}},
		{"control[0]", familyInet, &farsockv1.Datagram{Control: []*farsockv1.ControlMessage{nil}}},
		{"control[0].data", familyInet, &farsockv1.Datagram{Control: []*farsockv1.ControlMessage{{Data: make([]byte, 4097)}}}},
		{"control[1].type", familyUnix, &farsockv1.Datagram{Control: []*farsockv1.ControlMessage{{}, {Level: 1, Type: 1}}}},
	} {
		err := checkMessage(c.family, c.d)
		var message *MessageError
		if c.field == "" && err != nil || c.field != "" && (!errors.As(err, &message) || message.Field != c.field) {
			t.Errorf("%v: %v, want %q", c.d, err, c.field)
		}
	}
}

func TestIPOf(t *testing.T) {
	for _, c := range []struct {
		addr net.Addr
		want string
	}{
		{&net.UDPAddr{IP: net.IPv4(239, 1, 1, 1), Port: 9}, "239.1.1.1"},
		{&net.IPAddr{IP: net.ParseIP("ff02::1"), Zone: "eth0"}, "ff02::1"},
		{nil, ""},
		{&net.UDPAddr{}, ""},
		{(*net.UDPAddr)(nil), ""},
		{&net.TCPAddr{IP: net.IPv4(239, 1, 1, 1)}, ""},
	} {
		if got, err := ipOf(c.addr); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("ipOf(%v) = %q, %v", c.addr, got, err)
		}
	}
}
