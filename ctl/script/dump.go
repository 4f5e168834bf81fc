package script

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What is shown of data at most: maxDump bytes if it is not text, otherwise
// maxText bytes and maxLines lines. With Config.Verbose text is shown whole.
const (
	maxDump  = 256
	maxText  = 16 << 10
	maxLines = 200
)

// dump shows data. Several lines of text, or a long one, are shown as they are:
//
//	34 bytes, 2 lines
//	    HTTP/1.1 200 OK\r
//	    Content-Length: 0
//
// What is short or no text is quoted and in hex:
//
//	5 bytes
//	    text  "Hi!\r\n"
//	    hex   0000  48 69 21 0d 0a                                    |Hi!..|
func dump(data []byte, whole bool) string {
	if len(data) == 0 {
		return "0 bytes\n"
	}
	text := string(data)
	if isText(text) && (len(text) > maxDump || manyLines(text)) {
		return dumpText(text, whole)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", count(len(data), "byte"))
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
		fmt.Fprintf(&b, "    and %s more\n", count(more, "byte"))
	}
	return b.String()
}

// dumpText is dump for lines of text.
func dumpText(text string, whole bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s", count(len(text), "byte"), count(lineCount(text), "line"))
	if !strings.HasSuffix(text, "\n") {
		b.WriteString(", no newline at the end")
	}
	b.WriteString("\n")
	shown := text
	if !whole {
		shown = cutText(text)
	}
	for line := range strings.Lines(shown) {
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			b.WriteString("    " + printable(line))
		}
		b.WriteString("\n")
	}
	if left := leftOut(text, shown); left != "" {
		b.WriteString("    " + left + "\n")
	}
	return b.String()
}

// isText reports whether people can read all of data: UTF-8 that prints, and
// blanks.
func isText(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		if r != '\n' && r != '\t' && r != '\r' && !strconv.IsPrint(r) {
			return false
		}
	}
	return true
}

// manyLines reports whether there is a newline before the end.
func manyLines(text string) bool { return lineCount(text) > 1 }

func lineCount(text string) int {
	n := strings.Count(text, "\n")
	if text != "" && !strings.HasSuffix(text, "\n") {
		n++
	}
	return n
}

// cutText is the beginning of a text, up to maxLines lines and maxText bytes:
// whole lines, unless the first alone is too long.
func cutText(text string) string {
	shown := text[:min(len(text), maxText)]
	end, lines := 0, 0
	for line := range strings.Lines(shown) {
		if lines == maxLines {
			return shown[:end]
		}
		end, lines = end+len(line), lines+1
	}
	if len(shown) == len(text) {
		return text
	}
	if at := strings.LastIndexByte(shown, '\n'); at >= 0 {
		return shown[:at+1]
	}
	for len(shown) > 0 && !utf8.RuneStart(text[len(shown)]) {
		shown = shown[:len(shown)-1]
	}
	return shown
}

// leftOut says how much of a text is not shown; empty if nothing.
func leftOut(text, shown string) string {
	rest := text[len(shown):]
	switch {
	case rest == "":
		return ""
	case manyLines(rest):
		return fmt.Sprintf("... and %s more, %s; -v shows all", count(lineCount(rest), "line"), count(len(rest), "byte"))
	}
	return fmt.Sprintf("... and %s more; -v shows all", count(len(rest), "byte"))
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

// count is "1 byte", "2 bytes".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
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
