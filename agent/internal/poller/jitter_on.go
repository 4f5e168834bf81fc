//go:build linux && jitter

package poller

import (
	"math/rand/v2"
	"time"
)

// jitter delays some of the system calls on descriptors, and what follows them,
// so that the tests meet what happens between a look and the act upon it.
func jitter() {
	if rand.IntN(8) == 0 {
		<-time.After(rand.N(2 * time.Millisecond))
	}
}
