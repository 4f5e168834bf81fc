//go:build !linux

package creds

import (
	"errors"
	"fmt"
	"net"
	"runtime"
)

func peerOf(net.Conn) (Peer, error) {
	return Peer{}, fmt.Errorf("peer credentials on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
