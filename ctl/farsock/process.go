package farsock

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

const (
	// stderrKept is how much of a process' standard error is kept, in bytes.
	stderrKept = 4 << 10
	// lastWords is how long the standard error of an ended process is still
	// read: its children may hold it open for ever, as a shared ssh connection
	// does.
	lastWords = 200 * time.Millisecond
)

// process is a running command as a connection: writes go to its standard
// input, reads come from its standard output.
type process struct {
	cmd    *exec.Cmd
	stdin  *os.File
	out    *os.File      // the pipe beneath stdout
	stdout *bufio.Reader // read by one goroutine at a time
	errs   *os.File      // the pipe that stderr is copied from
	stderr *tailWriter

	ended  chan struct{} // closed when the process ended and was waited for
	copied chan struct{} // closed after ended, when nothing more comes to stderr
	once   sync.Once     // of closing the pipes
}

// startProcess starts argv. Close ends it.
func startProcess(argv []string, stderr io.Writer) (*process, error) {
	if len(argv) == 0 {
		return nil, errors.New("the command is empty")
	}
	p := &process{
		cmd: exec.Command(argv[0], argv[1:]...), stderr: &tailWriter{copy: stderr},
		ended: make(chan struct{}), copied: make(chan struct{}),
	}
	var files []*os.File // three pipes: each its reading end, then its writing end
	for range 3 {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, errors.Join(err, closeAll(files))
		}
		files = append(files, r, w)
	}
	p.cmd.Stdin, p.stdin = files[0], files[1]
	p.out, p.cmd.Stdout = files[2], files[3]
	p.errs, p.cmd.Stderr = files[4], files[5]
	p.stdout = bufio.NewReaderSize(p.out, 32<<10)
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, closeAll(files))
	}
	_ = closeAll([]*os.File{files[0], files[3], files[5]}) // the process has its own
	go p.wait()
	return p, nil
}

func closeAll(files []*os.File) error {
	var errs []error
	for _, f := range files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// wait reaps the process and copies its standard error; Close waits for it.
func (p *process) wait() {
	defer close(p.copied)
	var copying sync.WaitGroup
	said := make(chan struct{})
	copying.Go(func() {
		defer close(said)
		_, _ = io.Copy(p.stderr, p.errs) // it ends with the process, or below
	})
	_ = p.cmd.Wait() // how it ended is read from ProcessState
	close(p.ended)
	timer := time.NewTimer(lastWords)
	defer timer.Stop()
	select {
	case <-said:
	case <-timer.C:
	}
	_ = p.errs.Close()
	copying.Wait()
}

// waitExit gives the process some time to end and says how it did: its exit
// code, or -1 and the signal that ended it, or -1 and 0 if it runs on.
func (p *process) waitExit(limit time.Duration) (code int, by syscall.Signal) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
		return -1, 0
	}
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return -1, status.Signal()
	}
	return p.cmd.ProcessState.ExitCode(), 0
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

// Close kills the process and waits until it has ended and nothing more comes
// to its standard error.
func (p *process) Close() error {
	p.kill()
	<-p.copied
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
