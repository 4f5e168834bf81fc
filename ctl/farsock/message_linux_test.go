package farsock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"syscall"
	"testing"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// ancillary are the options that make datagrams tell about themselves.
func ancillary() []*farsockv1.SocketOption {
	return []*farsockv1.SocketOption{
		{Option: &farsockv1.SocketOption_PacketInfo{PacketInfo: true}},
		{Option: &farsockv1.SocketOption_ReceiveTtl{ReceiveTtl: true}},
		{Option: &farsockv1.SocketOption_ReceiveTrafficClass{ReceiveTrafficClass: true}},
		{Option: &farsockv1.SocketOption_Timestamps{Timestamps: true}},
	}
}

// What one socket sends with a datagram, another reads.
func TestMessages(t *testing.T) {
	s := newSession(t)
	for _, c := range []struct{ network, at, source string }{
		{"udp", "127.0.0.1:0", "127.0.0.9"},
		{"udp6", "[::1]:0", "::1"},
	} {
		t.Run(c.network, func(t *testing.T) {
			l := ListenConfig{Session: s, Options: ancillary()}
			to := must[*PacketConn](t)(l.ListenPacket(context.Background(), c.network, c.at))
			defer to.Close()
			from := must[*PacketConn](t)(s.ListenPacket(context.Background(), c.network, ":0"))
			defer from.Close()
			var ttl, class int32 = 7, 0x28
			before := time.Now()
			err := from.WriteMsg(&farsockv1.Datagram{
				Data: []byte("ping"), Source: c.source, InterfaceName: "lo", Ttl: &ttl, TrafficClass: &class,
			}, to.LocalAddr())
			if err != nil {
				t.Fatal(err)
			}
			d, addr, err := to.ReadMsg()
			if err != nil {
				t.Fatal(err)
			}
			sender := addr.(*net.UDPAddr)
			if string(d.GetData()) != "ping" || sender.IP.String() != c.source || sender.Port != from.LocalAddr().(*net.UDPAddr).Port ||
				fmt.Sprint(NetAddr(datagram, d.GetDestination())) != to.LocalAddr().String() ||
				d.GetInterfaceName() != "lo" || d.GetTtl() != ttl || d.GetTrafficClass() != class || len(d.GetControl()) != 4 ||
				d.GetFullLength() != 4 || d.GetTruncated() {
				t.Errorf("ReadMsg = %v from %v", d, addr)
			}
			if at := d.GetReceiveTime().AsTime(); at.Before(before.Add(-time.Second)) || at.After(time.Now().Add(time.Second)) {
				t.Errorf("received at %v", at)
			}
			// Back to where it came from, by the peer of the message.
			if err := to.WriteMsg(&farsockv1.Datagram{Data: []byte("pong"), Peer: d.GetPeer()}, nil); err != nil {
				t.Fatal(err)
			}
			if d, addr, err = from.ReadMsg(); err != nil || string(d.GetData()) != "pong" || addr.String() != to.LocalAddr().String() {
				t.Errorf("ReadMsg = %v from %v, %v", d, addr, err)
			}
			if d.Ttl != nil || d.GetDestination() != nil || len(d.GetControl()) != 0 {
				t.Errorf("not asked for: %v", d)
			}
		})
	}
}

// What cannot be sent is refused before it reaches the agent, and what the
// kernel refuses is its errno; the socket goes on.
func TestMessageRefusals(t *testing.T) {
	s := newSession(t)
	c := must[*PacketConn](t)(s.ListenPacket(context.Background(), "udp", "127.0.0.1:0"))
	defer c.Close()
	at := c.LocalAddr()
	var message *MessageError
	for _, d := range []*farsockv1.Datagram{{FullLength: 1}, {Source: "::1"}, {Peer: inetAddress("127.0.0.1", 9)}} {
		if err := c.WriteMsg(d, at); !errors.As(err, &message) {
			t.Errorf("WriteMsg(%v) = %v", d, err)
		}
	}
	if err := c.WriteMsg(&farsockv1.Datagram{Data: make([]byte, 65508)}, at); !errors.Is(err, syscall.EMSGSIZE) {
		t.Errorf("too large: %v", err)
	}
	var ttl int32 = 256
	if err := c.WriteMsg(&farsockv1.Datagram{Ttl: &ttl}, at); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("a TTL of 256: %v", err)
	}
	if err := c.WriteMsg(&farsockv1.Datagram{Source: "192.0.2.1"}, at); err == nil || Unreachable(err) {
		t.Errorf("a source that is not ours: %v", err)
	}
	if err := c.WriteMsg(&farsockv1.Datagram{InterfaceName: "no-such"}, at); !errors.Is(err, syscall.ENODEV) {
		t.Errorf("an interface that is not there: %v", err)
	}
	if err := c.WriteMsg(nil, nil); !errors.Is(err, syscall.EDESTADDRREQ) {
		t.Errorf("without a destination: %v", err)
	}
	if err := c.WriteMsg(nil, at); err != nil {
		t.Errorf("an empty datagram: %v", err)
	}
	if d, _, err := c.ReadMsg(); err != nil || len(d.GetData()) != 0 {
		t.Errorf("ReadMsg = %v, %v", d, err)
	}
	exchange(t, c, c, []byte("still well"))
}

