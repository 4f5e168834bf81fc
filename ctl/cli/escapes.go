package cli

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"unicode"
)

const escapesHelp = `\r \n \t \0 \\ and \xHH stand for one byte each`

// unescape reads what a shell makes hard to type. Any other backslash is an
// error, so that a mistyped escape is not sent as it is.
func unescape(s string) ([]byte, error) {
	out := make([]byte, 0, len(s))
	for {
		before, after, found := strings.Cut(s, `\`)
		out = append(out, before...)
		if !found {
			return out, nil
		}
		if after == "" {
			return nil, usagef(`a backslash at the end; %s`, escapesHelp)
		}
		b, rest, err := escape(after)
		if err != nil {
			return nil, err
		}
		out, s = append(out, b), rest
	}
}

// escape reads one escape without its backslash; s is not empty.
func escape(s string) (b byte, rest string, err error) {
	switch s[0] {
	case 'r':
		return '\r', s[1:], nil
	case 'n':
		return '\n', s[1:], nil
	case 't':
		return '\t', s[1:], nil
	case '0':
		return 0, s[1:], nil
	case '\\':
		return '\\', s[1:], nil
	case 'x':
		if len(s) >= 3 {
			if n, err := strconv.ParseUint(s[1:3], 16, 8); err == nil {
				return byte(n), s[3:], nil
			}
		}
	}
	return 0, "", usagef(`no such escape: %q; %s`, `\`+s[:min(len(s), 3)], escapesHelp)
}

// unhex reads hex digits; blanks between them do not count.
func unhex(s string) ([]byte, error) {
	b, err := hex.DecodeString(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s))
	if err != nil {
		if bad, ok := errors.AsType[hex.InvalidByteError](err); ok {
			return nil, usagef("--hex: %q is no hex digit", rune(bad))
		}
		return nil, usagef("--hex: the digits are pairs, and one is left over")
	}
	return b, nil
}
