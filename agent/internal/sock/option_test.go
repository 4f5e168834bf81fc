//go:build linux

package sock

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func ints(values ...int) []byte {
	var b []byte
	for _, v := range values {
		b = binary.NativeEndian.AppendUint32(b, uint32(v))
	}
	return b
}

func timeval(d time.Duration) []byte {
	b := binary.NativeEndian.AppendUint64(nil, uint64(d/time.Second))
	return binary.NativeEndian.AppendUint64(b, uint64(d%time.Second/time.Microsecond))
}

// Each option that is set is what getsockopt(2) then gives at the numbers
// written here, and what GetOption says.
func TestOptionsAreTheKernels(t *testing.T) {
	env := newEnv(t)
	lo := 1 // in every network namespace
	type at struct{ level, name int }
	tests := []struct {
		typ   Type
		set   Option
		four  at     // zero: not tried on Inet
		six   at     // likewise; four's where it is the same
		gives []byte // what the kernel has then
		reads *Option
	}{
		{Stream, Option{Kind: OptReuseAddress, Bool: true}, at{1, 2}, at{1, 2}, ints(1), nil},
		{Stream, Option{Kind: OptReusePort, Bool: true}, at{1, 15}, at{1, 15}, ints(1), nil},
		{Datagram, Option{Kind: OptBroadcast, Bool: true}, at{1, 6}, at{1, 6}, ints(1), nil},
		{Stream, Option{Kind: OptKeepAlive, Bool: true}, at{1, 9}, at{1, 9}, ints(1), nil},
		{Stream, Option{Kind: OptLinger, Linger: Linger{true, 7}}, at{1, 13}, at{1, 13}, ints(1, 7), nil},
		{Stream, Option{Kind: OptLinger}, at{1, 13}, at{1, 13}, ints(0, 0), nil},
		{Stream, Option{Kind: OptSendBuffer, Int: 10000}, at{1, 7}, at{1, 7}, ints(20000), &Option{Kind: OptSendBuffer, Int: 20000}},
		{Stream, Option{Kind: OptReceiveBuffer, Int: 10000}, at{1, 8}, at{1, 8}, ints(20000), &Option{Kind: OptReceiveBuffer, Int: 20000}},
		{Stream, Option{Kind: OptDevice, Text: "lo"}, at{1, 25}, at{1, 25}, []byte("lo"), nil},
		{Stream, Option{Kind: OptDevice}, at{1, 25}, at{1, 25}, nil, nil},
		{Stream, Option{Kind: OptMark, Int: 0xfffffffe}, at{1, 36}, at{1, 36}, ints(-2), nil},
		{Datagram, Option{Kind: OptTimestamps, Bool: true}, at{1, 35}, at{1, 35}, ints(1), nil},
		{Stream, Option{Kind: OptOutOfBandInline, Bool: true}, at{1, 10}, at{1, 10}, ints(1), nil},
		{Datagram, Option{Kind: OptDontRoute, Bool: true}, at{1, 5}, at{1, 5}, ints(1), nil},
		{Datagram, Option{Kind: OptPriority, Int: 4}, at{1, 12}, at{1, 12}, ints(4), nil},
		{Datagram, Option{Kind: OptReceiveTimeout, Timeout: 2 * time.Second}, at{1, 20}, at{1, 20}, timeval(2 * time.Second), nil},
		{Datagram, Option{Kind: OptReceiveTimeout, Timeout: 24 * time.Hour}, at{1, 20}, at{1, 20}, timeval(24 * time.Hour), nil},
		{Datagram, Option{Kind: OptReceiveTimeout}, at{1, 20}, at{1, 20}, timeval(0), nil},
		{Datagram, Option{Kind: OptSendTimeout, Timeout: 3 * time.Second}, at{1, 21}, at{1, 21}, timeval(3 * time.Second), nil},
		{Stream, Option{Kind: OptReceiveLowWater, Int: 77}, at{1, 18}, at{1, 18}, ints(77), nil},
		{Stream, Option{Kind: OptReceiveLowWater}, at{1, 18}, at{1, 18}, ints(1), &Option{Kind: OptReceiveLowWater, Int: 1}},

		{Stream, Option{Kind: OptNoDelay, Bool: true}, at{6, 1}, at{6, 1}, ints(1), nil},
		{Stream, Option{Kind: OptMaxSegment, Int: 1000}, at{6, 2}, at{6, 2}, ints(1000), nil},
		{Stream, Option{Kind: OptCork, Bool: true}, at{6, 3}, at{6, 3}, ints(1), nil},
		{Stream, Option{Kind: OptKeepAliveIdle, Int: 32767}, at{6, 4}, at{6, 4}, ints(32767), nil},
		{Stream, Option{Kind: OptKeepAliveInterval, Int: 5}, at{6, 5}, at{6, 5}, ints(5), nil},
		{Stream, Option{Kind: OptKeepAliveCount, Int: 127}, at{6, 6}, at{6, 6}, ints(127), nil},
		{Stream, Option{Kind: OptDeferAccept, Int: 1}, at{6, 9}, at{6, 9}, ints(1), nil},
		{Stream, Option{Kind: OptDeferAccept}, at{6, 9}, at{6, 9}, ints(0), nil},
		{Stream, Option{Kind: OptQuickAck}, at{6, 12}, at{6, 12}, ints(0), nil},
		{Stream, Option{Kind: OptCongestionControl, Text: "reno"}, at{6, 13}, at{6, 13}, []byte("reno"), nil},
		{Stream, Option{Kind: OptUserTimeout, Int: 1234}, at{6, 18}, at{6, 18}, ints(1234), nil},
		{Stream, Option{Kind: OptFastOpen, Int: 6}, at{6, 23}, at{6, 23}, ints(6), nil},
		{Stream, Option{Kind: OptFastOpenConnect, Bool: true}, at{6, 30}, at{6, 30}, ints(1), nil},

		{Stream, Option{Kind: OptV6Only, Bool: true}, at{}, at{41, 26}, ints(1), nil},
		{Datagram, Option{Kind: OptTTL, Int: 9}, at{0, 2}, at{41, 16}, ints(9), nil},
		{Datagram, Option{Kind: OptTrafficClass, Int: 0xb8}, at{0, 1}, at{41, 67}, ints(0xb8), nil},
		{Datagram, Option{Kind: OptMulticastTTL, Int: 33}, at{0, 33}, at{41, 18}, ints(33), nil},
		{Datagram, Option{Kind: OptMulticastTTL, Int: -1}, at{0, 33}, at{41, 18}, ints(1), &Option{Kind: OptMulticastTTL, Int: 1}},
		{Datagram, Option{Kind: OptMulticastLoop}, at{0, 34}, at{41, 19}, ints(0), nil},
		{Datagram, Option{Kind: OptMulticastInterface, Text: "lo"}, at{}, at{41, 17}, ints(lo), nil},
		{Datagram, Option{Kind: OptMulticastInterface, Text: "lo"}, at{0, 32}, at{}, ints(0), nil}, // an address, of which it has none
		{Datagram, Option{Kind: OptMulticastInterface}, at{0, 32}, at{41, 17}, ints(0), nil},
		{Datagram, Option{Kind: OptMulticastAll}, at{0, 49}, at{41, 29}, ints(0), nil},
		{Datagram, Option{Kind: OptPacketInfo, Bool: true}, at{0, 8}, at{41, 49}, ints(1), nil},
		{Datagram, Option{Kind: OptErrorQueue, Bool: true}, at{0, 11}, at{41, 25}, ints(1), nil},
		{Datagram, Option{Kind: OptReceiveTTL, Bool: true}, at{0, 12}, at{41, 51}, ints(1), nil},
		{Datagram, Option{Kind: OptReceiveTrafficClass, Bool: true}, at{0, 13}, at{41, 66}, ints(1), nil},
		{Datagram, Option{Kind: OptMTUDiscovery, Int: 3}, at{0, 10}, at{41, 23}, ints(3), nil},
	}
	tried := map[OptionKind]bool{
		// Tried by themselves: not to be read, or of connected sockets alone.
		OptMulticastJoin: true, OptMulticastLeave: true, OptMTU: true, OptError: true,
	}
	for _, test := range tests {
		tried[test.set.Kind] = true
		for family, where := range map[Family]at{Inet: test.four, Inet6: test.six} {
			if where == (at{}) {
				continue
			}
			s := open(t, env, Spec{Family: family, Type: test.typ})
			want := test.set
			if test.reads != nil {
				want = *test.reads
			}
			now, out, err := s.SetOption(test.set)
			if err != nil || !out.OK() || !reflect.DeepEqual(now, want) {
				t.Errorf("%v: set %+v: %+v, %+v, %v", family, test.set, now, out, err)
				continue
			}
			if now, out, err = s.GetOption(Option{Kind: test.set.Kind}); err != nil || !out.OK() || !reflect.DeepEqual(now, want) {
				t.Errorf("%v: get %+v: %+v, %v", family, now, out, err)
			}
			if got := kernelHas(t, s, where.level, where.name); !bytes.Equal(got, test.gives) {
				t.Errorf("%v: after %+v the kernel has %v, want %v", family, test.set, got, test.gives)
			}
		}
	}
	for _, k := range OptionKinds() {
		if !tried[k] {
			t.Errorf("kind %d is not tried", k)
		}
	}
}