// Over a connected socket, and past the largest datagram of IPv4.
func TestMessagesOfOnePeer(t *testing.T) {
	s := newSession(t)
	near := must[*net.UDPConn](t)(net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	defer near.Close()
	d := Dialer{Session: s, Options: ancillary()}
	far := must[net.Conn](t)(d.DialContext(context.Background(), "udp", near.LocalAddr().String())).(*Conn)
	defer far.Close()
	if err := far.WriteMsg(&farsockv1.Datagram{Data: []byte("ping")}); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 9)
	_, from, err := near.ReadFrom(b)
	if err != nil || from.String() != far.LocalAddr().String() {
		t.Fatalf("ReadFrom = %v, %v", from, err)
	}
	large := make([]byte, 65507)
	if _, err := near.WriteTo(large, from); err != nil {
		t.Fatal(err)
	}
	got, err := far.ReadMsg()
	if err != nil || len(got.GetData()) != len(large) || got.GetInterfaceName() != "lo" || wire.FormatAddress(got.GetPeer()) != near.LocalAddr().String() {
		t.Errorf("ReadMsg = %d bytes by %q from %v, %v", len(got.GetData()), got.GetInterfaceName(), got.GetPeer(), err)
	}
}

// Groups are joined and left by name of the interface, for every source or for
// one; what others send to a group that was left does not arrive.
func TestMulticast(t *testing.T) {
	s := newSession(t)
	ctx := context.Background()
	c := must[*PacketConn](t)(s.ListenPacket(ctx, "udp", "0.0.0.0:0"))
	defer c.Close()
	group := &net.UDPAddr{IP: net.IPv4(239, 7, 7, 7), Port: c.LocalAddr().(*net.UDPAddr).Port}
	sender := must[*PacketConn](t)(s.ListenPacket(ctx, "udp", "127.0.0.1:0"))
	defer sender.Close()
	for _, err := range []error{
		sender.SetMulticastInterface(ctx, "lo"), sender.SetMulticastTTL(ctx, 3), sender.SetMulticastLoopback(ctx, true),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	set := must[[]*farsockv1.SocketOption](t)(sender.Options(ctx, "multicast_interface", "multicast_ttl", "multicast_loop"))
	if set[0].GetMulticastInterface() != "lo" || set[1].GetMulticastTtl() != 3 || !set[2].GetMulticastLoop() {
		t.Errorf("set were %v", set)
	}
	say := func(text string) {
		t.Helper()
		if _, err := sender.WriteTo([]byte(text), group); err != nil {
			t.Fatal(err)
		}
	}
	// hears sends to the group and then to the socket itself, so that what does
	// not come is known not to come.
	hears := func(text string, want bool) {
		t.Helper()
		say(text)
		if _, err := sender.WriteTo([]byte("mark"), &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: group.Port}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for !slices.Contains(got, "mark") {
			d, _, err := c.ReadMsg()
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(d.GetData()))
		}
		if slices.Contains(got, text) != want {
			t.Errorf("%q: got %q", text, got)
		}
	}
	hears("before", false)
	if err := c.JoinGroup(ctx, "lo", group); err != nil {
		t.Fatal(err)
	}
	hears("joined", true)
	if err := c.JoinGroup(ctx, "lo", group); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("joining twice: %v", err)
	}
	if err := c.LeaveGroup(ctx, "lo", group); err != nil {
		t.Fatal(err)
	}
	hears("left", false)
	other, source := &net.IPAddr{IP: net.IPv4(127, 0, 0, 2)}, &net.IPAddr{IP: net.IPv4(127, 0, 0, 1)}
	if err := c.JoinSourceSpecificGroup(ctx, "lo", group, other); err != nil {
		t.Fatal(err)
	}
	hears("of another source", false)
	if err := c.JoinSourceSpecificGroup(ctx, "lo", group, source); err != nil {
		t.Fatal(err)
	}
	hears("of this source", true)
	if err := c.LeaveSourceSpecificGroup(ctx, "lo", group, source); err != nil {
		t.Fatal(err)
	}
	hears("of a source left", false)
	var option *OptionError
	if err := c.JoinGroup(ctx, "no-such", group); !errors.Is(err, syscall.ENODEV) || !errors.As(err, &option) {
		t.Errorf("an interface that is not there: %v", err)
	}
	if err := c.JoinGroup(ctx, "lo", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("no group: %v", err)
	}
	if err := c.JoinSourceSpecificGroup(ctx, "lo", group, nil); err == nil {
		t.Error("no source was taken")
	}
}
