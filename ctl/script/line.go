package script

import (
	"os"
	"strings"
)

// blanks are the characters that end a word outside of quotes; the engine's.
const blanks = " \t\r\n#"

// splitPrefix takes the prefix '!' or '?' out of a line and returns what is
// left for the engine. The engine's own '!' is satisfied by any failure, a
// dead agent included, so it never gets to see one.
func splitPrefix(line string) (rest string, want want, err error) {
	rest = line
	for at := 0; ; {
		at += len(rest[at:]) - len(strings.TrimLeft(rest[at:], " \t\r\n"))
		end := at + len(rest[at:])
		if i := strings.IndexAny(rest[at:], blanks); i >= 0 {
			end = at + i
		}
		word := rest[at:end]
		switch {
		case word == "!" || word == "?":
			if want != wantDone {
				return "", wantDone, usagef("more than one '!' or '?'")
			}
			want = wantNotDone
			if word == "?" {
				want = wantEither
			}
			rest = rest[:at] + " " + rest[end:]
		case len(word) > 1 && word[0] == '[' && word[len(word)-1] == ']':
			at = end // a condition; the engine's business
		case word == "" && want != wantDone:
			return "", wantDone, usagef("'!' or '?' without a command")
		default:
			return rest, want, nil
		}
	}
}

// unsetVariables lists the variables that a line uses outside of quotes and
// that lookup does not know. The engine would take them as empty, which turns
// a misspelt ${web.addr} into an odd address.
func unsetVariables(line string, lookup func(string) (string, bool)) []string {
	var unset []string
	for _, text := range unquoted(line) {
		os.Expand(text, func(name string) string {
			if _, ok := lookup(name); !ok && name != "/" && name != ":" {
				unset = append(unset, name)
			}
			return ""
		})
	}
	return unset
}

// unquoted cuts a line at its single quotes and its comment and returns the
// parts outside of quotes.
func unquoted(line string) []string {
	parts := strings.Split(line, "'")
	var out []string
	for i := 0; i < len(parts); i += 2 {
		text, _, comment := strings.Cut(parts[i], "#")
		out = append(out, text)
		if comment {
			break
		}
	}
	return out
}
