//go:build linux

package rpc

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/farsock/farsock/proto/wire"
)

// A page token says after which entry the next page begins: the id of a
// session, the serial number of a socket. Both survive the entry's own end. What
// stands before them tells a token from anything else.
const (
	sessionsAfter = "sessions-after."
	socketsAfter  = "sockets-after."
)

var errToken = errors.New("must be empty or the next_page_token of the response before")

func sessionToken(token string) (afterID string, err error) {
	if token == "" {
		return "", nil
	}
	afterID, ok := strings.CutPrefix(token, sessionsAfter)
	if !ok || !wire.ValidName(afterID) {
		return "", fmt.Errorf("%w, is %s", errToken, quoted(token))
	}
	return afterID, nil
}

func sessionTokenTo(afterID string) string { return sessionsAfter + afterID }

func socketToken(token string) (after uint64, err error) {
	if token == "" {
		return 0, nil
	}
	digits, ok := strings.CutPrefix(token, socketsAfter)
	after, err = strconv.ParseUint(digits, 10, 64)
	if !ok || err != nil || socketTokenTo(after) != token {
		return 0, fmt.Errorf("%w, is %s", errToken, quoted(token))
	}
	return after, nil
}

func socketTokenTo(after uint64) string { return socketsAfter + strconv.FormatUint(after, 10) }

// pageLimit is what page_size asks for, 0 meaning the default.
func pageLimit(size int32) int {
	if size == 0 {
		return wire.DefaultPageSize
	}
	return int(size)
}