// kernelHas asks golang.org/x/sys; texts are without their NUL.
func kernelHas(t *testing.T, s *Socket, level, name int) []byte {
	t.Helper()
	var value []byte
	err := s.desc.Do(func(fd int) error {
		switch [2]int{level, name} {
		case [2]int{unix.SOL_SOCKET, unix.SO_LINGER}:
			l, err := unix.GetsockoptLinger(fd, level, name)
			value = ints(int(l.Onoff), int(l.Linger))
			return err
		case [2]int{unix.SOL_SOCKET, unix.SO_RCVTIMEO}, [2]int{unix.SOL_SOCKET, unix.SO_SNDTIMEO}:
			tv, err := unix.GetsockoptTimeval(fd, level, name)
			value = timeval(time.Duration(tv.Nano()))
			return err
		case [2]int{unix.SOL_SOCKET, unix.SO_BINDTODEVICE}, [2]int{unix.IPPROTO_TCP, unix.TCP_CONGESTION}:
			text, err := unix.GetsockoptString(fd, level, name)
			value = []byte(text)
			return err
		}
		n, err := unix.GetsockoptInt(fd, level, name)
		value = ints(n)
		return err
	})
	if err != nil {
		t.Fatalf("getsockopt(%d, %d): %v", level, name, err)
	}
	return value
}
