//go:build linux

package sock

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// takes sends a datagram to a socket by way of the group and reports whether it
// comes, a second one straight to the socket telling that the first did not.
func takes(t *testing.T, from, to *Socket, group string) bool {
	t.Helper()
	port := info(t, to).Local.Port
	for _, host := range []string{group, "127.0.0.1"} {
		a, err := from.Send(bg, SendRequest{Data: []byte(host), To: &Address{Family: Inet, Host: host, Port: port}}, soon())
		if err != nil || !a.Outcome.OK() {
			t.Fatalf("to %s: %+v, %v", host, a, err)
		}
	}
	got := string(receive(t, to, ReceiveRequest{Max: 100}, soon()).Datagrams[0].Data)
	if got == "127.0.0.1" {
		return false
	}
	if next := string(receive(t, to, ReceiveRequest{Max: 100}, soon()).Datagrams[0].Data); got != group || next != "127.0.0.1" {
		t.Fatalf("got %q, then %q", got, next)
	}
	return true
}

func TestMulticastOptions(t *testing.T) {
	env := newEnv(t)
	to := open(t, env, Spec{Family: Inet, Type: Datagram, Bind: &Address{Family: Inet}})
	from := open(t, env, Spec{Family: Inet, Type: Datagram, Bind: loopback(Inet), Options: []Option{{Kind: OptMulticastInterface, Text: "lo"}}})
	set := func(s *Socket, o Option) {
		t.Helper()
		now, out, err := s.SetOption(o)
		if err != nil || !out.OK() || now.Membership != o.Membership {
			t.Fatalf("%+v: %+v, %+v, %v", o, now, out, err)
		}
	}
	any4 := Membership{Group: netip.MustParseAddr("239.77.1.1"), Interface: "lo"}
	if takes(t, from, to, "239.77.1.1") {
		t.Error("before it joined")
	}
	set(to, Option{Kind: OptMulticastJoin, Membership: any4})
	if !takes(t, from, to, "239.77.1.1") {
		t.Error("not after it joined")
	}
	other := open(t, env, Spec{Family: Inet, Type: Datagram})
	set(other, Option{Kind: OptMulticastJoin, Membership: any4})
	set(to, Option{Kind: OptMulticastLeave, Membership: any4})
	if !takes(t, from, to, "239.77.1.1") {
		t.Error("after it left a group that another socket is in")
	}
	set(to, Option{Kind: OptMulticastAll})
	if takes(t, from, to, "239.77.1.1") {
		t.Error("another socket's group, without multicast_all")
	}

	here := Membership{Group: netip.MustParseAddr("232.77.1.1"), Interface: "lo", Source: netip.MustParseAddr("127.0.0.1")}
	there := Membership{Group: netip.MustParseAddr("232.77.1.1"), Interface: "lo", Source: netip.MustParseAddr("127.0.0.2")}
	set(to, Option{Kind: OptMulticastJoin, Membership: there})
	if takes(t, from, to, "232.77.1.1") {
		t.Error("from another source")
	}
	set(to, Option{Kind: OptMulticastJoin, Membership: here})
	if !takes(t, from, to, "232.77.1.1") {
		t.Error("not from the source")
	}
	set(to, Option{Kind: OptMulticastLeave, Membership: here})
	if takes(t, from, to, "232.77.1.1") {
		t.Error("after it left the source")
	}
	// Without a source it leaves all of them, and where it is not it cannot leave.
	set(to, Option{Kind: OptMulticastJoin, Membership: here})
	set(to, Option{Kind: OptMulticastLeave, Membership: Membership{Group: here.Group, Interface: "lo"}})
	if takes(t, from, to, "232.77.1.1") {
		t.Error("after it left all sources")
	}
	for m, want := range map[Membership]unix.Errno{there: unix.EINVAL, any4: unix.EADDRNOTAVAIL} {
		if _, out, err := to.SetOption(Option{Kind: OptMulticastLeave, Membership: m}); err != nil || out.Errno != want {
			t.Errorf("%+v: %+v, %v", m, out, err)
		}
	}
}

