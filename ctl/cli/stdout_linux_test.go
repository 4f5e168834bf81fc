package cli

import (
	"os"
	"strings"
	"testing"
)

// What stdout does not take of a stream the next command gets, and stream says so.
func TestProcessStreamBrokenPipe(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	p.must(t, "send", "d", "kept")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	defer w.Close()
	cmd := p.process(t, "stream", "c1")
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = w, &said
	_ = cmd.Run() // the code is looked at next
	if got := cmd.ProcessState.ExitCode(); got != 141 || !strings.HasPrefix(said.String(), "stdout took 0 of 4 bytes read; the rest can still be received") {
		t.Errorf("exit %d, %q", got, said.String())
	}
	p.must(t, "recv", "c1").printed(t, "kept")
}
