//go:build linux

package sock

import (
	"context"
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// awaited runs Await beside the test and returns how to get its answer.
func awaited(t *testing.T, s *Socket, g Goal) func() Info {
	t.Helper()
	type answer struct {
		info Info
		out  Outcome
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		i, out, err := s.Await(bg, g, soon())
		answers <- answer{i, out, err}
	}()
	return func() Info {
		t.Helper()
		a := <-answers
		if a.err != nil || !a.out.OK() {
			t.Fatalf("waiting for %v: %+v, %v", g, a.out, a.err)
		}
		return a.info
	}
}

func TestAwait(t *testing.T) {
	env := newEnv(t)
	s, c := connected(t, env)
	now := Goal{States: []State{StateConnected}, TCPStates: []string{"CLOSE"}}
	if i, out, err := s.Await(bg, now, For(0)); err != nil || !out.OK() || i.TCPState != "ESTABLISHED" || i.Peer == nil {
		t.Fatalf("%+v, %+v, %v", i, out, err)
	}
	never := Goal{States: []State{StateListening}, TCPStates: []string{"SYN_SENT"}}
	if i, out, err := s.Await(bg, never, For(0)); err != nil || out.Code != WouldBlock || out.Errno != 0 || i.State != StateConnected {
		t.Errorf("%+v, %+v, %v", i, out, err)
	}
	if i, out, err := s.Await(bg, never, For(30*time.Millisecond)); err != nil || out.Code != WaitElapsed || i.State != StateConnected {
		t.Errorf("%+v, %+v, %v", i, out, err)
	}
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if _, out, err := s.Await(ctx, never, Forever()); err != nil || out.Code != WaitElapsed {
		t.Errorf("%+v, %v", out, err)
	}

	closeWait := awaited(t, s, Goal{TCPStates: []string{"CLOSE_WAIT"}})
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if i := closeWait(); i.TCPState != "CLOSE_WAIT" || i.State != StateConnected {
		t.Errorf("%+v", i)
	}
	// What the kernel announces to nobody: the last acknowledgement.
	over := awaited(t, s, Goal{States: []State{StateDisconnected}})
	closed := awaited(t, s, Goal{TCPStates: []string{"CLOSE"}})
	if _, err := s.Shutdown(ShutWrite); err != nil {
		t.Fatal(err)
	}
	if i := closed(); i.State != StateDisconnected {
		t.Errorf("%+v", i)
	}
	over()
}

func TestAwaitConnecting(t *testing.T) {
	env := newEnv(t)
	s := open(t, env, Spec{Family: Inet, Type: Stream, Bind: loopback(Inet)})
	listening := awaited(t, s, Goal{States: []State{StateListening}})
	if out, err := s.Listen(bg, 1); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	if i := listening(); i.TCPState != "LISTEN" {
		t.Errorf("%+v", i)
	}
	c := open(t, env, Spec{Family: Inet, Type: Stream})
	established := awaited(t, c, Goal{TCPStates: []string{"ESTABLISHED"}})
	if _, _, err := c.Connect(bg, *info(t, s).Local, For(0)); err != nil {
		t.Fatal(err)
	}
	if i := established(); i.State != StateConnected {
		t.Errorf("%+v", i)
	}
}

// A reset ends a wait for something else only with its own time, and costs
// little meanwhile.
func TestAwaitOnAnError(t *testing.T) {
	s, c := connected(t, newEnv(t))
	c.SetLinger(0)
	c.Close()
	if _, out, err := s.Await(bg, Goal{TCPStates: []string{"CLOSE"}}, soon()); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	before := processTime(t)
	if _, out, err := s.Await(bg, Goal{TCPStates: []string{"LISTEN"}}, For(300*time.Millisecond)); err != nil || out.Code != WaitElapsed {
		t.Fatalf("%+v, %v", out, err)
	}
	if used := processTime(t) - before; used > 150*time.Millisecond {
		t.Errorf("300 ms of waiting took %v of the processor", used)
	}
	got := receive(t, s, ReceiveRequest{Max: 1}, soon())
	if got.Outcome.Code != Reset {
		t.Errorf("the error is gone: %+v", got)
	}
}

func TestAwaitEndsWithTheSocket(t *testing.T) {
	s, _ := connected(t, newEnv(t))
	ended := make(chan error, 1)
	go func() {
		_, _, err := s.Await(bg, Goal{States: []State{StateListening}}, Forever())
		ended <- err
	}()
	s.Close(bg, false)
	if err := <-ended; !errors.Is(err, ErrClosed) {
		t.Fatalf("got %v", err)
	}
}

// processTime is what this process has used of the processors.
func processTime(t *testing.T) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestTCPInfo(t *testing.T) {
	s, c := connected(t, newEnv(t))
	if _, err := s.Send(bg, SendRequest{Data: make([]byte, 1000)}, soon()); err != nil {
		t.Fatal(err)
	}
	say(t, c, "abc")
	arrived(t, s, 3)
	until(t, func() bool { return info(t, s).SendQueue == 0 })
	got, err := s.TCPInfo()
	if err != nil || got == nil {
		t.Fatal(err)
	}
	var want *unix.TCPInfo
	raw := make([]byte, 8)
	err = s.desc.Do(func(fd int) (err error) {
		if want, err = unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO); err != nil {
			return err
		}
		if _, errno := sysGetOption(fd, unix.IPPROTO_TCP, unix.TCP_INFO, raw); errno != 0 {
			return errno
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Bytes_acked != want.Bytes_acked || got.Snd_mss != want.Snd_mss || got.Rto != want.Rto || got.Snd_wnd != want.Snd_wnd || got.Bytes_sent != 1000 || got.Bytes_received != 3 {
		t.Errorf("got %+v\nwant %+v", got.TCPInfo, *want)
	}
	if got.StateName != "ESTABLISHED" || got.CongestionState != "Open" || got.Bytes_acked < 1000 || got.Data_segs_in != 1 {
		t.Errorf("%+v", got)
	}
	if want.Options&4 != 0 && (!slices.Contains(got.Negotiated, "window_scale") || got.SendScale != raw[6]&15 || got.ReceiveScale != raw[6]>>4 || got.ReceiveScale == 0) {
		t.Errorf("%+v", got)
	}
	// Our window scale is the peer's to send by: both ends agree.
	rc, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var peer TCPInfo
	err = rc.Control(func(fd uintptr) { peer, _ = readTCPInfo(int(fd)) })
	if err != nil || peer.SendScale != got.ReceiveScale || peer.ReceiveScale != got.SendScale {
		t.Errorf("%+v, %v", peer, err)
	}
	if u := open(t, s.env, Spec{Family: Inet, Type: Datagram}); u != nil {
		if x, err := u.TCPInfo(); x != nil || err != nil {
			t.Errorf("of UDP: %+v, %v", x, err)
		}
	}
	s.Close(bg, false)
	if _, err := s.TCPInfo(); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if _, err := s.Memory(); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

func TestMemory(t *testing.T) {
	env := newEnv(t)
	s := open(t, env, Spec{Family: Inet, Type: Datagram, Bind: loopback(Inet), Options: []Option{{Kind: OptReceiveBuffer, Int: 4096}}})
	c, err := net.Dial("udp", info(t, s).Local.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 50 {
		say(t, c, string(make([]byte, 1000)))
	}
	m, err := s.Memory()
	if err != nil || m == nil {
		t.Fatal(err)
	}
	if m.ReceiveBuffer != 8192 || m.ReceiveAllocated < 1000 || m.Drops == 0 || int64(m.Drops) != info(t, s).Drops || m.SendBuffer == 0 {
		t.Errorf("%+v", m)
	}
}

func TestAtMark(t *testing.T) {
	s, c := connected(t, newEnv(t))
	if info(t, s).AtMark {
		t.Error("at once")
	}
	rc, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	say(t, c, "ab")
	if err := rc.Control(func(fd uintptr) { err = unix.Sendto(int(fd), []byte("!"), unix.MSG_OOB, nil) }); err != nil {
		t.Fatal(err)
	}
	say(t, c, "cd")
	// SIOCINQ counts up to the mark only.
	until(t, func() bool { x, err := s.TCPInfo(); return err == nil && x.Bytes_received == 5 })
	if info(t, s).AtMark {
		t.Error("before the bytes that come first")
	}
	// Held bytes come first, too.
	got := receive(t, s, ReceiveRequest{Max: 2, Manual: true}, soon())
	if string(got.Data) != "ab" || info(t, s).AtMark {
		t.Errorf("%+v, at mark with bytes held", got)
	}
	if _, _, err := s.Ack(2); err != nil {
		t.Fatal(err)
	}
	if !info(t, s).AtMark {
		t.Error("not at the mark")
	}
	receive(t, s, ReceiveRequest{Max: 10}, soon())
	if info(t, s).AtMark {
		t.Error("past the mark")
	}
}
