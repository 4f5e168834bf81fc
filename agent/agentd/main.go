package agentd

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// Main's exit codes.
const (
	exitDone   = 0
	exitFailed = 1 // it could not start or go on; stderr says why
	exitUsage  = 2
)

// Main is the agent command; args come without the program's name. It returns
// the exit code: 0 after an orderly end, 1 if the agent could not start or go
// on (another one serves the socket, say), 2 for wrong usage.
func Main(args []string, env Env) int {
	verb := ""
	if len(args) > 0 && (args[0] == "--version" || !strings.HasPrefix(args[0], "-")) {
		verb, args = args[0], args[1:]
	}
	switch verb {
	case "":
		return serve(args, env)
	case "stdio":
		return stdio(args, env)
	case "version", "--version":
		fmt.Fprintf(env.Stdout, "agent %s\n", Version)
		return exitDone
	case "help":
		fmt.Fprint(env.Stdout, usage)
		return exitDone
	}
	fmt.Fprintf(env.Stderr, "agent: no command %q; see agent --help\n", verb)
	return exitUsage
}

// serve runs an agent until a signal, or until it has been idle for long.
func serve(args []string, env Env) int {
	opts, err := parseFlags(args, env)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(env.Stdout, usage)
		return exitDone
	}
	if err != nil {
		fmt.Fprintf(env.Stderr, "agent: %v\n", err)
		return exitUsage
	}
	logger, closeLog, err := opts.logger(env.Stderr)
	if err != nil {
		fmt.Fprintf(env.Stderr, "agent: --log-file: %v\n", err)
		return exitFailed
	}
	defer closeLog()
	opts.config.Logger = logger

	ctx, abort, stop := onSignals()
	defer stop()
	opts.config.abort = abort
	err = runOrAbandon(ctx, opts.config)
	var bad *ConfigError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &bad):
		fmt.Fprintf(env.Stderr, "agent: %v\n", err)
		return exitUsage
	}
	fmt.Fprintf(env.Stderr, "agent: %v\n", err)
	return exitFailed
}

// errAborted: the second signal came, and even then the agent did not end.
var errAborted = errors.New("stopped by the second signal; not everything was closed in order")

// abandonAfter is how long after the second signal Main still waits for Run.
const abandonAfter = 3 * time.Second

// runOrAbandon is Run, but leaves it behind if the second signal does not end
// it: the process is about to exit, and the kernel closes everything.
func runOrAbandon(ctx context.Context, cfg Config) error {
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, cfg) }()
	select {
	case err := <-ended:
		return err
	case <-cfg.abort:
	}
	timer := time.NewTimer(abandonAfter)
	defer timer.Stop()
	select {
	case err := <-ended:
		return err
	case <-timer.C:
		return errAborted
	}
}

// onSignals ends ctx at the first SIGINT or SIGTERM and closes abort at the
// second. stop gives the signals back and waits for its goroutine.
func onSignals() (ctx context.Context, abort <-chan struct{}, stop func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancel(context.Background())
	twice, stopped, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for seen := 0; seen < 2; seen++ {
			select {
			case <-signals:
				cancel()
			case <-stopped:
				return
			}
		}
		close(twice)
	}()
	return ctx, twice, func() {
		signal.Stop(signals)
		close(stopped)
		<-done
		cancel()
	}
}
