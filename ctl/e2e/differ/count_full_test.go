//go:build linux && full

package differ

// sequences is how many TestSequences generates.
const sequences = 20_000
