package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	"github.com/farsock/farsock/ctl/render"
)

// app is one command line being run. Its fields are set before the command
// starts and not changed afterwards.
type app struct {
	env   Env
	conns *connections
	scope scope
	ran   bool // the command line was understood; written by cobra's pre-run

	helpLost error // why help could not be written; written by cobra's help function

	agentFlag   string
	agentSaid   bool // --agent is on the command line; written by cobra's pre-run
	sessionFlag string
	outputFlag  string
}

const (
	groupSockets = "sockets"
	groupAgents  = "agents"
)

// root assembles the commands. Cobra's commands hold flag values, so that each
// run has its own.
func (a *app) root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ctl",
		Short: "Sockets that live on another machine",
		Long: `ctl makes POSIX sockets on another machine, through an agent there, and says
exactly what that machine's kernel answered.

` + exitHelp,
		Example: `  ctl --agent ssh://lab7 listen tcp :8080 --as web
  ctl --agent ssh://lab9 dial tcp lab7:8080 --as d
  ctl --agent ssh://lab7 accept web --as c1
  ctl --agent ssh://lab9 send d Hello
  ctl --agent ssh://lab7 recv c1 --max 1024`,
		Version:       versionText(),
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			a.ran = true
			a.agentSaid = cmd.Flags().Changed("agent")
			return a.checkFlags()
		},
		RunE: group,
	}
	cmd.AddGroup(&cobra.Group{ID: groupSockets, Title: "Sockets:"}, &cobra.Group{ID: groupAgents, Title: "Sessions, agents, scripts:"})
	f := cmd.PersistentFlags()
	f.StringVarP(&a.agentFlag, "agent", "a", a.scope.agent, "`AGENT` to use: ssh://HOST, unix:///PATH, embedded: or a name\nof 'ctl agent ls' (default $FARSOCK_AGENT, else this machine's)")
	f.StringVarP(&a.sessionFlag, "session", "s", a.scope.session, "`SESSION` to use, an id or uid\n(default $FARSOCK_SESSION, else USER-HOST)")
	f.StringVarP(&a.outputFlag, "output", "o", "text", "`FORMAT` of answers: text or json")
	for _, c := range a.socketCommands() {
		c.GroupID = groupSockets
		cmd.AddCommand(c)
	}
	for _, c := range a.otherCommands() {
		c.GroupID = groupAgents
		cmd.AddCommand(c)
	}
	cmd.SetVersionTemplate("{{.Version}}\n")
	cmd.SetHelpCommand(help())
	cmd.SetFlagErrorFunc(badFlag)
	a.completeFlags(cmd)
	a.fitHelp(cmd)
	return cmd
}

func (a *app) socketCommands() []*cobra.Command {
	return []*cobra.Command{
		a.listen(), a.dial(), a.bind(), a.open(), a.connect(), a.accept(),
		a.disconnect(), a.send(), a.recv(), a.expect(), a.stream(), a.fill(), a.drain(),
		a.shutdown(), a.closeCommand(), a.ls(), a.show(), a.options(), a.poll(), a.await(),
		a.resolve(),
	}
}

func (a *app) otherCommands() []*cobra.Command {
	return []*cobra.Command{a.sessionGroup(), a.agentGroup(), a.runCommand(), a.version()}
}

// checkFlags refuses what no command takes.
func (a *app) checkFlags() error {
	if a.outputFlag != "text" && a.outputFlag != "json" {
		bad := a.outputFlag
		a.outputFlag = "text" // the complaint itself needs a format
		return usagef("--output %q is neither text nor json", bad)
	}
	return nil
}

func (a *app) json() bool { return a.outputFlag == "json" }

// print writes an answer: the message as JSON, or what text writes.
func (a *app) print(m proto.Message, text func(w io.Writer) error) error {
	if a.json() {
		return stdoutError(render.JSON(a.env.Stdout, m))
	}
	if text == nil {
		return nil
	}
	return stdoutError(text(a.env.Stdout))
}

// say tells people something that is not an answer.
func (a *app) say(parts ...string) {
	// With stderr gone there is nobody left to tell.
	_, _ = io.WriteString(a.env.Stderr, strings.Join(parts, "")+"\n")
}

// sentence is a text for print.
func sentence(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s+"\n")
		return err
	}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
