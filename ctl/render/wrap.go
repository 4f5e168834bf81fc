package render

import (
	"strings"
	"unicode/utf8"
)

// Wrap breaks a text at its blanks into lines of at most width columns; a word
// that is longer has a line of its own. With a width of 0 or less it is one line.
func Wrap(s string, width int) []string {
	if width <= 0 || utf8.RuneCountInString(s) <= width {
		return []string{s}
	}
	var lines []string
	line, wide := "", 0
	for word := range strings.SplitSeq(s, " ") {
		n := utf8.RuneCountInString(word)
		if line != "" && wide+1+n > width {
			lines = append(lines, strings.TrimRight(line, " "))
			line, wide = "", 0
			if word == "" {
				continue // blanks at which the line was broken
			}
		}
		if line == "" {
			line, wide = word, n
			continue
		}
		line, wide = line+" "+word, wide+1+n
	}
	return append(lines, line)
}
