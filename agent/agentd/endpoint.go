package agentd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/farsock/farsock/proto/wire"
)

// defaultSocket is the user's default socket: $FARSOCK_SOCKET, else
// farsock-UID/agent.sock in the temporary directory. Not XDG_RUNTIME_DIR: that
// goes away at logout, while sockets live on.
func defaultSocket(getenv func(string) string) string {
	if p := getenv("FARSOCK_SOCKET"); p != "" {
		return p
	}
	return filepath.Join(os.TempDir(), "farsock-"+strconv.Itoa(os.Getuid()), "agent.sock")
}

var errNoTCP = errors.New("tcp:// is not built yet: reach a remote agent by ssh://HOST, which needs no open port, and listen on unix:///PATH here")

// socketPath returns the path of an endpoint's unix socket.
func socketPath(endpoint string, getenv func(string) string) (string, error) {
	var path string
	switch {
	case endpoint == "unix:":
		path = defaultSocket(getenv)
	case strings.HasPrefix(endpoint, "unix:///"):
		path = strings.TrimPrefix(endpoint, "unix://")
	case strings.HasPrefix(endpoint, "tcp:"):
		return "", errNoTCP
	default:
		return "", fmt.Errorf("endpoint %q is not unix:///ABSOLUTE/PATH or unix: (the default socket)", endpoint)
	}
	if !filepath.IsAbs(path) {
		return "", fmt.Errorf("socket path %q is not absolute", path)
	}
	path = filepath.Clean(path)
	if len(path) > wire.MaxUnixPathBytes {
		return "", fmt.Errorf("socket path %q has %d bytes; a unix socket's path has at most %d", path, len(path), wire.MaxUnixPathBytes)
	}
	return path, nil
}
