//go:build linux

package sock

import (
	"encoding/binary"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What stands beside a datagram's bytes, in words, in both families and for
// IPv4 on a dual-stack socket.
func TestWords(t *testing.T) {
	for _, row := range []struct {
		name                  string
		to, from              Family
		bind, source, another string
	}{
		{"inet", Inet, Inet, "", "127.0.0.1", "127.0.0.5"},
		{"inet6", Inet6, Inet6, "", "::1", "::1"},
		{"mapped to dual", Inet6, Inet6, "", "::ffff:127.0.0.1", "::ffff:127.0.0.5"},
		{"inet to dual", Inet6, Inet, "", "127.0.0.1", "127.0.0.5"},
	} {
		t.Run(row.name, func(t *testing.T) {
			env := newEnv(t)
			to := open(t, env, Spec{Family: row.to, Type: Datagram, Bind: &Address{Family: row.to}})
			setBool(t, to, OptPacketInfo, OptReceiveTTL, OptReceiveTrafficClass, OptTimestamps)
			if row.to == Inet6 && row.name != "inet6" {
				// What IPv4 brings beside the address is IPv4's to ask for.
				one := int32(1)
				for _, name := range []int{unix.IP_RECVTTL, unix.IP_RECVTOS} {
					if _, out, err := to.SetOption(Option{Kind: OptRaw, Raw: Raw{Level: unix.SOL_IP, Name: name, Int: &one}}); err != nil || !out.OK() {
						t.Fatalf("%+v, %v", out, err)
					}
				}
			}
			from := open(t, env, Spec{Family: row.from, Type: Datagram, Bind: &Address{Family: row.from}})
			at := &Address{Family: row.from, Host: row.source, Port: info(t, to).Local.Port}
			ttl, class := 7, 0x2c
			before := time.Now()
			sent := send(t, from, SendRequest{Batch: []Outgoing{
				{Data: []byte("a"), To: at, TTL: &ttl, TrafficClass: &class},
				{Data: []byte("b"), To: at, Source: row.another, Interface: "lo"},
			}}, soon())
			if !sent.Outcome.OK() || sent.Messages != 2 || sent.Applied != 2 {
				t.Fatalf("got %+v", sent)
			}
			got := receive(t, to, ReceiveRequest{Max: 9, MaxDatagrams: 2}, soon()).Datagrams
			if len(got) != 2 {
				t.Fatalf("got %+v", got)
			}
			a, b := got[0], got[1]
			want := row.source
			if row.name == "inet to dual" {
				want = "::ffff:" + want
			}
			if a.Destination == nil || a.Destination.Host != want || a.Destination.Port != at.Port || a.Interface != "lo" {
				t.Errorf("destination %v by %q", a.Destination, a.Interface)
			}
			if a.TTL == nil || *a.TTL != ttl || a.TrafficClass == nil || *a.TrafficClass != class {
				t.Errorf("TTL %v, class %v", a.TTL, a.TrafficClass)
			}
			if b.TTL == nil || *b.TTL != 64 || b.TrafficClass == nil || *b.TrafficClass != 0 {
				t.Errorf("the socket's own: TTL %v, class %v", b.TTL, b.TrafficClass)
			}
			if d := a.ReceiveTime.Sub(before); d < -time.Second || d > 20*time.Second {
				t.Errorf("received %v after it was sent", d)
			}
			wantSource := row.another
			if row.name == "inet to dual" {
				wantSource = "::ffff:" + wantSource
			}
			if b.Source == nil || b.Source.Host != wantSource {
				t.Errorf("from %v, want %v", b.Source, wantSource)
			}
			if len(a.Control) < 4 {
				t.Errorf("%d raw control messages", len(a.Control))
			}
		})
	}
}

// The kernel refuses what it does not take, at the datagram concerned.
func TestWordsRefused(t *testing.T) {
	env := newEnv(t)
	four, six := loopback(Inet), loopback(Inet6)
	four.Port, six.Port = 9, 9
	n := func(v int) *int { return &v }
	for _, row := range []struct {
		name string
		f    Family
		o    Outgoing
		want unix.Errno
	}{
		{"ttl 0", Inet, Outgoing{To: four, TTL: n(0)}, unix.EINVAL},
		{"ttl 256", Inet, Outgoing{To: four, TTL: n(256)}, unix.EINVAL},
		{"tos -1", Inet, Outgoing{To: four, TrafficClass: n(-1)}, unix.EINVAL},
		{"hop limit 0", Inet6, Outgoing{To: six, TTL: n(0)}, 0},
		{"hop limit -1", Inet6, Outgoing{To: six, TTL: n(-1)}, 0},
		{"class -1", Inet6, Outgoing{To: six, TrafficClass: n(-1)}, 0},
		{"class -2", Inet6, Outgoing{To: six, TrafficClass: n(-2)}, unix.EINVAL},
		{"hop limit 256", Inet6, Outgoing{To: six, TTL: n(256)}, unix.EINVAL},
		{"class 256", Inet6, Outgoing{To: six, TrafficClass: n(256)}, unix.EINVAL},
		{"no such interface", Inet, Outgoing{To: four, Interface: "nonesuch"}, unix.ENODEV},
		{"interface name too long", Inet, Outgoing{To: four, Interface: "an-interface-of-no-host"}, unix.ENODEV},
		{"not an address of this host", Inet, Outgoing{To: four, Source: "192.0.2.1"}, unix.ENETUNREACH},
		{"not an IPv6 address of this host", Inet6, Outgoing{To: six, Source: "2001:db8::1"}, unix.EINVAL},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := open(t, env, Spec{Family: row.f, Type: Datagram})
			first := *four
			if row.f == Inet6 {
				first = *six
			}
			sent := send(t, s, SendRequest{Batch: []Outgoing{{To: &first}, row.o, {To: &first}}}, soon())
			want := 1
			if row.want == 0 {
				want = 3
			}
			if row.o.Interface != "" && sent.Outcome.Syscall != "if_nametoindex" {
				t.Errorf("said by %q", sent.Outcome.Syscall)
			}
			if sent.Outcome.Errno != row.want || sent.Messages != want || sent.Offset != int64(want) {
				t.Errorf("got %+v", sent)
			}
		})
	}
}

