//go:build linux

package sock

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

func TestOptionsReadBack(t *testing.T) {
	env := newEnv(t)
	four := open(t, env, Spec{Family: Inet, Type: Stream})
	six := open(t, env, Spec{Family: Inet6, Type: Stream})
	nine := int32(9)
	tests := []struct {
		s    *Socket
		set  Option
		want func(Option) bool
	}{
		{four, Option{Kind: OptReuseAddress, Bool: true}, func(o Option) bool { return o.Bool }},
		{four, Option{Kind: OptReusePort, Bool: true}, func(o Option) bool { return o.Bool }},
		{four, Option{Kind: OptBroadcast, Bool: true}, func(o Option) bool { return o.Bool }},
		{four, Option{Kind: OptKeepAlive, Bool: true}, func(o Option) bool { return o.Bool }},
		{four, Option{Kind: OptKeepAlive}, func(o Option) bool { return !o.Bool }},
		{four, Option{Kind: OptNoDelay, Bool: true}, func(o Option) bool { return o.Bool }},
		{six, Option{Kind: OptV6Only, Bool: true}, func(o Option) bool { return o.Bool }},
		{four, Option{Kind: OptLinger, Linger: Linger{true, 7}}, func(o Option) bool { return o.Linger == Linger{true, 7} }},
		{four, Option{Kind: OptLinger}, func(o Option) bool { return !o.Linger.On }},
		{four, Option{Kind: OptSendBuffer, Int: 10000}, func(o Option) bool { return o.Int == 20000 }},
		{four, Option{Kind: OptReceiveBuffer, Int: 10000}, func(o Option) bool { return o.Int == 20000 }},
		{four, Option{Kind: OptTTL, Int: 9}, func(o Option) bool { return o.Int == 9 }},
		{six, Option{Kind: OptTTL, Int: 9}, func(o Option) bool { return o.Int == 9 }},
		{six, Option{Kind: OptTTL, Int: -1}, func(o Option) bool { return o.Int > 0 }},
		{four, Option{Kind: OptRaw, Raw: Raw{Level: unix.SOL_TCP, Name: unix.TCP_KEEPIDLE, Int: &nine}}, func(o Option) bool { return *o.Raw.Int == 9 }},
		{four, Option{Kind: OptRaw, Raw: Raw{Level: unix.SOL_TCP, Name: unix.TCP_CONGESTION, Bytes: []byte("reno")}}, func(o Option) bool { return string(o.Raw.Bytes[:4]) == "reno" }},
	}
	for _, test := range tests {
		now, out, err := test.s.SetOption(test.set)
		if err != nil || !out.OK() || now.Kind != test.set.Kind || !test.want(now) {
			t.Errorf("set %+v: %+v, %+v, %v", test.set, now, out, err)
		}
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
	var a *ArgumentError
	if _, _, err := u.SetOption(Option{Kind: 99}); !errors.As(err, &a) {
		t.Errorf("got %v", err)
	}
	var r *RangeError
	if _, _, err := u.GetOption(Option{Kind: OptRaw, Raw: Raw{Size: 4097}}); !errors.As(err, &r) {
		t.Errorf("got %v", err)
	}
	for _, k := range OptionKinds() {
		if _, err := u.placeOf(k); err != nil {
			t.Errorf("kind %d: %v", k, err)
		}
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
	for _, want := range []int32{int32(unix.ECONNRESET), 0} {
		o, out, err := s.GetOption(Option{Kind: OptRaw, Raw: Raw{Level: unix.SOL_SOCKET, Name: unix.SO_ERROR}})
		if err != nil || !out.OK() || *o.Raw.Int != want {
			t.Fatalf("got %+v, %+v, %v", o, out, err)
		}
	}
}
