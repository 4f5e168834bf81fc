//go:build linux

// Package seeded proves that the tests catch the mistakes they are there for:
// each bug of agent/internal/seeded, put into the agent, fails the test that
// the table here names for it.
package seeded
