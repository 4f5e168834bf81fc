package script

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDump is how many bytes dump shows.
const maxDump = 256

// dump is data as text and in hex, at most maxDump bytes of it, and how many
// more there are:
//
//	5 bytes
//	    text  "Hi!\r\n"
//	    hex   0000  48 69 21 0d 0a                                    |Hi!..|
func dump(data []byte) string {
	if len(data) == 0 {
		return "0 bytes\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d byte%s\n", len(data), plural(len(data)))
	shown := data[:min(len(data), maxDump)]
	fmt.Fprintf(&b, "    text  %s\n", strconv.Quote(string(shown)))
	for at := 0; at < len(shown); at += 16 {
		label := "     "
		if at == 0 {
			label = "hex  "
		}
		fmt.Fprintf(&b, "    %s %s\n", label, hexRow(at, shown[at:min(at+16, len(shown))]))
	}
	if more := len(data) - len(shown); more > 0 {
		fmt.Fprintf(&b, "    and %d byte%s more\n", more, plural(more))
	}
	return b.String()
}

// hexRow is one row of up to 16 bytes.
func hexRow(at int, row []byte) string {
	var hex, text strings.Builder
	for i, c := range row {
		if i == 8 {
			hex.WriteByte(' ')
		}
		fmt.Fprintf(&hex, "%02x ", c)
		if c < 0x20 || c > 0x7e {
			c = '.'
		}
		text.WriteByte(c)
	}
	return fmt.Sprintf("%04x  %-49s |%s|", at, hex.String(), text.String())
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// printable escapes what could steer a terminal: control characters and bytes
// that are not text. Tabs and newlines stay.
func printable(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case r == '\n' || r == '\t' || strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
		i += size
	}
	return b.String()
}
