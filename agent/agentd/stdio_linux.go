package agentd

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"
)

const (
	// readyWithin bounds finding or starting an agent.
	readyWithin = 10 * time.Second
	// lastWords bounds how long the agent may go on answering after stdin
	// ended.
	lastWords = 5 * time.Second
)

// stdio connects stdin and stdout to this user's agent, byte for byte after the
// magic line, and starts the agent where none runs.
func stdio(args []string, env Env) int {
	if len(args) > 0 {
		fmt.Fprintf(env.Stderr, "agent stdio: takes no arguments, got %q\n", args[0])
		return exitUsage
	}
	path, err := socketPath("unix:", env.Getenv)
	if err != nil {
		fmt.Fprintf(env.Stderr, "agent stdio: %v\n", err)
		return exitUsage
	}
	ctx, cancel := context.WithTimeout(context.Background(), readyWithin)
	defer cancel()
	found, err := findOrStart(ctx, path)
	if err != nil {
		fmt.Fprintf(env.Stderr, "agent stdio: %v\n", err)
		return exitFailed
	}
	defer found.conn.Close()
	if _, err := io.WriteString(env.Stdout, magicLine(found.version, found.incarnation)); err != nil {
		return exitFailed
	}
	if err := bridge(env.Stdin, env.Stdout, found.conn); err != nil {
		fmt.Fprintf(env.Stderr, "agent stdio: %v\n", err)
		return exitFailed
	}
	return exitDone
}

// bridge copies both ways and passes a half-close on. It returns when the
// agent's side ended, or lastWords after stdin did. Reading stdin cannot be
// interrupted: that goroutine then ends with the process, or when its reader
// is closed.
func bridge(stdin io.Reader, stdout io.Writer, agent *net.UnixConn) error {
	up, down := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := io.Copy(agent, stdin)
		// An error means that the agent is gone, which down tells too.
		_ = agent.CloseWrite()
		up <- err
	}()
	go func() {
		_, err := io.Copy(stdout, agent)
		down <- err
	}()
	select {
	case err := <-down:
		return err
	case <-up:
	}
	timer := time.NewTimer(lastWords)
	defer timer.Stop()
	select {
	case err := <-down:
		return err
	case <-timer.C:
		return nil
	}
}
