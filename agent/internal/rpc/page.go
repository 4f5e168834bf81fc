//go:build linux

package rpc

import (
	"errors"
	"strconv"

	"github.com/farsock/farsock/proto/wire"
)

// A page token says after which entry the next page begins: the id of a
// session, the serial number of a socket. Both survive the entry's own end.

var errToken = errors.New("must be empty or the next_page_token of the response before")

func sessionToken(token string) (afterID string, err error) {
	if token != "" && !wire.ValidName(token) {
		return "", errToken
	}
	return token, nil
}

func socketToken(token string) (after uint64, err error) {
	if token == "" {
		return 0, nil
	}
	after, err = strconv.ParseUint(token, 10, 64)
	if err != nil || strconv.FormatUint(after, 10) != token {
		return 0, errToken
	}
	return after, nil
}

// pageLimit is what page_size asks for, 0 meaning the default.
func pageLimit(size int32) int {
	if size == 0 {
		return wire.DefaultPageSize
	}
	return int(size)
}
