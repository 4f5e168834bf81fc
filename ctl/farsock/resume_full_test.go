//go:build linux && full

package farsock

// How much TestConnResumes moves each way, and about how many cuts it meets.
const (
	resumeBytes = 64 << 20
	resumeCuts  = 600
)
