package farsock

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"time"
)

const (
	// stderrKept is how much of a process' standard error is kept, in bytes.
	stderrKept = 4 << 10
	// pipeGrace is how long the pipes of an ended process may stay open in its
	// children before they are closed.
	pipeGrace = 2 * time.Second
)

// process is a running command as a connection: writes go to its standard
// input, reads come from its standard output.
type process struct {
	cmd    *exec.Cmd
	stdin  *os.File
	out    *os.File      // the pipe beneath stdout
	stdout *bufio.Reader // read by one goroutine at a time
	stderr *tailWriter

	ended chan struct{} // closed when the process ended and was waited for
	once  sync.Once     // of closing the pipes
}

// startProcess starts argv. Close ends it.
func startProcess(argv []string, stderr io.Writer) (*process, error) {
	if len(argv) == 0 {
		return nil, errors.New("the command is empty")
	}
	p := &process{cmd: exec.Command(argv[0], argv[1:]...), stderr: &tailWriter{copy: stderr}, ended: make(chan struct{})}
	childIn, stdin, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, childIn.Close(), stdin.Close())
	}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = childIn, childOut, p.stderr
	p.cmd.WaitDelay = pipeGrace
	p.stdin, p.out, p.stdout = stdin, out, bufio.NewReaderSize(out, 32<<10)
	err = p.cmd.Start()
	err = errors.Join(err, childIn.Close(), childOut.Close())
	if err != nil {
		return nil, errors.Join(err, p.closePipes())
	}
	go p.wait()
	return p, nil
}

// wait reaps the process; Close waits for it.
func (p *process) wait() {
	// The exit code is read from ProcessState, which also has it when Wait
	// complains that a child of the process kept its standard error open.
	_ = p.cmd.Wait()
	close(p.ended)
}

// waitExit gives the process some time to end and returns its exit code, or -1
// if it runs on or was ended by a signal.
func (p *process) waitExit(limit time.Duration) int {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-timer.C:
		return -1
	}
}

// kill ends the process without waiting for it, and reads and writes with it.
func (p *process) kill() {
	// An error says that it has ended already.
	_ = p.cmd.Process.Kill()
	_ = p.closePipes()
}

func (p *process) closePipes() (err error) {
	p.once.Do(func() { err = errors.Join(p.stdin.Close(), p.out.Close()) })
	return err
}

// Close kills the process and waits until it has ended.
func (p *process) Close() error {
	p.kill()
	<-p.ended
	return nil
}

func (p *process) Read(b []byte) (int, error)  { return p.stdout.Read(b) }
func (p *process) Write(b []byte) (int, error) { return p.stdin.Write(b) }

func (p *process) LocalAddr() net.Addr  { return processAddr("stdio") }
func (p *process) RemoteAddr() net.Addr { return processAddr(p.cmd.Path) }

func (p *process) SetDeadline(t time.Time) error {
	return errors.Join(p.SetReadDeadline(t), p.SetWriteDeadline(t))
}

// The deadlines are those of pipes: Windows has none and says so.
func (p *process) SetReadDeadline(t time.Time) error  { return p.out.SetReadDeadline(t) }
func (p *process) SetWriteDeadline(t time.Time) error { return p.stdin.SetWriteDeadline(t) }

// processAddr is the address of a pipe: which command is at its other end.
type processAddr string

func (a processAddr) Network() string { return "pipe" }
func (a processAddr) String() string  { return string(a) }

// tailWriter keeps the last bytes written to it and copies all of them to
// another writer, if there is one.
type tailWriter struct {
	copy io.Writer // immutable; may be nil

	mu   sync.Mutex
	kept []byte // guarded by mu; at most stderrKept
}

// Write never fails: a broken copy must not end the process.
func (w *tailWriter) Write(b []byte) (int, error) {
	if w.copy != nil {
		_, _ = w.copy.Write(b)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kept = append(w.kept, b...)
	if over := len(w.kept) - stderrKept; over > 0 {
		w.kept = append(w.kept[:0], w.kept[over:]...)
	}
	return len(b), nil
}

func (w *tailWriter) tail() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]byte(nil), w.kept...)
}
