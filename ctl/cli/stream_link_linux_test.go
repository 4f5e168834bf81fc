package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

// The connection to the agent breaks again and again: nobody notices but stderr.
func TestStreamOverCuts(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	g := newGate(t, p)
	up, down := make([]byte, 3<<20), make([]byte, 2<<20)
	noise := rand.NewChaCha8([32]byte{7})
	_, _ = noise.Read(up)
	_, _ = noise.Read(down)
	var out, said output
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	code := make(chan int, 1)
	go func() {
		code <- Main(context.Background(), []string{"--agent", g.endpoint, "stream", "d"}, p.world(r, &out, &said))
	}()
	peer := make(chan result, 1)
	go func() { peer <- p.ctlWith(t.Context(), bytes.NewReader(down), "stream", "c1") }()
	const cuts = 8
	for i := range cuts {
		part := up[i*len(up)/cuts : (i+1)*len(up)/cuts]
		if _, err := w.Write(part); err != nil {
			t.Fatal(err)
		}
		g.close(false)
	}
	_ = w.Close()
	if got := <-code; got != 0 || out.String() != string(down) {
		t.Errorf("exit %d, %d bytes of %d\n%s", got, len(out.String()), len(down), said.String())
	}
	if r := (<-peer).want(t, 0); r.out != string(up) {
		t.Errorf("the peer got %d bytes of %d", len(r.out), len(up))
	}
	for _, text := range []string{" broke; trying again", "the stream goes on, nothing is lost"} {
		if !strings.Contains(said.String(), text) {
			t.Errorf("stderr has no %q: %s", text, said.String())
		}
	}
}

// gatedStream is a 'ctl stream' whose session has a TTL of 5 s, and whose way to
// the agent can be closed.
type gatedStream struct {
	*person
	*gate
	out, said output
	code      chan int // holds how it ended
}

// streamOfShortSession starts one, and returns when "abc", "d" and the peer's
// "12345" have gone through it. The report of "abc" comes before "d" is taken, so
// that it has arrived as well; that of "d" may be on its way.
func streamOfShortSession(t *testing.T) *gatedStream {
	t.Helper()
	p := withAgent(t)
	p.must(t, "session", "create", "short", "--ttl", "5s")
	p.env["FARSOCK_SESSION"] = "short"
	p.pair(t)
	s := &gatedStream{person: p, gate: newGate(t, p), code: make(chan int, 1)}
	r, w := openStdin(t)
	go func() {
		s.code <- Main(context.Background(), []string{"--agent", s.endpoint, "stream", "d"}, p.world(r, &s.out, &s.said))
	}()
	if _, err := io.WriteString(w, "abc"); err != nil {
		t.Fatal(err)
	}
	p.must(t, "recv", "c1", "--exactly", "3").printed(t, "abc")
	if _, err := io.WriteString(w, "d"); err != nil {
		t.Fatal(err)
	}
	p.must(t, "recv", "c1").printed(t, "d")
	p.must(t, "send", "c1", "12345")
	for range time.Tick(time.Millisecond) {
		if s.out.String() == "12345" {
			break
		}
	}
	return s
}

// confirms wants what the end says of the bytes that went through.
func (s *gatedStream) confirms(t *testing.T) {
	t.Helper()
	text := "\nconfirmed: %d bytes of stdin taken by the kernel at " + s.endpoint + ", 5 bytes received and taken by stdout\n"
	if said := s.said.String(); !strings.Contains(said, fmt.Sprintf(text, 3)) && !strings.Contains(said, fmt.Sprintf(text, 4)) {
		t.Errorf("said %s", said)
	}
}

// When the lease has run out, the error says what is confirmed each way.
func TestStreamLost(t *testing.T) {
	s := streamOfShortSession(t)
	s.close(true)
	for range time.Tick(20 * time.Millisecond) {
		if r := s.ctl("session", "show", "short", "-o", "json"); strings.Contains(r.out, "EXPIRED") {
			break
		}
	}
	s.reopen()
	if got := <-s.code; got != 8 || !strings.Contains(s.said.String(), "(SESSION_ENDED), said by") {
		t.Errorf("exit %d, %s", got, s.said.String())
	}
	s.confirms(t)
}

// A stdout that breaks loses nothing: recv, or another stream, goes on.
func TestStreamStdoutBreaks(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	payload := strings.Repeat("0123456789", 30_000)
	p.ctlWith(t.Context(), strings.NewReader(payload), "send", "c1").want(t, 0)
	p.must(t, "shutdown", "c1", "write")
	got := ""
	for _, takes := range []int{0, 5, 100_001} {
		out := brokenAfter{left: takes}
		var said output
		code := Main(context.Background(), []string{"stream", "d"}, p.world(nil, &out, &said))
		if code != 141 || out.got.Len() != takes || !strings.Contains(said.String(), "the rest can still be received") {
			t.Fatalf("exit %d, %d bytes: %s", code, out.got.Len(), said.String())
		}
		got += out.got.String()
	}
	got += p.must(t, "recv", "d", "--exactly", "20").out
	got += p.must(t, "stream", "d").out
	if got != payload {
		t.Errorf("%d bytes of %d, or others", len(got), len(payload))
	}
}
