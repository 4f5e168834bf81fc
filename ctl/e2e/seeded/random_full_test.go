//go:build linux && full

package seeded

import (
	"regexp"
	"strconv"
	"testing"
)

// sequences is how many random ones may pass before a bug shows.
const sequences = 3000

var sequenceFailed = regexp.MustCompile(`\[rapid\] test #(\d+) failed`)

// TestRandomSequencesFindTheBugsToo prints how many of TestResumeModel's random
// sequences it takes to find each bug of a stream: what the directed ones, which
// find it at once, are worth.
func TestRandomSequencesFindTheBugsToo(t *testing.T) {
	binary := build(t, "rpc")
	for _, c := range table {
		if c.random == "" {
			continue
		}
		t.Run(c.bug, func(t *testing.T) {
			t.Parallel()
			out, err := run(t, binary, c.pkg, c.bug, either([]string{"TestResumeModel/" + c.random}),
				"RAPID_LOG=true", "RAPID_CHECKS="+strconv.Itoa(sequences))
			found := sequenceFailed.FindStringSubmatch(out)
			if err == nil || found == nil {
				t.Fatalf("%d sequences have not found it: %v", sequences, err)
			}
			t.Logf("found by random sequence %s on %s", found[1], c.random)
		})
	}
}
