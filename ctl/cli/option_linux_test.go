package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

// The list marks exactly what the agent does not have, and what it says of those
// is what people wrote.
func TestOptionsList(t *testing.T) {
	p := withAgent(t)
	p.must(t, "open", "udp", "--as", "u")
	var list struct{ Options []optionForm }
	if err := json.Unmarshal([]byte(p.must(t, "options", "list", "-o", "json").out), &list); err != nil {
		t.Fatal(err)
	}
	text := p.must(t, "options", "list").out
	for _, o := range list.Options {
		marked := strings.Contains("\n"+text, "\n"+o.Name+"="+o.Values+"  (not built yet)\n")
		if marked == o.Built {
			t.Errorf("%+v: marked %v", o, marked)
		}
		if strings.HasPrefix(o.Name, "raw:") {
			continue
		}
		sentence := "option " + o.Name + " is not built yet (NOT_BUILT)"
		for _, args := range [][]string{
			{"options", "get", "u", o.Name}, {"options", "set", "u", o.Name + "=1"}, {"open", "udp", "--option", o.Name + "=1"},
		} {
			if r := p.ctl(args...); strings.Contains(r.err, sentence) == o.Built {
				t.Errorf("ctl %v: built %v, but: %s", args, o.Built, r.err)
			}
		}
	}
	if !strings.Contains(text, "user-timeout=MILLISECONDS") {
		t.Error(text)
	}
}
