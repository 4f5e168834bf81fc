//go:build linux

package sock

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

// Sends that name where they begin, one after the other on one socket.
func TestSendByOffset(t *testing.T) {
	type step struct {
		holder           string
		offset           int64 // -1 for none
		data             string
		skipped, applied int64
		err              string // "range" or "holder"
	}
	rows := []struct {
		name  string
		steps []step
		peer  string
	}{
		{"repeated, whole and in part", []step{
			{holder: "x", offset: 0, data: "abc", applied: 3}, {holder: "x", offset: 0, data: "abc", skipped: 3},
			{holder: "x", offset: 1, data: "bcdef", skipped: 2, applied: 3}, {holder: "x", offset: 2, data: "c", skipped: 1},
			{holder: "x", offset: 6, data: "g", applied: 1}}, "abcdefg"},
		{"a gap", []step{{holder: "x", offset: 1, data: "a", err: "range"}, {holder: "x", offset: 0, data: "a", applied: 1}, {holder: "x", offset: 2, data: "c", err: "range"}}, "a"},
		{"over another's", []step{
			{holder: "x", offset: 0, data: "abc", applied: 3}, {holder: "y", offset: 0, data: "abc", err: "holder"},
			{holder: "y", offset: 2, data: "cd", err: "holder"}, {holder: "y", offset: 3, data: "de", applied: 2},
			{holder: "x", offset: 0, data: "abc", skipped: 3}, {holder: "x", offset: 1, data: "bcd", err: "holder"},
			{holder: "x", offset: 5, data: "f", applied: 1}, {holder: "x", offset: 2, data: "c", skipped: 1},
			{holder: "x", offset: 4, data: "ef", err: "holder"}, {holder: "x", offset: 5, data: "fg", skipped: 1, applied: 1}}, "abcdefg"},
		{"over nobody's", []step{
			{holder: "x", offset: 0, data: "a", applied: 1}, {offset: -1, data: "b", applied: 1},
			{holder: "x", offset: 0, data: "a", skipped: 1}, {holder: "x", offset: 0, data: "ab", err: "holder"}, {holder: "x", offset: 1, data: "b", err: "holder"}, {holder: "x", offset: 2, data: "c", applied: 1}}, "abc"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s, c := connected(t, newEnv(t))
			x, y := datagrams(t, s.env, Inet) // there the letters are datagrams
			all := int64(0)
			for i, st := range row.steps {
				r := SendRequest{Data: []byte(st.data), Holder: st.holder}
				batch := SendRequest{Holder: st.holder}
				for _, letter := range st.data {
					batch.Batch = append(batch.Batch, Outgoing{Data: []byte(string(letter))})
				}
				if st.offset >= 0 {
					r.Offset, batch.Offset = &st.offset, &st.offset
				}
				all += st.applied
				for _, on := range []struct {
					s *Socket
					r SendRequest
				}{{s, r}, {y, batch}} {
					sent, err := on.s.Send(bg, on.r, soon())
					var rng *RangeError
					var holder *HolderError
					if errors.As(err, &rng) != (st.err == "range") || errors.As(err, &holder) != (st.err == "holder") || err != nil && st.err == "" {
						t.Fatalf("step %d, %v: %v", i, on.s.typ, err)
					}
					if err == nil && (!sent.Outcome.OK() || sent.Skipped != st.skipped || sent.Applied != st.applied || sent.Offset != all) {
						t.Errorf("step %d, %v: %+v, want %+v", i, on.s.typ, sent, st)
					}
				}
			}
			if _, err := s.Close(bg, false); err != nil {
				t.Fatal(err)
			}
			if got, _ := io.ReadAll(c); string(got) != row.peer {
				t.Errorf("the peer got %q, want %q", got, row.peer)
			}
			got := receive(t, x, ReceiveRequest{Max: 9, MaxDatagrams: 64}, soon())
			text := ""
			for _, m := range got.Datagrams {
				text += string(m.Data)
			}
			if text != row.peer {
				t.Errorf("datagrams: %q, want %q", text, row.peer)
			}
		})
	}
}

