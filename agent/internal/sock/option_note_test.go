//go:build linux

package sock

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The timeouts and the low-water mark are kept whichever way they are set, as
// the kernel reads them back.
func TestNotes(t *testing.T) {
	env := newEnv(t)
	s := open(t, env, Spec{Family: Inet, Type: Stream})
	set := func(o Option) Option {
		t.Helper()
		now, out, err := s.SetOption(o)
		if err != nil || !out.OK() {
			t.Fatalf("%+v: %+v, %v", o, out, err)
		}
		return now
	}
	if s.lowWater() != 1 {
		t.Errorf("low water %d before it is set", s.lowWater())
	}
	ten := int32(10)
	for _, test := range []struct {
		o    Option
		want int
	}{
		{Option{Kind: OptReceiveLowWater, Int: 300}, 300},
		{Option{Kind: OptReceiveLowWater}, 1},
		{Option{Kind: OptRaw, Raw: Raw{Level: unix.SOL_SOCKET, Name: unix.SO_RCVLOWAT, Int: &ten}}, 10},
	} {
		if set(test.o); s.lowWater() != test.want {
			t.Errorf("after %+v: %d", test.o, s.lowWater())
		}
	}
	set(Option{Kind: OptReceiveBuffer, Int: 8192})
	if now := set(Option{Kind: OptReceiveLowWater, Int: 1 << 20}); now.Int >= 1<<20 || s.lowWater() != now.Int {
		t.Errorf("the kernel's bound: %d, kept %d", now.Int, s.lowWater())
	}

	// The least there is must not become none.
	if now := set(Option{Kind: OptReceiveTimeout, Timeout: 1}); now.Timeout <= 0 || s.receiveTimeout.Load() != int64(now.Timeout) {
		t.Errorf("1 ns: %v, kept %v", now.Timeout, time.Duration(s.receiveTimeout.Load()))
	}
	set(Option{Kind: OptSendTimeout, Timeout: 24 * time.Hour})
	if got := time.Duration(s.sendTimeout.Load()); got != 24*time.Hour {
		t.Errorf("kept %v", got)
	}
	long := timeval(1000 * time.Hour)
	set(Option{Kind: OptRaw, Raw: Raw{Level: unix.SOL_SOCKET, Name: unix.SO_SNDTIMEO_NEW, Bytes: long}})
	if got := time.Duration(s.sendTimeout.Load()); got != 24*time.Hour {
		t.Errorf("kept %v", got)
	}
	set(Option{Kind: OptSendTimeout})
	if got := s.sendTimeout.Load(); got != 0 {
		t.Errorf("kept %v", got)
	}
}

// An accepted socket has what the kernel gave it: of a TCP listener its
// options, of a unix one none.
func TestAcceptedInherits(t *testing.T) {
	env := newEnv(t)
	options := []Option{
		{Kind: OptReceiveTimeout, Timeout: 2 * time.Second},
		{Kind: OptSendTimeout, Timeout: 3 * time.Second},
		{Kind: OptReceiveLowWater, Int: 7},
	}
	backlog := 4
	for _, test := range []struct {
		at            Address
		receive, send time.Duration
		lowWater      int
	}{
		{*loopback(Inet), 2 * time.Second, 3 * time.Second, 7},
		{Address{Family: Unix, Path: t.TempDir() + "/l"}, 0, 0, 1},
	} {
		l := open(t, env, Spec{Family: test.at.Family, Type: Stream, Options: options, Bind: &test.at, Listen: &backlog})
		open(t, env, Spec{Family: test.at.Family, Type: Stream, Connect: info(t, l).Local})
		a, err := l.Accept(bg, soon(), nil)
		if err != nil || !a.Outcome.OK() {
			t.Fatalf("%+v, %v", a, err)
		}
		s := closing(t, a.Socket)
		if r, w, n := s.receiveTimeout.Load(), s.sendTimeout.Load(), s.lowWater(); r != int64(test.receive) || w != int64(test.send) || n != test.lowWater {
			t.Errorf("%v: %v, %v, %d", test.at, time.Duration(r), time.Duration(w), n)
		}
		for i, o := range options {
			now, out, err := s.GetOption(Option{Kind: o.Kind})
			kept := []int64{s.receiveTimeout.Load(), s.sendTimeout.Load(), int64(s.lowWater())}[i]
			if err != nil || !out.OK() || int64(now.Timeout)+int64(now.Int) != kept {
				t.Errorf("%v: kernel %+v, kept %d, %v", test.at, now, kept, err)
			}
		}
	}
}
