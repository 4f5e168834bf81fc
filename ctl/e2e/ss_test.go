//go:build linux

package e2e

import (
	"strings"
	"testing"
)

// listed is a row of ss: the columns that the tests compare.
type listed struct{ recvQ, sendQ, local, peer string }

// ss runs ss -H with the given flags in the host and returns its rows.
func (h *host) ss(t testing.TB, flags ...string) []listed {
	t.Helper()
	var rows []listed
	for _, line := range strings.Split(h.tool(t, append([]string{"ss", "-H", "-n"}, flags...)...), "\n") {
		f := strings.Fields(line)
		if len(f) >= 5 {
			rows = append(rows, listed{recvQ: f[1], sendQ: f[2], local: f[3], peer: f[4]})
		}
	}
	return rows
}
