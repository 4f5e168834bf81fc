package cli

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/farsock/farsock/ctl/render"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// Both directions at once, each ending on its own, byte for byte.
func TestStreamBothWays(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	up, down := make([]byte, 3<<20), make([]byte, 2<<20)
	for _, b := range [][]byte{up, down} {
		for i := range b {
			b[i] = byte(rand.Uint32())
		}
	}
	ends := make(chan result, 2)
	go func() { ends <- p.ctlWith(t.Context(), bytes.NewReader(up), "stream", "d") }()
	go func() { ends <- p.ctlWith(t.Context(), bytes.NewReader(down), "stream", "c1") }()
	for range 2 {
		r := (<-ends).want(t, 0)
		want := map[string][]byte{"d": down, "c1": up}[r.args[1]]
		if r.out != string(want) {
			t.Errorf("stream %s: %d bytes, want the %d sent", r.args[1], len(r.out), len(want))
		}
	}
	p.must(t, "show", "d").said(t, "")
	p.ctl("recv", "d").want(t, 7)
}

// The peer's end does not end us: what stdin brings later still goes out.
func TestStreamAfterThePeersEnd(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	end := make(chan result, 1)
	go func() { end <- p.ctlWith(t.Context(), r, "stream", "d") }()
	p.must(t, "send", "c1", "question")
	p.must(t, "shutdown", "c1", "write")
	p.must(t, "poll", "c1:w")
	if _, err := io.WriteString(w, "late answer"); err != nil {
		t.Fatal(err)
	}
	p.must(t, "recv", "c1", "--exactly", "11").printed(t, "late answer")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	(<-end).want(t, 0).printed(t, "question")
	p.ctl("recv", "c1").want(t, 7)
}

// A reset ends the command although stdin goes on.
func TestStreamReset(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	r, w := openStdin(t)
	end := make(chan result, 1)
	go func() { end <- p.ctlWith(t.Context(), r, "stream", "d") }()
	if _, err := io.WriteString(w, "hello"); err != nil {
		t.Fatal(err)
	}
	p.must(t, "recv", "c1").printed(t, "hello")
	p.must(t, "close", "c1", "--abort")
	(<-end).want(t, 1).said(t, "reset (ECONNRESET")
}

// With our own sending direction shut down, receiving goes on to its end.
func TestStreamCannotSend(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	p.must(t, "shutdown", "d", "write")
	p.must(t, "send", "c1", "still here")
	p.must(t, "close", "c1")
	p.ctlWith(t.Context(), strings.NewReader("too late"), "stream", "d").want(t, 1).printed(t, "still here").said(t, "EPIPE")
}

func TestStreamInJSON(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	p.must(t, "send", "c1", "hi")
	p.must(t, "shutdown", "c1", "write")
	out := p.ctl("stream", "d", "-o", "json").want(t, 0).out
	var data []byte
	for line := range strings.Lines(out) {
		m := &farsockv1.StreamResponse{}
		if err := protojson.Unmarshal([]byte(line), m); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		data = append(data, m.GetData().GetData()...)
	}
	if string(data) != "hi" || !strings.HasPrefix(out, `{"attached":`) {
		t.Errorf("%s", out)
	}
}

func TestStreamInterrupted(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	end := p.attachedStream(t, ctx)
	p.ctl("send", "d", "meanwhile").want(t, 8).said(t, "ATTACHED")
	cancel(&Signal{Signal: syscall.SIGTERM})
	(<-end).want(t, 143).said(t, "terminated\nconfirmed: 1 byte of stdin taken by the kernel at unix://"+p.socket+", 0 bytes received and taken by stdout\n")
	p.must(t, "show", "d") // the socket lives on
}

// In JSON what passed is fields.
func TestStreamInterruptedInJSON(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	p.must(t, "send", "d", "before")
	p.must(t, "recv", "c1", "--exactly", "6")
	p.must(t, "send", "c1", "12345")
	r, w := openStdin(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	var out, said output
	code := make(chan int, 1)
	go func() { code <- Main(ctx, []string{"stream", "d", "-o", "json"}, p.world(r, &out, &said)) }()
	if _, err := io.WriteString(w, "xyz"); err != nil {
		t.Fatal(err)
	}
	p.must(t, "recv", "c1", "--exactly", "3").printed(t, "xyz")
	for range time.Tick(time.Millisecond) {
		if strings.Contains(out.String(), `"data":`) {
			break
		}
	}
	cancel(&Signal{Signal: os.Interrupt})
	f := result{nil, <-code, out.String(), said.String()}.failure(t)
	if f.Exit != 130 || f.Code != "SIGNAL" || f.Confirmed == nil || *f.Confirmed != (render.Confirmed{Sent: 3, Received: 5}) {
		t.Errorf("%+v, %+v", f, f.Confirmed)
	}
}

// So does a send that waits for its stdin.
func TestSendInterrupted(t *testing.T) {
	p := newPerson(t)
	r, _ := openStdin(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(&Signal{Signal: os.Interrupt})
	p.ctlWith(ctx, r, "send", "d").want(t, 130).said(t, "interrupt")
}
