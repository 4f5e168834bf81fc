package farsock

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
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
	// exitWait is how long ssh may take to end after it closed its output.
	exitWait = time.Second
	// slowEnd is when a program that ends without the magic line has waited for
	// something: `agent stdio` does so for 10 s for an agent that is there and
	// does not answer.
	slowEnd = 9 * time.Second
	// magicBytes is how far into ssh's output the line may stand.
	magicBytes = 8 << 10
)

// startSSH runs ssh and returns its pipes once the agent has said that it is
// there. ctx bounds only that, as does limit.
func startSSH(ctx context.Context, host string, argv []string, stderr io.Writer, limit time.Duration) (net.Conn, error) {
	began := time.Now()
	p, err := startProcess(argv, stderr)
	if err != nil {
		return nil, &SSHError{Host: host, Problem: SSHNotStarted, Exit: -1, Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
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
		e.Problem, e.Err, e.Waited = SSHSilent, ctx.Err(), time.Since(began)
	default:
		// It has closed its output and so is about to end by itself.
		e.Exit, e.Signal = p.waitExit(exitWait)
		e.Problem = problemOf(e.Exit, e.Signal)
		if waited := time.Since(began); e.Problem == SSHAgentFailed && waited >= slowEnd {
			e.Waited = waited
		}
	}
	_ = p.Close()
	e.Stderr = quote(sayings(p.stderr.tail()))
	return nil, e
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
