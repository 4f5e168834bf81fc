package render

import (
	"slices"
	"testing"
)

// A topic leads to options that there are.
func TestOptionTopics(t *testing.T) {
	for word, names := range optionTopics {
		for _, name := range names {
			i := slices.IndexFunc(OptionEntries(), func(e OptionEntry) bool { return e.Name == name })
			if i < 0 || !OptionEntries()[i].About(word) {
				t.Errorf("%s leads to %s, which there is not", word, name)
			}
		}
	}
	for _, word := range []string{"icmp", "unreachable", "PMTU", "ssm", "rtt", "hop_limit", "broadcast"} {
		if !slices.ContainsFunc(OptionEntries(), func(e OptionEntry) bool { return e.About(word) }) {
			t.Errorf("%s finds nothing", word)
		}
	}
	if slices.ContainsFunc(OptionEntries(), func(e OptionEntry) bool { return e.About("no-such-thing") }) {
		t.Error("no-such-thing finds something")
	}
}
