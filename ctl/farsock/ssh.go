package farsock

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

const (
	// magicPrefix begins the line that `agent stdio` prints before its bytes.
	magicPrefix = "FARSOCK-STDIO "
	// magicVersion is the form of that line that this client understands.
	magicVersion = "1"
	// magicWait is how long ssh may take to log in and start the agent.
	magicWait = 30 * time.Second
	// magicBytes is how far into ssh's output the line may stand.
	magicBytes = 8 << 10
)

// SSHProblem is why no agent answered through ssh.
type SSHProblem int

// The problems, by who is at fault.
const (
	SSHNotStarted   SSHProblem = iota + 1 // the ssh command itself could not be run
	SSHFailed                             // ssh could not connect or log in
	SSHNoAgent                            // the agent's binary is not there, or cannot be run
	SSHAgentFailed                        // the agent ran and gave up
	SSHChattyShell                        // the login shell printed something first
	SSHWrongVersion                       // the agent speaks another version of the magic line
	SSHSilent                             // nothing within 30 seconds, or the context's time
)

// SSHError says why an ssh:// endpoint did not answer. What the remote side
// printed is quoted, so that it cannot drive a terminal, and bounded.
type SSHError struct {
	Host    string
	Problem SSHProblem
	Exit    int    // ssh's exit code; -1 if it was still running
	Output  string // what came instead of the magic line, quoted; or ""
	Stderr  string // the end of what ssh wrote to its standard error, quoted; or ""
	Err     error  // a cause in this process, or nil
}

func (e *SSHError) Unwrap() error { return e.Err }

func (e *SSHError) Error() string {
	var b strings.Builder
	switch e.Problem {
	case SSHNotStarted:
		b.WriteString("ssh could not be run")
	case SSHFailed:
		fmt.Fprintf(&b, "ssh to %s failed", e.Host)
	case SSHNoAgent:
		fmt.Fprintf(&b, "there is no agent on %s; copy it there (scp agent %s:) and name it in the endpoint (ssh://%s/~/agent), or put it into ssh's PATH",
			e.Host, e.Host, e.Host)
	case SSHAgentFailed:
		fmt.Fprintf(&b, "the agent on %s did not start", e.Host)
	case SSHChattyShell:
		fmt.Fprintf(&b, "the login shell on %s prints text before the agent starts; keep its start-up files (.bashrc and the like) quiet for non-interactive shells", e.Host)
	case SSHWrongVersion:
		fmt.Fprintf(&b, "the agent on %s is of a version that this client cannot speak to; install the same version on both", e.Host)
	case SSHSilent:
		fmt.Fprintf(&b, "the agent on %s did not start in time", e.Host)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Exit > 0 {
		fmt.Fprintf(&b, "; exit status %d", e.Exit)
	}
	if e.Output != "" {
		fmt.Fprintf(&b, "; it printed %s", e.Output)
	}
	if e.Stderr != "" {
		fmt.Fprintf(&b, "; ssh said %s", e.Stderr)
	}
	return b.String()
}

// startSSH runs ssh and returns its pipes once the agent has said that it is
// there. ctx bounds only that.
func startSSH(ctx context.Context, host string, argv []string, stderr io.Writer) (net.Conn, error) {
	p, err := startProcess(argv, stderr)
	if err != nil {
		return nil, &SSHError{Host: host, Problem: SSHNotStarted, Exit: -1, Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, magicWait)
	defer cancel()
	// Killing ends the read below.
	stop := context.AfterFunc(ctx, p.kill)
	output, err := readMagic(p.stdout)
	if stop() && err == nil {
		return p, nil
	}
	e := &SSHError{Host: host, Exit: -1, Output: quote(output)}
	switch {
	case errors.Is(err, errChatty):
		e.Problem = SSHChattyShell
	case errors.Is(err, errMagicVersion):
		e.Problem = SSHWrongVersion
	case ctx.Err() != nil:
		e.Problem, e.Err = SSHSilent, ctx.Err()
	default:
		// It has closed its output and so is about to end by itself.
		e.Exit = p.waitExit(time.Second)
		e.Problem = problemOf(e.Exit)
	}
	_ = p.Close()
	e.Stderr = quote(p.stderr.tail())
	return nil, e
}

// problemOf reads an exit code as shells and OpenSSH give them.
func problemOf(exit int) SSHProblem {
	switch exit {
	case 126, 127:
		return SSHNoAgent
	case 255:
		return SSHFailed
	}
	return SSHAgentFailed
}

var (
	errChatty       = errors.New("text before the magic line")
	errMagicVersion = errors.New("another version of the magic line")
)

// readMagic reads up to and including the magic line. If there is something
// else instead it returns that, and errChatty, errMagicVersion or the error of
// reading.
func readMagic(r *bufio.Reader) (output []byte, err error) {
	for len(output) < magicBytes {
		// A byte at a time, from r's buffer: what follows the line has to stay.
		c, err := r.ReadByte()
		if err != nil {
			return output, err
		}
		output = append(output, c)
		if c != '\n' {
			continue
		}
		at := bytes.LastIndex(output, []byte(magicPrefix))
		if at < 0 {
			continue
		}
		fields := strings.Fields(string(output[at:]))
		switch {
		case at > 0:
			return output[:at], errChatty
		case len(fields) != 4 || fields[1] != magicVersion:
			return output, errMagicVersion
		}
		return nil, nil
	}
	return output, errChatty
}

// quote makes remote text safe and short: its last 512 bytes, escaped, on one
// line; "" for none.
func quote(b []byte) string {
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return ""
	}
	const most = 512
	if len(b) > most {
		return "..." + strconv.Quote(string(b[len(b)-most:]))
	}
	return strconv.Quote(string(b))
}
