//go:build linux

package rpc

import (
	"strconv"
	"unicode/utf8"
)

// maxQuoted bounds how many bytes of a value a refusal repeats.
const maxQuoted = 48

// quoted is a value for a refusal's text: escaped, and cut where it is long.
func quoted(s string) string {
	if len(s) <= maxQuoted {
		return strconv.QuoteToASCII(s)
	}
	cut := maxQuoted
	for cut > maxQuoted-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strconv.QuoteToASCII(s[:cut]) + "... (" + strconv.Itoa(len(s)) + " bytes)"
}
