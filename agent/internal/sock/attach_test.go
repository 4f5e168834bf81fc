//go:build linux

package sock

import (
	"bytes"
	"context"
	"errors"
	"testing"
)

func attach(t *testing.T, s *Socket, r AttachRequest) *Attachment {
	t.Helper()
	a, err := s.Attach(bg, r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Detach)
	return a
}

func TestAttachIsExclusive(t *testing.T) {
	s, _ := connected(t, newEnv(t))
	a := attach(t, s, AttachRequest{Holder: "h", Epoch: 2})
	tests := []struct {
		r    AttachRequest
		want error
	}{
		{AttachRequest{Holder: "other", Epoch: 1}, ErrAttached},
		{AttachRequest{Holder: "h", Epoch: 2}, ErrStaleEpoch},
		{AttachRequest{Holder: "h", Epoch: 1}, ErrStaleEpoch},
	}
	for _, test := range tests {
		if _, err := s.Attach(bg, test.r); err != test.want {
			t.Errorf("%+v: %v, want %v", test.r, err, test.want)
		}
	}
	if _, err := s.Receive(bg, ReceiveRequest{Max: 1}, For(0)); err != ErrAttached {
		t.Errorf("receive: %v", err)
	}
	if _, err := s.Send(bg, SendRequest{}, For(0)); err != ErrAttached {
		t.Errorf("send: %v", err)
	}
	if _, _, err := s.Ack(0); err != ErrAttached {
		t.Errorf("ack: %v", err)
	}
	if !info(t, s).Attached {
		t.Error("not shown as attached")
	}
	a.Detach()
	a.Detach()
	if _, err := a.Read(bg, 10); err != ErrDetached {
		t.Errorf("read: %v", err)
	}
	if _, err := s.Attach(bg, AttachRequest{Holder: "h", Epoch: 2}); err != ErrStaleEpoch {
		t.Errorf("stale also afterwards: %v", err)
	}
	attach(t, s, AttachRequest{Holder: "h", Epoch: 3}).Detach()

	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(bg)
	go func() {
		_, err := s.Receive(ctx, ReceiveRequest{Max: 1}, Forever())
		done <- err
	}()
	until(t, func() bool { return s.recv.turn.count() == 1 })
	if _, err := s.Attach(bg, AttachRequest{}); err != ErrBusy {
		t.Errorf("busy: %v", err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestAttachPositions(t *testing.T) {
	s, c := connected(t, newEnv(t))
	say(t, c, "abcdef")
	arrived(t, s, 6)
	receive(t, s, ReceiveRequest{Max: 4, Manual: true}, soon())
	if _, _, err := s.Ack(1); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(bg, SendRequest{Data: []byte("xyz")}, soon()); err != nil {
		t.Fatal(err)
	}
	for _, r := range []AttachRequest{{ReceiveFrom: at(0)}, {ReceiveFrom: at(5)}, {SendFrom: at(4)}, {SendFrom: at(-1)}} {
		var e *RangeError
		if _, err := s.Attach(bg, r); !errors.As(err, &e) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	a := attach(t, s, AttachRequest{ReceiveFrom: at(2), SendFrom: at(3)})
	if a.ReceiveBegin() != 2 || a.ReceiveEnd() != 4 || a.SendApplied() != 3 {
		t.Fatalf("got %d, %d, %d", a.ReceiveBegin(), a.ReceiveEnd(), a.SendApplied())
	}
	for _, want := range []struct {
		at   int64
		text string
	}{{2, "cd"}, {4, "ef"}} {
		if got, err := a.Read(bg, 100); err != nil || got.Offset != want.at || string(got.Data) != want.text || got.End != nil {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
}

func TestAttachmentBothWays(t *testing.T) {
	s, c := connected(t, newEnv(t))
	a := attach(t, s, AttachRequest{})
	data := bytes.Repeat([]byte("payload."), 1<<17)
	go func() {
		echo(c)
		c.CloseWrite()
	}()
	wrote := make(chan Sent, 1)
	go func() {
		sent, err := a.Write(bg, data)
		if err != nil {
			t.Error(err)
		}
		if out, err := a.CloseWrite(); err != nil || !out.OK() {
			t.Error(out, err)
		}
		wrote <- sent
	}()
	var got []byte
	for {
		chunk, err := a.Read(bg, 16<<10)
		if err != nil || len(chunk.Data) > 16<<10 || chunk.Offset != int64(len(got)) {
			t.Fatalf("got %d bytes at %d, %v", len(chunk.Data), chunk.Offset, err)
		}
		got = append(got, chunk.Data...)
		if chunk.End != nil {
			if !chunk.End.OK() {
				t.Fatalf("ended with %+v", chunk.End)
			}
			break
		}
	}
	if sent := <-wrote; !sent.Outcome.OK() || sent.Offset != int64(len(data)) || !bytes.Equal(got, data) {
		t.Fatalf("sent %+v, got %d bytes", sent, len(got))
	}
}

func TestDetachEndsReads(t *testing.T) {
	s, c := connected(t, newEnv(t))
	a := attach(t, s, AttachRequest{})
	reading := make(chan error, 1)
	go func() {
		_, err := a.Read(bg, 10)
		reading <- err
	}()
	until(t, func() bool { return s.recv.turn.count() == 1 })
	a.Detach()
	if err := <-reading; err != ErrDetached {
		t.Fatalf("got %v", err)
	}
	ctx, cancel := context.WithCancel(bg)
	a = attach(t, s, AttachRequest{})
	go func() {
		_, err := a.Read(ctx, 10)
		reading <- err
	}()
	until(t, func() bool { return s.recv.turn.count() == 1 })
	cancel()
	if err := <-reading; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	a.Detach()
	say(t, c, "kept")
	if got := receive(t, s, ReceiveRequest{Max: 10}, soon()); string(got.Data) != "kept" {
		t.Fatalf("got %+v", got)
	}
}

func TestAttachedDatagrams(t *testing.T) {
	env := newEnv(t)
	x, y := datagrams(t, env, Inet)
	a := attach(t, y, AttachRequest{})
	for _, text := range []string{"one", "", "three"} {
		if sent, err := a.WriteDatagram(bg, Outgoing{Data: []byte(text)}); err != nil || !sent.Outcome.OK() {
			t.Fatalf("got %+v, %v", sent, err)
		}
	}
	// A refused datagram has a number too.
	sent, err := a.WriteDatagram(bg, Outgoing{Data: make([]byte, 70000)})
	if err != nil || sent.Outcome.Code != MessageTooLarge || sent.Offset != 4 || a.SendApplied() != 4 {
		t.Fatalf("got %+v, %v", sent, err)
	}
	b := attach(t, x, AttachRequest{})
	// Small bounds end a batch, and cut nothing.
	var got []string
	for len(got) < 3 {
		chunk, err := b.Read(bg, 2)
		if err != nil || chunk.Offset != int64(len(got)) {
			t.Fatalf("got %+v, %v", chunk, err)
		}
		for _, i := range chunk.Items {
			got = append(got, string(i.Datagram.Data))
		}
	}
	if got[0] != "one" || got[1] != "" || got[2] != "three" {
		t.Fatalf("got %q", got)
	}
	b.Detach()
	x.Close(bg, false)
	if sent, err := a.WriteDatagram(bg, Outgoing{Data: []byte("x")}); err != nil || !sent.Outcome.OK() {
		t.Fatalf("got %+v, %v", sent, err)
	}
	chunk, err := a.Read(bg, 100)
	if err != nil || len(chunk.Items) != 1 || chunk.Items[0].Error == nil || chunk.Items[0].Error.Code != Refused || chunk.Offset != 0 || a.ReceiveBegin() != 1 {
		t.Fatalf("got %+v, %v", chunk, err)
	}
}

// A datagram that comes between looking for its size and reading is not held
// beyond the window.
func TestAttachedDatagramsKeepToTheWindow(t *testing.T) {
	const window = 4096
	first, second := make([]byte, 2500), make([]byte, 3000)
	for _, family := range []Family{Inet, Unix} {
		y, x := datagrams(t, newEnv(t), family)
		a := attach(t, y, AttachRequest{Holder: "h", Epoch: 1, Manual: true, Window: window})
		for i := range 300 {
			send(t, x, SendRequest{Data: first}, soon())
			one, err := a.Read(bg, maxReceive)
			if err != nil || len(one.Items) != 1 {
				t.Fatalf("%v round %d: %+v, %v", family, i, one, err)
			}
			ctx, cancel := context.WithCancel(bg)
			looking := make(chan error, 1)
			go func() {
				more, err := a.Read(ctx, maxReceive)
				if len(more.Items) > 0 {
					t.Errorf("%v round %d: %d bytes came beside %d held, with a window of %d",
						family, i, len(more.Items[0].Datagram.Data), len(first), window)
				}
				looking <- err
			}()
			send(t, x, SendRequest{Data: second}, soon())
			until(t, func() bool { return info(t, y).ReceiveQueue > 0 || len(looking) > 0 })
			cancel()
			if err := <-looking; !errors.Is(err, context.Canceled) {
				t.Fatalf("%v round %d: %v", family, i, err)
			}
			if err := a.Ack(one.Offset + 1); err != nil {
				t.Fatal(err)
			}
			next, err := a.Read(bg, maxReceive)
			if err != nil || len(next.Items) != 1 || len(next.Items[0].Datagram.Data) != len(second) {
				t.Fatalf("%v round %d: then %+v, %v", family, i, next, err)
			}
			if err := a.Ack(next.Offset + 1); err != nil {
				t.Fatal(err)
			}
		}
	}
}
