//go:build linux && full

package cli

import (
	"strings"
	"testing"
)

// With no way back, the stream ends when its session must have: exit 3, with
// what is confirmed.
func TestStreamUnreachable(t *testing.T) {
	s := streamOfShortSession(t)
	s.close(true)
	if got := <-s.code; got != 3 || !strings.Contains(s.said.String(), "no agent: ") ||
		!strings.Contains(s.said.String(), "\nconfirmed: 3 bytes of stdin taken by the kernel at "+s.endpoint+", 0 bytes received and taken by stdout\n") {
		t.Errorf("exit %d, %s", got, s.said.String())
	}
}
