package cli

import (
	"context"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"golang.org/x/term"
)

// Process is Main for a whole process: its arguments, its standard streams and
// its signals. The first SIGINT, SIGTERM or SIGHUP ends what is under way, in
// order; a later SIGINT or SIGTERM ends the process. A later SIGHUP does not: where
// a terminal goes away both the kernel and the shell send one.
func Process() int {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	hangups := make(chan os.Signal, 1)
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		signal.Notify(hangups, syscall.SIGHUP)
	}
	// A reader of stdout that goes away is told by the write, so that bytes not
	// taken stay with the agent.
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)

	ctx, cancel := context.WithCancelCause(context.Background())
	ended, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case sig := <-signals:
			signal.Stop(signals)
			cancel(&Signal{Signal: sig, Terminal: sig == os.Interrupt && term.IsTerminal(int(os.Stdin.Fd()))})
		case sig := <-hangups:
			signal.Stop(signals)
			cancel(&Signal{Signal: sig})
		case <-ended:
		}
	}()
	code := Main(ctx, os.Args[1:], Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Width: terminalWidth, Terminal: term.IsTerminal(int(os.Stdout.Fd())),
	})
	close(ended)
	<-watched
	cancel(nil)
	return code
}

// terminalWidth is stdout's, if that is a terminal; COLUMNS may set it otherwise.
func terminalWidth() int {
	fd := int(os.Stdout.Fd())
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 && term.IsTerminal(fd) {
		return n
	}
	if w, _, err := term.GetSize(fd); err == nil {
		return w
	}
	return 0
}
