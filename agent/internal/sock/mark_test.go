//go:build linux

package sock

import "testing"

// urgentPair is two ends of a TCP connection, both ours; urgent bytes stand
// among the others at to if inline is set.
func urgentPair(t *testing.T, inline bool) (from, to *Socket) {
	t.Helper()
	env := newEnv(t)
	l := listen(t, env, loopback(Inet))
	from = open(t, env, Spec{Family: Inet, Type: Stream, Connect: info(t, l).Local})
	a, err := l.Accept(bg, soon(), nil)
	if err != nil {
		t.Fatal(err)
	}
	to = closing(t, a.Socket)
	if _, out, err := to.SetOption(Option{Kind: OptOutOfBandInline, Bool: inline}); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	return from, to
}

// A receive for so many bytes that waits ends where urgent data is announced,
// and the next goes on behind: recv(2) does.
func TestUrgentDataEndsAWait(t *testing.T) {
	all, water := ReceiveRequest{Max: 10, WaitAll: true}, ReceiveRequest{Max: 10}
	peek, manual := all, all
	peek.Peek, manual.Manual = true, true
	for _, test := range []struct {
		name   string
		r      ReceiveRequest
		before string // arrives before the receive begins
		after  string // arrives while it waits, and then the urgent byte
		water  int
		inline bool
		next   string
	}{
		{"wait all", all, "aaa", "", 1, false, "bbb"},
		{"wait all, inline", all, "aaa", "", 1, true, "!bbb"},
		{"wait all, in two parts", all, "a", "aa", 1, false, "bbb"},
		{"peek", peek, "aaa", "", 1, false, "aaabbb"},
		{"manual", manual, "aaa", "", 1, false, "aaabbb"},
		{"low water", water, "aaa", "", 6, false, "bbb"},
		{"low water, inline", water, "", "aaa", 6, true, "!bbb"},
	} {
		t.Run(test.name, func(t *testing.T) {
			from, to := urgentPair(t, test.inline)
			if _, out, err := to.SetOption(Option{Kind: OptReceiveLowWater, Int: test.water}); err != nil || !out.OK() {
				t.Fatalf("%+v, %v", out, err)
			}
			say := func(text string, urgent bool) {
				t.Helper()
				if text != "" {
					send(t, from, SendRequest{Data: []byte(text), OutOfBand: urgent}, soon())
				}
			}
			all := func() int64 { i := info(t, to); return i.ReadOffset + int64(i.ReceiveQueue) }
			say(test.before, false)
			until(t, func() bool { return all() == int64(len(test.before)) })
			done := startReceive(t, to, test.r, soon())
			until(t, func() bool { return to.recv.turn.count() == 1 || test.r.Peek && info(t, to).Held == 3 })
			say(test.after, false)
			say("!", true)
			if got := <-done; string(got.Data) != "aaa" || got.StoppedBy != StoppedByAvailable || got.End {
				t.Fatalf("got %+v", got)
			}
			if i := info(t, to); i.Held == 0 && !i.AtMark {
				t.Errorf("not at the mark: %+v", i)
			}
			oob := receive(t, to, ReceiveRequest{Max: 1, OutOfBand: true}, For(0))
			if oob.Outcome.OK() == test.inline {
				t.Errorf("the urgent byte: %+v", oob)
			}
			say("bbb", false)
			if got := receive(t, to, ReceiveRequest{Max: len(test.next), Until: Until{Exactly: len(test.next)}}, soon()); string(got.Data) != test.next {
				t.Errorf("then %+v", got)
			}
		})
	}
}

// Urgent data that comes while a receive for more bytes looks whether there is
// any must not be passed over: recv(2) passes it when it has copied none yet.
func TestUrgentDataIsNotPassedOver(t *testing.T) {
	for _, inline := range []bool{false, true} {
		from, to := urgentPair(t, inline)
		for i := range 300 {
			done := startReceive(t, to, ReceiveRequest{Max: 10, WaitAll: true}, soon())
			for _, text := range []string{"a", "aa"} {
				send(t, from, SendRequest{Data: []byte(text)}, soon())
			}
			send(t, from, SendRequest{Data: []byte("!"), OutOfBand: true}, soon())
			if got := <-done; string(got.Data) != "aaa" {
				t.Fatalf("inline %v, round %d: got %+v", inline, i, got)
			}
			urgent := receive(t, to, ReceiveRequest{Max: 1, OutOfBand: !inline}, soon())
			if string(urgent.Data) != "!" {
				t.Fatalf("inline %v, round %d: the urgent byte: %+v", inline, i, urgent)
			}
			send(t, from, SendRequest{Data: []byte("b")}, soon())
			if got := receive(t, to, ReceiveRequest{Max: 1}, soon()); string(got.Data) != "b" {
				t.Fatalf("inline %v, round %d: then %+v", inline, i, got)
			}
		}
	}
}
