package cli

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/farsock/farsock/ctl/script"
)

func (a *app) runCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run FILE...",
		Short: "Run scripts of these commands",
		Long: `Runs each file's lines in order. Unless --session is given each file has its own
session on every agent that it uses, which ends with it; two names for one agent
count as two agents. --agent, --session and --wait become the lines' defaults. The
exit code is the first failing file's.

` + script.Guide,
		Example: `  ctl run --embedded ctl/examples/tutorial.txt`,
		Args:    between(1, -1),
	}
	f := cmd.Flags()
	inside := f.Bool("embedded", false, "short for --agent embedded:, an agent inside of ctl")
	allowExec := f.Bool("allow-exec", false, "allow the script commands exec and sleep")
	verbose := f.BoolP("verbose", "v", false, "show every line with its output")
	wait := a.addWait(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if a.scope.sessions != nil {
			return usagef("a script cannot run scripts")
		}
		agent := orElse(a.agentFlag, a.env.Getenv("FARSOCK_AGENT"))
		if *inside {
			if a.agentFlag != "" && a.agentFlag != embeddedEndpoint {
				return usagef("--embedded and --agent exclude each other")
			}
			agent = embeddedEndpoint
		}
		base := scope{agent: agent, session: a.sessionFlag, wait: *wait, exec: *allowExec}
		config := script.Config{
			Begin:     func(context.Context, string) (*script.Scene, error) { return a.scene(base), nil },
			AllowExec: *allowExec,
			Stdout:    a.env.Stdout,
			Stderr:    a.env.Stderr,
			Verbose:   *verbose,
		}
		if a.json() {
			if config.Each = a.ranJSON; !*verbose {
				config.Stderr = io.Discard // its transcript is for people
			}
		}
		files := make([]string, len(args))
		for i, name := range args {
			files[i] = a.env.path(name)
		}
		report, err := script.Run(cmd.Context(), config, files)
		if err != nil {
			return stdoutError(err)
		}
		if code := report.Code(); code != exitDone {
			return &childError{code: code}
		}
		return nil
	}
	return cmd
}

// ran is how a file went, for -o json.
type ran struct {
	File    string  `json:"file"`
	OK      bool    `json:"ok"`
	Seconds float64 `json:"seconds"`
	Code    int     `json:"code"`
	// Of the line that failed; Line is 0 if it was none.
	Line    int    `json:"line,omitempty"`
	Command string `json:"command,omitempty"`
	Outcome string `json:"outcome,omitempty"`
	Got     *got   `json:"got,omitempty"`
	// Of the cleanup lines that failed too.
	Cleanup []string `json:"cleanup,omitempty"`
}

// got is data that arrived; bytes that are not UTF-8 are U+FFFD in Text.
type got struct {
	Text string `json:"text"`
	Hex  string `json:"hex"`
}

// ranJSON writes a line for a file.
func (a *app) ranJSON(r script.Result) error {
	line := ran{File: r.File, OK: r.Failure == nil, Seconds: r.Took.Seconds()}
	if f := r.Failure; f != nil {
		line.Code, line.Line, line.Command, line.Outcome = f.Code, f.Line, f.Text, f.Outcome()
		line.Got = &got{string(f.Got()), hex.EncodeToString(f.Got())}
		for _, later := range f.Cleanup {
			line.Cleanup = append(line.Cleanup, later.Error())
		}
	}
	e := json.NewEncoder(a.env.Stdout)
	e.SetEscapeHTML(false)
	return e.Encode(line)
}

// scene is one file's surroundings: ctl's commands as verbs, on connections that
// all files share and sessions of its own.
func (a *app) scene(base scope) *script.Scene {
	own := base
	own.sessions, own.made = newLeases(), newOwners()
	verbs := map[string]script.Verb{}
	for _, c := range append(a.socketCommands(), a.otherCommands()...) {
		name := c.Name()
		if name == "run" {
			continue
		}
		_, usage, _ := strings.Cut(c.Use, " ")
		verbs[name] = script.Verb{Summary: c.Short, Usage: usage, Run: func(ctx context.Context, call script.Call) int {
			return run(ctx, slices.Insert(slices.Clone(call.Args), 0, name), a.lineEnv(call), a.conns, own)
		}}
	}
	scene := &script.Scene{Verbs: verbs, Flags: a.leadingFlags(), End: own.sessions.close}
	if own.exec {
		scene.Env = os.Environ()
		scene.ExecEnv = func() []string { return a.execEnv(own) }
	}
	return scene
}

// leadingFlags are those that stand before any command, as on the command line.
func (a *app) leadingFlags() []string {
	var flags []string
	a.root().PersistentFlags().VisitAll(func(f *pflag.Flag) {
		flags = append(flags, "--"+f.Name, "-"+f.Shorthand)
	})
	return flags
}

// execEnv leads a program that a script runs to the script's session on the
// default agent, if there is one.
func (a *app) execEnv(own scope) []string {
	p, err := a.place(own.agent)
	if err != nil {
		return nil
	}
	session := orElse(own.session, own.sessions.uid(p.key()))
	if session == "" {
		return nil
	}
	return a.childEnv(p.endpoint, p.netns, session)
}

// childEnv leads a program's ctl to an agent, the network namespace that its name
// stood for, and a session there.
func (a *app) childEnv(endpoint, netns, session string) []string {
	env := []string{"FARSOCK_AGENT=" + a.conns.address(endpoint), "FARSOCK_SESSION=" + session}
	if netns != "" {
		env = append(env, "FARSOCK_NETNS="+netns)
	}
	return env
}

// lineEnv is the world of one line: what the script has not set comes from ctl's
// own environment.
func (a *app) lineEnv(call script.Call) Env {
	return Env{
		Stdin: call.Stdin, Stdout: call.Stdout, Stderr: call.Stderr,
		Getenv: func(name string) string {
			if v := call.Getenv(name); v != "" {
				return v
			}
			return a.env.Getenv(name)
		},
		Dir: call.Dir, Vars: call.Set, Arrived: call.Arrived,
	}
}
