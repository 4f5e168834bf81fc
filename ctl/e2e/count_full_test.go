//go:build full

package e2e

// full says that this run was asked for the heavy counts.
const full = true
