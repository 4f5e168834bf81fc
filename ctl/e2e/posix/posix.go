// Package posix is a small language of socket operations and the executor that
// hands them to this host's kernel as they are.
//
// It imports nothing of farsock. The differential test (ctl/e2e/differ) executes
// the same operations through an agent and compares: what Direct answers is
// what an agent has to answer.
package posix
