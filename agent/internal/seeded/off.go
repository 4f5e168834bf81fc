//go:build linux && !seeded

package seeded

// On tells whether the agent is to make a mistake: never in this build.
func On(Bug) bool { return false }
