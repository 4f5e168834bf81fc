package wire

import (
	"slices"
	"strings"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func TestCheckNamespace(t *testing.T) {
	for in, ok := range map[string]bool{
		"":                              true,
		"lab1":                          true,
		"lab 1.x":                       true,
		"/proc/1234/ns/net":             true,
		strings.Repeat("n", 255):        true,
		strings.Repeat("n", 256):        false,
		"/" + strings.Repeat("n", 4094): true,
		"/" + strings.Repeat("n", 4095): false,
		"run/netns/lab1":                false,
		"../lab1":                       false,
		"lab\x001":                      false,
		"/proc/\x00":                    false,
	} {
		if problem := CheckNamespace(in); (problem == "") != ok {
			t.Errorf("CheckNamespace(%.20q) = %q", in, problem)
		}
	}
}

func TestTCPStates(t *testing.T) {
	states := TCPStates()
	if len(states) != MaxTCPStates || states[0] != "ESTABLISHED" || states[9] != "LISTEN" {
		t.Errorf("states %q", states)
	}
	for _, state := range states {
		if !ValidTCPState(state) || ValidTCPState(strings.ToLower(state)) {
			t.Errorf("state %q", state)
		}
	}
	states[0] = "changed"
	if slices.Contains(TCPStates(), "changed") {
		t.Error("a caller can change the table")
	}
}

func TestOptionName(t *testing.T) {
	for want, o := range map[string]*farsockv1.SocketOption{
		"no_delay":       {Option: &farsockv1.SocketOption_NoDelay{}},
		"multicast_join": {Option: &farsockv1.SocketOption_MulticastJoin{}},
		"":               {},
	} {
		if got := OptionName(o); got != want {
			t.Errorf("OptionName = %q, want %q", got, want)
		}
	}
	if got := OptionName(nil); got != "" {
		t.Errorf("of nil: %q", got)
	}
}
