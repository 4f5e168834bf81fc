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
	if got := <-s.code; got != 3 || !strings.Contains(s.said.String(), "no agent: ") {
		t.Errorf("exit %d, %s", got, s.said.String())
	}
	s.confirms(t)
}