func TestSendByOffsetNeedsBoth(t *testing.T) {
	s, _ := connected(t, newEnv(t))
	for field, r := range map[string]SendRequest{"offset": {Offset: at(0)}, "holder": {Holder: "x"}} {
		var e *ArgumentError
		if _, err := s.Send(bg, r, soon()); !errors.As(err, &e) || e.Field != field {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

// A repeat that comes while the first still waits for room waits too, and sends
// only what that had not sent.
func TestSendRepeatedWhileItRuns(t *testing.T) {
	s, c := connected(t, newEnv(t))
	data := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	total := 0
	for { // fill the kernel
		sent, err := s.Send(bg, SendRequest{Data: data, Holder: "x", Offset: at(int64(total))}, For(0))
		if err != nil {
			t.Fatal(err)
		}
		if total += int(sent.Applied); sent.Applied == 0 {
			break
		}
	}
	from := int64(total)
	ctx, cancel := context.WithCancel(bg)
	defer cancel()
	results := make(chan Sent, 2)
	send := func(ctx context.Context, data []byte) {
		sent, err := s.Send(ctx, SendRequest{Data: data, Holder: "x", Offset: &from}, Forever())
		if err != nil {
			t.Error(err)
		}
		results <- sent
	}
	go send(ctx, data[:len(data)/2])
	until(t, func() bool { return s.send.turn.count() == 1 })
	go send(bg, data)
	until(t, func() bool { return s.send.turn.count() == 2 })
	cancel()
	first := <-results
	got := make(chan int)
	go func() {
		all, _ := io.ReadAll(c)
		got <- len(all)
	}()
	second := <-results
	if first.Outcome.Code != WaitElapsed || second.Skipped != first.Applied || !second.Outcome.OK() ||
		second.Skipped+second.Applied != int64(len(data)) || second.Offset != from+int64(len(data)) {
		t.Errorf("got %+v, then %+v", first, second)
	}
	if _, err := s.Close(bg, false); err != nil {
		t.Fatal(err)
	}
	if n := <-got; n != int(second.Offset) {
		t.Errorf("the peer got %d bytes, sent %d", n, second.Offset)
	}
}

// A batch whose first, once sent, cannot be resolved any more skips that.
func TestSendByOffsetSkipsWhatDoesNotResolve(t *testing.T) {
	x, y := datagrams(t, newEnv(t), Inet)
	bad := Outgoing{To: &Address{Family: Inet, Host: "no-such-host.invalid", Port: 9}}
	sendText(t, y, "anonymous")
	if sent, err := y.Send(bg, SendRequest{Data: []byte("a"), Holder: "x", Offset: at(1)}, soon()); err != nil || sent.Offset != 2 {
		t.Fatal(sent, err)
	}
	batch := SendRequest{Holder: "x", Offset: at(1), Batch: []Outgoing{bad, {Data: []byte("b")}, bad, {Data: []byte("c")}}}
	sent, err := y.Send(bg, batch, soon())
	if err != nil || sent.Outcome.Code != NameNotResolved || sent.Skipped != 1 || sent.Messages != 1 || sent.Offset != 3 {
		t.Fatalf("got %+v, %v", sent, err)
	}
	receive(t, x, ReceiveRequest{Max: 9}, soon())
	if got := receive(t, x, ReceiveRequest{Max: 9, MaxDatagrams: 9}, soon()); len(got.Datagrams) != 2 {
		t.Errorf("got %+v", got)
	}
}

// What an attachment sent is its holder's, and what a Send sent as well.
func TestAttachedRun(t *testing.T) {
	s, _ := connected(t, newEnv(t))
	send := func(holder string, offset *int64, text string) {
		t.Helper()
		if _, err := s.Send(bg, SendRequest{Data: []byte(text), Holder: holder, Offset: offset}, soon()); err != nil {
			t.Fatal(err)
		}
	}
	begins := func(holder string, sendFrom int64, want string) {
		t.Helper()
		s.holder = lastHolder{}
		a, err := s.Attach(bg, AttachRequest{Holder: holder, Epoch: 1, SendFrom: &sendFrom})
		var rng *RangeError
		var other *HolderError
		if errors.As(err, &rng) != (want == "range") || errors.As(err, &other) != (want == "holder") || err != nil && want == "" {
			t.Fatalf("%s from %d: %v", holder, sendFrom, err)
		}
		if err == nil {
			a.Detach()
		}
	}
	a := attach(t, s, AttachRequest{Holder: "x", Epoch: 1})
	if _, err := a.Write(bg, []byte("abc")); err != nil {
		t.Fatal(err)
	}
	a.Detach()
	begins("x", 0, "")
	begins("x", 4, "range")
	begins("y", 3, "")
	begins("y", 2, "holder")
	send("x", at(1), "bcd")
	begins("x", 0, "")
	send("", nil, "e")
	begins("x", 4, "holder")
	begins("x", 5, "")
	a = attach(t, s, AttachRequest{Holder: "z", Epoch: 1}) // that writes nothing
	a.Detach()
	begins("x", 4, "holder")
}

// Refused datagrams have numbers, and are remembered for who wrote them.
func TestRefusalsAreRemembered(t *testing.T) {
	_, y := datagrams(t, newEnv(t), Inet)
	a := attach(t, y, AttachRequest{Holder: "h", Epoch: 1})
	for _, text := range []string{"a", strings.Repeat("b", 70000), "c", strings.Repeat("d", 70000)} {
		if _, err := a.WriteDatagram(bg, Outgoing{Data: []byte(text)}); err != nil {
			t.Fatal(err)
		}
	}
	if got := a.Refused(2); a.SendApplied() != 4 || len(got) != 1 || got[0].Offset != 3 || got[0].Outcome.Code != MessageTooLarge {
		t.Errorf("got %+v", got)
	}
	a.Detach()
	a = attach(t, y, AttachRequest{Holder: "h", Epoch: 2, SendFrom: at(0)})
	if got := a.Refused(0); len(got) != 2 || got[0].Offset != 1 {
		t.Errorf("got %+v", got)
	}
	for range 1100 {
		if sent, err := a.WriteDatagram(bg, Outgoing{Data: make([]byte, 70000)}); err != nil || sent.Outcome.Code != MessageTooLarge {
			t.Fatal(sent, err)
		}
	}
	if got := a.Refused(0); len(got) != 1024 || got[1023].Offset != 1103 || got[0].Offset != 80 {
		t.Errorf("%d remembered", len(got))
	}
	a.Detach()
	a = attach(t, y, AttachRequest{Holder: "other", Epoch: 1})
	if got := a.Refused(0); len(got) != 0 {
		t.Errorf("another's: %d", len(got))
	}
}

// How sending ended is kept, and a close_write repeated.
func TestSendOverIsKept(t *testing.T) {
	s, c := connected(t, newEnv(t))
	a := attach(t, s, AttachRequest{Holder: "h", Epoch: 1})
	if a.SendOver() != nil {
		t.Fatalf("over: %+v", a.SendOver())
	}
	for range 2 {
		if out, err := a.CloseWrite(); err != nil || !out.OK() {
			t.Fatal(out, err)
		}
	}
	a.Detach()
	a = attach(t, s, AttachRequest{Holder: "h", Epoch: 2})
	if over := a.SendOver(); over == nil || !over.OK() {
		t.Errorf("over: %+v", over)
	}
	if out, err := a.CloseWrite(); err != nil || !out.OK() {
		t.Error(out, err)
	}
	if err := peerSees(t, c); err != io.EOF {
		t.Error(err)
	}
	s, c = connected(t, s.env)
	resetBy(t, c)
	until(t, func() bool { return info(t, s).TCPState == "CLOSE" })
	a = attach(t, s, AttachRequest{Holder: "h", Epoch: 1})
	if sent, err := a.Write(bg, []byte("x")); err != nil || sent.Outcome.Code != Reset {
		t.Fatal(sent, err)
	}
	if out, err := a.CloseWrite(); err != nil || out.Code != Reset {
		t.Error(out, err)
	}
	a.Detach()
	a = attach(t, s, AttachRequest{Holder: "h", Epoch: 2})
	if over := a.SendOver(); over == nil || over.Code != Reset {
		t.Errorf("over: %+v", over)
	}
	a.readEnd(t, 0, Reset)
}
