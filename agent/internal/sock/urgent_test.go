//go:build linux

package sock

import "testing"

// What becomes of an urgent byte that nobody fetched: SendRequest.out_of_band
// and ReceiveRequest.out_of_band of the contract say it.
func TestUrgentByteUnfetched(t *testing.T) {
	oob := ReceiveRequest{Max: 1, OutOfBand: true}
	set := func(t *testing.T) (from, to *Socket) {
		env := newEnv(t)
		l := listen(t, env, loopback(Inet))
		from = open(t, env, Spec{Family: Inet, Type: Stream, Connect: info(t, l).Local})
		a, err := l.Accept(bg, soon(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return from, closing(t, a.Socket)
	}
	say := func(t *testing.T, from *Socket, urgent bool, text string) {
		send(t, from, SendRequest{Data: []byte(text), OutOfBand: urgent}, soon())
	}
	// SIOCINQ ends at the urgent byte.
	came := func(t *testing.T, to *Socket, n uint64) {
		until(t, func() bool { x, err := to.TCPInfo(); return err == nil && x.Bytes_received >= n })
	}
	tests := []struct {
		name string
		r    ReceiveRequest
		want string
	}{
		// As recv(2) does when it is called again.
		{"exactly", ReceiveRequest{Max: 9, Until: Until{Exactly: 4}}, "abcd"},
		{"delimiter", ReceiveRequest{Max: 9, Until: Until{Delimiter: []byte("d")}}, "abcd"},
		{"wait_all", ReceiveRequest{Max: 4, WaitAll: true}, "ab"},
		{"plain", ReceiveRequest{Max: 9}, "ab"},
		{"manual", ReceiveRequest{Max: 9, Manual: true}, "ab"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			from, to := set(t)
			say(t, from, true, "ab!")
			say(t, from, false, "cd")
			came(t, to, 5)
			if got := receive(t, to, test.r, soon()); string(got.Data) != test.want {
				t.Fatalf("got %+v", got)
			}
			lost := test.want == "abcd"
			if got := receive(t, to, oob, For(0)); got.Outcome.OK() == lost || !lost && string(got.Data) != "!" {
				t.Errorf("lost %v: got %+v", lost, got)
			}
			if sent, read := info(t, from).SendOffset, info(t, to).ReadOffset; sent != 5 || read != int64(len(test.want)) {
				t.Errorf("%d sent, %d read", sent, read)
			}
		})
	}
	t.Run("the next comes, all before was read", func(t *testing.T) {
		from, to := set(t)
		say(t, from, true, "ab!")
		came(t, to, 3)
		receive(t, to, ReceiveRequest{Max: 9}, soon())
		say(t, from, true, "cd?")
		came(t, to, 6)
		if got := receive(t, to, ReceiveRequest{Max: 9, Until: Until{Exactly: 2}}, soon()); string(got.Data) != "cd" {
			t.Errorf("got %+v", got)
		}
		if got := receive(t, to, oob, For(0)); string(got.Data) != "?" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("the next comes", func(t *testing.T) {
		from, to := set(t)
		say(t, from, true, "ab!")
		say(t, from, true, "cd?")
		came(t, to, 5)
		if got := receive(t, to, ReceiveRequest{Max: 9, Until: Until{Exactly: 5}}, soon()); string(got.Data) != "ab!cd" {
			t.Errorf("got %+v", got)
		}
		if got := receive(t, to, oob, For(0)); string(got.Data) != "?" {
			t.Errorf("got %+v", got)
		}
	})
}
