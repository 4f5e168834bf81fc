//go:build !linux

package agentd

import (
	"context"
	"fmt"
)

// Run answers ErrNotLinux.
func Run(context.Context, Config) error { return ErrNotLinux }

func stdio(_ []string, env Env) int {
	fmt.Fprintf(env.Stderr, "agent: %v\n", ErrNotLinux)
	return exitFailed
}
