//go:build linux && seeded

package seeded

import "os"

var chosen = Bug(os.Getenv("FARSOCK_SEEDED")) // immutable

// On tells whether the agent is to make a mistake: FARSOCK_SEEDED, read when
// the program starts, is its name. At most one is on.
func On(b Bug) bool { return b != "" && b == chosen }