func TestControlTime(t *testing.T) {
	b := binary.NativeEndian.AppendUint64(nil, 1_700_000_000)
	b = binary.NativeEndian.AppendUint64(b, 123_456)
	for kind, want := range map[int]int64{
		unix.SO_TIMESTAMP: 123_456_000, timestampNew: 123_456_000,
		unix.SO_TIMESTAMPNS: 123_456, timestampNanoNew: 123_456,
	} {
		at, ok := Control{Level: unix.SOL_SOCKET, Type: kind, Data: b}.time()
		if !ok || at.Unix() != 1_700_000_000 || int64(at.Nanosecond()) != want {
			t.Errorf("type %d: %v, %v", kind, at, ok)
		}
		if _, ok := (Control{Level: unix.SOL_SOCKET, Type: kind, Data: b[:15]}).time(); ok {
			t.Errorf("type %d: 15 bytes are no time", kind)
		}
	}
	if _, ok := (Control{Level: unix.SOL_SOCKET, Type: unix.SCM_CREDENTIALS, Data: b}).time(); ok {
		t.Error("credentials are no time")
	}
	// The kernel's own, in all four forms.
	env := newEnv(t)
	a, from := datagrams(t, env, Inet)
	one, none := int32(1), int32(0)
	for _, kind := range []int{unix.SO_TIMESTAMP, timestampNew, unix.SO_TIMESTAMPNS, timestampNanoNew} {
		set := func(v *int32) {
			if _, out, err := a.SetOption(Option{Kind: OptRaw, Raw: Raw{Level: unix.SOL_SOCKET, Name: kind, Int: v}}); err != nil || !out.OK() {
				t.Fatalf("%d: %+v, %v", kind, out, err)
			}
		}
		set(&one)
		sendText(t, from, "x")
		m := receive(t, a, ReceiveRequest{Max: 9}, soon()).Datagrams[0]
		if d := time.Since(m.ReceiveTime); d < -time.Second || d > 20*time.Second {
			t.Errorf("type %d: received %v ago", kind, d)
		}
		set(&none)
	}
}

// More than the room for control messages is lost, and said to be.
func TestControlRoom(t *testing.T) {
	env := newEnv(t)
	a, b := datagrams(t, env, Inet)
	setBool(t, a, OptPacketInfo, OptReceiveTTL, OptTimestamps)
	for _, row := range []struct{ room, messages int }{{0, 0}, {24, 1}, {8192, 3}} {
		sendText(t, b, "x")
		m := receive(t, a, ReceiveRequest{Max: 9, ControlRoom: &row.room}, soon()).Datagrams[0]
		if m.ControlTruncated != (row.messages < 3) || len(m.Control) > row.messages+1 || row.messages == 3 && len(m.Control) != 3 || row.room == 0 && len(m.Control) != 0 {
			t.Errorf("room %d: %+v", row.room, m)
		}
	}
	// MANUAL holds them, and they count.
	sendText(t, b, "x")
	receive(t, a, ReceiveRequest{Max: 9, Manual: true}, soon())
	if used := env.Budget.Used(); used <= messageCost+1 {
		t.Errorf("%d of the budget taken", used)
	}
	if m := receive(t, a, ReceiveRequest{Max: 9}, soon()).Datagrams[0]; m.Destination == nil || m.TTL == nil {
		t.Errorf("held without its words: %+v", m)
	}
	if used := env.Budget.Used(); used != 0 {
		t.Errorf("%d of the budget taken", used)
	}
}
