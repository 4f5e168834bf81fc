//go:build linux && full

package verbs

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// withValue are the flags of ctl that are followed by a value.
var withValue = []string{"--as", "--backlog", "--bind", "--buffers", "--control", "--exactly", "--file", "--interface", "--max", "--max-control",
	"--netns", "--option", "--pattern", "--protocol", "--seed", "--source", "--times", "--to", "--tos", "--ttl", "--until", "--wait"}

// TestScriptsNeedTheirVerbs runs every script without what its row is about: the
// row's flags as if ctl and the agent ignored them, or, where the row has none,
// the lines with its verb left out. A script that passes all the same shows
// nothing.
func TestScriptsNeedTheirVerbs(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, r := range readMap(t) {
		text, err := os.ReadFile(r.script)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range r.ctl {
			t.Run(strings.TrimSuffix(r.script, ".txt")+"/"+strings.ReplaceAll(call, " ", "_"), func(t *testing.T) {
				t.Parallel()
				mutant := without(string(text), call)
				if mutant == string(text) {
					t.Fatalf("nothing to leave out for %q", call)
				}
				// A short wait, since what is missing often never comes.
				if _, err := s.run(t, r.script, []byte(mutant), "--wait", "1s"); err == nil {
					t.Errorf("passes without %q:\n%s", call, mutant)
				}
			})
		}
	}
}

// without takes the flags of call out of the lines that have them all, or, of a
// call without flags and of one that sets options, takes the lines.
func without(text, call string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		words := command(line)
		if len(words) == 0 || !calledIn(" "+strings.Join(words, " ")+" ", call) {
			kept.WriteString(line)
			continue
		}
		kept.WriteString(strip(line, call))
	}
	return kept.String()
}

// strip is a line without the flags of call and their values; the line is gone if
// call has none.
func strip(line, call string) string {
	words := strings.Fields(line)
	stripped := false
	wanted := strings.Fields(call)
	for i, flag := range wanted {
		// `--option key=` means the option with this key.
		key := ""
		if flag == "--option" && i+1 < len(wanted) {
			key = wanted[i+1]
		}
		for at := 0; at < len(words); at++ {
			if !strings.HasPrefix(flag, "--") || words[at] != flag || key != "" && !strings.HasPrefix(words[at+1], key) {
				continue
			}
			end := at + 1
			// recv's --datagrams has a number, send's has none.
			if slices.Contains(withValue, flag) || flag == "--datagrams" && wanted[0] == "recv" {
				end++
			}
			words = slices.Delete(words, at, end)
			stripped = true
			at--
		}
	}
	if !stripped {
		return ""
	}
	return strings.Join(words, " ") + "\n"
}
