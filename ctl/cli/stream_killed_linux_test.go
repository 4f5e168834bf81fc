package cli

import (
	"io"
	"os"
	"strings"
	"testing"
)

// kill -9 of stream while stdout is slow: the next may repeat what stdout had
// taken last, and loses nothing.
func TestProcessStreamKilled(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	var number strings.Builder
	for i := range 40_000 {
		number.WriteString(string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676%26)) + ".")
	}
	sent := number.String()
	p.ctlWith(t.Context(), strings.NewReader(sent), "send", "d").want(t, 0)
	p.must(t, "shutdown", "d", "write")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := p.process(t, "stream", "c1")
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	first := make([]byte, 20_000)
	if _, err := io.ReadFull(r, first); err != nil { // it is writing
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // "signal: killed"
	rest, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	took := string(first) + string(rest)
	if !strings.HasPrefix(sent, took) {
		t.Fatalf("stdout has %d bytes, not the first of those sent", len(took))
	}
	for {
		again := p.ctl("stream", "c1")
		if again.code == 8 && strings.Contains(again.err, "ATTACHED") {
			continue // the agent has not noticed yet
		}
		again.want(t, 0)
		if !strings.HasSuffix(sent, again.out) || len(took)+len(again.out) < len(sent) {
			t.Errorf("of %d bytes stdout took %d, and then %d", len(sent), len(took), len(again.out))
		}
		return
	}
}
