package cli

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// process is ctl as a process of its own, not started.
func (p *person) process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), asProcess+"=1")
	for name, value := range p.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// busy returns when a call is under way on the session, besides this one.
func (p *person) busy(t *testing.T) {
	t.Helper()
	for {
		s := answerOf(t, p.must(t, "session", "show", "-o", "json"), &farsockv1.GetSessionResponse{}).GetSession()
		if s.GetCallsUnderWay() > 0 {
			return
		}
	}
}

func TestProcessSignals(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	for sig, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		cmd := p.process(t, "recv", "c1", "--wait", "forever")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		p.busy(t)
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // the code is looked at next
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("%v: exit %d, want %d", sig, got, want)
		}
	}
	p.must(t, "send", "d", "still whole")
	p.must(t, "recv", "c1").printed(t, "still whole")
}

// A stream that is hung up while stdout is slow has what stdout took
// acknowledged, so that the next begins behind it.
func TestProcessHangUp(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	handled := make(chan os.Signal, 1) // so that ctl does not inherit that it is ignored, as under nohup
	signal.Notify(handled, syscall.SIGHUP)
	defer signal.Stop(handled)
	sent := strings.Repeat("0123456789abcdef", 40<<10)
	p.ctlWith(t.Context(), strings.NewReader(sent), "send", "d").want(t, 0)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := p.process(t, "stream", "c1")
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = w, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	first := make([]byte, 20_000)
	if _, err := io.ReadFull(r, first); err != nil { // it is writing
		t.Fatal(err)
	}
	for range 2 { // the kernel's and the shell's
		if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	rest, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the code is looked at next
	took := len(first) + len(rest)
	tally := fmt.Sprintf("hangup\nconfirmed: 0 bytes of stdin taken by the kernel at unix://%s, %d bytes received and taken by stdout\n", p.socket, took)
	if got := cmd.ProcessState.ExitCode(); got != 129 || said.String() != tally {
		t.Errorf("exit %d, %q, want 129, %q", got, said.String(), tally)
	}
	p.must(t, "shutdown", "d", "write") // not before: without an end only the signal ends the first
	if again := p.must(t, "stream", "c1").out; string(first)+string(rest)+again != sent {
		t.Errorf("of %d bytes stdout took %d, and then %d, or others", len(sent), took, len(again))
	}
}

// A reader of stdout that has gone away gets nothing, and loses nothing.
func TestProcessBrokenPipe(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	p.must(t, "send", "d", "precious")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	defer w.Close()
	cmd := p.process(t, "recv", "c1")
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = w, &said
	_ = cmd.Run() // the code is looked at next
	if got := cmd.ProcessState.ExitCode(); got != 141 || said.String() != "" {
		t.Errorf("exit %d, %q", got, said.String())
	}
	p.must(t, "recv", "c1").printed(t, "precious")
}

// A stdin that cannot be interrupted does not keep ctl from ending.
func TestProcessEndsWhileStdinIsOpen(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	cmd := p.process(t, "stream", "d")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(in, "x"); err != nil {
		t.Fatal(err)
	}
	p.must(t, "recv", "c1").printed(t, "x")
	p.must(t, "close", "c1", "--abort")
	// Wait would close our end of stdin, which is not the point.
	state, err := cmd.Process.Wait()
	if err != nil || state.ExitCode() != 1 {
		t.Errorf("%v, %v", state, err)
	}
	_ = in.Close()
	_ = cmd.Wait() // releases the pipes; the process is waited for already
}

// kill -9 of recv, before or after it has the bytes but not the reader: the next
// one prints them.
func TestProcessKilled(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	fifo := fifo(t, p.dir, "slow")
	// Nobody reads the pipe: its 64 KiB fill, the write of the rest blocks.
	hold, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Close()
	sent := strings.Repeat("0123456789abcdef", 16<<10)
	if err := os.WriteFile(filepath.Join(p.dir, "big"), []byte(sent), 0o600); err != nil {
		t.Fatal(err)
	}
	p.must(t, "send", "d", "--file", "big")
	cmd := p.process(t, "recv", "c1", "--exactly", "262144")
	cmd.Stdout = hold
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(hold, make([]byte, 1)); err != nil { // it is writing
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // "signal: killed"
	p.must(t, "recv", "c1", "--exactly", "262144").printed(t, sent)
}

// CMD dies with ctl, however that dies.
func TestProcessKilledTakesItsCommandAlong(t *testing.T) {
	p := withAgent(t)
	file := filepath.Join(p.dir, "pid")
	hold := fifo(t, p.dir, "hold")
	cmd := p.process(t, "session", "exec", "--", "sh", "-c", `echo $$ > "$0.new"; mv "$0.new" "$0"; while :; do read x < "$1" || :; done`, file, hold)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid := strings.TrimSpace(string(text))
	if !running(pid) {
		t.Fatalf("process %s does not run before", pid)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	patience := time.After(30 * time.Second)
	for running(pid) {
		select {
		case <-tick.C:
		case <-patience:
			t.Fatalf("process %s outlives ctl", pid)
		}
	}
}

// running holds for a process that is there and is no zombie.
func running(pid string) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z") && !strings.HasPrefix(state, "X")
}
