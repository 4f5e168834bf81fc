//go:build linux

package sock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
)

// Who may attach while someone is attached, and afterwards.
func TestTakeOver(t *testing.T) {
	a := func(holder string, epoch int64) AttachRequest { return AttachRequest{Holder: holder, Epoch: epoch} }
	steal := func(holder string, epoch int64) AttachRequest {
		return AttachRequest{Holder: holder, Epoch: epoch, Steal: true}
	}
	type step struct {
		by     AttachRequest
		want   error // nil: it has the socket now
		fences bool  // and whoever had it is told so
		detach bool  // and leaves again
	}
	rows := []struct {
		name  string
		steps []step
	}{
		{"a higher epoch", []step{{by: a("x", 1)}, {by: a("x", 2), fences: true}, {by: a("x", 1), want: ErrStaleEpoch}, {by: a("x", 2), want: ErrStaleEpoch}, {by: a("x", 9), fences: true}}},
		{"another holder", []step{{by: a("x", 1)}, {by: a("y", 5), want: ErrAttached}, {by: steal("y", 1), fences: true}}},
		{"one stolen from", []step{
			{by: a("x", 1)}, {by: steal("y", 1), fences: true, detach: true}, {by: a("x", 2), want: ErrFenced},
			{by: a("z", 1), detach: true}, {by: a("x", 2), want: ErrFenced}, {by: steal("x", 1)}, {by: a("z", 2), want: ErrFenced}, {by: a("y", 2), want: ErrAttached}}},
		{"one stolen from after its stream broke", []step{{by: a("x", 1), detach: true}, {by: steal("y", 1), detach: true}, {by: a("x", 2), want: ErrFenced}}},
		{"one that merely came later", []step{{by: a("x", 3), detach: true}, {by: a("y", 1), detach: true}, {by: a("x", 1)}}},
		{"a thief with a stale epoch", []step{{by: a("x", 3)}, {by: steal("x", 3), want: ErrStaleEpoch}, {by: steal("x", 4), fences: true, detach: true}, {by: a("x", 5)}}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s, _ := connected(t, newEnv(t))
			var live *Attachment
			for i, st := range row.steps {
				next, err := s.Attach(bg, st.by)
				if err != st.want {
					t.Fatalf("step %d: %v, want %v", i, err, st.want)
				}
				if err != nil {
					if live != nil && live.Err() != nil && live.Err() != ErrDetached {
						t.Fatalf("step %d: in vain, and yet %v", i, live.Err())
					}
					continue
				}
				if st.fences && live.Err() != ErrFenced {
					t.Fatalf("step %d: the earlier one: %v", i, live.Err())
				}
				if live != nil {
					live.Detach() // later than its successor came, and harmless
				}
				if live = next; !info(t, s).Attached {
					t.Fatalf("step %d: nobody is attached", i)
				}
				if st.detach {
					live.Detach()
				}
			}
			live.Detach()
		})
	}
}

// The last sixteen that were stolen from are remembered.
func TestStolenFromIsBounded(t *testing.T) {
	s, _ := connected(t, newEnv(t))
	for i := range 19 {
		attach(t, s, AttachRequest{Holder: fmt.Sprint("h", i), Epoch: 1, Steal: true})
	}
	for i := range 18 {
		want := ErrFenced
		if i < 2 {
			want = ErrAttached
		}
		if _, err := s.Attach(bg, AttachRequest{Holder: fmt.Sprint("h", i), Epoch: 2}); err != want {
			t.Errorf("h%d: %v, want %v", i, err, want)
		}
	}
}

