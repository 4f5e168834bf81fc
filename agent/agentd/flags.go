package agentd

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
)

const usage = `agent owns sockets on this host for people and programs elsewhere.

usage:
  agent [flags]     serve until SIGTERM, SIGINT or --idle-exit
  agent stdio       bridge stdin and stdout to this user's agent, and start
                    one, detached, if none runs; what ssh://HOST calls
  agent version     print the version

where it listens:
  --listen ENDPOINT       unix:///ABSOLUTE/PATH, or unix: for the default
                          socket: $FARSOCK_SOCKET, else farsock-UID/agent.sock
                          in the temporary directory; may be repeated
  --allow-group GROUP     admit this group's members too, each for its own
                          sessions; without it only this user may call
  --debug-listen ADDR     metrics (/metrics) and profiles (/debug/pprof/) on a
                          loopback HOST:PORT; off by default

how long:
  --idle-exit DURATION    stop after so long without session or connection,
                          for example 15m; 0: never (default)
  --drain DURATION        how long calls under way may go on after SIGTERM;
                          0: not at all (default 5s); a second signal ends them

what it says, on stderr:
  --log-level LEVEL       debug, info, warn or error (default info)
  --log-format FORMAT     text or json (default text)
  --log-file PATH         to this file instead, put aside as PATH.old at 4 MiB

bounds, each with its name in 'ctl agent info' (a caller who goes over one is
told which; the defaults are lower where ulimit -n is, and what that does not
allow is refused; a SIZE is in bytes, or in KiB, MiB or GiB, as in 256MiB):
  --max-connections N           connections, open at once (default 512)
  --max-connections-per-user N  connections_per_identity (default: all of them,
                                or half with --allow-group)
  --max-calls N                 calls, under way; at least 4 (default 8192)
  --max-calls-per-user N        calls_per_identity; at least 4 (likewise)
  --max-sessions N              sessions, live (default 1000)
  --max-sessions-per-user N     sessions_per_identity, live (default 100)
  --max-sockets N               sockets, live (default 65536)
  --max-sockets-per-session N   sockets_per_session, live (default 16384)
  --max-held-bytes SIZE         held_bytes, read from the kernel and kept; at
                                least 4MiB (default 256MiB)
  --max-transit-bytes SIZE      transit_bytes, sent by clients and not decoded,
                                or answered and not fetched; at least 16MiB
                                (default 256MiB)
  --max-ttl DURATION            session_ttl_max, longest lease; at least 5s
                                (default 24h)

exit codes: 0 ended in order, 1 could not start or go on, 2 wrong usage.
`

// options are the command line taken apart.
type options struct {
	config    Config
	logLevel  slog.Level
	logFormat string
	logPath   string
}

// endpoints is a flag that may be repeated.
type endpoints []string

func (e *endpoints) String() string { return strings.Join(*e, " ") }

// Set is flag.Value's.
func (e *endpoints) Set(s string) error {
	*e = append(*e, s)
	return nil
}

// parseFlags returns flag.ErrHelp, or what is wrong in one line. Endpoints come
// back as unix:///PATH.
func parseFlags(args []string, env Env) (*options, error) {
	o := &options{}
	c, l := &o.config, &o.config.Limits
	f := flag.NewFlagSet("agent", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Var((*endpoints)(&c.Listen), "listen", "")
	f.StringVar(&c.AllowGroup, "allow-group", "", "")
	f.StringVar(&c.DebugListen, "debug-listen", "", "")
	f.Var((*duration)(&c.IdleExit), "idle-exit", "")
	c.DrainTimeout = defaultDrain
	f.Var((*duration)(&c.DrainTimeout), "drain", "")
	f.TextVar(&o.logLevel, "log-level", slog.LevelInfo, "")
	f.StringVar(&o.logFormat, "log-format", "text", "")
	f.StringVar(&o.logPath, "log-file", "", "")
	f.Var((*number)(&l.Connections), "max-connections", "")
	f.Var((*number)(&l.ConnectionsPerIdentity), "max-connections-per-user", "")
	f.Var((*number)(&l.Calls), "max-calls", "")
	f.Var((*number)(&l.CallsPerIdentity), "max-calls-per-user", "")
	f.Var((*number)(&l.Sessions), "max-sessions", "")
	f.Var((*number)(&l.SessionsPerIdentity), "max-sessions-per-user", "")
	f.Var((*number)(&l.Sockets), "max-sockets", "")
	f.Var((*number)(&l.SocketsPerSession), "max-sockets-per-session", "")
	f.Var((*size)(&l.HeldBytes), "max-held-bytes", "")
	f.Var((*size)(&l.TransitBytes), "max-transit-bytes", "")
	f.Var((*duration)(&l.MaxTTL), "max-ttl", "")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("%q is not a flag; see agent --help", f.Arg(0))
	}
	if o.logFormat != "text" && o.logFormat != "json" {
		return nil, fmt.Errorf("--log-format: %q is neither text nor json", o.logFormat)
	}
	if c.DrainTimeout == 0 {
		c.DrainTimeout = -1
	}
	given := map[string]bool{}
	f.Visit(func(fl *flag.Flag) { given[fl.Name] = true })
	outside := l.inRange(func(flag string) bool { return given[flag] })
	for _, bad := range []error{outside, notNegative("--idle-exit", c.IdleExit), c.resolveListen(env.Getenv)} {
		if bad != nil {
			return nil, bad
		}
	}
	return o, nil
}

func notNegative(name string, d time.Duration) error {
	if d < 0 {
		return &ConfigError{Flag: name, Err: errors.New("must not be negative")}
	}
	return nil
}

// resolveListen puts the default in and refuses what is not a unix socket.
func (c *Config) resolveListen(getenv func(string) string) error {
	if len(c.Listen) == 0 {
		c.Listen = []string{"unix:"}
	}
	resolved := make([]string, len(c.Listen))
	for i, endpoint := range c.Listen {
		path, err := socketPath(endpoint, getenv)
		if err != nil {
			return &ConfigError{Flag: "--listen", Err: err}
		}
		resolved[i] = "unix://" + path
	}
	c.Listen = resolved
	return nil
}

// logger makes what the flags ask for; the caller calls done when nothing logs
// any more.
func (o *options) logger(stderr io.Writer) (logger *slog.Logger, done func(), err error) {
	if o.logPath == "" {
		return o.logTo(stderr), func() {}, nil
	}
	file, err := openLogFile(o.logPath, maxLogFile, func(lost int, why error) []byte {
		var line bytes.Buffer
		o.logTo(&line).Error("lines of this log were lost", "lines", lost, "error", why)
		return line.Bytes()
	})
	if err != nil {
		return nil, nil, err
	}
	return o.logTo(file), func() { file.Close() }, nil
}

func (o *options) logTo(w io.Writer) *slog.Logger {
	handler := &slog.HandlerOptions{Level: o.logLevel}
	if o.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, handler))
	}
	return slog.New(slog.NewTextHandler(w, handler))
}
