//go:build !race

package agentd

// raceEnabled has the agent's program built with the race detector too.
const raceEnabled = false
