package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/farsock/farsock/ctl/farsock"
)

func (a *app) sessionExec() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "exec [--id ID] -- CMD [ARG...]",
		Short: "Run a command with a session of its own",
		Long: `Creates a session, renews it while CMD runs, ends it with CMD and returns CMD's
exit code (126: it cannot be run, 127: there is none). CMD finds FARSOCK_SESSION
and FARSOCK_AGENT in its environment (and FARSOCK_NETNS, if the agent's name
stands for a network namespace), so that every ctl in it uses the session. Signals
are passed on to CMD. This is the way for pipelines: nothing is left behind, even
if everything is killed. Then the session ends after its TTL, and on Linux CMD is
killed with ctl (what CMD has started is in ctl's process group, which a kill of
the group reaches; on other systems CMD itself is, too).`,
		Example: `  ctl --agent ssh://lab7 session exec -- ./test.sh
  ctl --agent embedded: session exec -- sh -c 'ctl listen tcp :0 --as web && ctl show web'`,
		Args: between(1, -1),
	}
	// What stands behind CMD is CMD's.
	cmd.Flags().SetInterspersed(false)
	id := cmd.Flags().String("id", "", "the session's `ID` (default: the agent gives one)")
	ttl := addTTL(cmd, 30*time.Second)
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		ctx := cmd.Context()
		if a.scope.sessions != nil && !a.scope.exec {
			return usagef("a script runs programs only with 'ctl run --allow-exec'")
		}
		t, err := a.quietTarget(ctx)
		if err != nil {
			return err
		}
		session, err := t.client.OpenSession(ctx, farsock.SessionConfig{ID: *id, TTL: *ttl, KeepAlive: true})
		if err != nil {
			return t.failed(err)
		}
		err = a.exec(ctx, t, session, args)
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseEnd)
		defer cancel()
		if closed := session.Close(end); closed != nil && !sessionGone(closed) {
			a.say(sentenceOf(end, t.failed(closed)))
		}
		return err
	}
	return cmd
}

// exec runs the command to its end and returns how it ended.
func (a *app) exec(ctx context.Context, t *target, session *farsock.Session, args []string) error {
	child := exec.CommandContext(ctx, args[0], args[1:]...)
	child.Stdin, child.Stdout, child.Stderr = a.env.Stdin, a.env.Stdout, a.env.Stderr
	child.Dir = a.env.Dir
	child.Env = append(child.Environ(), a.childEnv(t.endpoint, t.netns, session.UID())...)
	child.Cancel = func() error { return passOn(ctx, child.Process) }

	over := make(chan struct{})
	told := make(chan struct{})
	go func() {
		defer close(told)
		select {
		case <-session.Lost():
			a.say("the session is lost: " + sentenceOf(ctx, t.failed(session.Err())))
		case <-over:
		}
	}()
	err := runBound(child)
	close(over)
	<-told
	return childResult(args[0], child, err)
}

// passOn gives the signal that ended ctx to the child. A terminal has sent its
// SIGINT to the child already.
func passOn(ctx context.Context, child *os.Process) error {
	sig, ok := signalOf(ctx)
	if !ok {
		return child.Kill()
	}
	if sig.Signal == os.Interrupt && sig.Terminal {
		return nil
	}
	return child.Signal(sig.Signal)
}

// childResult is the child's exit code, as a shell has it.
func childResult(name string, child *exec.Cmd, err error) error {
	if child.ProcessState == nil {
		code := exitNotRun
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
			code = exitNoCommand
		}
		return &childError{code: code, err: fmt.Errorf("%s: %w", name, err)}
	}
	if status, ok := child.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return &childError{code: 128 + int(status.Signal())}
	}
	if code := child.ProcessState.ExitCode(); code != 0 {
		return &childError{code: code}
	}
	return nil
}
