package render

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// The list and the explanations fit the terminal, and nothing of them is lost.
func TestOptionListFits(t *testing.T) {
	for _, width := range []int{0, 40, 60, 80, 120} {
		var list, details strings.Builder
		if err := OptionList(&list, width, OptionEntries()); err != nil {
			t.Fatal(err)
		}
		if err := OptionDetails(&details, width, OptionEntries()); err != nil {
			t.Fatal(err)
		}
		words := strings.Join(strings.Fields(list.String()), " ")
		explained := strings.Join(strings.Fields(details.String()), " ")
		for _, e := range OptionEntries() {
			if !strings.Contains(words, e.Form()+" "+e.Does) || !strings.Contains(explained, e.Form()+" "+e.Does) || !strings.Contains(explained, e.Note) {
				t.Errorf("width %d: %s is missing", width, e.Name)
			}
			for _, c := range e.Constants {
				if !strings.Contains(words, c.Name) || !strings.Contains(explained, c.Name+": level ") {
					t.Errorf("width %d: %s is missing", width, c.Name)
				}
			}
		}
		for _, line := range strings.Split(list.String()+details.String(), "\n") {
			single := len(strings.Fields(line)) == 1 // what has no blank cannot be broken
			if n := utf8.RuneCountInString(line); width > 0 && n > width && !single || line != strings.TrimRight(line, " ") {
				t.Errorf("width %d: %q takes %d columns", width, line, n)
			}
		}
		if lines := strings.Count(list.String(), "\n"); width == 0 && lines != len(OptionEntries())+len(OptionGroups)*2-1 {
			t.Errorf("%d lines for %d options", lines, len(OptionEntries()))
		}
	}
}

func TestFindOption(t *testing.T) {
	for name, want := range map[string]string{
		"no-delay": "no-delay", "no_delay": "no-delay", "TCP_NODELAY": "no-delay", "Tcp_Nodelay": "no-delay",
		"ip_ttl": "ttl", "mcast_join_source_group": "multicast-join", "tcp_syncnt": "TCP_SYNCNT", "error": "error",
	} {
		if e, _, ok := FindOption(name); !ok || e.Name != want {
			t.Errorf("%s: %s, %v", name, e.Name, ok)
		}
	}
	for _, name := range []string{"", "raw", "nodelay", "SO_NONESUCH"} {
		if e, _, ok := FindOption(name); ok {
			t.Errorf("%q is %s", name, e.Name)
		}
	}
}
