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

bounds (a caller who goes over one is told which; the defaults are lower where
ulimit -n is, and what it does not allow is refused):
  --max-connections N           open at once (default 512)
  --max-connections-per-user N  open at once (default: all of them, or half
                                with --allow-group)
  --max-calls N                 under way (default 8192)
  --max-calls-per-user N        under way (default likewise)
  --max-sessions N              live (default 1000)
  --max-sessions-per-user N     live (default 100)
  --max-sockets N               live (default 65536)
  --max-sockets-per-session N   live (default 16384)
  --max-held-bytes N            read from the kernel and kept (default 256 MiB)
  --max-transit-bytes N         sent by clients and not decoded, or answered and
                                not fetched (default 256 MiB)
  --max-ttl DURATION            longest lease (default 24h)

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
	f.DurationVar(&c.IdleExit, "idle-exit", 0, "")
	f.DurationVar(&c.DrainTimeout, "drain", defaultDrain, "")
	f.TextVar(&o.logLevel, "log-level", slog.LevelInfo, "")
	f.StringVar(&o.logFormat, "log-format", "text", "")
	f.StringVar(&o.logPath, "log-file", "", "")
	f.IntVar(&l.Connections, "max-connections", 0, "")
	f.IntVar(&l.ConnectionsPerIdentity, "max-connections-per-user", 0, "")
	f.IntVar(&l.Calls, "max-calls", 0, "")
	f.IntVar(&l.CallsPerIdentity, "max-calls-per-user", 0, "")
	f.IntVar(&l.Sessions, "max-sessions", 0, "")
	f.IntVar(&l.SessionsPerIdentity, "max-sessions-per-user", 0, "")
	f.IntVar(&l.Sockets, "max-sockets", 0, "")
	f.IntVar(&l.SocketsPerSession, "max-sockets-per-session", 0, "")
	f.Int64Var(&l.HeldBytes, "max-held-bytes", 0, "")
	f.Int64Var(&l.TransitBytes, "max-transit-bytes", 0, "")
	f.DurationVar(&l.MaxTTL, "max-ttl", 0, "")
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
	for _, bad := range []error{positive(f), notNegative("--idle-exit", c.IdleExit), c.resolveListen(env.Getenv)} {
		if bad != nil {
			return nil, bad
		}
	}
	return o, nil
}

var errNotPositive = errors.New("must be above 0")

// positive refuses bounds that were given and are not above 0.
func positive(f *flag.FlagSet) error {
	var bad error
	f.Visit(func(fl *flag.Flag) {
		v := fl.Value.String()
		if bad == nil && strings.HasPrefix(fl.Name, "max-") && (v == "0" || v == "0s" || strings.HasPrefix(v, "-")) {
			bad = &ConfigError{Flag: "--" + fl.Name, Err: errNotPositive}
		}
	})
	return bad
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
