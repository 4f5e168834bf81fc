//go:build linux

// Package sock is one POSIX socket on this host: its stages, its transfers,
// and what the kernel said of each.
package sock

import "github.com/farsock/farsock/agent/internal/poller"

// Default sizes.
const (
	// DefaultWindow is Env.Window where that is 0: how many bytes one socket
	// may hold.
	DefaultWindow = 1 << 20
	// DefaultBudget is what NewEnv allows all sockets together to hold.
	DefaultBudget = 256 << 20
)

// Env is what the sockets of one agent share. The exported fields are
// immutable once a socket was opened with it.
type Env struct {
	// Poller waits for descriptors. Required. Whoever made it closes it, after
	// the sockets.
	Poller *poller.Poller
	// Budget bounds the bytes held by all sockets together. Nil is a budget of
	// 0: receives that have to hold anything fail with a *BudgetError.
	Budget *Budget
	// Window bounds the bytes that one socket holds; 0 means DefaultWindow.
	Window int
	// Authorize is asked before each bind, each connect, each datagram with a
	// destination of its own, and each listen that makes the kernel bind. Nil
	// permits everything.
	Authorize Authorize

	lookout lookout
}

// NewEnv returns an Env with the default window, a budget of DefaultBudget and
// nothing forbidden.
func NewEnv(p *poller.Poller) *Env {
	return &Env{Poller: p, Budget: NewBudget(DefaultBudget), Window: DefaultWindow}
}

func (e *Env) window() int {
	if e.Window > 0 {
		return e.Window
	}
	return DefaultWindow
}
