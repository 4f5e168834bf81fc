//go:build linux && !full

package rpc_test

// modelSequences is how many random sequences TestResumeModel tries, a quarter
// for each kind of socket.
const modelSequences = 800
