//go:build !linux

package cli

import "os/exec"

// runBound runs the command to its end. No kernel but Linux's ends it when this
// process is killed.
func runBound(child *exec.Cmd) error { return child.Run() }
