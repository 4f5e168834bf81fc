package cli

import (
	"os/exec"
	"runtime"
	"syscall"
)

// runBound runs the command to its end. The kernel kills it if this process dies
// before, by SIGKILL too. It would also if only this thread ended, so that the
// thread is kept for as long.
func runBound(child *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return child.Run()
}
