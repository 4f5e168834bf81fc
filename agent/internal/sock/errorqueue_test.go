//go:build linux

package sock

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var queue = ReceiveRequest{Max: 100, ErrorQueue: true}

// A closed port answers by ICMP, in both families.
func TestErrorQueueOfAClosedPort(t *testing.T) {
	for _, f := range []Family{Inet, Inet6} {
		t.Run(f.String(), func(t *testing.T) {
			env := newEnv(t)
			a, _ := datagrams(t, env, f)
			dead := info(t, a).Local
			a.Close(bg, false)
			s := open(t, env, Spec{Family: f, Type: Datagram})
			setBool(t, s, OptErrorQueue, OptPacketInfo)
			for _, w := range []Wait{For(0), Forever()} { // recvmsg(2) never waits
				if got := receive(t, s, queue, w); got.Outcome.Code != WouldBlock || got.Outcome.Syscall != "recvmsg" {
					t.Fatalf("an empty queue: %+v", got)
				}
			}
			if got := receive(t, s, queue, For(10*time.Millisecond)); got.Outcome.Code != WaitElapsed {
				t.Fatalf("an empty queue: %+v", got)
			}
			found := startReceive(t, s, ReceiveRequest{Max: 4, MaxDatagrams: 9, ErrorQueue: true}, soon())
			send(t, s, SendRequest{Data: []byte("nobody"), To: dead}, soon())
			got := <-found
			if !got.Outcome.OK() || len(got.Datagrams) != 1 || got.Offset != 0 {
				t.Fatalf("got %+v", got)
			}
			m := got.Datagrams[0]
			if string(m.Data) != "nobo" || !m.Truncated || m.FullLength != 0 || m.Source.String() != dead.String() || m.Destination != nil {
				t.Errorf("got %+v", m)
			}
			want := ExtendedError{Errno: unix.ECONNREFUSED, Origin: OriginICMP, Type: 3, Code: 3}
			if f == Inet6 {
				want.Origin, want.Type, want.Code = OriginICMP6, 1, 4
			}
			if m.Error == nil || m.Error.Offender == nil || m.Error.Offender.String() != (Address{Family: f, Host: dead.Host}).String() {
				t.Fatalf("got %+v", m.Error)
			}
			want.Offender = m.Error.Offender
			if *m.Error != want {
				t.Errorf("got %+v, want %+v", m.Error, want)
			}
			if i := info(t, s); i.ReadOffset != 0 {
				t.Errorf("an entry took an offset: %+v", i)
			}
			if got := receive(t, s, queue, For(0)); got.Outcome.Code != WouldBlock {
				t.Errorf("taken already: %+v", got)
			}
		})
	}
}

// What this host itself says: a datagram above the path's MTU.
func TestErrorQueueOfThisHost(t *testing.T) {
	env := newEnv(t)
	ns, far := newNamespace(t), newNamespace(t)
	link(t, ns, "eq0", far, "eq1")
	run(t, "ip", "-n", ns, "addr", "add", "10.9.1.1/24", "dev", "eq0")
	s := open(t, env, Spec{Family: Inet, Type: Datagram, Namespace: ns, Connect: &Address{Family: Inet, Host: "10.9.1.2", Port: 9}})
	setBool(t, s, OptErrorQueue)
	if _, out, err := s.SetOption(Option{Kind: OptMTUDiscovery, Int: unix.IP_PMTUDISC_DO}); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	if sent := send(t, s, SendRequest{Data: make([]byte, 3000)}, soon()); sent.Outcome.Code != MessageTooLarge {
		t.Fatalf("got %+v", sent)
	}
	got := receive(t, s, queue, soon())
	if len(got.Datagrams) != 1 {
		t.Fatalf("got %+v", got)
	}
	e := got.Datagrams[0].Error
	if e == nil || e.Errno != unix.EMSGSIZE || e.Origin != OriginLocal || e.Info != 1500 || e.Offender != nil {
		t.Fatalf("got %+v", e)
	}
}

// A TCP socket has one too: here its own timestamps of what it sent.
func TestErrorQueueOfTCP(t *testing.T) {
	env := newEnv(t)
	s, c := connected(t, env)
	if got := receive(t, s, ReceiveRequest{Max: 9, MaxDatagrams: 5, ErrorQueue: true}, For(0)); got.Outcome.Code != WouldBlock {
		t.Fatalf("got %+v", got)
	}
	flags := int32(unix.SOF_TIMESTAMPING_TX_ACK | unix.SOF_TIMESTAMPING_SOFTWARE | unix.SOF_TIMESTAMPING_OPT_TSONLY)
	if _, out, err := s.SetOption(Option{Kind: OptRaw, Raw: Raw{Level: unix.SOL_SOCKET, Name: unix.SO_TIMESTAMPING, Int: &flags}}); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	sendText(t, s, "tick")
	got := receive(t, s, queue, soon())
	if len(got.Datagrams) != 1 || got.Data != nil {
		t.Fatalf("got %+v", got)
	}
	if e := got.Datagrams[0].Error; e == nil || e.Errno != unix.ENOMSG || e.Origin != OriginTimestamping {
		t.Fatalf("got %+v", e)
	}
	say(t, c, "bytes")
	if got := receive(t, s, ReceiveRequest{Max: 9}, soon()); string(got.Data) != "bytes" || got.Offset != 0 {
		t.Fatalf("got %+v", got)
	}
}
