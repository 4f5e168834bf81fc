package farsock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/farsock/farsock/proto/creds"
)

// EndpointError says that an endpoint cannot be used as it is written; nothing
// was tried.
type EndpointError struct {
	Endpoint string
	Problem  string // a short English sentence
}

func (e *EndpointError) Error() string {
	return fmt.Sprintf("endpoint %q: %s", e.Endpoint, e.Problem)
}

// CheckEndpoint returns the *EndpointError that Dial would end with because of how
// the endpoint is written; nil if Dial would try it. Nothing is connected.
func CheckEndpoint(endpoint string) error {
	_, err := dialerOf(endpoint, options{})
	return err
}

// DefaultSocket is the path of this user's agent on this machine:
// $FARSOCK_SOCKET, else farsock-UID/agent.sock in the temporary directory.
func DefaultSocket() string {
	if path := os.Getenv("FARSOCK_SOCKET"); path != "" {
		return path
	}
	return filepath.Join(os.TempDir(), "farsock-"+strconv.Itoa(os.Getuid()), "agent.sock")
}

// dialerOf reads an endpoint.
func dialerOf(endpoint string, o options) (dialFunc, error) {
	if o.dial != nil {
		return o.dial, nil
	}
	scheme, rest, ok := strings.Cut(endpoint, ":")
	if !ok {
		return nil, &EndpointError{endpoint, "must begin with unix: or ssh://"}
	}
	switch scheme {
	case "unix":
		return unixDialer(endpoint, rest)
	case "ssh":
		return sshDialer(endpoint, o)
	case "tcp":
		return nil, &EndpointError{endpoint, "tcp:// is not built yet, use ssh://HOST, which needs no open port"}
	case "embedded":
		return nil, &EndpointError{endpoint, "only ctl has an embedded agent; start one with agentd.Run and dial its unix socket"}
	}
	return nil, &EndpointError{endpoint, "unknown scheme, must be unix: or ssh://"}
}

func unixDialer(endpoint, rest string) (dialFunc, error) {
	path := rest
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		path = after
		if path != "" && !strings.HasPrefix(path, "/") {
			return nil, &EndpointError{endpoint, "the path must be absolute: unix:///PATH"}
		}
	}
	shared := false
	if path == "" {
		path = DefaultSocket()
		shared = os.Getenv("FARSOCK_SOCKET") == ""
	}
	return func(ctx context.Context) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
		if err != nil || !shared {
			return conn, err
		}
		if err := ownAgent(conn); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return conn, nil
	}, nil
}

// ownAgent guards the one path that others could have taken first: it stands in
// a folder that all users share. Where the kernel does not say who listens it
// lets pass.
func ownAgent(conn net.Conn) error {
	peer, err := creds.PeerOf(conn)
	if err != nil || int64(peer.UID) == int64(os.Geteuid()) {
		return nil
	}
	return fmt.Errorf("the agent at %s belongs to uid %d, not to you: %w", conn.RemoteAddr(), peer.UID, os.ErrPermission)
}

func sshDialer(endpoint string, o options) (dialFunc, error) {
	target, err := parseSSH(endpoint)
	if err != nil {
		return nil, err
	}
	argv := append(append([]string{}, o.ssh...), target.args()...)
	return func(ctx context.Context) (net.Conn, error) {
		return startSSH(ctx, target.host, argv, o.stderr, magicWait)
	}, nil
}

// sshTarget is an ssh:// endpoint taken apart.
type sshTarget struct {
	user, host, port string // user and port may be empty
	agent            string // the remote command, quoted for its shell
}

func parseSSH(endpoint string) (sshTarget, error) {
	refuse := func(problem string) (sshTarget, error) {
		return sshTarget{}, &EndpointError{endpoint, problem}
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Opaque != "" {
		return refuse("must be ssh://[USER@]HOST[:PORT][/PATH]")
	}
	t := sshTarget{user: u.User.Username(), host: u.Hostname(), port: u.Port(), agent: "agent"}
	if _, ok := u.User.Password(); ok {
		return refuse("a password in an endpoint would end up in logs; use ssh's keys or its agent")
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return refuse("must end after the path: ssh://[USER@]HOST[:PORT][/PATH]")
	}
	if t.host == "" {
		return refuse("has no host: ssh://[USER@]HOST[:PORT][/PATH]")
	}
	if t.port != "" {
		if n, err := strconv.Atoi(t.port); err != nil || n < 1 || n > 65535 {
			return refuse("the port must be 1 to 65535")
		}
	}
	path := strings.TrimPrefix(u.Path, "/")
	for _, s := range []string{t.user, t.host, path, strings.TrimPrefix(path, "~/")} {
		// ssh, or a shell, would take it for an option.
		if strings.HasPrefix(s, "-") {
			return refuse("a user, host or path may not begin with '-'")
		}
		if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return refuse("has a control character")
		}
	}
	switch home, ok := strings.CutPrefix(path, "~/"); {
	case path == "":
	case ok && home != "":
		t.agent = "~/" + shellQuote(home)
	default:
		t.agent = shellQuote("/" + path)
	}
	return t, nil
}

// args are ssh's arguments. No terminal is asked for: it would change bytes.
func (t sshTarget) args() []string {
	args := []string{"-T"}
	if t.port != "" {
		args = append(args, "-p", t.port)
	}
	host := t.host
	if t.user != "" {
		host = t.user + "@" + host
	}
	return append(args, host, "--", t.agent, "stdio")
}

// shellQuote makes one word of s for a POSIX shell.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+,@%:=", r)
	}
	if !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
