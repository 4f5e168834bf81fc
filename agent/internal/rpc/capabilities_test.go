//go:build linux

package rpc_test

import (
	"os"
	"strings"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// Every word that a client may meet is explained in the contract.
func TestCapabilitiesAreExplained(t *testing.T) {
	text, err := os.ReadFile("../../../proto/farsock/v1/agent_service.proto")
	if err != nil {
		t.Fatal(err)
	}
	h := newHarness(t)
	words := must[*farsockv1.GetAgentResponse](t)(h.agent.GetAgent(h.ctx(), &farsockv1.GetAgentRequest{})).GetAgent().GetCapabilities()
	if len(words) < 20 {
		t.Errorf("only %v", words)
	}
	for _, word := range words {
		if !strings.Contains(string(text), `"`+word+`"`) {
			t.Errorf("%q is not in the comment of Agent.capabilities", word)
		}
	}
}
