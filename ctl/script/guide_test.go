package script

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// A line that is too long would be broken by itself, with a word of it on the next.
func TestGuideFits(t *testing.T) {
	for line := range strings.Lines(Guide) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 && strings.HasPrefix(line, " ") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}
