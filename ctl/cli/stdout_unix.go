//go:build unix

package cli

import (
	"golang.org/x/sys/unix"
)

// stdoutWasClosed says whether the process was started without a stdout. Go's
// runtime then puts /dev/null in its place, open for reading and writing, so that
// writes succeed and the bytes are gone; a shell's '>/dev/null' is open for
// writing alone.
func stdoutWasClosed() bool {
	var out, null unix.Stat_t
	if unix.Fstat(1, &out) != nil || unix.Stat("/dev/null", &null) != nil {
		return false
	}
	if out.Mode&unix.S_IFMT != unix.S_IFCHR || out.Rdev != null.Rdev {
		return false
	}
	flags, err := unix.FcntlInt(1, unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}
