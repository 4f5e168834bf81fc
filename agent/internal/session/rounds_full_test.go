//go:build full

package session_test

const modelRounds = 500