// A take-over from one that is blocked in a write to a peer that reads nothing:
// it has left when the next begins, what it had not written is not written, and
// the next knows how far it got.
func TestTakeOverFromABlockedWrite(t *testing.T) {
	s, c := connected(t, newEnv(t))
	first := attach(t, s, AttachRequest{Holder: "h", Epoch: 1, Manual: true})
	data := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	wrote := make(chan error, 1)
	go func() {
		_, err := first.Write(bg, data)
		wrote <- err
	}()
	until(t, func() bool { return first.SendApplied() > 0 && s.send.turn.count() == 1 && stuck(s) })
	second := attach(t, s, AttachRequest{Holder: "h", Epoch: 2, SendFrom: at(0)})
	applied := second.SendApplied()
	select {
	case err := <-wrote:
		if err != nil && err != ErrFenced {
			t.Errorf("the first write: %v", err)
		}
	default:
		if s.send.turn.count() != 0 {
			t.Error("the first still writes")
		}
		<-wrote
	}
	if _, err := first.Write(bg, data); err != ErrFenced {
		t.Errorf("a later write: %v", err)
	}
	if second.SendFloor() != 0 {
		t.Errorf("its own from %d", second.SendFloor())
	}
	got := make(chan []byte, 1)
	go func() {
		all, _ := io.ReadAll(c)
		got <- all
	}()
	if sent, err := second.Write(bg, data[applied:]); err != nil || !sent.Outcome.OK() || sent.Offset != int64(len(data)) {
		t.Fatalf("got %+v, %v", sent, err)
	}
	if out, err := second.CloseWrite(); err != nil || !out.OK() {
		t.Fatal(out, err)
	}
	if all := <-got; !bytes.Equal(all, data) {
		t.Errorf("the peer got %d bytes, or others", len(all))
	}
}

// stuck reports whether the kernel takes nothing more.
func stuck(s *Socket) bool {
	is := false
	_ = s.desc.Do(func(fd int) error { is = pollNow(fd, 4)&4 == 0; return nil })
	return is
}

// Attaches at the same time come one after the other: the highest epoch ends up
// with the socket, and none of them reads what another has.
func TestTakeOversAtTheSameTime(t *testing.T) {
	s, c := connected(t, newEnv(t))
	data := bytes.Repeat([]byte("0123456789"), 30000)
	go func() {
		_, _ = c.Write(data)
		c.CloseWrite()
	}()
	const all = 40
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		last []byte
	)
	ctx, cancel := context.WithCancel(bg)
	defer cancel()
	for epoch := int64(1); epoch <= all; epoch++ {
		wg.Go(func() {
			a, err := s.Attach(ctx, AttachRequest{Holder: "h", Epoch: epoch, Manual: true, Window: 1 << 20})
			if errors.Is(err, ErrStaleEpoch) {
				return
			} else if err != nil {
				t.Error(err)
				return
			}
			defer a.Detach()
			var got []byte
			for {
				chunk, err := a.Read(ctx, 1000)
				if err == ErrFenced {
					return
				}
				if err != nil || chunk.Offset != int64(len(got)) {
					t.Errorf("epoch %d: %d bytes at %d, %v", epoch, len(got), chunk.Offset, err)
					return
				}
				if chunk.End != nil {
					mu.Lock()
					last = got
					mu.Unlock()
					return
				}
				got = append(got, chunk.Data...)
			}
		})
	}
	wg.Wait()
	if !bytes.Equal(last, data) {
		t.Errorf("the last got %d bytes of %d, or others", len(last), len(data))
	}
	if s.holder.epoch != all {
		t.Errorf("the last epoch is %d", s.holder.epoch)
	}
}

// An attach that is refused fences nobody.
func TestRefusedAttachFencesNobody(t *testing.T) {
	s, c := connected(t, newEnv(t))
	a := attach(t, s, AttachRequest{Holder: "h", Epoch: 1, Manual: true})
	say(t, c, "abc")
	arrived(t, s, 3)
	a.read(t, "abc")
	for _, r := range []AttachRequest{
		{Holder: "h", Epoch: 2, ReceiveFrom: at(4)}, {Holder: "h", Epoch: 2, SendFrom: at(1)},
		{Holder: "y", Epoch: 2, Steal: true, ReceiveFrom: at(-1)},
	} {
		var e *RangeError
		if _, err := s.Attach(bg, r); !errors.As(err, &e) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	say(t, c, "d")
	a.read(t, "d")
	ctx, cancel := context.WithCancel(bg)
	cancel()
	s.attaching.try()
	if _, err := s.Attach(ctx, AttachRequest{Holder: "h", Epoch: 2}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	s.attaching.pass()
}