// Groups of IPv6 are joined too; this kernel sends none over lo.
func TestMulticastOptions6(t *testing.T) {
	s := open(t, newEnv(t), Spec{Family: Inet6, Type: Datagram})
	m := Membership{Group: netip.MustParseAddr("ff12::77"), Interface: "lo"}
	sourced := Membership{Group: netip.MustParseAddr("ff32::77"), Interface: "lo", Source: netip.MustParseAddr("::1")}
	for _, step := range []struct {
		o     Option
		errno unix.Errno
	}{
		{Option{Kind: OptMulticastLeave, Membership: m}, unix.EADDRNOTAVAIL},
		{Option{Kind: OptMulticastJoin, Membership: m}, 0},
		{Option{Kind: OptMulticastJoin, Membership: m}, unix.EADDRINUSE},
		{Option{Kind: OptMulticastLeave, Membership: m}, 0},
		{Option{Kind: OptMulticastJoin, Membership: sourced}, 0},
		{Option{Kind: OptMulticastJoin, Membership: sourced}, unix.EADDRNOTAVAIL},
		{Option{Kind: OptMulticastLeave, Membership: sourced}, 0},
		{Option{Kind: OptMulticastLeave, Membership: sourced}, unix.EINVAL},
		{Option{Kind: OptMulticastJoin, Membership: sourced}, 0},
		{Option{Kind: OptMulticastLeave, Membership: Membership{Group: sourced.Group, Interface: "lo"}}, 0},
		{Option{Kind: OptMulticastLeave, Membership: Membership{Group: sourced.Group, Interface: "lo"}}, unix.EADDRNOTAVAIL},
		{Option{Kind: OptMulticastJoin, Membership: m}, 0},
		{Option{Kind: OptMulticastLeave, Membership: Membership{Group: m.Group}}, 0},
		{Option{Kind: OptMulticastLeave, Membership: m}, unix.EADDRNOTAVAIL},
		{Option{Kind: OptMulticastJoin, Membership: Membership{Group: netip.MustParseAddr("::1"), Interface: "lo"}}, unix.EINVAL},
	} {
		if _, out, err := s.SetOption(step.o); err != nil || out.Errno != step.errno {
			t.Errorf("%+v: %+v, %v, want %v", step.o, out, err, step.errno)
		}
	}
}

// On a dual-stack socket the options of IPv6 do not govern IPv4, packet_info
// excepted; those of IPv4 are reached as raw.
func TestDualStackOptions(t *testing.T) {
	env := newEnv(t)
	to := open(t, env, Spec{Family: Inet6, Type: Datagram, Bind: &Address{Family: Inet6}, Options: []Option{
		{Kind: OptV6Only},
		{Kind: OptPacketInfo, Bool: true}, {Kind: OptReceiveTTL, Bool: true}, {Kind: OptReceiveTrafficClass, Bool: true},
	}})
	from := open(t, env, Spec{Family: Inet, Type: Datagram})
	types := func() map[[2]int]bool {
		t.Helper()
		a, err := from.Send(bg, SendRequest{Data: []byte("x"), To: &Address{Family: Inet, Host: "127.0.0.1", Port: info(t, to).Local.Port}}, soon())
		if err != nil || !a.Outcome.OK() {
			t.Fatalf("%+v, %v", a, err)
		}
		found := map[[2]int]bool{}
		var oob [512]byte
		until(t, func() bool {
			err := to.desc.Do(func(fd int) error {
				_, n, _, _, err := unix.Recvmsg(fd, make([]byte, 16), oob[:], 0)
				if err != nil {
					return err
				}
				list, err := unix.ParseSocketControlMessage(oob[:n])
				for _, c := range list {
					found[[2]int{int(c.Header.Level), int(c.Header.Type)}] = true
				}
				return err
			})
			return err == nil
		})
		return found
	}
	info6 := [2]int{unix.IPPROTO_IPV6, unix.IPV6_PKTINFO}
	if got := types(); len(got) != 1 || !got[info6] {
		t.Errorf("got %v", got)
	}
	one := int32(1)
	for _, name := range []int{unix.IP_RECVTTL, unix.IP_RECVTOS} {
		if _, out, err := to.SetOption(Option{Kind: OptRaw, Raw: Raw{Name: name, Int: &one}}); err != nil || !out.OK() {
			t.Fatalf("%+v, %v", out, err)
		}
	}
	if got := types(); len(got) != 3 || !got[[2]int{unix.IPPROTO_IP, unix.IP_TTL}] || !got[[2]int{unix.IPPROTO_IP, unix.IP_TOS}] {
		t.Errorf("got %v", got)
	}
}

// IPV6_MTU can be set, and both tell a connected socket's path.
func TestMTUOption(t *testing.T) {
	env := newEnv(t)
	six := open(t, env, Spec{Family: Inet6, Type: Datagram})
	if now, out, err := six.SetOption(Option{Kind: OptMTU, Int: 1400}); err != nil || !out.OK() || now.Int != 1400 {
		t.Errorf("unconnected, it is answered as set: %+v, %+v, %v", now, out, err)
	}
	for _, f := range []Family{Inet, Inet6} {
		a := loopback(f)
		a.Port = 9
		s := open(t, env, Spec{Family: f, Type: Datagram, Connect: a})
		if now, out, err := s.GetOption(Option{Kind: OptMTU}); err != nil || !out.OK() || now.Int < 1280 {
			t.Errorf("%v: %+v, %+v, %v", f, now, out, err)
		}
	}
}
