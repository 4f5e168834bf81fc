package farsock

import (
	"testing"

	"golang.org/x/sys/unix"
)

// On Linux the names are the agent's own, so the table can be proved.
func TestErrnoByName(t *testing.T) {
	for name, errno := range errnoByName {
		if got := unix.ErrnoName(errno); got != name {
			switch name {
			case "EOPNOTSUPP", "ENOTSUP": // one number
			default:
				t.Errorf("%s is %s", name, got)
			}
		}
	}
}
