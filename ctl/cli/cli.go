// Package cli is the command line: one file a command, each of which reads its
// arguments, makes one call through the SDK and renders the answer.
package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Env is the world that a command sees. It is not changed by Main.
type Env struct {
	// Stdin is read only by commands that send it. May be nil: empty.
	Stdin io.Reader
	// Stdout gets data and answers, Stderr what ctl has to say.
	Stdout, Stderr io.Writer
	// Getenv looks up environment variables. Nil: the process's.
	Getenv func(name string) string
	// Dir is where relative file names start. Empty: the process's directory.
	Dir string
	// Width is how many columns tables may take; 0 or nil: as many as they
	// like.
	Width func() int
	// Terminal says that a person reads Stdout as it comes.
	Terminal bool
	// Vars is told what a script may refer to, for example "web.addr". Nil
	// outside of scripts.
	Vars func(name, value string)
	// Arrived is told what was there instead of what a command waited for. Nil
	// outside of scripts.
	Arrived func(data []byte)
}

// Main runs one command line (without the program's name) and returns its exit
// code; exit.go has the table. It returns when everything that it started has
// ended, except a read of Stdin that nothing can interrupt. A ctx whose cause is
// a *Signal ends with that signal's code.
func Main(ctx context.Context, args []string, env Env) int {
	conns := newConnections()
	code := run(ctx, args, env, conns, scope{})
	conns.close()
	return code
}

// scope is what `ctl run` gives to the lines of a script.
type scope struct {
	agent    string   // the default for --agent; empty: none
	session  string   // the default for --session; empty: none
	sessions *leases  // the script's own sessions; nil outside of scripts
	made     *owners  // the agents of the script's sockets; nil outside of scripts
	wait     waitFlag // the default for --wait
	exec     bool     // a script may run programs
}

// run is Main with the connections of somebody else.
func run(ctx context.Context, args []string, env Env, conns *connections, s scope) int {
	if env.Getenv == nil {
		env.Getenv = os.Getenv
	}
	a := &app{env: env, conns: conns, scope: s}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	addCompletion(root) // it keeps the writer that is set now
	err := root.ExecuteContext(ctx)
	if err != nil && !a.ran {
		if unknown := notFound(root, args); unknown != nil {
			err = unknown
		}
		err = asUsage(err)
		// Cobra may have stopped before it came to the flag.
		if asksForJSON(args) {
			a.outputFlag = "json"
		}
	}
	if err == nil {
		err = a.helpLost
	}
	a.tellArrived(err)
	return a.report(ctx, err)
}

// asksForJSON looks for -o json in a command line that was not understood.
func asksForJSON(args []string) bool {
	for i, arg := range args {
		switch arg {
		case "-ojson", "-o=json", "--output=json":
			return true
		case "-o", "--output":
			return i+1 < len(args) && args[i+1] == "json"
		case "--":
			return false
		}
	}
	return false
}

// path resolves a file name against Dir.
func (e Env) path(name string) string {
	if e.Dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(e.Dir, name)
}

func (e Env) width() int {
	if e.Width == nil {
		return 0
	}
	return e.Width()
}

// set tells a script about a variable.
func (e Env) set(name, value string) {
	if e.Vars != nil {
		e.Vars(name, value)
	}
}

// asUsage marks an error that cobra found in the command line.
func asUsage(err error) error {
	if _, ok := errors.AsType[*usageError](err); ok {
		return err
	}
	return &usageError{err: err}
}
