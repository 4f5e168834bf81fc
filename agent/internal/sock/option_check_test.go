//go:build linux

package sock

import (
	"errors"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

func TestRawOptions(t *testing.T) {
	s := open(t, newEnv(t), Spec{Family: Inet, Type: Stream})
	nine := int32(9)
	o, out, err := s.SetOption(Option{Kind: OptRaw, Raw: Raw{Level: 6, Name: 4, Int: &nine}})
	if err != nil || !out.OK() || *o.Raw.Int != 9 {
		t.Errorf("got %+v, %+v, %v", o, out, err)
	}
	o, out, err = s.SetOption(Option{Kind: OptRaw, Raw: Raw{Level: 6, Name: 13, Bytes: []byte("reno")}})
	if err != nil || !out.OK() || string(o.Raw.Bytes) != "reno" {
		t.Errorf("got %+v, %+v, %v", o, out, err)
	}
	for _, r := range []Raw{{Level: 1, Name: 26}, {Level: 1, Name: 77}, {Level: 0, Name: 64}, {Level: 41, Name: 64}} {
		var a *ArgumentError
		if _, _, err := s.SetOption(Option{Kind: OptRaw, Raw: r}); !errors.As(err, &a) || a.Field != "raw.name" {
			t.Errorf("set %v: %v", r, err)
		}
		if _, _, err := s.GetOption(Option{Kind: OptRaw, Raw: r}); !errors.As(err, &a) || a.Field != "raw.name" {
			t.Errorf("get %v: %v", r, err)
		}
	}
	var r *RangeError
	if _, _, err := s.GetOption(Option{Kind: OptRaw, Raw: Raw{Size: 4097}}); !errors.As(err, &r) {
		t.Errorf("got %v", err)
	}
	if _, _, err := s.SetOption(Option{Kind: OptRaw, Raw: Raw{Bytes: make([]byte, 4097)}}); !errors.As(err, &r) {
		t.Errorf("got %v", err)
	}
}

// What no kernel could be asked is an error, and of a list nothing is set.
func TestCheckOptions(t *testing.T) {
	env := newEnv(t)
	s := open(t, env, Spec{Family: Inet, Type: Datagram})
	u := open(t, env, Spec{Family: Unix, Type: Datagram})
	four, six := netip.MustParseAddr("239.1.1.1"), netip.MustParseAddr("ff02::1")
	for _, test := range []struct {
		o     Option
		field string
	}{
		{Option{Kind: 99}, "option"},
		{Option{}, "option"},
		{Option{Kind: OptError}, "error"},
		{Option{Kind: OptDevice, Text: "0123456789abcdef"}, "device"},
		{Option{Kind: OptDevice, Text: "lo\x00"}, "device"},
		{Option{Kind: OptMulticastInterface, Text: "0123456789abcdef"}, "multicast_interface"},
		{Option{Kind: OptCongestionControl, Text: "0123456789abcdef"}, "congestion_control"},
		{Option{Kind: OptMulticastJoin}, "multicast_join.group"},
		{Option{Kind: OptMulticastJoin, Membership: Membership{Group: six}}, "multicast_join.group"},
		{Option{Kind: OptMulticastJoin, Membership: Membership{Group: four, Source: six}}, "multicast_join.source"},
		{Option{Kind: OptMulticastLeave, Membership: Membership{Group: six.WithZone("lo")}}, "multicast_leave.group"},
		{Option{Kind: OptMulticastLeave, Membership: Membership{Group: four, Interface: "l\x00"}}, "multicast_leave.interface_name"},
	} {
		var a *ArgumentError
		list := []Option{{Kind: OptReuseAddress, Bool: true}, test.o}
		if err := s.CheckOptions(list); !errors.As(err, &a) || a.Field != "options[1]."+test.field {
			t.Errorf("%+v: %v", test.o, err)
		}
		if _, _, err := s.SetOption(test.o); !errors.As(err, &a) || a.Field != test.field {
			t.Errorf("%+v: %v", test.o, err)
		}
		if _, _, err := Open(bg, env, Spec{Family: Inet, Type: Datagram, Options: list, KeepOnFailure: true}, For(0)); !errors.As(err, &a) {
			t.Errorf("%+v: %v", test.o, err)
		}
	}
	for _, group := range []netip.Addr{four, six} {
		_, out, err := u.SetOption(Option{Kind: OptMulticastJoin, Membership: Membership{Group: group}})
		if err != nil || out.Code != NotSupported {
			t.Errorf("on a unix socket: %+v, %v", out, err)
		}
	}
	for _, k := range []OptionKind{OptMulticastJoin, OptMulticastLeave, 99} {
		var a *ArgumentError
		if _, _, err := s.GetOption(Option{Kind: k}); !errors.As(err, &a) {
			t.Errorf("kind %d: %v", k, err)
		}
	}
}

// IPV6_ADDRFORM would leave an Inet6 socket that is none.
func TestAddressFormIsRefused(t *testing.T) {
	env := newEnv(t)
	inet := int32(unix.AF_INET)
	o := Option{Kind: OptRaw, Raw: Raw{Level: unix.IPPROTO_IPV6, Name: unix.IPV6_ADDRFORM, Int: &inet}}
	there := open(t, env, Spec{Family: Inet, Type: Datagram, Bind: loopback(Inet)})
	mapped := &Address{Family: Inet6, Host: "::ffff:127.0.0.1", Port: info(t, there).Local.Port}
	s := open(t, env, Spec{Family: Inet6, Type: Datagram, Connect: mapped})
	var a *ArgumentError
	if _, _, err := s.SetOption(o); !errors.As(err, &a) || a.Field != "raw.name" {
		t.Errorf("got %v", err)
	}
	// On an IPv4 socket the kernel has its own answer.
	if _, out, err := there.SetOption(o); err != nil || out.Errno != unix.ENOPROTOOPT {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestOptionOutcomes(t *testing.T) {
	env := newEnv(t)
	u := open(t, env, Spec{Family: Unix, Type: Stream})
	if _, out, err := u.SetOption(Option{Kind: OptNoDelay, Bool: true}); err != nil || out.Code != NotSupported || out.Syscall != "setsockopt" {
		t.Errorf("got %+v, %v", out, err)
	}
	if _, out, err := u.GetOption(Option{Kind: OptTTL}); err != nil || out.Code != NotSupported || out.Syscall != "getsockopt" {
		t.Errorf("got %+v, %v", out, err)
	}
	s := open(t, env, Spec{Family: Inet, Type: Datagram})
	for _, o := range []Option{
		{Kind: OptMulticastInterface, Text: "nonesuch"},
		{Kind: OptDevice, Text: "nonesuch"},
		{Kind: OptMulticastJoin, Membership: Membership{Group: netip.MustParseAddr("239.1.1.1"), Interface: "nonesuch"}},
	} {
		if _, out, err := s.SetOption(o); err != nil || out.Code != NotFound || out.Errno != unix.ENODEV || out.Syscall == "" {
			t.Errorf("%+v: %+v, %v", o, out, err)
		}
	}
	if _, out, err := s.GetOption(Option{Kind: OptMTU}); err != nil || out.Code != NotConnected {
		t.Errorf("got %+v, %v", out, err)
	}
}

// Only reading SO_ERROR clears it; Info and Poll do not.
func TestPendingErrorIsLeftAlone(t *testing.T) {
	s, c := connected(t, newEnv(t))
	c.SetLinger(0)
	c.Close()
	until(t, func() bool { return info(t, s).TCPState == "CLOSE" })
	if r, _, err := Poll(bg, []PollItem{{Socket: s}}, For(0)); err != nil || len(r) != 1 || !r[0].Error || !r[0].HangUp {
		t.Fatalf("got %+v, %v", r, err)
	}
	for _, want := range []string{"ECONNRESET", ""} {
		o, out, err := s.GetOption(Option{Kind: OptError})
		if err != nil || !out.OK() || o.Text != want {
			t.Fatalf("got %+v, %+v, %v", o, out, err)
		}
	}
}
