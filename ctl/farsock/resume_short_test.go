//go:build linux && !full

package farsock

// How much TestConnResumes moves each way, and about how many cuts it meets.
const (
	resumeBytes = 4 << 20
	resumeCuts  = 60
)
