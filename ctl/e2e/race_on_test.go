//go:build race

package e2e

// underRace says that this test binary, and so the programs it builds, carry
// the race detector.
const underRace = true
