//go:build linux && full

package cli

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"
)

// With no way back, the stream ends when its session must have: exit 3, with
// what is confirmed.
func TestStreamUnreachable(t *testing.T) {
	p := withAgent(t)
	p.must(t, "session", "create", "short", "--ttl", "5s")
	p.env["FARSOCK_SESSION"] = "short"
	p.pair(t)
	g := newGate(t, p)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	var out, said output
	code := make(chan int, 1)
	go func() {
		code <- Main(context.Background(), []string{"--agent", g.endpoint, "stream", "d"}, p.world(r, &out, &said))
	}()
	if _, err := io.WriteString(w, "abc"); err != nil {
		t.Fatal(err)
	}
	p.must(t, "recv", "c1", "--exactly", "3").printed(t, "abc")
	g.close(true)
	if got := <-code; got != 3 || !strings.Contains(said.String(), "no agent: ") ||
		!strings.Contains(said.String(), "\nconfirmed: 3 bytes of stdin taken by the kernel at "+g.endpoint+", 0 bytes received and taken by stdout\n") {
		t.Errorf("exit %d, %s", got, said.String())
	}
}
