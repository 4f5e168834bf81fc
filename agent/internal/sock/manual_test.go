//go:build linux

package sock

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// read wants text, read by one or several Reads.
func (a *Attachment) read(t *testing.T, text string) {
	t.Helper()
	var got strings.Builder
	for got.Len() < len(text) {
		from := a.ReceiveBegin()
		c, err := a.Read(bg, 1<<20)
		if err != nil || c.Offset != from || c.End != nil {
			t.Fatalf("got %+v, %v at %d, having %q", c, err, from, got.String())
		}
		got.Write(c.Data)
		for _, i := range c.Items {
			if i.Error != nil {
				got.WriteString(i.Error.Code.String())
			} else {
				got.Write(i.Datagram.Data)
			}
		}
	}
	if got.String() != text {
		t.Fatalf("got %q, want %q", got.String(), text)
	}
}

// idle wants Read to wait, for what cannot come by itself.
func (a *Attachment) idle(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(bg)
	done := make(chan error, 1)
	go func() {
		c, err := a.Read(ctx, 1<<20)
		if err == nil {
			t.Errorf("got %+v", c)
		}
		done <- err
	}()
	until(t, func() bool { return a.s.recv.turn.count() == 1 || a.blocked() })
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// blocked reports whether the window has no room.
func (a *Attachment) blocked() bool {
	r := &a.s.recv
	r.mu.Lock()
	defer r.mu.Unlock()
	return a.window > 0 && r.held.len >= a.window
}

func TestManualStreamHoldsUntilAcked(t *testing.T) {
	s, c := connected(t, newEnv(t))
	a := attach(t, s, AttachRequest{Holder: "h", Epoch: 1, Manual: true})
	say(t, c, "abcdef")
	arrived(t, s, 6)
	a.read(t, "abcdef")
	if i := info(t, s); i.Held != 6 || i.AckedOffset != 0 || i.ReadOffset != 6 {
		t.Fatalf("got %+v", i)
	}
	for _, row := range []struct{ ack, held int64 }{{2, 4}, {2, 4}, {1, 4}, {0, 4}, {4, 2}} {
		if err := a.Ack(row.ack); err != nil || info(t, s).Held != row.held {
			t.Errorf("ack %d: %v, %d held", row.ack, err, info(t, s).Held)
		}
	}
	for _, bad := range []int64{-1, 7} {
		var e *RangeError
		if err := a.Ack(bad); !errors.As(err, &e) || e.Max != 6 {
			t.Errorf("ack %d: %v", bad, err)
		}
	}
	a.Detach()
	if err := a.Ack(6); err != ErrDetached {
		t.Errorf("ack of a detached: %v", err)
	}
	// The next gets what is left once more, and cannot acknowledge it before.
	a = attach(t, s, AttachRequest{Holder: "h", Epoch: 2, Manual: true})
	var e *RangeError
	if err := a.Ack(5); !errors.As(err, &e) || e.Max != 4 {
		t.Errorf("ack of what was not read: %v", err)
	}
	say(t, c, "ghi")
	arrived(t, s, 3)
	a.read(t, "efghi")
	a.Detach()
	a = attach(t, s, AttachRequest{Holder: "h", Epoch: 3, Manual: true, ReceiveFrom: at(8)})
	if i := info(t, s); i.AckedOffset != 8 || a.ReceiveBegin() != 8 || a.ReceiveEnd() != 9 {
		t.Errorf("got %+v", i)
	}
	a.read(t, "i")
	a.Detach()
	// Unary calls and AUTO go on from there.
	if got := receive(t, s, ReceiveRequest{Max: 9, Peek: true}, soon()); string(got.Data) != "i" {
		t.Errorf("got %+v", got)
	}
	a = attach(t, s, AttachRequest{Holder: "h", Epoch: 4})
	a.read(t, "i")
	if i := info(t, s); i.Held != 0 || i.AckedOffset != 9 {
		t.Errorf("got %+v", i)
	}
}

// With the window full nothing is read from the kernel, until an ack.
func TestManualWindow(t *testing.T) {
	const window = 5000
	s, c := connected(t, newEnv(t))
	a := attach(t, s, AttachRequest{Manual: true, Window: window})
	data := bytes.Repeat([]byte("0123456789"), 2000)
	say(t, c, string(data))
	arrived(t, s, len(data))
	a.read(t, string(data[:window]))
	a.idle(t)
	if i := info(t, s); i.ReadOffset != window || i.Held != window || i.ReceiveQueue != len(data)-window {
		t.Fatalf("got %+v", i)
	}
	got := make(chan error, 1)
	go func() {
		c, err := a.Read(bg, 1<<20)
		if err == nil && string(c.Data) != string(data[window:window+70]) {
			t.Errorf("got %d bytes at %d", len(c.Data), c.Offset)
		}
		got <- err
	}()
	if err := a.Ack(70); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Fatal(err)
	}
	if err := a.Ack(window + 70); err != nil {
		t.Fatal(err)
	}
	a.read(t, string(data[window+70:2*window+70]))
}

