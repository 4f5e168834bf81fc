//go:build !full

package session_test

// modelRounds is how many times rapid's count of sequences the model sees: 20
// with -short, else 100.
const modelRounds = 10
