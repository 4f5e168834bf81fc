package farsock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// SSHProblem is why no agent answered through ssh.
type SSHProblem int

// The problems, by who is at fault.
const (
	SSHNotStarted    SSHProblem = iota + 1 // the ssh command itself could not be run
	SSHFailed                              // ssh could not connect or log in
	SSHNoAgent                             // the agent's binary is not there
	SSHNotExecutable                       // it is there and cannot be executed
	SSHAgentFailed                         // it ended without the magic line
	SSHChattyShell                         // the login shell printed something first
	SSHWrongVersion                        // the agent speaks another version of the magic line
	SSHSilent                              // nothing within 30 seconds, or the context's time
	SSHKilled                              // a signal ended ssh on this machine
)

// SSHError says why an ssh:// endpoint did not answer. What the remote side
// printed is quoted, so that it cannot drive a terminal, and bounded.
type SSHError struct {
	Host    string
	Problem SSHProblem
	Exit    int            // ssh's exit code; -1 if it was still running or killed
	Signal  syscall.Signal // what ended ssh, with SSHKilled; else 0
	Waited  time.Duration  // how long nothing came, with SSHSilent, and SSHAgentFailed after 9 s or more; else 0
	Output  string         // what came instead of the magic line, quoted; or ""
	Stderr  string         // the end of what ssh wrote to its standard error, quoted; or ""
	Err     error          // a cause in this process, or nil
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
	case SSHNotExecutable:
		fmt.Fprintf(&b, "the agent is there on %s but not executable; make it so (chmod +x), or install the build for that machine", e.Host)
	case SSHAgentFailed:
		// false or true would end like this, too: it need not be an agent.
		if e.Exit >= 0 && e.Waited > 0 {
			fmt.Fprintf(&b, "the agent on %s does not answer: the program there ended after %s without a word of an agent; one that runs there is perhaps stopped", e.Host, seconds(e.Waited))
		} else if e.Exit < 0 {
			fmt.Fprintf(&b, "the agent on %s did not start: the program there closed its output and said nothing of an agent", e.Host)
		} else {
			fmt.Fprintf(&b, "the agent on %s did not start: the program there ended at once", e.Host)
		}
	case SSHChattyShell:
		fmt.Fprintf(&b, "the login shell on %s prints text before the agent starts; keep its start-up files (.bashrc and the like) quiet for non-interactive shells", e.Host)
	case SSHWrongVersion:
		fmt.Fprintf(&b, "the agent on %s is of a version that this client cannot speak to; install the same version on both", e.Host)
	case SSHSilent:
		if errors.Is(e.Err, context.Canceled) {
			fmt.Fprintf(&b, "given up before anything came from %s", e.Host)
		} else {
			fmt.Fprintf(&b, "nothing came from %s within %s", e.Host, seconds(e.Waited))
		}
	case SSHKilled:
		fmt.Fprintf(&b, "ssh to %s was ended by signal %d (%v)", e.Host, int(e.Signal), e.Signal)
	}
	if e.Err != nil && e.Problem != SSHSilent {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Exit >= 0 {
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

// seconds is a time for people: "30 s", "0.2 s".
func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Round(100*time.Millisecond).Seconds(), 'f', -1, 64) + " s"
}

// problemOf reads how ssh ended, with the exit codes that shells and OpenSSH
// give.
func problemOf(exit int, by syscall.Signal) SSHProblem {
	switch {
	case by != 0:
		return SSHKilled
	case exit == 126:
		return SSHNotExecutable
	case exit == 127:
		return SSHNoAgent
	case exit == 255:
		return SSHFailed
	}
	return SSHAgentFailed
}

// sshNotice begins a line of ssh that tells of no failure: it has met the host
// for the first time.
const sshNotice = "Warning: Permanently added "

// sayings are the lines of ssh's standard error that may say why it failed, on
// one line. Lines end with CR LF where ssh itself speaks.
func sayings(stderr []byte) []byte {
	var said [][]byte
	for line := range bytes.Lines(stderr) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && !bytes.HasPrefix(line, []byte(sshNotice)) {
			said = append(said, line)
		}
	}
	return bytes.Join(said, []byte("; "))
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