func TestManualDatagramWindow(t *testing.T) {
	y, x := datagrams(t, newEnv(t), Inet)
	for _, n := range []int{60000, 3000, 600, 1} {
		sendText(t, x, strings.Repeat("d", n))
	}
	a := attach(t, y, AttachRequest{Manual: true, Window: 4096})
	next := func(sizes ...int) {
		t.Helper()
		c, err := a.Read(bg, 1<<20)
		if err != nil || len(c.Items) != len(sizes) {
			t.Fatalf("got %+v, %v", c, err)
		}
		for i, n := range sizes {
			if len(c.Items[i].Datagram.Data) != n {
				t.Errorf("item %d: %d bytes, want %d", i, len(c.Items[i].Datagram.Data), n)
			}
		}
	}
	next(60000) // one always fits
	got := make(chan error, 1)
	go func() { got <- a.Ack(1) }()
	next(3000) // 3512; the next would be 1112 more
	if err := <-got; err != nil || y.recv.size != 3512 {
		t.Fatalf("%v, %d charged", err, y.recv.size)
	}
	if err := a.Ack(2); err != nil {
		t.Fatal(err)
	}
	next(600, 1)
}

// sendBack sends to someone by address.
func sendBack(t *testing.T, from, to *Socket, text string) {
	t.Helper()
	if sent, err := from.Send(bg, SendRequest{Data: []byte(text), To: info(t, to).Local}, soon()); err != nil || !sent.Outcome.OK() {
		t.Fatal(sent, err)
	}
}

// An asynchronous error is an item: held, handed out again, acknowledged. A
// unary receive is told it once.
func TestManualHoldsErrors(t *testing.T) {
	x, y := datagrams(t, newEnv(t), Inet)
	sendBack(t, x, y, "one")
	if _, err := x.Close(bg, false); err != nil {
		t.Fatal(err)
	}
	a := attach(t, y, AttachRequest{Holder: "h", Epoch: 1, Manual: true})
	a.read(t, "one")
	if sent, err := a.WriteDatagram(bg, Outgoing{Data: []byte("x")}); err != nil || !sent.Outcome.OK() {
		t.Fatal(sent, err)
	}
	a.read(t, "REFUSED")
	if i := info(t, y); i.ReadOffset != 2 || i.AckedOffset != 0 {
		t.Errorf("got %+v", i)
	}
	a.Detach()
	a = attach(t, y, AttachRequest{Holder: "h", Epoch: 2, Manual: true})
	a.read(t, "oneREFUSED")
	if err := a.Ack(1); err != nil {
		t.Fatal(err)
	}
	a.Detach()
	a = attach(t, y, AttachRequest{Holder: "h", Epoch: 3, Manual: true})
	a.read(t, "REFUSED")
	a.Detach()
	if got := receive(t, y, ReceiveRequest{Max: 9, MaxDatagrams: 9}, For(0)); got.Outcome.Code != Refused {
		t.Errorf("got %+v", got)
	}
	if got := receive(t, y, ReceiveRequest{Max: 9}, For(0)); got.Outcome.Code != WouldBlock || got.Offset != 2 {
		t.Errorf("then %+v", got)
	}
}

// What a unary receive met behind its data and has not told is an item too. That
// the error comes between two recvmsg(2) of one receive cannot be forced, so it is
// put where such a receive leaves it.
func TestManualGetsAPendingError(t *testing.T) {
	x, y := datagrams(t, newEnv(t), Inet)
	sendBack(t, x, y, "one")
	if got := receive(t, y, ReceiveRequest{Max: 9, MaxDatagrams: 9, Manual: true}, soon()); len(got.Datagrams) != 1 {
		t.Fatalf("got %+v", got)
	}
	y.recv.mu.Lock()
	y.pend(unix.ECONNREFUSED)
	y.recv.mu.Unlock()
	a := attach(t, y, AttachRequest{Manual: true})
	a.read(t, "oneREFUSED")
	if i := info(t, y); i.ReadOffset != 2 {
		t.Errorf("got %+v", i)
	}
}
