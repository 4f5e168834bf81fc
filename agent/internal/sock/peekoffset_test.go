//go:build linux

package sock

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// SO_PEEK_OFF moves what the user's peeks see, as the kernel does it, and
// nothing that the agent does beside them.
func TestPeekOffset(t *testing.T) {
	set := func(t *testing.T, s *Socket, at int32) {
		t.Helper()
		o := Option{Kind: OptRaw, Raw: Raw{Level: unix.SOL_SOCKET, Name: unix.SO_PEEK_OFF, Int: &at}}
		if _, out, err := s.SetOption(o); err != nil || !out.OK() {
			t.Fatalf("%+v, %v", out, err)
		}
	}
	is := func(t *testing.T, s *Socket, want int32) {
		t.Helper()
		o, out, err := s.GetOption(Option{Kind: OptRaw, Raw: Raw{Level: unix.SOL_SOCKET, Name: unix.SO_PEEK_OFF}})
		if err != nil || !out.OK() || *o.Raw.Int != want {
			t.Errorf("SO_PEEK_OFF is %d, not %d: %+v, %v", *o.Raw.Int, want, out, err)
		}
	}
	write := func(t *testing.T, fd int, text string) {
		t.Helper()
		if _, err := unix.Write(fd, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	large, first := strings.Repeat("x", 90_000), strings.Repeat("f", 50_000)
	for _, typ := range []Type{Datagram, Seqpacket} {
		one := func(t *testing.T, s *Socket, q ReceiveRequest) string {
			t.Helper()
			got := receive(t, s, q, soon())
			if len(got.Datagrams) != 1 {
				t.Fatalf("got %+v", got)
			}
			return string(got.Datagrams[0].Data)
		}
		all := ReceiveRequest{Max: 200_000}
		peek := ReceiveRequest{Max: 200_000, Peek: true}
		t.Run(typ.String()+", a large one after a peek", func(t *testing.T) {
			from, s := halfOurs(t, typ)
			set(t, s, 0)
			write(t, from, large)
			if got := one(t, s, ReceiveRequest{Max: 50_000, Peek: true}); len(got) != 50_000 {
				t.Errorf("peeked %d", len(got))
			}
			is(t, s, 50_000)
			if got := one(t, s, all); got != large {
				t.Errorf("received %d", len(got))
			}
			is(t, s, 0)
		})
		t.Run(typ.String()+", another one's size", func(t *testing.T) {
			from, s := halfOurs(t, typ)
			set(t, s, 0)
			write(t, from, first)
			write(t, from, large)
			if got := one(t, s, peek); got != first {
				t.Errorf("peeked %d", len(got))
			}
			if got := one(t, s, peek); got != large {
				t.Errorf("then %d", len(got))
			}
			if got := one(t, s, all); got != first {
				t.Errorf("received %d", len(got))
			}
			if got := one(t, s, ReceiveRequest{Max: 200_000, Manual: true}); got != large {
				t.Errorf("then %d", len(got))
			}
		})
		t.Run(typ.String()+", nothing", func(t *testing.T) {
			_, s := halfOurs(t, typ)
			set(t, s, 0)
			for _, q := range []ReceiveRequest{all, peek} {
				if got := receive(t, s, q, For(0)); got.Outcome.Code != WouldBlock {
					t.Errorf("got %+v", got)
				}
			}
		})
	}
	t.Run("the end of a seqpacket connection", func(t *testing.T) {
		from, s := halfOurs(t, Seqpacket)
		set(t, s, 4)
		write(t, from, "")
		write(t, from, "")
		if err := unix.Shutdown(from, unix.SHUT_WR); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got := receive(t, s, ReceiveRequest{Max: 9}, soon()); got.End || len(got.Datagrams) != 1 {
				t.Errorf("got %+v", got)
			}
		}
		if got := receive(t, s, ReceiveRequest{Max: 9}, soon()); !got.End {
			t.Errorf("got %+v", got)
		}
		is(t, s, 4)
	})
	t.Run("a stream", func(t *testing.T) {
		s, c := connected(t, newEnv(t))
		set(t, s, 0)
		say(t, c, "abcdef")
		arrived(t, s, 6)
		for _, want := range []string{"abc", "def"} {
			if got := receive(t, s, ReceiveRequest{Max: 3, Peek: true}, soon()); string(got.Data) != want {
				t.Errorf("peeked %+v, not %s", got, want)
			}
		}
		if got := receive(t, s, ReceiveRequest{}, For(0)); !got.Outcome.OK() {
			t.Errorf("0 bytes: %+v", got)
		}
		is(t, s, 6)
		// The end is looked for behind a full window.
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if got := receive(t, s, ReceiveRequest{Max: 6, Until: Until{EOF: true}}, soon()); string(got.Data) != "abcdef" || !got.End {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a look behind a full window", func(t *testing.T) {
		from, s := halfOurs(t, Stream)
		set(t, s, 9)
		write(t, from, "abcdef")
		if got := receive(t, s, ReceiveRequest{Max: 4, Until: Until{EOF: true}}, soon()); got.Outcome.Code != Limit {
			t.Errorf("got %+v", got)
		}
		is(t, s, 5)
	})
}
