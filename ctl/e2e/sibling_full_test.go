//go:build linux && full

package e2e

import (
	"slices"
	"testing"
)

// TestSiblingKeepsItsSpeed compares one stream alone on its gRPC connection with
// one beside stalled streams, in turns, so that the machine's mood meets both.
func TestSiblingKeepsItsSpeed(t *testing.T) {
	const rounds, size, least = 15, 64 << 20, 0.8
	a := startAgent(t, "", "")
	l := peerListener(t)
	quiet, crowded := connectTo(t, a.endpoint()), connectTo(t, a.endpoint())
	alone := newSibling(t, lease(t, quiet), l)
	s := lease(t, crowded)
	stall(t, crowded, s, l, stalledStreams)
	beside := newSibling(t, s, l)

	var ratios, speeds []float64
	for round := range rounds + 1 {
		var first, second float64
		mibps := func(c sibling) float64 { return size / (1 << 20) / c.carry(t, size).Seconds() }
		if round%2 == 0 {
			first, second = mibps(alone), mibps(beside)
		} else {
			second, first = mibps(beside), mibps(alone)
		}
		if round > 0 { // the first warms up
			ratios, speeds = append(ratios, second/first), append(speeds, first)
		}
	}
	slices.Sort(ratios)
	slices.Sort(speeds)
	median := ratios[len(ratios)/2]
	t.Logf("%d rounds of %d MiB: beside %d stalled streams / alone (%.0f MiB/s): median %.2f, %.2f to %.2f",
		rounds, size>>20, stalledStreams, speeds[len(speeds)/2], median, ratios[0], ratios[len(ratios)-1])
	if median < least {
		t.Errorf("ratio %.2f, the bound is %.2f", median, least)
	}
}
