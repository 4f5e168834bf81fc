// Package agentd is the agent as a whole, and the one door through which other
// programs may reach the agent's code: Main is the command, Run the agent
// itself, for embedding.
//
// Agents need Linux. Elsewhere the package compiles and says so.
package agentd

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

const defaultDrain = 5 * time.Second

// Version is what the agent calls itself unless Config.Version says otherwise.
const Version = "0.1.0"

// Config configures Run. The zero value is an agent on the user's default unix
// socket.
type Config struct {
	// Listen has the endpoints: "unix:///absolute/path", or "unix:" for the
	// user's default socket. Empty: the default socket.
	Listen []string
	// AllowGroup names a unix group, or gives its number, whose members may
	// use the agent beside its own user. Empty: nobody else may.
	AllowGroup string
	// DebugListen is "HOST:PORT" for Prometheus metrics and /debug/pprof. HOST
	// must be a loopback address or "localhost". Empty: neither is served.
	DebugListen string
	// Logger takes everything the agent has to say. Nil: slog.Default.
	Logger *slog.Logger
	// IdleExit ends the agent after this long without a session and without a
	// connection. 0: never.
	IdleExit time.Duration
	// DrainTimeout bounds how long calls under way may go on when the agent is
	// told to stop. 0: 5 s. Negative: not at all.
	DrainTimeout time.Duration
	// Limits bound what callers can make the agent hold.
	Limits Limits
	// Version is what GetAgent and `agent stdio` report. Empty: Version.
	Version string
	// Ready, if set, is called once when every endpoint accepts connections.
	// It must not block.
	Ready func(Addrs)

	// abort ends a drain under way at once: the second signal. Nil: never.
	abort <-chan struct{}
}

// Addrs says where an agent can be reached.
type Addrs struct {
	Endpoints   []string // as in Config.Listen, defaults filled in
	Debug       string   // "HOST:PORT" of the debug listener; empty if there is none
	Incarnation string   // 16 hexadecimal digits, new for every start
}

// Limits bound what callers can make the agent hold. A zero field means the
// default that its comment gives. What needs more descriptors than the process
// may have is a *ConfigError, and so is what would make an agent of no use: below
// 4 Calls or CallsPerIdentity, 4 MiB of HeldBytes, 16 MiB of TransitBytes, 5 s of
// MaxTTL.
type Limits struct {
	Connections            int           // open at once over all endpoints: 512, or what the descriptors allow
	ConnectionsPerIdentity int           // open at once, of one identity: all of them, or half where AllowGroup admits others
	Calls                  int           // under way, answers not yet fetched included: 8192
	CallsPerIdentity       int           // under way, of one identity: all of them, or half where AllowGroup admits others
	Sessions               int           // live: 1000
	SessionsPerIdentity    int           // live, of one identity: 100
	Sockets                int           // live: 65536, or what the descriptors allow (RLIMIT_NOFILE less a reserve)
	SocketsPerSession      int           // live, of one session: 16384, or Sockets if that is less
	HeldBytes              int64         // read from the kernel and not yet gone, over all sockets: 256 MiB
	TransitBytes           int64         // sent by clients and not decoded, or answered and not fetched: 256 MiB
	MaxTTL                 time.Duration // the longest lease a session can ask for: 24 h
}

// Env is what Main has of the world around it.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
}

// ErrNotLinux is what Run returns on other systems.
var ErrNotLinux = errors.New("embedded: and agents need Linux; give --agent ssh://HOST to use one there")

// ErrStuck is what Run returns when something of the agent did not end within
// 5 s of being cut off. Sockets and endpoints are closed by then; goroutines
// are left.
var ErrStuck = errors.New("stopped, but a call under way did not end")

// ConfigError is a part of Config that cannot be used.
type ConfigError struct {
	Flag string // the flag that sets it, for example "--listen"
	Err  error
}

func (e *ConfigError) Error() string { return fmt.Sprintf("%s: %v", e.Flag, e.Err) }

// Unwrap returns Err.
func (e *ConfigError) Unwrap() error { return e.Err }

// InUseError says that another agent serves an endpoint.
type InUseError struct {
	Path string // of the socket
	PID  int    // of that agent; 0 if it could not be read
}

func (e *InUseError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("another agent serves %s", e.Path)
	}
	return fmt.Sprintf("another agent (pid %d) serves %s", e.PID, e.Path)
}
